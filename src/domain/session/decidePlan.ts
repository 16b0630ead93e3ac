/** What is asked of a session's plan, before and while it is carried out. */
import * as Either from "effect/Either"
import type { Command } from "../model/Command.ts"
import type { Fact } from "../model/Event.ts"
import { canonical } from "../model/Json.ts"
import type { Plan, Step, StepId } from "../model/Plan.ts"
import { begin } from "./begin.ts"
import { stepOf } from "./evolvePlan.ts"
import type { PlanState } from "./PlanState.ts"
import { type Decided, idle, refuse } from "./refused.ts"
import type { SessionState } from "./State.ts"

type Asked<T extends Command["type"]> = Extract<Command, { type: T }>

/** What may be asked of a plan. */
export type PlanCommand = Asked<
  "ApprovePlan" | "RejectPlan" | "EditPlan" | "ExecutePlan" | "CancelStep" | "ApproveStep" | "RejectStep"
>

const withReason = (reason: string | undefined) => (reason === undefined ? {} : { reason })

/** What is said of a plan that waits for a person's word. */
const proposed = (state: SessionState, fact: Fact): Decided =>
  state.plan?.status === "proposed"
    ? Either.right([fact])
    : refuse(state, "nothing", "No plan of this session waits to be approved or rejected.")

/** The steps that were begun and that an edit would change or take out. */
const touched = (before: PlanState, { steps }: Plan): ReadonlyArray<StepId> =>
  before.plan.steps
    .filter((step) => stepOf(before, step.id).phase !== "waiting")
    .filter((step) => !steps.some((it) => it.id === step.id && canonical(it) === canonical(step)))
    .map(({ id }) => id)

const editRunning = (state: SessionState, before: PlanState, { plan, what }: Asked<"EditPlan">): Decided => {
  const begun = touched(before, plan)
  return begun.length === 0
    ? Either.right([{ type: "plan.updated", plan, what }])
    : refuse(state, "busy", `Only steps that wait can be changed while the plan is carried out: ${begun.join(", ")}.`)
}

const edit = (state: SessionState, command: Asked<"EditPlan">): Decided => {
  const { plan, running } = state
  if (running && plan?.status === "approved") return editRunning(state, plan, command)
  return idle(state, () =>
    plan !== undefined && ["proposed", "approved", "failed"].includes(plan.status)
      ? Either.right([{ type: "plan.edited", plan: command.plan, what: command.what }])
      : refuse(state, "nothing", "This session has no plan that can still be edited.")
  )
}

/** A plan that was stopped, or that failed, may be gone on with: what is done stays done. */
const execute = (state: SessionState): Decided => {
  const status = state.plan?.status
  return status === "approved" || status === "failed"
    ? Either.right(begin(state, [{ type: "text", text: "Carry out the plan." }], undefined))
    : refuse(state, "nothing", "This session has no approved plan to carry out.")
}

const noStep = (state: SessionState, step: StepId, which: string): Decided =>
  refuse(state, "nothing", `There is no step ${step} in this session's plan${which}.`)

const cancel = (state: SessionState, { reason = "the person cancelled it", step }: Asked<"CancelStep">): Decided => {
  const { plan } = state
  if (plan === undefined || !plan.plan.steps.some(({ id }) => id === step)) return noStep(state, step, "")
  const { attempts, phase } = stepOf(plan, step)
  return phase === "waiting" || phase === "running" || phase === "failed"
    ? Either.right([{ type: "task.cancelled", step, attempt: Math.max(1, attempts), reason }])
    : refuse(state, "nothing", `Step ${step} is ${phase}: there is nothing to cancel.`)
}

/** The plan, and in it the step that waits for a person's yes. */
const waiting = (state: SessionState, step: StepId, then: (plan: Plan, found: Step) => Fact): Decided => {
  const plan = state.plan?.plan
  const found = plan?.steps.find(({ id, proposedBy }) => id === step && proposedBy !== undefined)
  return plan === undefined || found === undefined
    ? noStep(state, step, " that waits to be approved")
    : Either.right([then(plan, found)])
}

const approveStep = (state: SessionState, { step }: Asked<"ApproveStep">): Decided =>
  waiting(state, step, (plan, { proposedBy: _by, ...found }) => ({
    type: "plan.updated",
    plan: { ...plan, steps: plan.steps.map((it) => (it.id === step ? found : it)) },
    what: `added step ${step}: ${found.title}`
  }))

const rejectStep = (state: SessionState, { reason, step }: Asked<"RejectStep">): Decided =>
  waiting(state, step, (plan, { title }) => ({
    type: "plan.updated",
    plan: {
      ...plan,
      steps: plan.steps
        .filter(({ id }) => id !== step)
        .map((it) => ({ ...it, dependsOn: it.dependsOn.filter((id) => id !== step) }))
    },
    what: `rejected step ${step}: ${title}${reason === undefined ? "" : ` (${reason})`}`
  }))

/** Turns what is asked of a plan into facts, or refuses it. */
export const decidePlan = (state: SessionState, command: PlanCommand): Decided => {
  switch (command.type) {
    case "ApprovePlan":
      return proposed(state, { type: "plan.approved", by: command.by ?? "person" })
    case "RejectPlan":
      return proposed(state, { type: "plan.finished", status: "rejected", ...withReason(command.reason) })
    case "EditPlan":
      return edit(state, command)
    case "ExecutePlan":
      return idle(state, () => execute(state))
    case "CancelStep":
      return cancel(state, command)
    case "ApproveStep":
      return approveStep(state, command)
    case "RejectStep":
      return rejectStep(state, command)
  }
}
