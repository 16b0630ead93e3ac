/** The tool that runs a command line. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Shell } from "../../ports/Shell.ts"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import type { TextCodec } from "../../ports/TextCodec.ts"
import { Workspace, type WorkspaceService } from "../../ports/Workspace.ts"
import type { Footprint } from "../model/Footprint.ts"
import { lineFootprint, readCommandLine } from "../permission/commandLine.ts"
import { outsideNames } from "../permission/commands.ts"
import { inScripts } from "./inScripts.ts"
import { notRun, outcomeOf } from "./ran.ts"
import { defineTool, ToolRun } from "./Tool.ts"

const defaultTimeout = 120_000
/** Bytes kept of the output; what the model sees of it is bounded once more. */
const mostOutput = 262_144

/** A name as it really stands; one that can't be resolved stays as it was written. */
const realOf = (workspace: WorkspaceService, path: string): Effect.Effect<string> =>
  workspace.locate(path).pipe(
    Effect.map(({ real }) => real),
    Effect.orElseSucceed(() => path)
  )

/** What a line touches; where nothing confines it and some of it can't be told, also what it names outside. */
const touched = (
  command: string,
  confined: boolean
): Effect.Effect<Footprint, never, Workspace | ShellGrammar | TextCodec> =>
  Effect.gen(function* () {
    const workspace = yield* Workspace
    const { load } = yield* ShellGrammar
    const home = yield* realOf(workspace, "~")
    const grammar = yield* load
    const line = readCommandLine(grammar, command, { root: workspace.root, home })
    const real = (paths: ReadonlyArray<string>) =>
      Effect.map(
        Effect.forEach(paths, (path) => realOf(workspace, path)),
        (all) => [...new Set(all)]
      )
    const found = lineFootprint(line)
    const named = confined || found.unknown.length === 0 ? [] : outsideNames(command)
    const exec = [...found.exec, ...(yield* inScripts(grammar, line, { root: workspace.root, home }))]
    return { ...found, exec, read: yield* real(found.read), write: yield* real([...found.write, ...named]) }
  })

/** Runs a command line in the session's copy. */
export const bash = defineTool({
  name: "bash",
  description:
    "Runs a shell command in the project's root. Each call starts afresh; nothing keeps running after it. timeout is in ms (default 120000, at most 600000). To find, read and change files use the other tools.",
  input: Schema.Struct({
    command: Schema.String,
    timeout: Schema.optional(Schema.Number),
    description: Schema.optional(Schema.String)
  }),
  prepare: ({ command, timeout: wanted = defaultTimeout }) =>
    Effect.gen(function* () {
      const shell = yield* Shell
      const { limits, sandbox } = yield* ToolRun
      const { kind } = yield* shell.confinement(sandbox)
      const timeout = Math.min(Math.max(1, Math.ceil(wanted)), limits.longest)
      return {
        footprint: yield* touched(command, kind !== "none"),
        preview: command,
        subjects: [command],
        run: Effect.gen(function* () {
          const { mayRead, network, place, progress } = yield* ToolRun
          const { from, readOnly, secrets = [], to } = yield* place
          const hidden = secrets.filter((path) => !mayRead(path))
          const bounds = { timeout, idle: limits.idle, limits: limits.use, maxOutput: mostOutput }
          const result = yield* shell.run({
            ...bounds,
            command,
            cwd: from,
            mount: { from, to },
            readOnly: readOnly.filter((path) => !hidden.includes(path)),
            hidden,
            sandbox,
            network,
            onOutput: progress
          })
          return outcomeOf(result, bounds)
        }).pipe(Effect.catchTags({ CopyFailed: notRun, ShellFailed: notRun }))
      }
    })
})
