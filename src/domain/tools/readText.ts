/** How the text of a file is shown to a model: numbered lines, a bounded part of them, and what else there is. */
import { bodyOf, linesOf } from "../staging/lines.ts"
import { withNumbers } from "./file.ts"

/** Lines shown where no limit is asked for. */
export const defaultLines = 2000
/** Characters of a line that are shown. */
const lineLimit = 2000
/** Characters shown in all, a little less than what dispatch lets through. */
const totalLimit = 36_000

/** The part of a file that is asked for; `offset` is the first line's number, from 1. */
export interface Range {
  readonly offset: number
  readonly limit: number
}

/** What is shown, or that the file has no such lines. */
export type Shown = { readonly text: string } | { readonly total: number }

const cut = (line: string): string =>
  line.length > lineLimit ? `${line.slice(0, lineLimit)}… (${line.length - lineLimit} more characters)` : line

/** As many lines as fit, one at least. */
const fitting = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let size = 0
  const end = lines.findIndex((line, index) => {
    size += line.length + 8
    return size > totalLimit && index > 0
  })
  return end === -1 ? lines : lines.slice(0, end)
}

/** The lines of a range with their numbers, and where to go on when they are not all. */
export const showLines = (text: string, { limit, offset }: Range): Shown => {
  const lines = linesOf(text)
  if (lines.length === 0) return { text: "(The file is empty.)" }
  if (offset > lines.length) return { total: lines.length }
  const wanted = lines.slice(offset - 1, offset - 1 + limit).map((line) => cut(bodyOf(line)))
  const shown = fitting(wanted)
  const last = offset - 1 + shown.length
  const more =
    last < lines.length
      ? `\n(Lines ${offset}-${last} of ${lines.length}. Go on with offset=${last + 1}.)`
      : offset > 1
        ? `\n(Lines ${offset}-${last} of ${lines.length}.)`
        : ""
  return { text: withNumbers(shown, offset).join("\n") + more }
}
