/** Regular expressions that a model wrote, run by the host's engine without letting one of them run for ever. */

/** A pattern, ready to be held against lines. */
export interface LinePattern {
  /** Where the first match in a line begins and ends, or nothing. */
  readonly find: (line: string) => readonly [number, number] | undefined
  /** Where every match in a text begins and ends, for patterns that span lines; in a long text some come twice. */
  readonly findAll: (text: string) => Iterable<readonly [number, number]>
}

/** With one open repeat, a stretch of a line this long is tried at once; with several, the smaller one. */
const longStretch = 5_000
const shortStretch = 2_000

const posix: Readonly<Record<string, string>> = {
  alpha: "\\p{L}",
  digit: "0-9",
  alnum: "\\p{L}0-9",
  upper: "\\p{Lu}",
  lower: "\\p{Ll}",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  word: "\\w"
}

interface Translated {
  readonly source: string
  readonly flags: string
}

/** What ripgrep writes otherwise than the host does. */
const translated = (pattern: string): Translated => {
  const lead = /^\(\?([ims]+)\)/.exec(pattern)
  const body = lead === null ? pattern : pattern.slice(lead[0].length)
  const source = body
    .replaceAll("(?P<", "(?<")
    .replace(/\[:(\w+):\]/g, (whole, name: string) => posix[name] ?? whole)
    .replace(/\\([AzZ])/g, (_, letter: string) => (letter === "A" ? "^" : "$"))
  return { source, flags: lead?.[1] ?? "" }
}

/** What the shape of a pattern says about its cost. */
interface Cost {
  /** Repeats without an end. */
  readonly open: number
  /** One of them stands in another, or repeats a choice: the time could double with every character. */
  readonly nested: boolean
}

/** What a group holds: an open repeat, a choice. */
interface Group {
  readonly repeats: boolean
  readonly chooses: boolean
}

const plainGroup: Group = { repeats: false, chooses: false }
const both = (a: Group, b: Group): Group => ({ repeats: a.repeats || b.repeats, chooses: a.chooses || b.chooses })

/** Reads a pattern once and notes where it repeats. */
export const costOf = (source: string): Cost => {
  let open = 0
  let nested = false
  const outer: Array<Group> = []
  let here = plainGroup
  // The group that ended just before, if what comes next would repeat it.
  let ended: Group | undefined
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    const before: Group | undefined = ended
    ended = char === "?" || char === "{" ? before : undefined
    if (char === "\\") at++
    else if (char === "[") at = pastClass(source, at)
    else if (char === "(") {
      outer.push(here)
      here = plainGroup
    } else if (char === ")") {
      ended = here
      here = both(outer.pop() ?? plainGroup, here)
    } else if (char === "|") here = both(here, { repeats: false, chooses: true })
    else if (isOpenRepeat(source, at)) {
      open++
      nested ||= before?.repeats === true || before?.chooses === true
      here = both(here, { repeats: true, chooses: false })
    }
  }
  return { open, nested }
}

const pastClass = (source: string, start: number): number => {
  let at = source[start + 1] === "^" ? start + 2 : start + 1
  for (; at < source.length && source[at] !== "]"; at++) if (source[at] === "\\") at++
  return at
}

const isOpenRepeat = (source: string, at: number): boolean => {
  const char = source[at]
  if (char === "*" || char === "+") return true
  const counted = char === "{" ? /^\{(\d+)(?:(,)(\d*))?\}/.exec(source.slice(at, at + 24)) : null
  return counted !== null && (counted[3] === "" || Number(counted[3] ?? counted[1]) > 16)
}

const compiled = (it: Translated, flags: string): RegExp | string => {
  const all = [...new Set(it.flags + flags)].join("")
  try {
    return new RegExp(it.source, `${all}u`)
  } catch {
    try {
      return new RegExp(it.source, all)
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }
}

const literalOf = (pattern: string, ignoreCase: boolean): string | undefined =>
  ignoreCase || /[\\^$.*+?()[\]{}|\n]/.test(pattern) ? undefined : pattern

/** Long lines are tried stretch by stretch; the stretches overlap by half. */
const findIn = (regex: RegExp, stretch: number, line: string): readonly [number, number] | undefined => {
  for (let from = 0; ; from += stretch / 2) {
    const part = line.length <= stretch ? line : line.slice(from, from + stretch)
    const match = regex.exec(part)
    if (match !== null) return [from + match.index, from + match.index + match[0].length]
    if (from + stretch >= line.length) return undefined
  }
}

/** The same for a whole text; what lies where two stretches overlap may come twice. */
const allIn = function* (regex: RegExp, stretch: number, text: string): Generator<readonly [number, number]> {
  for (let from = 0; from === 0 || from + stretch / 2 < text.length; from += stretch / 2) {
    const part = text.length <= stretch ? text : text.slice(from, from + stretch)
    regex.lastIndex = 0
    for (let match = regex.exec(part); match !== null; match = regex.exec(part)) {
      yield [from + match.index, from + match.index + match[0].length]
      if (match[0] === "") regex.lastIndex++
    }
  }
}

/** Reads a pattern; a text says why it is none, or why it is not tried. */
export const linePatternOf = (
  pattern: string,
  options: { readonly ignoreCase: boolean; readonly multiline: boolean }
): LinePattern | string => {
  const it = translated(pattern)
  const flags = `${options.ignoreCase ? "i" : ""}${options.multiline ? "ms" : ""}`
  const regex = compiled(it, flags)
  if (typeof regex === "string") return regex
  const cost = costOf(it.source)
  if (cost.nested) return "a repeat within a repeat, or of a choice, could take for ever here; write it without"
  const literal = literalOf(pattern, options.ignoreCase)
  const stretch = cost.open === 0 ? Number.MAX_SAFE_INTEGER : cost.open <= 2 ? longStretch : shortStretch
  const global = compiled(it, `${flags}g`)
  return {
    find: (line) => {
      if (literal === undefined) return findIn(regex, stretch, line)
      const at = line.indexOf(literal)
      return at < 0 ? undefined : [at, at + literal.length]
    },
    findAll: (text) => (typeof global === "string" ? [] : allIn(global, stretch, text))
  }
}

/** Why a pattern is none for the host's engine, or nothing where it is one. */
export const whyNoPattern = (pattern: string): string | undefined => {
  const regex = compiled(translated(pattern), "")
  return typeof regex === "string" ? regex : undefined
}
