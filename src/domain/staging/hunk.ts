/** Pieces of a change: lines taken out and put in, with the lines around them; how to apply and how to take back. */
import * as Either from "effect/Either"
import { compare, type Span } from "./compare.ts"
import { lineAt, linesOf } from "./lines.ts"

/** One line of a hunk, with its ending: kept, taken out or put in. */
export interface HunkLine {
  readonly kind: " " | "-" | "+"
  readonly text: string
}

/** A piece of a change; starts count from 0. */
export interface Hunk {
  readonly oldStart: number
  readonly newStart: number
  readonly lines: ReadonlyArray<HunkLine>
}

/** A hunk does not fit: the text has other lines at `line` (from 1). */
export interface Misfit {
  readonly line: number
}

const tagged = (kind: HunkLine["kind"], lines: ReadonlyArray<string>): Array<HunkLine> =>
  lines.map((text) => ({ kind, text }))

/** Spans whose context would overlap, together. */
const grouped = (spans: ReadonlyArray<Span>, context: number): Array<[Span, ...Array<Span>]> => {
  const groups: Array<[Span, ...Array<Span>]> = []
  let end = Number.NEGATIVE_INFINITY
  for (const span of spans) {
    const group = groups[groups.length - 1]
    if (group !== undefined && span.oldStart - end <= context * 2) group.push(span)
    else groups.push([span])
    end = span.oldEnd
  }
  return groups
}

/** The change from one text to another as hunks, each with so many lines of context where the text has them. */
export const hunksOf = (before: string, after: string, context = 3): ReadonlyArray<Hunk> => {
  const a = linesOf(before)
  const b = linesOf(after)
  return grouped(compare(a, b), context).map((group) => {
    const [first] = group
    const oldStart = Math.max(0, first.oldStart - context)
    const newStart = oldStart + first.newStart - first.oldStart
    const lines: Array<HunkLine> = []
    let at = oldStart
    for (const span of group) {
      lines.push(...tagged(" ", a.slice(at, span.oldStart)))
      lines.push(...tagged("-", a.slice(span.oldStart, span.oldEnd)))
      lines.push(...tagged("+", b.slice(span.newStart, span.newEnd)))
      at = span.oldEnd
    }
    lines.push(...tagged(" ", a.slice(at, at + context)))
    return { oldStart, newStart, lines }
  })
}

/** The text with the hunks applied at exactly their places, or the first line that is not as a hunk says. */
export const applyHunks = (text: string, hunks: ReadonlyArray<Hunk>): Either.Either<string, Misfit> => {
  const lines = linesOf(text)
  const out: Array<string> = []
  let at = 0
  for (const hunk of hunks) {
    if (hunk.oldStart < at || hunk.oldStart > lines.length) return Either.left({ line: hunk.oldStart + 1 })
    for (; at < hunk.oldStart; at++) out.push(lineAt(lines, at))
    for (const line of hunk.lines) {
      if (line.kind === "+") {
        out.push(line.text)
        continue
      }
      if (lines[at] !== line.text) return Either.left({ line: at + 1 })
      if (line.kind === " ") out.push(line.text)
      at++
    }
  }
  for (; at < lines.length; at++) out.push(lineAt(lines, at))
  return Either.right(out.join(""))
}

const opposite = { " ": " ", "-": "+", "+": "-" } as const

/** Hunks that take these back. */
export const invertHunks = (hunks: ReadonlyArray<Hunk>): ReadonlyArray<Hunk> =>
  hunks.map((hunk) => ({
    oldStart: hunk.newStart,
    newStart: hunk.oldStart,
    lines: hunk.lines.map((line) => ({ kind: opposite[line.kind], text: line.text }))
  }))

/** How many lines hunks put in and take out. */
export const countHunks = (hunks: ReadonlyArray<Hunk>): { readonly added: number; readonly removed: number } => {
  let added = 0
  let removed = 0
  for (const hunk of hunks) {
    for (const line of hunk.lines) {
      if (line.kind === "+") added++
      if (line.kind === "-") removed++
    }
  }
  return { added, removed }
}
