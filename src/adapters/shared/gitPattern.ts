/** One pattern of an ignore file against one path, as git matches it; in time that grows with both lengths and no more. */

/** One piece: a character or a set of them, a run within a name, a run of anything, or a tree (`**` between slashes). */
type Piece = { readonly holds: (char: string) => boolean } | "run" | "all" | "tree"

const named: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[ \t-\r]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[0-9A-Fa-f]/,
  cntrl: /[\u0000-\u001f\u007f]/,
  print: /[ -~]/,
  graph: /[!-~]/
}

interface Bracket {
  readonly holds: (char: string) => boolean
  readonly end: number
}

type Test = (char: string) => boolean

/** A named class at `at`: its test and the place after it; `undefined` where there is none, `null` where it is broken. */
const classAt = (source: string, at: number): readonly [Test, number] | undefined | null => {
  if (!source.startsWith("[:", at)) return undefined
  const close = source.indexOf("]", at + 2)
  if (close < 0) return null
  if (close === at + 2 || source[close - 1] !== ":") return undefined
  const test = named[source.slice(at + 2, close - 1)]
  return test === undefined ? null : [(char) => test.test(char), close + 1]
}

/** A bracket that starts at `start`; nothing where it has no end, and then the whole pattern never matches. */
const bracketAt = (source: string, start: number): Bracket | undefined => {
  let at = start + 1
  const negated = source[at] === "!" || source[at] === "^"
  if (negated) at++
  const tests: Array<Test> = []
  let low = ""
  for (let first = true; first || source[at] !== "]"; first = false) {
    const known = classAt(source, at)
    if (known === null || at >= source.length) return undefined
    if (known !== undefined) {
      tests.push(known[0])
      at = known[1]
      low = ""
      continue
    }
    const ranged = source[at] === "-" && low !== "" && at + 1 < source.length && source[at + 1] !== "]"
    if (ranged) at++
    if (source[at] === "\\") at++
    const char = source[at]
    if (char === undefined) return undefined
    const from = ranged ? low : char
    tests.push((it) => it >= from && it <= char)
    low = ranged ? "" : char
    at++
  }
  return { holds: (char) => tests.some((test) => test(char)) !== negated, end: at + 1 }
}

const slash = "/"

/** What stars that end before `end` stand for. */
const starsOf = (source: string, start: number, end: number, isPath: boolean): Piece => {
  if (!isPath) return "all"
  if (end - start === 1) return "run"
  const next = source[end]
  const opens = start === 0 || source[start - 1] === slash
  const closes = next === undefined || next === slash || (next === "\\" && source[end + 1] === slash)
  if (!opens || !closes) return "run"
  return next === slash ? "tree" : "all"
}

const piecesOf = (source: string, isPath: boolean): ReadonlyArray<Piece> | undefined => {
  const pieces: Array<Piece> = []
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    if (char === "*") {
      const start = at
      while (source[at + 1] === "*") at++
      pieces.push(starsOf(source, start, at + 1, isPath))
    } else if (char === "?") pieces.push({ holds: (it) => !isPath || it !== slash })
    else if (char === "[") {
      const bracket = bracketAt(source, at)
      if (bracket === undefined) return undefined
      pieces.push({ holds: (it) => (!isPath || it !== slash) && bracket.holds(it) })
      at = bracket.end - 1
    } else {
      if (char === "\\") at++
      const literal = source[at]
      if (literal === undefined) return undefined
      pieces.push({ holds: (it) => it === literal })
    }
  }
  return pieces
}

/** The places of a text that are reached once one character more was taken. */
const afterOne = (reached: Uint8Array, holds: Test, text: string): Uint8Array => {
  const next = new Uint8Array(reached.length)
  for (let at = 1; at <= text.length; at++) {
    if (reached[at - 1] === 1 && holds(text[at - 1] ?? "")) next[at] = 1
  }
  return next
}

/** The places that are reached by taking any number more, within a name where `within`. */
const afterMany = (reached: Uint8Array, within: boolean, text: string): Uint8Array => {
  const next = new Uint8Array(reached.length)
  let open = false
  for (let at = 0; at <= text.length; at++) {
    if (within && text[at - 1] === slash) open = false
    if (reached[at] === 1) open = true
    if (open) next[at] = 1
  }
  return next
}

/** One sweep over the text for each piece. */
const matchPieces = (pieces: ReadonlyArray<Piece>, text: string): boolean => {
  let reached: Uint8Array = new Uint8Array(text.length + 1)
  reached[0] = 1
  let skipped: Uint8Array | undefined
  for (const piece of pieces) {
    const next =
      typeof piece === "object" ? afterOne(reached, piece.holds, text) : afterMany(reached, piece === "run", text)
    // A tree may be nothing, together with the slash after it.
    skipped?.forEach((was, at) => {
      if (was === 1) next[at] = 1
    })
    skipped = piece === "tree" ? reached : undefined
    reached = next
  }
  return reached[text.length] === 1
}

const matcherOf = (source: string, isPath: boolean): ((text: string) => boolean) => {
  const pieces = piecesOf(source, isPath)
  return pieces === undefined ? () => false : (text) => matchPieces(pieces, text)
}

const special = /[*?[\\]/

/** A pattern of an ignore file. `literal` is the one name it matches, where there is only one. */
export interface GitPattern {
  /** Held against the path below the ignore file's directory, and the last name of it. */
  readonly matches: (path: string, name: string) => boolean
  readonly literal?: string
}

/** Reads a pattern without its `!` and its last slash. */
export const gitPatternOf = (pattern: string): GitPattern => {
  const fixed = pattern.search(special)
  if (!pattern.includes(slash)) {
    if (fixed < 0) return { literal: pattern, matches: (_, name) => name === pattern }
    const rest = pattern.slice(1)
    if (pattern.startsWith("*") && !special.test(rest)) return { matches: (_, name) => name.endsWith(rest) }
    const matcher = matcherOf(pattern, false)
    return { matches: (_, name) => matcher(name) }
  }
  const body = pattern.startsWith(slash) ? pattern.slice(1) : pattern
  const prefix = body.search(special)
  if (prefix < 0) return { matches: (path) => path === body }
  // As in git, what follows the fixed part is a pattern of its own: `a**/b` goes on with a `**` at its start.
  const head = body.slice(0, prefix)
  const matcher = matcherOf(body.slice(prefix), true)
  return { matches: (path) => path.startsWith(head) && matcher(path.slice(prefix)) }
}
