/**
 * Reads the plain part of the shell's language: simple commands joined by `|`, `&&`, `||` and `;`.
 * Whatever it does not fully understand it does not read at all.
 */
import * as Option from "effect/Option"

/** A word as the command gets it. */
export interface Word {
  readonly text: string
  /** Any part of it was quoted. */
  readonly quoted: boolean
  /** It holds `*` or `?` that the shell expands; the text before the first of them is fixed. */
  readonly glob: boolean
}

/** One simple command: its program and arguments, and what stands before it. */
export interface SimpleCommand {
  readonly words: ReadonlyArray<Word>
  readonly after: "" | "|" | "&&" | "||" | ";"
}

/** A longer line, or one of more commands, is not worth reading: nobody would review it either. */
const maxLength = 4000
const maxCommands = 30

/** Control characters, line ends, odd spaces, and characters that change how a line looks. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/** What may stand outside quotes; everything else there may mean something to some shell. */
const plain = /[\p{L}\p{N}_.,:/@%+=^~*?-]/u

/** A backslash before these stays a backslash inside double quotes, in every shell. */
const literalAfterBackslash = /[\p{L}\p{N} .*+?()|{}^[\]/<>:;=,'&#@%-]/u

/** Redirections that write nothing: to nowhere, or error to output. */
const harmless = /^(?:2>&1|(?:[12]|&)?>{1,2} ?\/dev\/null)(?=$|[ |;&])/

interface Reader {
  readonly line: string
  at: number
  text: string
  quoted: boolean
  glob: boolean
  started: boolean
  words: Array<Word>
  commands: Array<SimpleCommand>
  after: SimpleCommand["after"]
}

const endWord = (it: Reader): void => {
  if (it.started) it.words.push({ text: it.text, quoted: it.quoted, glob: it.glob })
  it.text = ""
  it.quoted = it.glob = it.started = false
}

const endCommand = (it: Reader, next: SimpleCommand["after"]): boolean => {
  endWord(it)
  if (it.words.length === 0 || it.commands.length >= maxCommands) return false
  it.commands.push({ words: it.words, after: it.after })
  it.words = []
  it.after = next
  return true
}

const readSingle = (it: Reader): boolean => {
  const end = it.line.indexOf("'", it.at + 1)
  if (end === -1) return false
  it.text += it.line.slice(it.at + 1, end)
  it.at = end + 1
  return true
}

const readDouble = (it: Reader): boolean => {
  for (it.at++; it.at < it.line.length; it.at++) {
    const char = it.line.charAt(it.at)
    const next = it.line.charAt(it.at + 1)
    if (char === '"') {
      it.at++
      return true
    }
    if (char === "`" || char === "!") return false
    // A dollar just before the closing quote expands nothing.
    if (char === "$" && next !== '"') return false
    if (char === "\\") {
      if (next !== '"' && !literalAfterBackslash.test(next)) return false
      if (next === '"') it.at++
      it.text += next === '"' ? '"' : "\\"
    } else it.text += char
  }
  return false
}

const operators = ["&&", "||", "|", ";"] as const

const readOperator = (it: Reader): boolean => {
  const found = operators.find((operator) => it.line.startsWith(operator, it.at))
  if (found === undefined) return false
  it.at += found.length
  // `|&`, `;;`, `;&` and the like are other operators.
  if ("|&;".includes(it.line[it.at] ?? " ")) return false
  return endCommand(it, found)
}

/** `~` expands at a word's start and after `:` or `=`; only the person's own home is understood there. */
const readTilde = (it: Reader): boolean => {
  const before = it.text.at(-1)
  if (it.started && (before === ":" || before === "=" || it.quoted)) return false
  const next = it.line[it.at + 1] ?? " "
  return it.started || "/ ".includes(next)
}

const readPlain = (it: Reader, char: string): boolean => {
  if (!plain.test(char)) return false
  if (char === "~" && !readTilde(it)) return false
  if (char === "=" && !it.started) return false // zsh: the path of a program
  if (char === "*" || char === "?") {
    if (it.quoted || !/^[\p{L}\p{N}_./]/u.test(it.text)) return false
    it.glob = true
  }
  it.text += char
  it.started = true
  it.at += char.length
  return true
}

const readQuoted = (it: Reader, char: string): boolean => {
  if (it.glob) return false
  const first = !it.started
  it.quoted = it.started = true
  const read = char === "'" ? readSingle(it) : readDouble(it)
  // A quoted `~` is a file of that name, which the reader's callers could not tell from a home.
  return read && !(first && it.text.startsWith("~"))
}

const readNext = (it: Reader): boolean => {
  const unit = it.line.charAt(it.at)
  const char = /[\ud800-\udbff]/.test(unit) ? it.line.slice(it.at, it.at + 2) : unit
  if (char === " ") {
    endWord(it)
    it.at++
    return true
  }
  if (!it.started) {
    const found = harmless.exec(it.line.slice(it.at, it.at + 20))
    if (found !== null) {
      it.at += found[0].length
      // A redirection alone is no command, and one before the command is none that people write.
      return it.words.length > 0
    }
  }
  // A word of its own that only `find` and `test` understand; before a program it would turn the result round.
  if (char === "!" && !it.started && it.words.length > 0 && it.line[it.at + 1] === " ") {
    it.text = char
    it.started = true
    it.at++
    return true
  }
  if (char === "'" || char === '"') return readQuoted(it, char)
  if ("|&;".includes(char)) return readOperator(it)
  return readPlain(it, char)
}

/** The simple commands of a line, or nothing where any of it is not fully understood. */
export const readLine = (line: string): Option.Option<ReadonlyArray<SimpleCommand>> => {
  if (line.length > maxLength || invisible.test(line)) return Option.none()
  const it: Reader = {
    line: line.trim(),
    at: 0,
    text: "",
    quoted: false,
    glob: false,
    started: false,
    words: [],
    commands: [],
    after: ""
  }
  while (it.at < it.line.length) if (!readNext(it)) return Option.none()
  return endCommand(it, "") ? Option.some(it.commands) : Option.none()
}
