/** Finds the text that an edit means: exactly, or spelled otherwise in ways that cannot mislead, and only where one place fits. */
import * as Either from "effect/Either"
import { findShifted, type Shift } from "./indent.ts"
import { bodyOf, lineAt, lineNumbers, linesOf } from "./lines.ts"
import { nearest } from "./nearest.ts"
import { endBefore, type Loose, normal, traits } from "./normal.ts"
import { numberAt } from "./places.ts"

/** Why an edit could not be made; the text is as it was. */
export interface EditFailure {
  readonly kind: "invalid" | "no_change" | "not_found" | "ambiguous" | "exists" | "missing_file"
  readonly reason: string
}

/** A place found, `[start, end)`; `shift` where the file indents otherwise than the text asked for. */
export interface Place {
  readonly start: number
  readonly end: number
  readonly shift?: Shift
}

/** Places, none of which overlap where all are wanted; of places that are too many, the first two at least. */
type Places = ReadonlyArray<Place>

const exact = (text: string, wanted: string, limit = Number.POSITIVE_INFINITY): Places => {
  const places: Array<Place> = []
  for (
    let at = text.indexOf(wanted);
    at !== -1 && places.length < limit;
    at = text.indexOf(wanted, at + wanted.length)
  ) {
    places.push({ start: at, end: at + wanted.length })
  }
  if (places.length !== 1) return places
  // A second place that overlaps the first makes it ambiguous too.
  const again = text.indexOf(wanted, text.indexOf(wanted) + 1)
  return again === -1 ? places : [...places, { start: again, end: again + wanted.length }]
}

const loosely = (text: string, wanted: string, loose: Loose, limit?: number): Places => {
  const haystack = normal(text, loose)
  const needle = normal(wanted, loose).text
  if (needle.trim() === "") return []
  // Blanks taken off the end of what was asked for stood before a line's end, and so must the place.
  const atLineEnd = loose.trailing === true && /[^\S\r\n]$/.test(wanted)
  return exact(haystack.text, needle, limit).flatMap(({ end, start }) =>
    atLineEnd && end < haystack.text.length && haystack.text[end] !== "\n"
      ? []
      : [{ start: numberAt(haystack.starts, start), end: endBefore(text, haystack, end) }]
  )
}

const shifted = (text: string, wanted: string, signs: boolean): Places => {
  const lines = linesOf(text)
  const found = findShifted(lines.map(bodyOf), wanted, signs)
  if (found.length === 0) return []
  const starts: Array<number> = [0]
  for (const line of lines) starts.push(numberAt(starts, starts.length - 1) + line.length)
  const count = linesOf(wanted).length
  const whole = /[\r\n]$/.test(wanted)
  return found.flatMap(({ line, shift }) => {
    const last = lineAt(lines, line + count - 1)
    const end = numberAt(starts, line + count)
    if (whole && bodyOf(last) === last) return []
    return { start: numberAt(starts, line), end: whole ? end : end - (last.length - bodyOf(last).length), shift }
  })
}

const numberedHint = (wanted: string): string =>
  /^\s*\d+(?:\t|[:|→] ?)/.test(wanted) ? " It seems to carry line numbers, which are not part of the file." : ""

/** Says where the likeliest place is, so that the next try can be exact. */
export const notFound = (text: string, wanted: string, what: string): EditFailure => {
  const near = nearest(text, wanted)
  const difference = near?.difference
  const first =
    difference === undefined
      ? ""
      : ` Line ${difference.line} is ${JSON.stringify(difference.found)}, not ${JSON.stringify(difference.wanted)}.`
  const shown = near === undefined ? " No part of it resembles that text." : `${first} Nearest:\n${near.shown}`
  return {
    kind: "not_found",
    reason: `${what} is not in the file.${numberedHint(wanted)}${shown}\nRead the file again and copy the text exactly.`
  }
}

const listed = 10
const manyPlaces = 1000

const ambiguous = (text: string, places: Places, what: string): EditFailure => {
  const numbers = lineNumbers(
    text,
    places.slice(0, listed).map((place) => place.start)
  )
  const more = places.length > listed ? " …" : ""
  return {
    kind: "ambiguous",
    reason:
      `${what} stands at ${places.length}${places.length === manyPlaces ? " or more" : ""} places, lines ${[...new Set(numbers)].join(", ")}${more}. ` +
      "Give more lines around it so that only one fits, or set replace_all."
  }
}

/** One way of looking; where `many`, it may answer all places of a text that is wanted everywhere. */
interface Way {
  readonly many: boolean
  readonly find: () => Places
}

/** The ways of looking, from the strictest on; a looser one is tried only where all before it found nothing. */
const ways = (text: string, wanted: string, limit: number | undefined): ReadonlyArray<Way> => {
  const endings: Loose = { endings: true }
  const trailing: Loose = { endings: true, trailing: true }
  const [theirs, ours] = [traits(text), traits(wanted)]
  const returns = theirs.returns || ours.returns
  const blanks = theirs.trailing || ours.trailing
  const signs = theirs.signs || ours.signs
  return [
    { many: true, find: () => exact(text, wanted, limit) },
    { many: true, find: () => (returns ? loosely(text, wanted, endings, limit) : []) },
    { many: false, find: () => (blanks ? loosely(text, wanted, trailing, limit) : []) },
    { many: false, find: () => shifted(text, wanted, false) },
    { many: false, find: () => (signs ? loosely(text, wanted, { ...trailing, signs }, limit) : []) },
    { many: false, find: () => (signs ? shifted(text, wanted, true) : []) }
  ]
}

/**
 * The place that `wanted` (not empty) means in the text; all of them where `all`. Line endings, blanks at line ends, one
 * indentation for the whole block and typographic signs may differ, in this order; resemblance never counts.
 * `what` names the wanted text in errors.
 */
export const locate = (
  text: string,
  wanted: string,
  { all = false, what = "The text" }: { readonly all?: boolean; readonly what?: string } = {}
): Either.Either<readonly [Place, ...ReadonlyArray<Place>], EditFailure> => {
  // Which of two line endings stands where is not to be seen, so that "all" means both.
  const mixed = all && text.includes("\r\n") && wanted.includes("\n")
  for (const { find, many } of ways(text, wanted, all ? undefined : manyPlaces).slice(mixed ? 1 : 0)) {
    const [first, ...others] = find()
    if (first === undefined) continue
    if (others.length === 0) return Either.right([first])
    if (all && many)
      return Either.right([first, ...others.filter((it, index) => it.start >= (others[index - 1] ?? first).end)])
    return Either.left(ambiguous(text, [first, ...others], what))
  }
  return Either.left(notFound(text, wanted, what))
}
