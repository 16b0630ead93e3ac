/** Has the candidates of a step compared; every plea and every vote is on the board. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../ports/TaskEngine.ts"
import { clip } from "../context/clip.ts"
import type { Step } from "../model/Plan.ts"
import { review } from "../staging/review.ts"
import { type Answered, type Asking, askAgent } from "./askAgent.ts"
import { ballot, elect, finalists, plea, voteFor } from "./choose.ts"
import type { PlanRun } from "./PlanRun.ts"

/** Characters of each candidate's diff that those who vote are shown. */
const mostOfDiff = 12_000

const shownOf = (outcome: Outcome) =>
  Effect.map(
    Effect.catchAll(review(outcome.changes), (error) => Effect.succeed(error.message)),
    (diff) => ({ said: clip(outcome.result, 2000), diff: clip(diff, mostOfDiff) })
  )

/** What was said is on the board, with who said it. */
const noted = (run: PlanRun, kind: "decision" | "finding", from: string, answer: Answered) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { note } = yield* run.team.join(from)
      yield* note(kind, "text" in answer ? answer.text : `no answer: ${answer.failed}`)
    })
  ).pipe(Effect.ignoreLogged)

const ask = (run: PlanRun, kind: "decision" | "finding", { role, name, text }: Asking) =>
  Effect.tap(askAgent(run, { role, name, text }), (answer) => noted(run, kind, name, answer))

const votes = (run: PlanRun, text: string, how: string, among: number, id: string) =>
  Effect.forEach(
    how === "judge" ? ["judge"] : Array.from({ length: Math.max(3, among) }, (_, index) => `voter-${index + 1}`),
    (name) =>
      Effect.map(ask(run, "decision", { role: "reviewer", name: `${name} of ${id}`, text }), (answer) =>
        "text" in answer ? voteFor(answer.text, among) : undefined
      )
  )

/** Each finalist has somebody speak for it, once; what was said is shown to those who vote. */
const debated = (run: PlanRun, text: string, among: number, id: string) =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: among }, (_, index) => index + 1),
      (number) => ask(run, "finding", { role: "analyst", name: `speaker-${number} of ${id}`, text: plea(text, number) })
    ),
    (pleas) =>
      [
        text,
        "",
        "## What was said for each",
        ...pleas.map((one, index) => `${index + 1}: ${"text" in one ? clip(one.text, 1500) : "nothing"}`)
      ].join("\n")
  )

/** The candidate that counts. Whoever is the only one left after the checks needs no vote. */
export const chosenOf = (run: PlanRun, step: Step, outcomes: readonly [Outcome, ...ReadonlyArray<Outcome>]) =>
  Effect.gen(function* () {
    const left = finalists(outcomes)
    if (left.length < 2) return left[0] ?? outcomes[0]
    const text = ballot(step, yield* Effect.forEach(left, shownOf))
    const how = run.config.agents?.choose ?? "vote"
    const asked = how === "debate" ? yield* debated(run, text, left.length, step.id) : text
    const given = yield* votes(run, asked, how, left.length, step.id)
    return left[elect(given, left.length) - 1] ?? outcomes[0]
  })
