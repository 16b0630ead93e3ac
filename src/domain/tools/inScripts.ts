/** What the scripts run that a command line names: read before the line is judged, since nobody sees it in the line. */
import * as Effect from "effect/Effect"
import { TextCodec } from "../../ports/TextCodec.ts"
import { Workspace } from "../../ports/Workspace.ts"
import type { Grammar } from "../model/ShellSyntax.ts"
import { type CommandLine, readCommandLine } from "../permission/commandLine.ts"
import { commandsIn, inScript, linesIn, type Script, scriptsOf, untold } from "../permission/scripts.ts"

/** Scripts of scripts, scripts in all, bytes of one, and commands that are told. */
const most = { depth: 3, scripts: 12, bytes: 65_536, commands: 100 }

/** The lines of the first of a script's files that is there; none of a program that is no script. */
const read = (script: Script) =>
  Effect.gen(function* () {
    const workspace = yield* Workspace
    const codec = yield* TextCodec
    const isProgram = script.kind === "program"
    for (const file of script.files) {
      const { inside, path, stat } = yield* workspace.locate(file)
      if (stat === undefined) continue
      // What is no part of the project is not looked into; what is large or binary is no script.
      if (isProgram && (!inside || stat.size > most.bytes)) return { path, lines: [] }
      if (!inside) return { path, lines: [untold] }
      const text = codec.decode(yield* workspace.read(file, most.bytes))?.text
      return { path, lines: text === undefined ? (isProgram ? [] : [untold]) : linesIn(script, text) }
    }
    return { path: script.files[0] ?? "", lines: script.kind === "make" || script.kind === "package" ? [] : [untold] }
  }).pipe(Effect.orElseSucceed(() => ({ path: script.files[0] ?? "", lines: [untold] })))

/** A script that is waiting to be read, and how many others it stands behind. */
interface Waiting {
  readonly script: Script | typeof untold
  readonly depth: number
}

const lost = { path: "a script", lines: [untold] }

/** The commands that the scripts of a line run, and those that these run, each with where it stands. */
export const inScripts = (
  grammar: Grammar,
  line: CommandLine,
  places: { readonly root: string; readonly home: string }
): Effect.Effect<ReadonlyArray<string>, never, Workspace | TextCodec> =>
  Effect.gen(function* () {
    const all = new Set<string>()
    const waiting: Array<Waiting> = scriptsOf(line).map((script) => ({ script, depth: 1 }))
    for (let at = 0; at < waiting.length && at <= most.scripts; at += 1) {
      const { depth = 0, script = untold } = waiting[at] ?? {}
      const unread = script === untold || depth > most.depth || at === most.scripts
      const { lines, path } = unread ? lost : yield* read(script)
      const told = lines.filter((text) => text !== untold).map((text) => readCommandLine(grammar, text, places))
      const commands = [...told.flatMap(commandsIn), ...(told.length < lines.length ? [untold] : [])]
      for (const command of commands) all.add(inScript(command, path))
      for (const script of told.flatMap(scriptsOf)) waiting.push({ script, depth: depth + 1 })
    }
    const told = [...all]
    return told.length > most.commands ? [...told.slice(0, most.commands), inScript(untold, "scripts")] : told
  })
