/** Where two lists of lines differ: Myers' shortest edit script where it is cheap, anchors on unique lines where it is not. */
import { numberAt } from "./places.ts"

/** One place where lists differ: `[oldStart, oldEnd)` of the old one became `[newStart, newEnd)` of the new one. */
export interface Span {
  readonly oldStart: number
  readonly oldEnd: number
  readonly newStart: number
  readonly newEnd: number
}

/** The part of both lists that is looked at, and where findings go. */
interface Work {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly spans: Array<Span>
}

/** Numbers that are equal exactly where the lines are. */
const interned = (lists: ReadonlyArray<ReadonlyArray<string>>): Array<Int32Array> => {
  const ids = new Map<string, number>()
  return lists.map((list) =>
    Int32Array.from(list, (line) => {
      const known = ids.get(line)
      if (known !== undefined) return known
      ids.set(line, ids.size)
      return ids.size - 1
    })
  )
}

/** Edit scripts longer than this are not sought: about 20 million steps in all. */
const longestScript = (size: number): number => Math.max(64, Math.min(1500, Math.floor(20_000_000 / (size + 1))))

/** The furthest place on each diagonal after each number of edits, until the end is reached; nothing where that is too far. */
const furthest = (work: Work, s: Span): ReadonlyArray<Int32Array> | undefined => {
  const n = s.oldEnd - s.oldStart
  const m = s.newEnd - s.newStart
  const limit = Math.min(n + m, longestScript(n + m))
  const trace: Array<Int32Array> = []
  let before = new Int32Array(3)
  for (let d = 0; d <= limit; d++) {
    const now = new Int32Array(2 * d + 3)
    for (let k = -d; k <= d; k += 2) {
      // `before` is the row of d-1, whose diagonal k stands at k + d; a row has one spare cell at each side.
      const down = numberAt(before, k + 1 + d)
      const right = numberAt(before, k - 1 + d) + 1
      let x = d === 0 ? 0 : k === -d || (k !== d && right <= down) ? down : right
      while (x < n && x - k < m && work.a[s.oldStart + x] === work.b[s.newStart + x - k]) x++
      now[k + d + 1] = x
      if (x >= n && x - k >= m) {
        trace.push(now)
        return trace
      }
    }
    trace.push(now)
    before = now
  }
  return undefined
}

/** Walks the trace back from the end, and notes every run of edits. */
const walkBack = (work: Work, s: Span, trace: ReadonlyArray<Int32Array>): void => {
  const found: Array<Span> = []
  let x = s.oldEnd - s.oldStart
  let y = s.newEnd - s.newStart
  for (const [index, before] of trace.slice(0, -1).reverse().entries()) {
    const d = trace.length - 1 - index
    const k = x - y
    const down = numberAt(before, k + 1 + d)
    const right = numberAt(before, k - 1 + d) + 1
    const isDown = k === -d || (k !== d && right <= down)
    const fromX = isDown ? down : right - 1
    const fromY = isDown ? down - (k + 1) : fromX - (k - 1)
    const toX = isDown ? fromX : fromX + 1
    const toY = isDown ? fromY + 1 : fromY
    found.push({
      oldStart: s.oldStart + fromX,
      oldEnd: s.oldStart + toX,
      newStart: s.newStart + fromY,
      newEnd: s.newStart + toY
    })
    x = fromX
    y = fromY
  }
  for (const span of found.reverse()) work.spans.push(span)
}

/** Where each value stands that occurs exactly once in the range; -1 where it occurs more often. */
const onceIn = (list: Int32Array, start: number, end: number): Map<number, number> => {
  const places = new Map<number, number>()
  for (let i = start; i < end; i++) places.set(numberAt(list, i), places.has(numberAt(list, i)) ? -1 : i)
  return places
}

/** Lines that are unique in both ranges, as pairs that rise on both sides: the longest such row. */
const anchors = (work: Work, s: Span): Array<readonly [number, number]> => {
  const inNew = onceIn(work.b, s.newStart, s.newEnd)
  const tails: Array<number> = []
  const ends: Array<number> = []
  const pairs: Array<{ readonly at: readonly [number, number]; readonly previous: number }> = []
  for (const [id, i] of onceIn(work.a, s.oldStart, s.oldEnd)) {
    const j = i < 0 ? -1 : (inNew.get(id) ?? -1)
    if (j < 0) continue
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (numberAt(ends, middle) < j) low = middle + 1
      else high = middle
    }
    pairs.push({ at: [i, j], previous: low === 0 ? -1 : numberAt(tails, low - 1) })
    tails[low] = pairs.length - 1
    ends[low] = j
  }
  const row: Array<readonly [number, number]> = []
  for (let at = pairs[tails.at(-1) ?? -1]; at !== undefined; at = pairs[at.previous]) row.push(at.at)
  return row.reverse()
}

const within = (work: Work, whole: Span, mayAnchor: boolean): void => {
  let { newEnd, newStart, oldEnd, oldStart } = whole
  while (oldStart < oldEnd && newStart < newEnd && work.a[oldStart] === work.b[newStart]) {
    oldStart++
    newStart++
  }
  while (oldStart < oldEnd && newStart < newEnd && work.a[oldEnd - 1] === work.b[newEnd - 1]) {
    oldEnd--
    newEnd--
  }
  const s: Span = { oldStart, oldEnd, newStart, newEnd }
  if (oldStart === oldEnd || newStart === newEnd) {
    if (oldStart !== oldEnd || newStart !== newEnd) work.spans.push(s)
    return
  }
  const trace = furthest(work, s)
  if (trace !== undefined) {
    walkBack(work, s, trace)
    return
  }
  const row = mayAnchor ? anchors(work, s) : []
  if (row.length === 0) {
    work.spans.push(s)
    return
  }
  for (const [i, j] of row) {
    within(work, { oldStart, oldEnd: i, newStart, newEnd: j }, false)
    oldStart = i + 1
    newStart = j + 1
  }
  within(work, { oldStart, oldEnd: s.oldEnd, newStart, newEnd: s.newEnd }, false)
}

/** Spans that touch become one. */
const joined = (spans: ReadonlyArray<Span>): Array<Span> => {
  const out: Array<Span> = []
  for (const span of spans) {
    const last = out[out.length - 1]
    if (last !== undefined && last.oldEnd === span.oldStart && last.newEnd === span.newStart) {
      out[out.length - 1] = { ...last, oldEnd: span.oldEnd, newEnd: span.newEnd }
    } else out.push(span)
  }
  return out
}

/** Slides what was only added or only removed as far down as it goes, as git does, so that the same change reads the same. */
const slid = (work: Work): Array<Span> => {
  const out: Array<Span> = []
  for (const span of [...work.spans].reverse()) {
    const end = out[out.length - 1] ?? { oldStart: work.a.length, newStart: work.b.length }
    const [list, start, stop] =
      span.oldStart === span.oldEnd
        ? [work.b, span.newStart, span.newEnd]
        : span.newStart === span.newEnd
          ? [work.a, span.oldStart, span.oldEnd]
          : [work.a, 0, 0]
    let by = 0
    while (
      stop > start &&
      span.oldEnd + by < end.oldStart &&
      span.newEnd + by < end.newStart &&
      list[start + by] === list[stop + by]
    ) {
      by++
    }
    out.push({
      oldStart: span.oldStart + by,
      oldEnd: span.oldEnd + by,
      newStart: span.newStart + by,
      newEnd: span.newEnd + by
    })
  }
  return joined(out.reverse())
}

/** Where the lists differ, in order; between two spans stands at least one line that both have. Answers quickly for any input. */
export const compare = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Span> => {
  const [a = new Int32Array(), b = new Int32Array()] = interned([before, after])
  const work: Work = { a, b, spans: [] }
  within(work, { oldStart: 0, oldEnd: a.length, newStart: 0, newEnd: b.length }, true)
  return slid({ ...work, spans: joined(work.spans) })
}
