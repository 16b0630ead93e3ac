/** How a plan ends: what does not hold together becomes a step, a reviewer sums up, and the report says what has evidence. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { clip } from "../context/clip.ts"
import type { Fact } from "../model/Event.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import { review } from "../staging/review.ts"
import * as Staging from "../staging/Staging.ts"
import { askAgent } from "./askAgent.ts"
import { type PlanRun, planOf, updatePlan } from "./PlanRun.ts"
import { proposedLines, reportLines } from "./planReport.ts"
import { agreed } from "./schedule.ts"
import { type Fault, wholeCheck, withMend } from "./wholeCheck.ts"

/** Characters of the diff that the reviewer is shown; it can read the files. */
const mostOfDiff = 24_000

const isDone = (state: PlanState): boolean =>
  agreed(state).every(({ id }) => ["verified", "unverified"].includes(stepOf(state, id).phase))

/**
 * Looks at the whole once nothing is left to do: answers what does not hold, or that a step was added that mends it, and the
 * agents are to go on.
 */
export const inspected = (run: PlanRun) =>
  Effect.gen(function* () {
    const state = yield* planOf(run)
    if (!isDone(state)) return { goesOn: false, reason: "Not every step could be done." }
    const faults = yield* wholeCheck(run)
    const [fault] = faults
    if (fault === undefined) return { goesOn: false }
    const mended = yield* updatePlan(run, (now) => {
      const mend = withMend(now, fault)
      if (mend === undefined) return Either.right(undefined)
      const plan = { ...now.plan, steps: [...now.plan.steps, mend] }
      return Either.right({ plan, what: `added step ${mend.id}: ${mend.title}` })
    })
    if (mended !== undefined) return { goesOn: true }
    return { goesOn: false, reason: togetherText(faults) }
  })

const togetherText = (faults: ReadonlyArray<Fault>): string =>
  `The steps hold alone, and not together. ${faults.map(({ blame }) => blame).join(" ")}`

const reviewText = (state: PlanState, lines: ReadonlyArray<string>, diff: string): string =>
  [
    `Agents carried out a plan: ${state.plan.goal}`,
    "",
    ...lines,
    "",
    "What they changed, and what you see in the files:",
    "```diff",
    clip(diff, mostOfDiff),
    "```",
    "",
    "Sum it up for the person who decides whether to apply it: what holds, what nothing shows, what was asked for and is not there. A few sentences."
  ].join("\n")

/** What a reviewer says of the whole; nothing where nothing was changed, or nobody wants it. */
const reviewed = (run: PlanRun, lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const changes = Staging.waiting(yield* run.handle.state)
    if (changes.length === 0 || run.config.agents?.review === false) return []
    const diff = yield* Effect.catchAll(review(changes), (error) => Effect.succeed(error.message))
    const text = reviewText(yield* planOf(run), lines, diff)
    const answer = yield* askAgent(run, { role: "reviewer", name: "reviewer", text })
    return ["", "text" in answer ? `Review: ${answer.text}` : `There is no review: ${answer.failed}`]
  })

/** Records how the whole ended: the report, the plan's end, the turn's end. */
export const finishPlan = (run: PlanRun, reason: string | undefined) =>
  Effect.gen(function* () {
    const lines = reportLines(yield* planOf(run))
    const said = yield* reviewed(run, [...lines, ...(reason === undefined ? [] : [reason])])
    const { turn } = yield* run.handle.state
    const proposed = proposedLines(yield* planOf(run))
    const text = [...lines, ...proposed, ...(reason === undefined ? [] : [reason]), ...said].join("\n")
    const end: ReadonlyArray<Fact> =
      reason === undefined
        ? [
            { type: "plan.finished", status: "done" },
            { type: "turn.finished", turn, stop: "end_turn" }
          ]
        : [
            { type: "plan.finished", status: "failed", reason },
            { type: "turn.failed", turn, reason: "failed", error: { name: "PlanFailed", message: reason } }
          ]
    yield* run.handle.record([{ type: "part.text", turn, text }, ...end])
  })
