/** Blocks of whole lines that differ from the file's only in how far, or with what, they are indented. */
import { bodyOf, lineAt, linesOf } from "./lines.ts"
import { plainSigns } from "./normal.ts"
import { placesOf } from "./places.ts"

/** The file's indentation for one of the model's; nothing where the file has no equal. */
export type Shift = (indent: string) => string | undefined

/** A block found: the line it starts at (from 0), and how its indentation maps. */
export interface Shifted {
  readonly line: number
  readonly shift: Shift
}

/** The blanks that a line starts with. */
export const indentOf = (line: string): string => line.slice(0, line.search(/[^ \t]|$/))

type Pair = readonly [model: string, file: string]

const fits = (pairs: ReadonlyArray<Pair>, shift: Shift): Shift | undefined =>
  pairs.every(([model, file]) => shift(model) === file) ? shift : undefined

const deeper = ([model, file]: Pair): Shift | undefined => {
  if (!file.endsWith(model)) return undefined
  const more = file.slice(0, file.length - model.length)
  return (indent) => more + indent
}

const shallower = ([model, file]: Pair): Shift | undefined => {
  if (!model.endsWith(file)) return undefined
  const less = model.slice(0, model.length - file.length)
  return (indent) => (indent.startsWith(less) ? indent.slice(less.length) : undefined)
}

const tabs = (width: number): ReadonlyArray<Shift> => [
  (indent) => indent.replaceAll(" ".repeat(width), "\t"),
  (indent) => indent.replaceAll("\t", " ".repeat(width))
]

/** The one mapping that explains all pairs: a common prefix more or less, or tabs for so many spaces. */
const shiftOf = (pairs: readonly [Pair, ...ReadonlyArray<Pair>]): Shift | undefined => {
  const [first] = pairs
  const candidates = [deeper(first), shallower(first), ...[4, 2, 8, 3].flatMap(tabs)]
  for (const candidate of candidates) {
    const shift = candidate === undefined ? undefined : fits(pairs, candidate)
    if (shift !== undefined) return shift
  }
  return undefined
}

/** Places beyond this many are not told apart: the block is then ambiguous anyhow. */
const manyPlaces = 500

/** Every place where the block stands with another indentation; blanks at line ends do not count, nor signs where `signs`. */
export const findShifted = (lines: ReadonlyArray<string>, block: string, signs: boolean): Array<Shifted> => {
  const model = linesOf(block).map(bodyOf)
  const spell = (line: string) => (signs ? plainSigns(line) : line).trim()
  const needle = model.map(spell)
  return placesOf(lines.map(spell), needle, manyPlaces).flatMap((line) => {
    const [first, ...others] = model.flatMap((text, index): Array<Pair> => {
      const file = lineAt(lines, line + index)
      return text.trim() === "" ? [] : [[indentOf(text), indentOf(file)]]
    })
    const shift = first === undefined ? undefined : shiftOf([first, ...others])
    return shift === undefined ? [] : [{ line, shift }]
  })
}
