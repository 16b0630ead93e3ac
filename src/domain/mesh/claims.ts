/** Peers claim what is ready: each is asked in its turn, and nobody assigns anything to them. */
import * as Effect from "effect/Effect"
import type { Step, StepId } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import { askAgent } from "./askAgent.ts"
import type { PlanRun } from "./PlanRun.ts"

/** A peer, and what it claimed. */
export interface Claim {
  readonly peer: string
  readonly step: Step
}

/** What a peer is asked. */
export const claimText = (state: PlanState, peer: string, ready: ReadonlyArray<Step>, board: string): string =>
  [
    `You are ${peer}, one of several equals who work on: ${state.plan.goal}`,
    "These steps can begin now, and nobody does them yet:",
    ...ready.map((step) => {
      const before = stepOf(state, step.id).result
      return `- ${step.id} [${step.role}] ${step.title}${before === undefined ? "" : ` (a try failed: ${before.slice(0, 200)})`}`
    }),
    ...(board === "" ? [] : ["", "The board:", board]),
    "",
    "Which one do you take? Answer with its id alone on the first line, then why in one sentence. Answer `none` to leave them to others."
  ].join("\n")

/** The step that an answer claims, of those that are free. */
export const claimed = (text: string, ready: ReadonlyArray<Step>): Step | undefined => {
  const [first = ""] = text.trim().split("\n")
  const words = first.toLowerCase().split(/[^a-z0-9_.-]+/)
  return ready.find(({ id }: { readonly id: StepId }) => words.includes(id))
}

/** The peers that have nothing to do are asked one after the other; what nobody wants goes to the first of them. */
export const claims = (run: PlanRun, state: PlanState, ready: ReadonlyArray<Step>, free: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const made: Array<Claim> = []
    for (const peer of free) {
      const left = ready.filter((step) => !made.some((claim) => claim.step.id === step.id))
      if (left.length === 0) break
      const { board } = yield* Effect.scoped(run.team.join(peer))
      const answer = yield* askAgent(run, {
        role: "coordinator",
        name: peer,
        text: claimText(state, peer, left, yield* board)
      })
      const step = "text" in answer ? claimed(answer.text, left) : undefined
      if (step !== undefined) made.push({ peer, step })
    }
    const [peer] = free
    const [step] = ready
    return made.length === 0 && peer !== undefined && step !== undefined ? [{ peer, step }] : made
  })
