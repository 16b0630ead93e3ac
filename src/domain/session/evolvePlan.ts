/** Folds what happens to a session's plan: how it stands, and how far each of its steps is. */
import type { Event } from "../model/Event.ts"
import { addUsage, noUsage, type Usage } from "../model/Message.ts"
import type { Plan, Step, StepId } from "../model/Plan.ts"
import type { PlanState, StepState } from "./PlanState.ts"
import type { SessionState } from "./State.ts"

const waits: StepState = { phase: "waiting", attempts: 0, left: [], usage: noUsage }

/** How far a step of the plan is. */
export const stepOf = ({ steps }: PlanState, id: StepId): StepState => steps.get(id) ?? waits

const withStep = (state: PlanState, id: StepId, change: (step: StepState) => StepState): PlanState => ({
  ...state,
  steps: new Map([...state.steps, [id, change(stepOf(state, id))]])
})

const ended = (
  state: PlanState,
  id: StepId,
  to: Pick<StepState, "phase"> & Partial<Pick<StepState, "left">> & { readonly result: string; readonly usage?: Usage }
): PlanState =>
  withStep(state, id, (step) => ({
    ...step,
    phase: to.phase,
    result: to.result,
    left: to.left ?? [],
    usage: addUsage(step.usage, to.usage ?? noUsage)
  }))

/** A plan that was done is to be gone on with once a step is added to it. */
const reopened = ({ plan, status }: PlanState, { steps }: Plan): PlanState["status"] => {
  const agreed = (all: ReadonlyArray<Step>) => all.filter(({ proposedBy }) => proposedBy === undefined).length
  return status === "done" && agreed(steps) > agreed(plan.steps) ? "approved" : status
}

const folded = (state: PlanState, event: Event): PlanState => {
  switch (event.type) {
    case "plan.edited":
      return { ...state, plan: event.plan }
    case "plan.updated":
      return { ...state, plan: event.plan, status: reopened(state, event.plan) }
    case "plan.approved":
      return { ...state, status: "approved" }
    case "plan.started":
      return { ...state, strategy: event.strategy }
    case "plan.finished":
      return { ...state, status: event.status }
    case "task.started":
      return withStep(state, event.step, (step) => ({
        phase: "running",
        attempts: event.attempt,
        agent: event.agent,
        left: step.left,
        usage: step.usage
      }))
    case "task.finished":
      return ended(state, event.step, { phase: event.status, result: event.result, usage: event.usage })
    case "task.failed":
      return ended(state, event.step, {
        phase: "failed",
        result: event.reason,
        left: event.changes ?? [],
        usage: event.usage
      })
    case "task.cancelled":
      return ended(state, event.step, { phase: "cancelled", result: event.reason })
    default:
      return state
  }
}

/** So many checks are remembered of a session. */
const keptChecks = 20

/** Folds what becomes of the agents that work for a session, and the checks of what was done. */
export const evolveAgents = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "agent.spawned":
      return { ...state, agents: new Map([...state.agents, [event.agent, { spawned: event }]]) }
    case "agent.ended": {
      const known = state.agents.get(event.agent)
      if (known === undefined) return state
      return { ...state, agents: new Map([...state.agents, [event.agent, { ...known, ended: event }]]) }
    }
    case "check.recorded": {
      const { at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...check } = event
      return { ...state, checks: [...state.checks, { turn: state.turn, check }].slice(-keptChecks) }
    }
    default:
      return state
  }
}

/** Folds an event into what is known of the plan; one that was proposed anew stands for all before. */
export const evolvePlan = (state: SessionState, event: Event): SessionState => {
  if (event.type === "plan.proposed")
    return { ...state, plan: { plan: event.plan, status: "proposed", steps: new Map() } }
  return state.plan === undefined ? state : { ...state, plan: folded(state.plan, event) }
}
