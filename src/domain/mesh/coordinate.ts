/** A coordinator decides what becomes of a step that failed for good: who tries it once more, and how, or that it is given up. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { clip } from "../context/clip.ts"
import { roleNames } from "../context/role.ts"
import type { Step } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import { askAgent } from "./askAgent.ts"
import { type PlanRun, planOf, updatePlan } from "./PlanRun.ts"
import { reportLines } from "./planReport.ts"

/** What a coordinator decides. */
export type Verdict =
  | { readonly type: "again"; readonly role: string; readonly advice: string }
  | { readonly type: "give_up"; readonly advice: string }

/** What it is asked. */
export const troubleText = (state: PlanState, step: Step, roles: ReadonlyArray<string>): string =>
  [
    `You coordinate a plan: ${state.plan.goal}`,
    "",
    ...reportLines(state),
    "",
    `Step ${step.id} failed ${stepOf(state, step.id).attempts} times, the last time because:`,
    clip(stepOf(state, step.id).result ?? "", 8000),
    "",
    `Decide. To have it tried once more, answer on the first line \`again ROLE\` with one of: ${roles.join(", ")}; then say to that agent what to do differently. If it cannot be done, answer \`give up\` on the first line, then why.`
  ].join("\n")

/** The decision in an answer; an answer that decides nothing gives the step up. */
export const verdictOf = (text: string, roles: ReadonlyArray<string>): Verdict => {
  const [first = "", ...rest] = text.trim().split("\n")
  const role = /^\W*again\W+([\w-]+)/i.exec(first)?.[1]?.toLowerCase()
  const advice = rest.join("\n").trim()
  return role !== undefined && roles.includes(role)
    ? { type: "again", role, advice }
    : { type: "give_up", advice: advice === "" ? first : advice }
}

/** Has the coordinator decide about a step; answers whether it is tried once more. The change is an update of the plan. */
export const coordinated = (run: PlanRun, step: Step) =>
  Effect.gen(function* () {
    const state = yield* planOf(run)
    const roles = roleNames(run.config)
    const answer = yield* askAgent(run, {
      role: "coordinator",
      name: "coordinator",
      text: troubleText(state, step, roles)
    })
    const verdict = "text" in answer ? verdictOf(answer.text, roles) : undefined
    if (verdict?.type !== "again") return false
    const { advice, role } = verdict
    yield* updatePlan(run, ({ plan }) => {
      const steps = plan.steps.map((it) =>
        it.id === step.id ? { ...it, role, inputs: advice === "" ? it.inputs : [...it.inputs, clip(advice, 4000)] } : it
      )
      return Either.right({ plan: { ...plan, steps }, what: `reassigned step ${step.id} to ${role}` })
    })
    return true
  })
