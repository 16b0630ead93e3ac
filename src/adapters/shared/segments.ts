/** Matches one name against one part of a glob as bash reads it, in time that grows with both lengths and never more. */

type Piece = "star" | "one" | { readonly char: string } | { readonly holds: (char: string) => boolean }

const named: Readonly<Record<string, RegExp>> = {
  alpha: /^\p{L}$/u,
  digit: /^[0-9]$/,
  alnum: /^[\p{L}\p{N}]$/u,
  upper: /^\p{Lu}$/u,
  lower: /^\p{Ll}$/u,
  space: /^\s$/,
  blank: /^[ \t]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  xdigit: /^[0-9A-Fa-f]$/,
  cntrl: /^[\u0000-\u001f\u007f]$/,
  print: /^[^\u0000-\u001f\u007f]$/,
  graph: /^[^\u0000-\u0020\u007f]$/
}

interface Bracket {
  readonly holds: (char: string) => boolean
  readonly end: number
}

const posixAt = (
  chars: ReadonlyArray<string>,
  at: number
): { readonly test: RegExp; readonly end: number } | undefined => {
  if (chars[at] !== "[" || chars[at + 1] !== ":") return undefined
  const close = chars.indexOf(":", at + 2)
  const test = close < 0 || chars[close + 1] !== "]" ? undefined : named[chars.slice(at + 2, close).join("")]
  return test === undefined ? undefined : { test, end: close + 2 }
}

/** One member of a bracket: a character, and where the next begins. */
const memberAt = (chars: ReadonlyArray<string>, at: number): readonly [string, number] | undefined => {
  const escaped = chars[at] === "\\"
  const char = chars[escaped ? at + 1 : at]
  return char === undefined ? undefined : [char, at + (escaped ? 2 : 1)]
}

const bracketAt = (chars: ReadonlyArray<string>, start: number): Bracket | undefined => {
  let at = start + 1
  const negated = chars[at] === "!" || chars[at] === "^"
  if (negated) at += 1
  const tests: Array<(char: string) => boolean> = []
  for (let first = true; first || chars[at] !== "]"; first = false) {
    const posix = posixAt(chars, at)
    if (posix !== undefined) {
      tests.push((char) => posix.test.test(char))
      at = posix.end
      continue
    }
    const from = memberAt(chars, at)
    if (from === undefined) return undefined
    at = from[1]
    let to = from[0]
    if (chars[at] === "-" && chars[at + 1] !== undefined && chars[at + 1] !== "]") {
      const high = memberAt(chars, at + 1)
      if (high === undefined) return undefined
      to = high[0]
      at = high[1]
    }
    const [low, high] = [from[0].codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]
    tests.push((char) => {
      const code = char.codePointAt(0) ?? 0
      return code >= low && code <= high
    })
  }
  return { holds: (char) => tests.some((test) => test(char)) !== negated, end: at + 1 }
}

/** The pieces of a part of a glob; a bracket without an end is itself. */
const piecesOf = (segment: string): ReadonlyArray<Piece> => {
  const chars = Array.from(segment)
  const pieces: Array<Piece> = []
  for (let at = 0; at < chars.length; ) {
    const char = chars[at] ?? ""
    if (char === "*") {
      if (pieces.at(-1) !== "star") pieces.push("star")
    } else if (char === "?") pieces.push("one")
    else if (char === "\\") {
      at += 1
      const next = chars[at]
      pieces.push({ char: next ?? "\\" })
    } else if (char === "[") {
      const bracket = bracketAt(chars, at)
      if (bracket !== undefined) {
        pieces.push({ holds: bracket.holds })
        at = bracket.end
        continue
      }
      pieces.push({ char })
    } else pieces.push({ char })
    at += 1
  }
  return pieces
}

const fits = (piece: Piece, char: string): boolean =>
  piece === "one" ? true : piece === "star" ? false : "char" in piece ? piece.char === char : piece.holds(char)

/** The usual two pointers: on a mismatch, the last star takes one character more. */
const matchPieces = (pieces: ReadonlyArray<Piece>, name: string): boolean => {
  const chars = Array.from(name)
  let at = 0
  let piece = 0
  let star = -1
  let mark = 0
  while (at < chars.length) {
    const now = pieces[piece]
    if (now === "star") {
      star = piece
      mark = at
      piece += 1
    } else if (now !== undefined && fits(now, chars[at] ?? "")) {
      piece += 1
      at += 1
    } else if (star >= 0) {
      piece = star + 1
      mark += 1
      at = mark
    } else return false
  }
  while (pieces[piece] === "star") piece += 1
  return piece === pieces.length
}

/** The characters of pieces that are nothing else, or nothing. */
const plain = (pieces: ReadonlyArray<Piece>): string | undefined => {
  let text = ""
  for (const piece of pieces) {
    if (typeof piece === "string" || !("char" in piece)) return undefined
    text += piece.char
  }
  return text
}

/** A part of a glob, ready to be held against names. */
export interface Segment {
  readonly matches: (name: string) => boolean
}

/** Reads one part of a glob (between slashes). */
export const segmentOf = (source: string): Segment => {
  const pieces = piecesOf(source)
  const literal = plain(pieces)
  if (literal !== undefined) return { matches: (name) => name === literal }
  const first = pieces[0]
  const startsWithDot = typeof first === "object" && "char" in first && first.char === "."
  const hides = !startsWithDot
  const [head, rest] = [pieces[0], plain(pieces.slice(1))]
  if (head === "star" && rest !== undefined) {
    return { matches: (name) => name.endsWith(rest) && !(hides && name.startsWith(".")) }
  }
  return { matches: (name) => !(hides && name.startsWith(".")) && matchPieces(pieces, name) }
}
