/** File contents as text for counting and merging lines; byte order marks and carriage returns stay in the lines. */

const strict = (): TextDecoder => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes, or nothing where they are binary or spelled otherwise. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return strict().decode(bytes)
  } catch {
    return undefined
  }
}

/** A text's UTF-8 bytes. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const linesOf = (text: string): ReadonlyArray<string> => (text === "" ? [] : text.split(/(?<=\n)/))

/** Pairs of equal lines of two texts, in order: the matches of a shortest edit script. */
const matches = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<readonly [number, number]> => {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const n = a.length - start - end
  const m = b.length - start - end
  const pairs: Array<readonly [number, number]> = []
  for (let index = 0; index < start; index += 1) pairs.push([index, index])
  if (n * m <= 4_000_000) {
    const wide = m + 1
    const best = new Uint32Array((n + 1) * wide)
    for (let i = n - 1; i >= 0; i -= 1)
      for (let j = m - 1; j >= 0; j -= 1)
        best[i * wide + j] =
          a[start + i] === b[start + j]
            ? (best[(i + 1) * wide + j + 1] ?? 0) + 1
            : Math.max(best[(i + 1) * wide + j] ?? 0, best[i * wide + j + 1] ?? 0)
    for (let i = 0, j = 0; i < n && j < m; ) {
      if (a[start + i] === b[start + j]) pairs.push([start + i++, start + j++])
      else if ((best[(i + 1) * wide + j] ?? 0) >= (best[i * wide + j + 1] ?? 0)) i += 1
      else j += 1
    }
  }
  for (let index = end; index > 0; index -= 1) pairs.push([a.length - index, b.length - index])
  return pairs
}

/** How many lines the second text has that the first has not, and the other way round. */
export const countText = (from: string, to: string): { readonly added: number; readonly removed: number } => {
  const a = linesOf(from)
  const b = linesOf(to)
  const kept = matches(a, b).length
  return { added: b.length - kept, removed: a.length - kept }
}

/** Three texts as one, or where both sides stand. */
export const mergeText = (
  base: string,
  ours: string,
  theirs: string
): { readonly ok: boolean; readonly text: string } => {
  const [o, a, b] = [linesOf(base), linesOf(ours), linesOf(theirs)]
  const inA = new Map(matches(o, a))
  const inB = new Map(matches(o, b))
  let [i, j, k] = [0, 0, 0]
  let text = ""
  let ok = true
  const chunk = (to: number, toA: number, toB: number): void => {
    const [x, y, z] = [o.slice(i, to).join(""), a.slice(j, toA).join(""), b.slice(k, toB).join("")]
    if (y === z || x === z) text += y
    else if (x === y) text += z
    else {
      ok = false
      text += `<<<<<<< agent\n${y}=======\n${z}>>>>>>> project\n`
    }
  }
  for (let at = 0; at < o.length; at += 1) {
    const [x, y] = [inA.get(at), inB.get(at)]
    if (x === undefined || y === undefined) continue
    chunk(at, x, y)
    text += o[at] ?? ""
    i = at + 1
    j = x + 1
    k = y + 1
  }
  chunk(o.length, a.length, b.length)
  return { ok, text }
}
