/** What a command does and takes, on one screen. Pure: from the same declarations that @effect/cli parses by. */
import { common } from "./guard.ts"
import type { CommandSpec, FlagSpec } from "./spec.ts"

const width = 100

/** Words in lines that start at a column. */
const wrapped = (text: string, indent: number): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width - indent) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`)
}

const flagName = ({ alias, label, name, takes, values }: FlagSpec): string => {
  const short = alias === undefined ? "    " : `-${alias}, `
  const value = values?.join("|") ?? label ?? "VALUE"
  const after = takes === "nothing" ? "" : takes === "optional" ? `[=${value}]` : ` ${value}`
  return `${short}--${name}${after}`
}

const rows = (title: string, all: ReadonlyArray<readonly [string, string]>): string => {
  if (all.length === 0) return ""
  const column = Math.min(34, Math.max(...all.map(([name]) => name.length)) + 4)
  const lines = all.map(([name, text]) => {
    const gap = name.length + 4 > column ? `\n${" ".repeat(column)}` : " ".repeat(column - name.length - 2)
    return `  ${name}${gap}${wrapped(text, column)}\n`
  })
  return `\n${title}\n${lines.join("")}`
}

const flagRows = (flags: ReadonlyArray<FlagSpec>) => flags.map((flag) => [flagName(flag), flag.help] as const)

const operandText = ({ operands }: CommandSpec): string => {
  if (operands.max === 0) return ""
  const label =
    operands.max > 1 && operands.values === undefined && !operands.label.includes(" ")
      ? `${operands.label}…`
      : operands.label
  return operands.min > 0 ? ` <${label}>` : ` [${label}]`
}

/** The help of one command. */
export const helpOf = (
  path: ReadonlyArray<string>,
  command: CommandSpec,
  everywhere: ReadonlyArray<FlagSpec>
): string => {
  const name = ["code-mesh", ...path].join(" ")
  const { children, flags, operands, summary } = command
  const below = children.length > 0 ? " COMMAND" : ""
  return (
    `${wrapped(summary, 0)}\n\nUsage: ${name}${below}${flags.length > 0 ? " [flags]" : ""}${operandText(command)}\n` +
    rows(
      "Commands:",
      children.map((child) => [`${child.name}${operandText(child)}`, child.summary] as const)
    ) +
    rows("Words:", operands.max === 0 ? [] : [[operands.label, operands.help]]) +
    rows("Flags:", flagRows(flags)) +
    rows("Flags of every command:", flagRows([...everywhere, ...common])) +
    (path.length === 0 ? "\n`code-mesh COMMAND --help` says more of each. Start with `code-mesh demo`.\n" : "")
  )
}
