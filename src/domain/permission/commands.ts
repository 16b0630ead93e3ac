/**
 * Which shell lines only read, what they read, and which are never run unasked. The list is short on purpose:
 * a line that is not fully understood does not only read.
 */
import * as Option from "effect/Option"
import { catastrophes, tear } from "./catastrophes.ts"
import { type Allowed, findExpressions, readOnlyGit, readOnlyPrograms } from "./readOnlyPrograms.ts"
import { readLine, type SimpleCommand, type Word } from "./shellWords.ts"

/** What a read-only command may read, as far as its arguments tell. */
type Reads = Option.Option<ReadonlyArray<string>>

const no: Reads = Option.none()

/** The fixed folder of a glob, and other words as they are. */
const pathOf = (word: Word): string => {
  if (!word.glob) return word.text
  const fixed = word.text.slice(0, word.text.search(/[*?]/))
  return fixed.includes("/") ? fixed.slice(0, fixed.lastIndexOf("/") + 1) : "."
}

/** A value in a word of its own must not look like an option: programs differ in whether they take it. */
const isValue = (word: Word | undefined): boolean => word !== undefined && !word.text.startsWith("-") && !word.glob

/** How many words an option takes, itself included; 0 where it is not on the list. */
const longOption = (text: string, next: Word | undefined, allowed: Allowed): number => {
  const equals = text.indexOf("=")
  const name = equals === -1 ? text : text.slice(0, equals)
  if (equals !== -1)
    return (allowed.longValued?.includes(name) ?? false) || (allowed.longMaybe?.includes(name) ?? false) ? 1 : 0
  if ((allowed.long?.includes(name) ?? false) || (allowed.longMaybe?.includes(name) ?? false)) return 1
  return (allowed.longValued?.includes(name) ?? false) && isValue(next) ? 2 : 0
}

const shortOptions = (text: string, next: Word | undefined, allowed: Allowed): number => {
  if (allowed.count === true && /^-\d+$/.test(text)) return 1
  for (let at = 1; at < text.length; at++) {
    const letter = text.charAt(at)
    if (allowed.valued?.includes(letter) ?? false) return at + 1 < text.length ? 1 : isValue(next) ? 2 : 0
    if (!(allowed.short?.includes(letter) ?? false)) return 0
  }
  return 1
}

interface Arguments {
  readonly options: ReadonlyArray<string>
  readonly operands: ReadonlyArray<Word>
}

const readArguments = (words: ReadonlyArray<Word>, allowed: Allowed): Option.Option<Arguments> => {
  const options: Array<string> = []
  const operands: Array<Word> = []
  let next = 0
  for (const [at, word] of words.entries()) {
    if (at < next) continue
    next = at + 1
    const { text } = word
    if (text === "--") {
      operands.push(...words.slice(at + 1))
      break
    }
    if (text === "-" || !text.startsWith("-")) {
      operands.push(word)
      continue
    }
    const taken = (text.startsWith("--") ? longOption : shortOptions)(text, words[at + 1], allowed)
    if (taken === 0) return Option.none()
    options.push(text)
    next = at + taken
  }
  return Option.some({ options, operands })
}

const pathsAmong = ({ options, operands }: Arguments, allowed: Allowed): ReadonlyArray<string> => {
  const all = (allowed.allPathsWith ?? []).some((name) => options.some((option) => option.startsWith(name)))
  if (allowed.paths === "none") return []
  return (allowed.paths === "butFirst" && !all ? operands.slice(1) : operands).map(pathOf)
}

const readsOf = (words: ReadonlyArray<Word>, allowed: Allowed): Reads =>
  Option.flatMap(readArguments(words, allowed), (found) => {
    const { operands } = found
    const { operand } = allowed
    if (operands.length > (allowed.operands ?? Number.POSITIVE_INFINITY)) return no
    if (operands.some((word) => word.glob) && allowed.globs !== true) return no
    if (operand !== undefined && !operands.every((word) => operand.test(word.text))) return no
    return Option.some(pathsAmong(found, allowed))
  })

const readsOfFind = (words: ReadonlyArray<Word>): Reads => {
  if (words.some((word) => word.glob)) return no
  const first = words.findIndex((word) => /^(-|[!()]$)/.test(word.text))
  const places = first === -1 ? words : words.slice(0, first)
  const rest = first === -1 ? [] : words.slice(first)
  let next = 0
  for (const [at, { text }] of rest.entries()) {
    if (at < next) continue
    const values = Object.hasOwn(findExpressions, text) ? findExpressions[text] : undefined
    if (values === undefined || at + values >= rest.length) return no
    next = at + values + 1
  }
  return Option.some(places.length === 0 ? ["."] : places.map((word) => word.text))
}

/** Lines by number, by plain pattern, or a range of those, printed: nothing else that `sed` can do. */
const sedScript = /^(?:\d+|\$|\/[\w .,:*^$=(){}<>"-]*\/)(?:,(?:\d+|\$|\/[\w .,:*^$=(){}<>"-]*\/))?p$/

const readsOfSed = ([quiet, script, ...files]: ReadonlyArray<Word>): Reads =>
  quiet?.text === "-n" &&
  script !== undefined &&
  sedScript.test(script.text) &&
  files.every((word) => !word.text.startsWith("-") && !word.glob)
    ? Option.some(files.map((word) => word.text))
    : no

const readsOfGit = (words: ReadonlyArray<Word>): Reads => {
  const at = words.findIndex((word) => word.text !== "--no-pager" && word.text !== "--no-optional-locks")
  const name = words[at]?.text ?? ""
  const allowed = Object.hasOwn(readOnlyGit, name) ? readOnlyGit[name] : undefined
  return allowed === undefined ? no : readsOf(words.slice(at + 1), allowed)
}

/** `command -v node`: where a program is. */
const readsOfCommand = ([option, ...names]: ReadonlyArray<Word>): Reads =>
  option?.text === "-v" && names.every((word) => /^[\w.+-]+$/.test(word.text) && !word.text.startsWith("-"))
    ? Option.some([])
    : no

const special: ReadonlyMap<string, (words: ReadonlyArray<Word>) => Reads> = new Map([
  ["find", readsOfFind],
  ["sed", readsOfSed],
  ["git", readsOfGit],
  ["command", readsOfCommand]
])

const readsOfOne = ({ words: [program, ...words] }: SimpleCommand): Reads => {
  // A quoted name is the same program, but nobody writes one without a reason.
  if (program === undefined || program.quoted || program.glob) return no
  const { text } = program
  const own = special.get(text)
  if (own !== undefined) return own(words)
  const allowed = Object.hasOwn(readOnlyPrograms, text) ? readOnlyPrograms[text] : undefined
  return allowed === undefined ? no : readsOf(words, allowed)
}

/** `cd folder && …` at the start of a line: into a folder below, where git could find no other repository. */
const entered = (commands: ReadonlyArray<SimpleCommand>): Option.Option<string> => {
  const [program, folder, more] = commands.slice(0, 1).flatMap(({ words }) => words)
  if (program?.text !== "cd" || program.quoted || folder === undefined || more !== undefined) return Option.none()
  if (commands[1]?.after !== "&&" || folder.glob || !/^[\p{L}\p{N}_.]/u.test(folder.text)) return Option.none()
  if (folder.text.split("/").includes("..")) return Option.none()
  return commands.some(({ words }) => words[0]?.text === "git") ? Option.none() : Option.some(folder.text)
}

/** What a whole line reads, where all of it only reads. */
const readsOfLine = (line: string): Reads =>
  Option.flatMap(readLine(line), (commands) => {
    const folder = entered(commands)
    const reads = Option.all((Option.isSome(folder) ? commands.slice(1) : commands).map(readsOfOne))
    return Option.map(reads, (each) => {
      const paths = each.flat()
      if (Option.isNone(folder)) return paths
      const below = paths.map((path) => (/^[/~]/.test(path) ? path : `${folder.value}/${path}`))
      return [folder.value, ...below]
    })
  })

/** Whether a line is on the built-in read-only list, as a whole. */
export const readOnlyCommand = (line: string): boolean => Option.isSome(readsOfLine(line))

/** The arguments of a read-only line that may be paths, as written (`~`, `..` and all); none of any other line. */
export const commandPaths = (line: string): ReadonlyArray<string> => Option.getOrElse(readsOfLine(line), () => [])

/** Whether git with these arguments only reads; the same list as for a shell line. */
export const readOnlyGitArguments = (args: ReadonlyArray<string>): boolean =>
  args.every((text) => !text.includes("\0")) &&
  Option.isSome(readsOfGit(args.map((text) => ({ text, quoted: true, glob: false }))))

/** The programs that a line names, as far as that can be told. */
export const commandPrograms = (line: string): ReadonlyArray<string> =>
  Option.match(readLine(line), {
    onNone: () => [],
    onSome: (commands) => [...new Set(commands.flatMap(({ words }) => words.slice(0, 1).map(({ text }) => text)))]
  })

/** Places that every command may use: sinks, and where programs are. */
const common =
  /^\/(?:dev\/(?:null|stdout|stderr|stdin|tty|u?random|zero|fd\/\d+)|(?:usr\/(?:local\/)?)?s?bin\/[\w.+-]+)$/

/**
 * Words of a line that name a place absolutely, under a home or above: what a command could reach outside the copy
 * where nothing confines it. Found by plain text, in quotes and after `=` or `:` too; too many rather than too few.
 */
export const outsideNames = (line: string): ReadonlyArray<string> => {
  // `-I/usr/include`: an option's value in the same word.
  const words = line.split(/[\s;&|()<>"'`=:,{}[\]]+/).map((word) => word.replace(/^-\w+(?=\/)/, ""))
  const named = words.filter(
    (word) => /^(?:\/(?!\/?$)|~|\$(?:HOME|OLDPWD|TMPDIR)\b)|(?:^|\/)\.\.(?:\/|$)/.test(word) || word === "/"
  )
  return [...new Set(named.filter((word) => !common.test(word)))]
}

/** Whether a line looks like one that destroys a system or a home; such a line is asked whatever the rules allow. */
export const catastrophic = (line: string): boolean => {
  if (readOnlyCommand(line)) return false
  const torn = tear(line)
  return catastrophes.some(({ found }) => found(torn))
}
