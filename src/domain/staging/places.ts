/** Where a run of lines stands among others. */

/** The number at an index, and 0 beyond the ends. */
export const numberAt = (list: { readonly [index: number]: number }, index: number): number => list[index] ?? 0

/** The first places, `limit` at most, where the needle stands in the haystack, overlapping ones included, in linear time (Knuth, Morris, Pratt). */
export const placesOf = (
  haystack: ReadonlyArray<string>,
  needle: ReadonlyArray<string>,
  limit: number
): Array<number> => {
  const fallback: Array<number> = [0]
  for (let i = 1, k = 0; i < needle.length; i++) {
    while (k > 0 && needle[i] !== needle[k]) k = numberAt(fallback, k - 1)
    if (needle[i] === needle[k]) k++
    fallback.push(k)
  }
  const places: Array<number> = []
  for (let i = 0, k = 0; i < haystack.length && places.length < limit; i++) {
    while (k > 0 && haystack[i] !== needle[k]) k = numberAt(fallback, k - 1)
    if (haystack[i] === needle[k]) k++
    if (k === needle.length) {
      places.push(i - k + 1)
      k = numberAt(fallback, k - 1)
    }
  }
  return places
}
