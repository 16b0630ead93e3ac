/** Chooses among several who tried the same step: by their checks first, then by votes, a judge, or a short debate before the vote. */
import type { Outcome } from "../../ports/TaskEngine.ts"
import { canonical } from "../model/Json.ts"
import type { Step } from "../model/Plan.ts"

/** What a try is worth before anybody is asked. */
const worth = ({ status }: Outcome): number => (status === "verified" ? 2 : status === "unverified" ? 1 : 0)

const treeOf = ({ changes }: Outcome): string =>
  canonical(changes.map(({ after, path }) => [path, after?.kind ?? "none", after?.hash ?? ""]))

/** The tries worth most; of those that came to the same files, the first. */
export const finalists = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> => {
  const best = Math.max(...outcomes.map(worth))
  const good = outcomes.filter((one) => worth(one) === best)
  return best === 0
    ? good.slice(0, 1)
    : [...new Map([...good].reverse().map((one) => [treeOf(one), one])).values()].reverse()
}

/** The number of a finalist as votes name it, from 1. */
export const voteFor = (text: string, among: number): number | undefined => {
  const found = /^\W*(?:candidate\s*)?(\d+)\b/i.exec(text)
  const number = Number(found?.[1] ?? "0")
  return number >= 1 && number <= among ? number : undefined
}

/** The one with most votes; of equals the first, so that the same votes always come to the same. */
export const elect = (votes: ReadonlyArray<number | undefined>, among: number): number => {
  const counts = Array.from({ length: among }, (_, index) => votes.filter((vote) => vote === index + 1).length)
  return counts.indexOf(Math.max(...counts)) + 1
}

/** What those who vote are shown: the step, and of each candidate what it says and what it changed, under a number. */
export const ballot = (step: Step, shown: ReadonlyArray<{ readonly said: string; readonly diff: string }>): string =>
  [
    `Several agents did the same step, each alone: ${step.title}`,
    step.task,
    ...shown.flatMap(({ diff, said }, index) => [
      "",
      `## Candidate ${index + 1}`,
      said,
      ...(diff === "" ? [] : ["```diff", diff, "```"])
    ]),
    "",
    "Which is best: does what was asked, nothing else, and is easy to read and to trust? Begin your answer with its number alone on the first line; then say why in a sentence or two."
  ].join("\n")

/** What somebody is told who speaks for a candidate before the others vote. */
export const plea = (text: string, number: number): string =>
  `${text}\n\nBefore the vote: say in at most three sentences what speaks for candidate ${number}, and what speaks against the others. Do not vote yet.`
