/** What a command gets for the words that a line gives it, as far as that can be told without running anything. */
import type { ShellScript, Word, WordPart } from "../model/ShellSyntax.ts"

/** A word as a program gets it. */
export interface Arg {
  /** Its text; what can't be told is one `hole` each. */
  readonly text: string
  /** The text is all of it. */
  readonly sure: boolean
  /** The shell may replace it by names of files; the text before the first `*`, `?` or `[` is fixed. */
  readonly glob: boolean
  /** Something in it was quoted. */
  readonly quoted: boolean
  /** Its text comes from a variable or from braces. */
  readonly computed: boolean
  /** All that can't be told of it are numbers: `$?`. */
  readonly number?: boolean
  /** It names what another command writes: `<(…)`. */
  readonly process?: boolean
}

/** Stands for text that can't be told. No command line can hold it. */
export const hole = "\0"

/** A word whose text is known. */
export const plainArg = (text: string): Arg => ({ text, sure: true, glob: false, quoted: false, computed: false })

/** What a place in a line knows. */
export interface Scope {
  /** The person's home, unless the line may change it. */
  readonly home: string | undefined
  /** The folders that it may stand in; none where that can't be told. */
  readonly folders: ReadonlyArray<string>
}

/** Scripts that run while words are expanded. */
export const scriptsIn = (parts: ReadonlyArray<WordPart>): ReadonlyArray<ShellScript | undefined> =>
  parts.flatMap((part) => (part.kind === "script" ? [part.script] : part.kind === "text" ? [] : scriptsIn(part.inside)))

/** More words than one brace may become. */
const mostBraces = 64

/** `{a,b}` as its words; nothing where it holds more than plain text. */
const braceTexts = (text: string): ReadonlyArray<string> | undefined => {
  const body = /^\{([^{}"'\\$`*?[\]]*,[^{}"'\\$`*?[\]]*)\}$/.exec(text)?.[1]
  const all = body?.split(",")
  return all !== undefined && all.length <= mostBraces ? all : undefined
}

const blanks = /\s/

const variableText = (name: string, quoted: boolean, scope: Scope): string | undefined => {
  const [only, ...more] = scope.folders
  const value = name === "HOME" ? scope.home : name === "PWD" && more.length === 0 ? only : undefined
  return value === undefined || (!quoted && blanks.test(value)) ? undefined : value
}

/** `~` at a word's start; nothing where another home is meant. */
const tilde = (text: string, scope: Scope): string | undefined => {
  if (!text.startsWith("~")) return /[:=]~/.test(text) ? undefined : text
  return /^~(?:\/|$)/.test(text) && scope.home !== undefined ? `${scope.home}${text.slice(1)}` : undefined
}

const empty = plainArg("")

const more = (arg: Arg, some: Partial<Arg>): Arg => ({ ...arg, ...some, text: arg.text + (some.text ?? hole) })

const withPart = (arg: Arg, part: WordPart, first: boolean, scope: Scope): Arg => {
  switch (part.kind) {
    case "text": {
      if (part.quoted) return more(arg, { text: part.text, quoted: true })
      const text = first ? tilde(part.text, scope) : /[:=]~/.test(part.text) ? undefined : part.text
      return text === undefined ? more(arg, { sure: false, text: `${hole}${part.text}` }) : more(arg, { text })
    }
    case "glob":
      return more(arg, { text: part.text, glob: true })
    case "variable": {
      if (part.bare && part.name === "?") return more(arg, { sure: false, number: arg.sure || arg.number === true })
      const text = part.bare ? variableText(part.name, part.quoted, scope) : undefined
      return text === undefined ? more(arg, { sure: false, number: false }) : more(arg, { text, computed: true })
    }
    case "script":
      return more(arg, { sure: false, number: false, process: part.process || arg.process === true })
    default:
      return more(arg, { sure: false, number: false })
  }
}

/** The words that one word becomes; one, unless it holds braces. */
export const argsOf = (word: Word, scope: Scope): ReadonlyArray<Arg> => {
  let all: ReadonlyArray<Arg> = [empty]
  for (const [at, part] of word.parts.entries()) {
    const texts = part.kind === "brace" ? braceTexts(part.text) : undefined
    all =
      texts === undefined || all.length * texts.length > mostBraces
        ? all.map((arg) => withPart(arg, part, at === 0, scope))
        : texts.flatMap((text) => all.map((arg) => more(arg, { text, computed: true })))
  }
  return all
}

/** Words as one line, for rules and for people. */
export const textOf = (args: ReadonlyArray<Arg>): string => args.map(({ text }) => text).join(" ")
