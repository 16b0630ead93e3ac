/** Texts with certain differences of spelling taken away, and the way back to the places they came from. */
import { numberAt } from "./places.ts"

/** Which differences do not count: how lines end, blanks before that, and typographic signs for plain ones. */
export interface Loose {
  readonly endings: true
  readonly trailing?: boolean
  readonly signs?: boolean
}

/** A text without differences that do not count; `starts[i]` is where its i-th character stood. */
export interface Normal {
  readonly text: string
  readonly starts: Int32Array
}

const [TAB, LF, CR, SPACE] = [9, 10, 13, 32]

/** Signs that models write plainly, one for one: dashes, quotes and spaces. Zero-width signs are none of them. */
const plain = new Map<number, number>()
for (const code of [0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212]) plain.set(code, 0x2d)
for (const code of [0x2018, 0x2019, 0x201a, 0x201b]) plain.set(code, 0x27)
for (const code of [0x201c, 0x201d, 0x201e, 0x201f]) plain.set(code, 0x22)
for (const code of [0xa0, 0x202f, 0x205f, 0x3000]) plain.set(code, SPACE)
for (let code = 0x2002; code <= 0x200a; code++) plain.set(code, SPACE)

const spelled = (codes: Uint16Array, length: number): string => {
  const pieces: Array<string> = []
  for (let start = 0; start < length; start += 8192) {
    pieces.push(String.fromCharCode(...codes.subarray(start, Math.min(length, start + 8192))))
  }
  return pieces.join("")
}

const sign = /[\u00a0\u2002-\u200a\u2010-\u2015\u2018-\u201f\u202f\u205f\u2212\u3000]/
const blankAtEnd = /[ \t](?:[\r\n]|$)/

/** Which differences a text knows at all, so that what can't matter is not looked for. */
export const traits = (
  text: string
): { readonly returns: boolean; readonly trailing: boolean; readonly signs: boolean } => ({
  returns: text.includes("\r"),
  trailing: blankAtEnd.test(text),
  signs: sign.test(text)
})

/** The text with plain signs only, length unchanged. */
export const plainSigns = (text: string): string => {
  let out = ""
  let from = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const plainly = code < 0xa0 ? undefined : plain.get(code)
    if (plainly === undefined) continue
    out += text.slice(from, index) + String.fromCharCode(plainly)
    from = index + 1
  }
  return out + text.slice(from)
}

/** The text in its loose spelling. A lone carriage return ends a line only where no line feed does. */
export const normal = (text: string, loose: Loose): Normal => {
  const codes = new Uint16Array(text.length)
  const starts = new Int32Array(text.length + 1)
  const crEnds = !text.includes("\n")
  let length = 0
  const dropBlanks = () => {
    while (length > 0 && (codes[length - 1] === SPACE || codes[length - 1] === TAB)) length--
  }
  for (let index = 0; index < text.length; index++) {
    const start = index
    let code = text.charCodeAt(index)
    if (code === CR && text.charCodeAt(index + 1) === LF) {
      code = LF
      index++
    } else if (code === CR && crEnds) code = LF
    else if (loose.signs === true && code >= 0xa0) code = plain.get(code) ?? code
    if (code === LF && loose.trailing === true) dropBlanks()
    codes[length] = code
    starts[length] = start
    length++
  }
  if (loose.trailing === true) dropBlanks()
  return { text: spelled(codes, length), starts: starts.subarray(0, length) }
}

/** The place in the original text where a stretch of the normal one ends. */
export const endBefore = (original: string, it: Normal, end: number): number => {
  const last = numberAt(it.starts, end - 1)
  return last + (original.startsWith("\r\n", last) ? 2 : 1)
}
