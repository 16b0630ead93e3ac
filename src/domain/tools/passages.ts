/** Of a text too long to show whole: its start, and the passages that speak of what somebody looks for. */
import { bound } from "./bound.ts"

/** Words of at least three letters or digits; those in many passages say little of each. */
const wordsOf = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? [])

/** Passages of a few paragraphs each, that together are the text. */
const passagesOf = (text: string, size: number): ReadonlyArray<string> => {
  const out: Array<string> = []
  let passage = ""
  for (const paragraph of text.split(/(?<=\n\n)/)) {
    if (passage !== "" && passage.length + paragraph.length > size) {
      out.push(passage)
      passage = ""
    }
    passage += paragraph
  }
  return [...out, passage].flatMap((one) =>
    Array.from({ length: Math.ceil(one.length / (2 * size)) }, (_, at) => one.slice(at * 2 * size, (at + 1) * 2 * size))
  )
}

/** How much each passage says of the words wanted: the rarer a word is, the more it counts. */
const scores = (passages: ReadonlyArray<string>, wanted: ReadonlySet<string>): ReadonlyArray<number> => {
  const found = passages.map((passage) => {
    const there = wordsOf(passage)
    return [...wanted].filter((word) => there.has(word))
  })
  const holders = new Map<string, number>()
  for (const word of found.flat()) holders.set(word, (holders.get(word) ?? 0) + 1)
  const weight = (word: string) => Math.log(1 + passages.length / Number(holders.get(word)))
  return found.map((there) => there.reduce((sum, word) => sum + weight(word), 0))
}

const size = 1500
const gap = "[… left out: nothing in it speaks more of what you look for …]\n\n"
const gapRoom = gap.length + 2

/** As many of the best passages as fit, the first always among them, in their order. */
const chosen = (passages: ReadonlyArray<string>, values: ReadonlyArray<number>, limit: number): ReadonlySet<number> => {
  const order = passages
    .map((passage, at) => ({
      at,
      value: at === 0 ? Number.POSITIVE_INFINITY : Number(values[at]),
      room: passage.length + gapRoom
    }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
  let left = limit - gapRoom
  const kept = new Set<number>()
  for (const { at, room } of order) {
    if (room > left) continue
    left -= room
    kept.add(at)
  }
  return kept
}

/** At most `limit` characters of a text: all of it, or its start and what in it speaks of the question, or both its ends. */
export const speaking = (text: string, question: string, limit: number): string => {
  if (text.length <= limit) return text
  const wanted = wordsOf(question)
  const passages = passagesOf(text, size)
  const values = scores(passages, wanted)
  if (!values.some((value) => value > 0)) return bound(text, limit).text
  const kept = chosen(passages, values, limit)
  return passages
    .flatMap((passage, at) =>
      kept.has(at) ? [passage.endsWith("\n") ? passage : `${passage}\n`] : kept.has(at - 1) ? [gap] : []
    )
    .join("")
}
