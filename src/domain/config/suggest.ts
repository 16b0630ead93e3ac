/** Which known word somebody meant who mistyped one. */

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
export const editDistance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const cost = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (same ? 0 : 1))
      next.push(swapped ? Math.min(cost, at(before, j - 2) + 1) : cost)
    }
    before = row
    row = next
  }
  return at(row, b.length)
}

const at = (row: ReadonlyArray<number>, index: number): number => Number(row[index])

const plain = (word: string): string => word.toLowerCase().replace(/[-_]/g, "")

/** The known word nearest to this one, where one is near: at most a third of its letters differ. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(1, Math.floor(plain(word).length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate))
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}
