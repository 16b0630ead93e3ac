/** What a plan came to, for people: each step, and whether anything shows that it is done. */
import type { Step } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"

const marks = { verified: "✓", unverified: "~", failed: "✗", cancelled: "-", running: "…", waiting: " " } as const

const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, 300)

const words = (state: PlanState, step: Step): string => {
  const { phase, result = "" } = stepOf(state, step.id)
  switch (phase) {
    case "verified":
      return `verified by ${"run" in step.check ? step.check.run : "a check"}`
    case "unverified":
      return `done, unverified: ${"none" in step.check ? step.check.none : "its check was not run"}`
    case "failed":
    case "cancelled":
      return `${phase}: ${oneLine(result)}`
    default:
      return phase === "running" ? "running" : "not begun"
  }
}

/** One line a step: its mark, its name, and what shows it or why it is not done. */
export const reportLines = (state: PlanState): ReadonlyArray<string> =>
  state.plan.steps
    .filter(({ proposedBy }) => proposedBy === undefined)
    .map(
      (step) => `${marks[stepOf(state, step.id).phase]} ${step.id} [${step.role}] ${step.title} (${words(state, step)})`
    )

/** The steps that agents found to be needed, and that wait for a person's yes. */
export const proposedLines = ({ plan }: PlanState): ReadonlyArray<string> =>
  plan.steps.flatMap(({ id, proposedBy, role, title }) =>
    proposedBy === undefined ? [] : [`? ${id} [${role}] ${title} (proposed by ${proposedBy}; nobody has approved it)`]
  )
