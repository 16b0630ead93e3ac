/** Byte pair merging, in n log n. */

/** The rank of each token; a token is a string of one character a byte. */
export type Ranks = ReadonlyMap<string, number>

// A heap of pairs by rank, then by place. One number each: the rank above, the place below.
const places = 2 ** 31

const push = (heap: Array<number>, value: number): void => {
  let at = heap.length
  heap.push(value)
  while (at > 0) {
    const up = (at - 1) >> 1
    const above = heap[up] ?? 0
    if (above <= value) break
    heap[at] = above
    at = up
  }
  heap[at] = value
}

const pop = (heap: Array<number>): number => {
  const top = heap[0] ?? 0
  const last = heap.pop() ?? 0
  const size = heap.length
  if (size === 0) return top
  let at = 0
  for (let down = 1; down < size; down = 2 * at + 1) {
    const right = down + 1
    if (right < size && (heap[right] ?? 0) < (heap[down] ?? 0)) down = right
    const below = heap[down] ?? 0
    if (below >= last) break
    heap[at] = below
    at = down
  }
  heap[at] = last
  return top
}

/** The tokens of one piece of text, given as bytes: the lowest rank merges first, the leftmost of equals. */
export const bytePairs = (bytes: string, ranks: Ranks): ReadonlyArray<number> => {
  const size = bytes.length
  // end[i] is where the part that starts at i ends; 0 where nothing starts any more. before[i] is the part to its left.
  const end = new Int32Array(size + 1)
  const before = new Int32Array(size + 1)
  for (let at = 0; at < size; at += 1) {
    end[at] = at + 1
    before[at] = at - 1
  }
  const heap: Array<number> = []
  const rankAt = (start: number): number | undefined => {
    const middle = end[start] ?? size
    return middle >= size ? undefined : ranks.get(bytes.slice(start, end[middle]))
  }
  const offer = (start: number): void => {
    const rank = rankAt(start)
    if (rank !== undefined) push(heap, rank * places + start)
  }
  for (let at = 0; at < size - 1; at += 1) offer(at)
  while (heap.length > 0) {
    const top = pop(heap)
    const start = top % places
    // A pair that has changed since it was offered has been offered anew.
    if (end[start] === 0 || rankAt(start) !== Math.floor(top / places)) continue
    const middle = end[start] ?? size
    const stop = end[middle] ?? size
    end[start] = stop
    end[middle] = 0
    if (stop < size) before[stop] = start
    offer(start)
    if (start > 0) offer(before[start] ?? 0)
  }
  const ids: Array<number> = []
  for (let at = 0; at < size; at = end[at] ?? size) ids.push(ranks.get(bytes.slice(at, end[at])) ?? 0)
  return ids
}
