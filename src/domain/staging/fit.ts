/** Finds where a patch's chunks belong in a file, from top to bottom, and makes the changed text. */
import * as Either from "effect/Either"
import type { Chunk } from "./grammar.ts"
import { findShifted, indentOf, type Shift } from "./indent.ts"
import { bodyOf, endingOf, lineAt, linesOf, mainEnding } from "./lines.ts"
import { type EditFailure, notFound } from "./locate.ts"
import { plainSigns } from "./normal.ts"
import { placesOf } from "./places.ts"

/** A chunk's place: the index of its first line, and how its indentation maps. */
interface Fit {
  readonly at: number
  readonly shift?: Shift
}

type Spell = (line: string) => string

const spellings: ReadonlyArray<Spell> = [(line) => line, (line) => line.trimEnd(), (line) => plainSigns(line).trimEnd()]

const runs = (
  lines: ReadonlyArray<string>,
  wanted: ReadonlyArray<string>,
  from: number,
  limit: number
): ReadonlyArray<number> => placesOf(lines.slice(from), wanted, limit).map((at) => at + from)

const ambiguous = (what: string, places: ReadonlyArray<number>): EditFailure => ({
  kind: "ambiguous",
  reason: `${what} fits only loosely, and at lines ${places
    .slice(0, 10)
    .map((at) => at + 1)
    .join(", ")}. Copy its lines exactly, or name the place with "@@ " and a line that stands before it.`
})

const one = (fits: ReadonlyArray<Fit>, what: string): Either.Either<Fit | undefined, EditFailure> => {
  const [first, second] = fits
  if (first !== undefined && second !== undefined) {
    return Either.left(
      ambiguous(
        what,
        fits.map((fit) => fit.at)
      )
    )
  }
  return Either.right(first)
}

/** The first place that is exact; else the only one where blanks at line ends, indentation or signs differ. */
const seek = (
  lines: ReadonlyArray<string>,
  wanted: ReadonlyArray<string>,
  { atEnd, from, what }: { readonly from: number; readonly atEnd: boolean; readonly what: string }
): Either.Either<Fit | undefined, EditFailure> => {
  const start = atEnd ? Math.max(from, lines.length - wanted.length) : from
  for (const [index, spell] of spellings.entries()) {
    const [there, here] = index === 0 ? [lines, wanted] : [lines.map(spell), wanted.map(spell)]
    const places = runs(there, here, start, index === 0 ? 1 : 20)
    const found = one(
      places.map((at) => ({ at })),
      what
    )
    if (Either.isLeft(found) || found.right !== undefined) return found
    if (index === 0) continue
    const block = wanted.map((line) => `${line}\n`).join("")
    const moved = findShifted(lines.slice(start), block, index === 2)
    const shifted = one(
      moved.map(({ line, shift }) => ({ at: start + line, shift })),
      what
    )
    if (Either.isLeft(shifted) || shifted.right !== undefined) return shifted
  }
  return Either.right(undefined)
}

/** The line after the headers, each the first of its kind after the one before. */
const afterHeaders = (
  lines: ReadonlyArray<string>,
  headers: ReadonlyArray<string>,
  from: number
): Either.Either<number, EditFailure> => {
  let at = from
  for (const header of headers) {
    const found = [...spellings, (line: string) => plainSigns(line).trim()]
      .map((spell) => lines.findIndex((line, index) => index >= at && spell(line) === spell(header)))
      .find((index) => index !== -1)
    if (found === undefined) return Either.left(notFound(lines.join("\n"), header, `The line of "@@ ${header}"`))
    at = found + 1
  }
  return Either.right(at)
}

const wantedOf = (chunk: Chunk): ReadonlyArray<string> =>
  chunk.lines.flatMap((line) => (line.kind === "+" ? [] : [line.text]))

/** The chunk without blank context at its end, which models add between hunks. */
const withoutBlankEnd = (chunk: Chunk): Chunk => {
  const last = chunk.lines.findLastIndex((line) => line.kind !== " " || line.text !== "")
  return { ...chunk, lines: chunk.lines.slice(0, last + 1) }
}

/** A chunk and where it goes. */
interface Fitted extends Fit {
  readonly chunk: Chunk
}

const fitChunk = (
  lines: ReadonlyArray<string>,
  chunk: Chunk,
  { from, what }: { readonly from: number; readonly what: string }
): Either.Either<Fitted, EditFailure> => {
  const headed = afterHeaders(lines, chunk.headers, from)
  if (Either.isLeft(headed)) return Either.left(headed.left)
  const start = headed.right
  if (wantedOf(chunk).length === 0) {
    return Either.right({ at: chunk.headers.length > 0 && !chunk.endOfFile ? start : lines.length, chunk })
  }
  // The header's own line may come again as the first line of context.
  const starts = chunk.headers.length > 0 ? [start, start - 1] : [start]
  for (const it of [chunk, withoutBlankEnd(chunk)].filter((one) => wantedOf(one).length > 0)) {
    const wanted = wantedOf(it)
    for (const at of starts) {
      const found = seek(lines, wanted, { from: at, atEnd: chunk.endOfFile, what })
      if (Either.isLeft(found)) return Either.left(found.left)
      if (found.right !== undefined) return Either.right({ ...found.right, chunk: it })
    }
  }
  const wanted = wantedOf(chunk)
  const earlier = from > 0 && runs(lines, wanted, 0, 1).length > 0
  const elsewhere = chunk.endOfFile && runs(lines, wanted, from, 1).length > 0
  const why = earlier
    ? " after the hunk before it (hunks go from top to bottom)"
    : elsewhere
      ? " at the end of the file"
      : ""
  const failed = notFound(lines.join("\n"), wanted.join("\n"), `${what}${why}`)
  return Either.left(failed)
}

const put = (text: string, shift: Shift | undefined): string => {
  if (shift === undefined || text.trim() === "") return text
  const indent = indentOf(text)
  return (shift(indent) ?? indent) + text.slice(indent.length)
}

/** Every line ends as the file's do, and the last one does where the file's last one did. */
const ended = (lines: ReadonlyArray<string>, text: string): string => {
  const ending = mainEnding(text) ?? "\n"
  const open = text !== "" && endingOf(text) === ""
  return lines
    .map((line, index) =>
      index === lines.length - 1 && open ? bodyOf(line) : endingOf(line) === "" ? line + ending : line
    )
    .join("")
}

/** The lines that a chunk leaves, and the index of the line after it. */
const placed = (
  lines: ReadonlyArray<string>,
  fit: Fitted
): { readonly out: ReadonlyArray<string>; readonly next: number } => {
  const out: Array<string> = []
  let at = fit.at
  let near = endingOf(lineAt(lines, at)) || endingOf(lineAt(lines, at - 1))
  for (const line of fit.chunk.lines) {
    if (line.kind === "+") {
      out.push(put(line.text, fit.shift) + near)
      continue
    }
    const own = lineAt(lines, at)
    if (line.kind === " ") out.push(own)
    near = endingOf(own) || near
    at++
  }
  return { out, next: at }
}

/**
 * The text with all chunks applied, or the first that has no place. Lines that a chunk keeps stay as the file has them;
 * a chunk of added lines only goes after its headers, or to the end where it has none.
 */
export const applyChunks = (text: string, chunks: ReadonlyArray<Chunk>): Either.Either<string, EditFailure> => {
  const lines = linesOf(text)
  const bodies = lines.map(bodyOf)
  const out: Array<string> = []
  let at = 0
  for (const [index, chunk] of chunks.entries()) {
    const what = chunks.length === 1 ? "The hunk's text" : `The text of hunk ${index + 1} of ${chunks.length}`
    const fit = fitChunk(bodies, chunk, { from: at, what })
    if (Either.isLeft(fit)) return Either.left(fit.left)
    for (; at < fit.right.at; at++) out.push(lineAt(lines, at))
    const piece = placed(lines, fit.right)
    for (const line of piece.out) out.push(line)
    at = piece.next
  }
  for (; at < lines.length; at++) out.push(lineAt(lines, at))
  return Either.right(ended(out, text))
}
