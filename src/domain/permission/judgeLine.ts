/** What rules say of a command line: each command in it by itself, wherever in the line it stands. */
import type { Rule } from "../model/Rule.ts"
import { type CommandLine, isHarmless, type LineCommand } from "./commandLine.ts"
import { couldMatchCommand, matchCommand, matchGlob, spells } from "./match.ts"
import { bareGit } from "./nested.ts"
import { mayHold } from "./pieces.ts"
import { commandOf, untold } from "./scripts.ts"
import { type Arg, hole, plainArg, textOf } from "./shellArgs.ts"

/** Whether a rule that restricts speaks of a line: it does, it may, or it does not. */
export type Hit = "yes" | "maybe" | "no"

const base = (text: string): string => text.slice(text.lastIndexOf("/") + 1)

/** A program's name as every system may take it. */
const lower = (name: string): string => name.toLowerCase().replace(/\.exe$/, "")

/** A command as a rule may name it: as written, by its program's name, without what git is given before its action. */
const spellings = (program: Arg, rest: ReadonlyArray<Arg>): ReadonlyArray<ReadonlyArray<Arg>> => {
  const named = { ...program, text: base(program.text) }
  const lowered = { ...named, text: lower(named.text) }
  const bare = lowered.text === "git" ? bareGit(rest) : rest
  return [
    [program, ...rest],
    [named, ...rest],
    [lowered, ...rest],
    [lowered, ...bare]
  ]
}

/** Whether a pattern speaks of these words; perhaps, where a word that can't be told could make it. */
const hitWords = (pattern: string, args: ReadonlyArray<Arg>): Hit => {
  const unsure = args.find(({ glob, sure }) => !sure || glob)
  const [program] = args
  if (unsure === undefined) return matchCommand(pattern, textOf(args)) ? "yes" : "no"
  if (program?.glob === true && program.sure)
    return matchGlob(base(program.text), base(pattern.replace(/(?::\*|\s.*)$/s, ""))) ? "yes" : "no"
  const told = args.slice(0, args.indexOf(unsure))
  const start = unsure.text.slice(0, Math.max(0, unsure.text.search(/[\0*?[]/)))
  // What is known already may be all that the pattern wants.
  if (pattern.endsWith(":*") && matchCommand(pattern, textOf(told))) return "yes"
  return couldMatchCommand(pattern, [...told.map(({ text }) => text), start].join(" ")) ? "maybe" : "no"
}

const strongest = (hits: ReadonlyArray<Hit>): Hit =>
  hits.includes("yes") ? "yes" : hits.includes("maybe") ? "maybe" : "no"

/** Whether a program whose name is told can't be the one that a pattern names. */
const isAnother = (pattern: string, program: Arg): boolean => {
  const wanted = /^[^\s*\\]+?(?=:\*$|\s|$)/.exec(pattern.trim())?.[0]
  if (!program.sure || program.glob || wanted === undefined) return false
  const name = base(program.text)
  return ![program.text, name, lower(name)].includes(wanted)
}

const hitSpellings = (pattern: string, [program, ...rest]: ReadonlyArray<Arg>): Hit =>
  program === undefined || isAnother(pattern, program)
    ? "no"
    : strongest(spellings(program, rest).map((spelling) => hitWords(pattern, spelling)))

/** More words than any rule spells out. */
const mostWords = 60

const holdsAt = (pattern: string, words: ReadonlyArray<string>): boolean =>
  words.some(
    (word, at) => word !== "" && matchCommand(pattern, [base(word), ...words.slice(at + 1, at + 20)].join(" "))
  )

/** Whether text that some program may act on holds such a command at any of its words; `sed` parts its own by slashes. */
const holdsAnywhere = (pattern: string, text: string): boolean => {
  const start = text.slice(0, 10_000)
  return [/[^\w./~-]+/, /[^\w.~-]+/].some((gap) => holdsAt(pattern, start.split(gap).slice(0, 500)))
}

/** Programs that only show or test their words; what git runs by its words the walk has found. */
const inert: ReadonlySet<string> = new Set(["echo", "printf", "git"])

/** So many words at which a command may start are looked at; where there are more, one of them may be it. */
const mostStarts = 500

/** Whether a command that a pattern names may start at one of these words, or stands in one. */
const hitAt = (pattern: string, words: ReadonlyArray<Arg>): boolean => {
  let starts = 0
  for (const [at, word] of words.entries()) {
    const isText = /[\s=:]/.test(word.text)
    if (!isText && isAnother(pattern, word)) continue
    starts += 1
    if (starts > mostStarts || (isText && holdsAnywhere(pattern, word.text))) return true
    if (hitSpellings(pattern, words.slice(at, at + mostWords)) === "yes") return true
  }
  return false
}

/** What a program that is not known may run by its words: another command, or text with one in it. */
const hitInside = (pattern: string, command: LineCommand): Hit => {
  const { args, input, neutral, onlyReads: reads, unknown } = command
  if (neutral || reads || !unknown || inert.has(base(args[0]?.text ?? ""))) return "no"
  // What another command writes may be what this one runs: `make -f <(…)`.
  if (args.some(({ process }) => process === true)) return "maybe"
  return holdsAnywhere(pattern, input?.text ?? "") || hitAt(pattern, args.slice(1)) ? "maybe" : "no"
}

/** Whether a rule that restricts speaks of a line, or may. */
export const restricts = (pattern: string, line: CommandLine): Hit => {
  if (matchCommand(pattern, line.line)) return "yes"
  if (line.fault !== undefined && mayHold(pattern, line.line.slice(0, 65_536))) return "yes"
  const hits = line.commands.map((command) =>
    strongest([hitSpellings(pattern, command.args), hitInside(pattern, command)])
  )
  const found = strongest(hits)
  return found === "no" && (line.hidden.length > 0 || line.fault !== undefined) ? "maybe" : found
}

/** Whether a rule that restricts speaks of what runs in the scripts of a line, as its footprint names that. */
export const restrictsScripts = (pattern: string, exec: ReadonlyArray<string>): Hit =>
  strongest(
    exec.flatMap((entry): ReadonlyArray<Hit> => {
      const command = commandOf(entry)
      if (command === undefined) return []
      if (command === untold) return ["maybe"]
      return [
        hitSpellings(
          pattern,
          command.split(" ").map((word) => ({
            ...plainArg(word.replaceAll(untold, hole)),
            sure: !word.includes(untold)
          }))
        )
      ]
    })
  )

/** How rules cover a line: not at all, each command by its words, or as a line that is spelt out. */
export type Cover = "none" | "words" | "line"

/** Which rule covers a line, and how. */
export interface Covered {
  readonly cover: Cover
  readonly rule?: Rule
}

const ruleFor = (command: LineCommand, patterns: ReadonlyArray<Patterned>): Rule | undefined => {
  const [program] = command.args
  if (program?.sure !== true || program.glob) return undefined
  // A blank within a word parts no words.
  const text = textOf(command.args.map((arg) => ({ ...arg, text: arg.text.replaceAll(/\s/g, "\u2423") })))
  return patterns.find(([, pattern]) => matchCommand(pattern, text))?.[0]
}

/** A group, a wrapper, a `cd` to a folder below: nothing by itself. */
const isNothing = (command: LineCommand): boolean =>
  command.neutral &&
  !command.unknown &&
  (command.args[0]?.text !== "cd" || isHarmless({ ...command, standing: "plain" }))

const unsureTarget = ({ opened }: LineCommand): boolean =>
  opened.some(({ arg, writes }) => writes && (!arg.sure || arg.glob))

/** A rule, and its pattern. */
export type Patterned = readonly [Rule, string]

/** How rules that allow cover a line. */
export const coverOf = (line: CommandLine, patterns: ReadonlyArray<Patterned>): Covered => {
  const spelled = patterns.find(([, pattern]) => spells(pattern, line.line))
  if (spelled !== undefined) return { cover: "line", rule: spelled[0] }
  if (line.fault !== undefined) return { cover: "none" }
  const rules: Array<Rule> = []
  for (const command of line.commands) {
    const { sets, standing } = command
    if (standing === "guess" || sets.length > 0 || unsureTarget(command)) return { cover: "none" }
    const rule = ruleFor(command, patterns)
    if (rule !== undefined) rules.push(rule)
    else if (!isNothing(command) && !isHarmless(command)) return { cover: "none" }
  }
  const [first] = rules
  return first === undefined ? { cover: "none" } : { cover: "words", rule: first }
}
