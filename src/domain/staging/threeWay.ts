/** Three-way merge of texts by lines, with the rules of `git merge-file`. */
import { compare, type Span } from "./compare.ts"
import { bodyOf, endingOf, lineAt, linesOf } from "./lines.ts"

/** A merged text; where both sides changed the same place otherwise, `text` has conflict markers there. */
export interface MergedText {
  readonly text: string
  readonly conflicts: number
}

/** What the sides are called in conflict markers. */
export interface MergeLabels {
  readonly ours: string
  readonly theirs: string
}

/** A place that a side changed, in lines of ours and theirs: taken from one of them, or from neither. */
interface Region {
  readonly take: "ours" | "theirs" | "conflict"
  readonly ours: number
  readonly oursCount: number
  readonly theirs: number
  readonly theirsCount: number
}

const append = (regions: Array<Region>, next: Region): void => {
  const last = regions[regions.length - 1]
  if (
    last !== undefined &&
    (next.ours <= last.ours + last.oursCount || next.theirs <= last.theirs + last.theirsCount)
  ) {
    regions[regions.length - 1] = {
      take: last.take === next.take ? last.take : "conflict",
      ours: last.ours,
      oursCount: next.ours + next.oursCount - last.ours,
      theirs: last.theirs,
      theirsCount: next.theirs + next.theirsCount - last.theirs
    }
  } else regions.push(next)
}

const sameChange = (a: Span, b: Span, ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): boolean =>
  a.oldStart === b.oldStart &&
  a.oldEnd === b.oldEnd &&
  a.newEnd - a.newStart === b.newEnd - b.newStart &&
  ours.slice(a.newStart, a.newEnd).every((line, index) => line === theirs[b.newStart + index])

/** The region that covers two overlapping changes, in both sides' lines. */
const overlap = (a: Span, b: Span): Region => {
  const first = Math.min(a.oldStart, b.oldStart)
  const last = Math.max(a.oldEnd, b.oldEnd)
  const ours = a.newStart - (a.oldStart - first)
  const theirs = b.newStart - (b.oldStart - first)
  return {
    take: "conflict",
    ours,
    oursCount: a.newEnd + (last - a.oldEnd) - ours,
    theirs,
    theirsCount: b.newEnd + (last - b.oldEnd) - theirs
  }
}

/** All regions, before conflicts are looked at closely. `shift` is how far a side's lines stand from the base's by then. */
const regionsOf = (
  a: ReadonlyArray<Span>,
  b: ReadonlyArray<Span>,
  ours: ReadonlyArray<string>,
  theirs: ReadonlyArray<string>
): Array<Region> => {
  const regions: Array<Region> = []
  let i = 0
  let j = 0
  let oursShift = 0
  let theirsShift = 0
  const takeOurs = (span: Span) => {
    append(regions, {
      take: "ours",
      ours: span.newStart,
      oursCount: span.newEnd - span.newStart,
      theirs: span.oldStart + theirsShift,
      theirsCount: span.oldEnd - span.oldStart
    })
    oursShift = span.newEnd - span.oldEnd
    i++
  }
  const takeTheirs = (span: Span) => {
    append(regions, {
      take: "theirs",
      ours: span.oldStart + oursShift,
      oursCount: span.oldEnd - span.oldStart,
      theirs: span.newStart,
      theirsCount: span.newEnd - span.newStart
    })
    theirsShift = span.newEnd - span.oldEnd
    j++
  }
  for (;;) {
    const mine = a[i]
    const other = b[j]
    if (mine === undefined) {
      if (other === undefined) return regions
      takeTheirs(other)
    } else if (other === undefined || mine.oldEnd < other.oldStart) takeOurs(mine)
    else if (other.oldEnd < mine.oldStart) takeTheirs(other)
    else {
      if (!sameChange(mine, other, ours, theirs)) append(regions, overlap(mine, other))
      if (mine.oldEnd >= other.oldEnd) {
        theirsShift = other.newEnd - other.oldEnd
        j++
      }
      if (other.oldEnd >= mine.oldEnd) {
        oursShift = mine.newEnd - mine.oldEnd
        i++
      }
    }
  }
}

/** A conflict without the lines that both sides have in common; none where that is all of them. */
const refined = (region: Region, ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): Array<Region> => {
  if (region.take !== "conflict" || region.oursCount === 0 || region.theirsCount === 0) return [region]
  const spans = compare(
    ours.slice(region.ours, region.ours + region.oursCount),
    theirs.slice(region.theirs, region.theirs + region.theirsCount)
  )
  return spans.map((span) => ({
    take: "conflict",
    ours: region.ours + span.oldStart,
    oursCount: span.oldEnd - span.oldStart,
    theirs: region.theirs + span.newStart,
    theirsCount: span.newEnd - span.newStart
  }))
}

/** Conflicts that only a few lines, or lines without a letter or digit, stand between are shown as one. */
const gathered = (regions: ReadonlyArray<Region>, ours: ReadonlyArray<string>): Array<Region> => {
  const out: Array<Region> = []
  for (const region of regions) {
    const last = out[out.length - 1]
    const begin = last === undefined ? 0 : last.ours + last.oursCount
    const close =
      last?.take === "conflict" &&
      region.take === "conflict" &&
      (region.ours - begin <= 3 || !ours.slice(begin, region.ours).some((line) => /[A-Za-z0-9]/.test(line)))
    if (last !== undefined && close) {
      out[out.length - 1] = {
        ...last,
        oursCount: region.ours + region.oursCount - last.ours,
        theirsCount: region.theirs + region.theirsCount - last.theirs
      }
    } else out.push(region)
  }
  return out
}

/** Lines of one side in a conflict: the last one is ended, so that the marker after it starts a line. */
const ended = (lines: ReadonlyArray<string>, ending: string): string => {
  const text = lines.join("")
  return text === "" || endingOf(text) !== "" ? text : `${bodyOf(text)}${ending}`
}

/** Whether the line ends with `\r\n`; of a last one without an ending, the line before tells. Nothing where none tells. */
const isCrLf = (lines: ReadonlyArray<string>, index: number): boolean | undefined => {
  const ending = endingOf(lineAt(lines, index)) || endingOf(lineAt(lines, index - 1))
  return ending === "" ? undefined : ending === "\r\n"
}

/** Markers end as the lines around them do; of a draw, with `\n`. */
const markerEnding = (
  region: Region,
  base: ReadonlyArray<string>,
  a: ReadonlyArray<string>,
  b: ReadonlyArray<string>
) =>
  isCrLf(a, Math.max(0, region.ours - 1)) !== false &&
  isCrLf(b, Math.max(0, region.theirs - 1)) !== false &&
  isCrLf(base, 0) === true
    ? "\r\n"
    : "\n"

/** All regions as they are shown. */
const shownRegions = (o: ReadonlyArray<string>, a: ReadonlyArray<string>, b: ReadonlyArray<string>): Array<Region> =>
  gathered(
    regionsOf(compare(o, a), compare(o, b), a, b).flatMap((region) => refined(region, a, b)),
    a
  )

/** A place where both sides changed the same otherwise: the lines of each there, and the number of ours' first, from 1. */
export interface Clash {
  readonly line: number
  readonly ours: string
  readonly theirs: string
}

/** Where ours and theirs made something else of the same place of base. */
export const clashes = (base: string, ours: string, theirs: string): ReadonlyArray<Clash> => {
  const [o, a, b] = [linesOf(base), linesOf(ours), linesOf(theirs)]
  return shownRegions(o, a, b)
    .filter(({ take }) => take === "conflict")
    .map((region) => ({
      line: region.ours + 1,
      ours: a.slice(region.ours, region.ours + region.oursCount).join(""),
      theirs: b.slice(region.theirs, region.theirs + region.theirsCount).join("")
    }))
}

/** Merges what ours and theirs made of base: each side's changes, once where both made the same, or a marked conflict. */
export const merge = (
  base: string,
  ours: string,
  theirs: string,
  labels: MergeLabels = { ours: "ours", theirs: "theirs" }
): MergedText => {
  const [o, a, b] = [linesOf(base), linesOf(ours), linesOf(theirs)]
  const regions = shownRegions(o, a, b)
  const out: Array<string> = []
  let at = 0
  let conflicts = 0
  for (const region of regions) {
    out.push(...a.slice(at, region.ours))
    const mine = a.slice(region.ours, region.ours + region.oursCount)
    const other = b.slice(region.theirs, region.theirs + region.theirsCount)
    if (region.take === "ours") out.push(...mine)
    else if (region.take === "theirs") out.push(...other)
    else {
      const end = markerEnding(region, o, a, b)
      out.push(`<<<<<<< ${labels.ours}${end}`, ended(mine, end), `=======${end}`)
      out.push(ended(other, end), `>>>>>>> ${labels.theirs}${end}`)
      conflicts++
    }
    at = region.ours + region.oursCount
  }
  out.push(...a.slice(at))
  return { text: out.join(""), conflicts }
}
