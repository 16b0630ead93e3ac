/** Whether two globs may name the same file: what decides if two steps may work side by side. */

const braces = /(?<!\\)\{([^{}]*)(?<!\\)\}/

/** `a/{b,c}` as `a/b` and `a/c`. */
const choicesOf = (glob: string): ReadonlyArray<string> => {
  const found = braces.exec(glob)
  if (found === null) return [glob]
  const [whole, inner = ""] = found
  const [start, end] = [glob.slice(0, found.index), glob.slice(found.index + whole.length)]
  return inner.split(",").flatMap((part) => choicesOf(start + part + end))
}

/** With so many braces and commas a glob stands for more choices than are looked at: it may be anything. */
const mostChoices = 20

const expanded = (glob: string): ReadonlyArray<string> =>
  glob.split(/[{,]/).length > mostChoices ? ["**"] : choicesOf(glob)

const segmentsOf = (glob: string): ReadonlyArray<string> =>
  glob
    .replace(/^(\.?\/)+/, "")
    // A folder stands for all in it.
    .replace(/\/+$/, "/**")
    .split(/\/+/)
    .filter((segment) => segment !== ".")

/** A segment as tokens: a letter, `?` for any one letter, `*` for any number of them. A class may be any letter. */
const tokensOf = (segment: string): ReadonlyArray<string> =>
  (segment.match(/\\.|\[[^\]]+\]|\*+|./gsu) ?? []).map((token) => {
    if (token.startsWith("*")) return "*"
    if (token.length > 1 && token.startsWith("[")) return "?"
    // An escaped letter is itself; it stays apart from the `*` and `?` that mean something.
    return /^\\[^*?]$/u.test(token) ? token.slice(1) : token
  })

/**
 * Whether two rows can be read as the same row, where `isMany` stands for any number of members and `meet` says whether two
 * members can be the same. Every pair of places is looked at once.
 */
const canMeet = <A>(
  a: ReadonlyArray<A>,
  b: ReadonlyArray<A>,
  isMany: (one: A) => boolean,
  meet: (one: A, other: A) => boolean
): boolean => {
  // `row[j]`: the first i members of `a` can be read as the first j of `b`.
  let row = [true, ...b.map((_, j) => b.slice(0, j + 1).every(isMany))]
  for (const one of a) {
    const next = [isMany(one) && row[0] === true]
    for (const [j, other] of b.entries()) {
      // What stands for many stands for nothing here, or takes in the member opposite.
      const many = row[j + 1] === true || next[j] === true
      next.push(isMany(one) || isMany(other) ? many : row[j] === true && meet(one, other))
    }
    row = next
  }
  return row[b.length] === true
}

const lettersMeet = (one: string, other: string): boolean => one === "?" || other === "?" || one === other

const segmentsMeet = (one: string, other: string): boolean =>
  one === other || canMeet(tokensOf(one), tokensOf(other), (token) => token === "*", lettersMeet)

/**
 * Whether some path may match both globs. `*` and `?` stay within a folder, `**` as a whole segment spans folders, braces
 * list choices, a trailing slash means all of the folder. Where it cannot tell (classes), it says yes.
 */
export const mayOverlap = (a: string, b: string): boolean =>
  expanded(a).some((one) =>
    expanded(b).some((other) => canMeet(segmentsOf(one), segmentsOf(other), (it) => it === "**", segmentsMeet))
  )
