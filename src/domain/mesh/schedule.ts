/** Which steps of a plan begin now, and whose work is merged next. */
import type { Step, StepId } from "../model/Plan.ts"
import { inOrder, predecessors, ready } from "../planner/graph.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState, StepState } from "../session/PlanState.ts"

const inPhase = (state: PlanState, phases: ReadonlyArray<StepState["phase"]>): ReadonlySet<StepId> =>
  new Set(state.plan.steps.filter(({ id }) => phases.includes(stepOf(state, id).phase)).map(({ id }) => id))

/** The steps that are the plan's: not those that wait for a person's yes, nor what depends on them. */
export const agreed = ({ plan: { steps } }: PlanState): ReadonlyArray<Step> => {
  const open = new Set(steps.filter(({ proposedBy }) => proposedBy !== undefined).map(({ id }) => id))
  if (open.size === 0) return steps
  const later = new Set(
    [...predecessors(steps)].filter(([, earlier]) => [...earlier].some((it) => open.has(it))).map(([id]) => id)
  )
  return steps.filter(({ id }) => !open.has(id) && !later.has(id))
}

/** The steps that were given up: a try failed, and none is to be made `again`. */
const givenUp = (state: PlanState, again: ReadonlySet<StepId>): ReadonlySet<StepId> =>
  new Set([...inPhase(state, ["failed", "cancelled"])].filter((id) => !again.has(id)))

/** Where the steps of a plan are: those that are to be tried `again`, and those that are `busy`. */
export interface Standing {
  readonly again: ReadonlySet<StepId>
  readonly busy: ReadonlySet<StepId>
}

/**
 * The steps to begin, as the plan has them, no more than `room`: what they depend on is done and merged, and they are
 * neither done, given up, nor busy. One that was running in a program that has died begins anew.
 */
export const startable = (state: PlanState, { again, busy }: Standing, room: number): ReadonlyArray<Step> => {
  const over = new Set([...busy, ...givenUp(state, again)])
  return ready(agreed(state), inPhase(state, ["verified", "unverified"]), over).slice(0, Math.max(0, room))
}

/** Those that can never begin, as a step that they depend on, through others or not, was given up. */
const lostSteps = (state: PlanState, over: ReadonlySet<StepId>): ReadonlySet<StepId> =>
  new Set(
    [...predecessors(state.plan.steps)]
      .filter(([, earlier]) => [...earlier].some((it) => over.has(it)))
      .map(([id]) => id)
  )

/**
 * Of the steps whose work waits to be merged, the one that is next: all before it in the plan's order are merged, given up
 * or lost, so that what comes out does not depend on who was faster.
 */
export const mergeNext = (
  state: PlanState,
  again: ReadonlySet<StepId>,
  waiting: ReadonlySet<StepId>
): StepId | undefined => {
  const over = givenUp(state, again)
  const settled = new Set([...inPhase(state, ["verified", "unverified"]), ...over, ...lostSteps(state, over)])
  const next = inOrder(agreed(state)).find(({ id }) => !settled.has(id))
  return next !== undefined && waiting.has(next.id) ? next.id : undefined
}
