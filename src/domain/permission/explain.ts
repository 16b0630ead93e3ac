/** What the rules decide of each command in a line by itself, to show why they decide so of the whole. */
import type { Footprint } from "../model/Footprint.ts"
import type { Verdict } from "../model/Rule.ts"
import { type CommandLine, type LineCommand, lineFootprint, readCommandLine } from "./commandLine.ts"
import { evaluateLines, type Policy, type Request } from "./evaluate.ts"
import { hole, textOf } from "./shellArgs.ts"

/** One command of a line; what of it cannot be told is `…`. */
export interface Explained extends Verdict {
  readonly command: string
  readonly footprint: Footprint
}

const shown = (command: LineCommand): string => textOf(command.args).replaceAll(hole, "…")

/** The line as if it were this command alone. */
const alone = (line: CommandLine, command: LineCommand): CommandLine => ({
  line: shown(command),
  home: line.home,
  commands: [command],
  hidden: []
})

const explainLine = (request: Request, line: CommandLine, policy: Policy): ReadonlyArray<Explained> => {
  // What only runs other commands is shown by these.
  const parts = line.commands.filter(({ args, neutral }) => !neutral && args.length > 0)
  const told = parts.slice(0, most).map((command): Explained => {
    const one = alone(line, command)
    const footprint = lineFootprint(one)
    return { command: one.line, ...evaluateLines({ ...request, footprint }, [one], policy), footprint }
  })
  const lost = line.hidden.slice(0, most).map((text): Explained => {
    const one: CommandLine = { line: text, home: line.home, commands: [], hidden: [text] }
    const footprint = lineFootprint(one)
    return {
      command: text.replaceAll(hole, "…"),
      ...evaluateLines({ ...request, footprint }, [one], policy),
      footprint
    }
  })
  return [...told, ...lost]
}

/** More than anybody reads. */
const most = 100

/** Each command of a call's lines, and what the rules would decide of it alone; none where there is only one. */
export const explain = (request: Request, policy: Policy): ReadonlyArray<Explained> => {
  const lines = request.subjects.map((line) => readCommandLine(policy.grammar, line, policy))
  const all = lines.flatMap((line) => explainLine(request, line, policy))
  return all.length > 1 ? all : []
}
