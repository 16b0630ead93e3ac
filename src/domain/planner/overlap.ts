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
  let row = [true]
  for (const other of b) row.push(row[row.length - 1] === true && isMany(other))
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

/** A segment with its tokens; `plain` where it names one thing alone. */
interface Segment {
  readonly text: string
  readonly tokens: ReadonlyArray<string>
  readonly plain: boolean
}

const segmentOf = (text: string): Segment => {
  const tokens = tokensOf(text)
  return { text, tokens, plain: !tokens.some((token) => token === "*" || token === "?") }
}

const segmentsMeet = (one: Segment, other: Segment): boolean => {
  if (one.text === other.text) return true
  if (one.plain && other.plain) return one.tokens.join("") === other.tokens.join("")
  return canMeet(one.tokens, other.tokens, (token) => token === "*", lettersMeet)
}

const isSpan = ({ text }: Segment): boolean => text === "**"

/** A glob taken apart: what it stands for, each as a row of segments. */
export type GlobParts = ReadonlyArray<ReadonlyArray<Segment>>

/** Takes a glob apart once, to be held against many. */
export const globParts = (glob: string): GlobParts => expanded(glob).map((one) => segmentsOf(one).map(segmentOf))

/** Whether some path may match both. Most globs part at their first folder, which needs no closer look. */
export const partsOverlap = (a: GlobParts, b: GlobParts): boolean =>
  a.some((one) =>
    b.some((other) => {
      const [first, second] = [one[0], other[0]]
      if (first?.plain === true && second?.plain === true && !segmentsMeet(first, second)) return false
      return canMeet(one, other, isSpan, segmentsMeet)
    })
  )

/**
 * Whether some path may match both globs. `*` and `?` stay within a folder, `**` as a whole segment spans folders, braces
 * list choices, a trailing slash means all of the folder. Where it cannot tell (classes), it says yes.
 */
export const mayOverlap = (a: string, b: string): boolean => partsOverlap(globParts(a), globParts(b))
