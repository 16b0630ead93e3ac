/** A program's arguments by the table of its options. What the table does not name is not read at all. */
import * as Option from "effect/Option"
import type { Arg } from "./shellArgs.ts"

/** The options of a program. They are matched whole: an abbreviation is not on the list. */
export interface Options {
  /** Short options without a value; they may be joined. */
  readonly short?: string
  /** Short options with a value, in the same word or the next. */
  readonly valued?: string
  /** Long options without a value. */
  readonly long?: ReadonlyArray<string>
  /** Long options with a value, after `=` or as the next word. */
  readonly longValued?: ReadonlyArray<string>
  /** Long options whose value, if any, stands after `=`. */
  readonly longMaybe?: ReadonlyArray<string>
  /** `-5` is a count. */
  readonly count?: boolean
}

/** An option as it was given. */
export interface Given {
  /** `-o` or `--output`. */
  readonly name: string
  readonly value?: Arg
}

/** What a program was given. */
export interface Arguments {
  readonly options: ReadonlyArray<Given>
  readonly operands: ReadonlyArray<Arg>
}

/** What one word, or two, hold, and how many they are. */
interface Taken {
  readonly options: ReadonlyArray<Given>
  readonly words: 1 | 2
}

const part = (arg: Arg, from: number): Arg => ({ ...arg, text: arg.text.slice(from) })

/** A value in a word of its own must not look like an option: programs differ in whether they take it. */
const isValue = (arg: Arg | undefined): arg is Arg => arg?.sure === true && !arg.text.startsWith("-") && !arg.glob

const withNext = (before: ReadonlyArray<Given>, name: string, next: Arg | undefined): Taken | undefined =>
  isValue(next) ? { options: [...before, { name, value: next }], words: 2 } : undefined

const longOption = (arg: Arg, next: Arg | undefined, spec: Options): Taken | undefined => {
  const equals = arg.text.indexOf("=")
  const name = equals === -1 ? arg.text : arg.text.slice(0, equals)
  const maybe = spec.longMaybe?.includes(name) ?? false
  const valued = spec.longValued?.includes(name) ?? false
  if (equals !== -1)
    return valued || maybe ? { options: [{ name, value: part(arg, equals + 1) }], words: 1 } : undefined
  if ((spec.long?.includes(name) ?? false) || maybe) return { options: [{ name }], words: 1 }
  return valued ? withNext([], name, next) : undefined
}

const shortOptions = (arg: Arg, next: Arg | undefined, spec: Options): Taken | undefined => {
  const { text } = arg
  if (spec.count === true && /^-\d+$/.test(text)) return { options: [{ name: text }], words: 1 }
  const options: Array<Given> = []
  for (let at = 1; at < text.length; at++) {
    const letter = text.charAt(at)
    const name = `-${letter}`
    if (spec.valued?.includes(letter) ?? false)
      return at + 1 < text.length
        ? { options: [...options, { name, value: part(arg, at + 1) }], words: 1 }
        : withNext(options, name, next)
    if (!(spec.short?.includes(letter) ?? false)) return undefined
    options.push({ name })
  }
  return { options, words: 1 }
}

const isOption = ({ text }: Arg): boolean => text.startsWith("-") && text !== "-"

/**
 * The options and operands of a program, or nothing where one of its options is not in the table. With `leading`, all
 * from the first operand on are operands: another program's words.
 */
export const readArguments = (args: ReadonlyArray<Arg>, spec: Options, leading = false): Option.Option<Arguments> => {
  const options: Array<Given> = []
  const operands: Array<Arg> = []
  let next = 0
  for (const [at, arg] of args.entries()) {
    if (at < next) continue
    if (arg.text === "--" && arg.sure) return Option.some({ options, operands: [...operands, ...args.slice(at + 1)] })
    // A word that can't be told may turn out to be an option.
    if (!arg.sure && arg.number !== true && (arg.text.startsWith("\0") || isOption(arg))) return Option.none()
    if (!isOption(arg)) {
      if (leading) return Option.some({ options, operands: args.slice(at) })
      operands.push(arg)
      continue
    }
    const taken = (arg.text.startsWith("--") ? longOption : shortOptions)(arg, args[at + 1], spec)
    if (taken === undefined || arg.glob) return Option.none()
    options.push(...taken.options)
    next = at + taken.words
  }
  return Option.some({ options, operands })
}

/** The values of options of these names. */
export const valuesOf = ({ options }: Arguments, names: ReadonlyArray<string> = []): ReadonlyArray<Arg> =>
  options.flatMap(({ name, value }) => (value !== undefined && names.includes(name) ? [value] : []))
