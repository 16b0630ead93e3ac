/** The tool for git: it reads the session's copy, and writes to the real repository once that is allowed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Shell, type ShellRequest } from "../../ports/Shell.ts"
import { Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { readsOfGitArguments } from "../permission/reads.ts"
import { commitLine, lineOf, readScript, writeLine } from "./gitLines.ts"
import { notRun, outcomeOf } from "./ran.ts"
import { defineTool, ToolFailure, ToolRun } from "./Tool.ts"

const timeout = 120_000
const mostOutput = 262_144

/** Actions that change a repository, as people know them; all else is a matter for `bash`. */
const writers = new Set(
  "add branch checkout cherry-pick commit fetch init merge mv pull push rebase reset restore revert rm stash switch tag".split(
    " "
  )
)
const connecting = new Set(["fetch", "pull", "push"])

/** Options that make git run a program, write elsewhere, look elsewhere or wait for an editor; also when shortened. */
const refused = [
  "--config-env",
  "--edit",
  "--exec",
  "--exec-path",
  "--ext-diff",
  "--git-dir",
  "--interactive",
  "--open-files-in-pager",
  "--output",
  "--patch",
  "--receive-pack",
  "--strategy",
  "--template",
  "--textconv",
  "--upload-pack",
  "--work-tree"
]

const isRefused = (arg: string): boolean => {
  const name = arg.replace(/=.*/s, "")
  if (name.startsWith("--")) return name.length > 2 && refused.some((option) => option.startsWith(name))
  return /^-(?:[Oxes]|\w*[ip])/.test(arg) || /^\w+::/.test(arg)
}

/** Adds all there is: other people's work, secrets and litter too. */
const addsAll = (action: string, args: ReadonlyArray<string>): boolean =>
  (action === "add" && args.some((arg) => /^(?:-[A-Za-z]*[Au].*|--all|--update|\.|\*|:\/)$/.test(arg))) ||
  (action === "commit" && args.length > 0)

const invalid = (reason: string) => new ToolFailure({ kind: "invalid", reason })

interface Asked {
  readonly action: string
  readonly args: ReadonlyArray<string>
  /** Empty where there is none. */
  readonly message: string
  readonly paths: ReadonlyArray<string> | undefined
}

const faultOf = ({ action, args, message }: Asked): string | undefined => {
  if (!writers.has(action)) return `git ${lineOf([action, ...args])} is not offered by this tool.`
  if (args.some((arg) => arg.includes("\0"))) return "An argument of git can't hold a NUL character."
  const bad = args.find(isRefused)
  if (bad !== undefined) return `The argument ${bad} makes git run or write something else; it is not accepted.`
  if (addsAll(action, args))
    return action === "add" ? "Name the paths to add." : "A commit takes message and paths, and no other arguments."
  return action === "commit" && message.trim() === "" ? "A commit needs a message." : undefined
}

const bounds = { timeout, maxOutput: mostOutput, network: true } as const

const reading = (asked: Asked) =>
  Effect.gen(function* () {
    const shell = yield* Shell
    const { root } = yield* Workspace
    const { limits, place, progress, sandbox } = yield* ToolRun
    const { from, readOnly, to } = yield* place
    const { kind } = yield* shell.confinement(sandbox)
    const request: ShellRequest = {
      ...bounds,
      limits: limits.use,
      command: readScript(asked.action, asked.args, { root, from, mounted: kind === "bubblewrap" }),
      cwd: from,
      mount: { from, to },
      readOnly,
      sandbox,
      network: false,
      onOutput: progress
    }
    return outcomeOf(yield* shell.run(request), request)
  }).pipe(Effect.catchTags({ CopyFailed: notRun, ShellFailed: notRun }))

const writing = (asked: Asked) =>
  Effect.gen(function* () {
    const shell = yield* Shell
    const { root } = yield* Workspace
    const { applied, applyStaged, limits, progress } = yield* ToolRun
    yield* applyStaged
    const paths = asked.paths ?? (yield* applied)
    if (asked.action === "commit" && paths.length === 0)
      return yield* invalid("There is nothing of this session to commit; name the paths.")
    const command = asked.action === "commit" ? commitLine(asked.message, paths) : writeLine(asked.action, asked.args)
    const request = { ...bounds, limits: limits.use, command, cwd: root, sandbox: "off" as const, onOutput: progress }
    return outcomeOf(yield* shell.run(request), request)
  }).pipe(Effect.catchTag("ShellFailed", notRun))

/** What a person reads, and what rules are matched against: the line as one would type it. */
const typed = ({ action, args, message, paths }: Asked): string =>
  lineOf([
    "git",
    action,
    ...args,
    ...(message === "" ? [] : ["-m", message]),
    ...(paths === undefined ? [] : ["--", ...paths])
  ])

/** Git in the session's project. */
export const git = defineTool({
  name: "git",
  description:
    "Runs git. Reading (status, diff, log, show, branch, blame …) sees your changes. Writing (commit, branch, push …) applies them to the real files first. commit takes message and paths.",
  input: Schema.Struct({
    action: Schema.String,
    args: Schema.optional(Schema.Array(Schema.String)),
    message: Schema.optional(Schema.String),
    paths: Schema.optional(Schema.Array(Schema.String))
  }),
  prepare: ({ action, args = [], message = "", paths }) =>
    Effect.gen(function* () {
      const workspace = yield* Workspace
      const asked: Asked = { action, args, message, paths }
      const line = typed(asked)
      const shown = { preview: line, subjects: [line] }
      const real = (path: string) =>
        workspace.locate(path).pipe(
          Effect.map((located) => located.real),
          Effect.orElseSucceed(() => path)
        )
      const operands = [...args, ...(paths === undefined ? [] : ["--", ...paths])]
      const reads = readsOfGitArguments([action, ...operands])
      if (message === "" && Option.isSome(reads)) {
        const read = yield* Effect.forEach(reads.value, real)
        return { ...shown, footprint: footprint({ read }), run: reading({ ...asked, args: operands }) }
      }
      const fault = faultOf(asked)
      if (fault !== undefined) return yield* invalid(fault)
      if (connecting.has(action) && (yield* ToolRun).offline)
        return yield* new ToolFailure({
          kind: "refused",
          reason: `git ${action} connects, and sandbox.network is false: nothing may. Leave it to the user.`
        })
      return {
        ...shown,
        footprint: footprint({
          write: [`${workspace.root}/.git`, ...(yield* Effect.forEach(paths ?? [], real))],
          exec: ["git"],
          net: connecting.has(action) ? ["git remote"] : []
        }),
        run: writing(asked)
      }
    })
})
