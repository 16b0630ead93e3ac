/** What a person does to a plan before and while it is carried out: each edit a whole new plan, or why not. */
import * as Either from "effect/Either"
import type { Plan, Step, StepId } from "../model/Plan.ts"

/** One edit of a plan. */
export type PlanEdit =
  | { readonly type: "add"; readonly step: Step; readonly after?: StepId }
  | { readonly type: "remove"; readonly id: StepId }
  | { readonly type: "change"; readonly id: StepId; readonly to: Partial<Omit<Step, "id">> }
  | { readonly type: "move"; readonly id: StepId; readonly before?: StepId }

const placed = (steps: ReadonlyArray<Step>, step: Step, at: number): ReadonlyArray<Step> => [
  ...steps.slice(0, at),
  step,
  ...steps.slice(at)
]

const without = (steps: ReadonlyArray<Step>, id: StepId): ReadonlyArray<Step> => steps.filter((step) => step.id !== id)

/** Who waited for a step that goes waits for what that one waited for. */
const bridged = (steps: ReadonlyArray<Step>, gone: Step): ReadonlyArray<Step> =>
  without(steps, gone.id).map((step) =>
    step.dependsOn.includes(gone.id)
      ? { ...step, dependsOn: [...new Set(step.dependsOn.flatMap((it) => (it === gone.id ? gone.dependsOn : [it])))] }
      : step
  )

const absent = (id: StepId): Either.Either<Plan, string> => Either.left(`There is no step ${id} in this plan.`)

const added = (plan: Plan, { after, step }: Extract<PlanEdit, { type: "add" }>): Either.Either<Plan, string> => {
  const at = after === undefined ? plan.steps.length : plan.steps.findIndex(({ id }) => id === after) + 1
  return after !== undefined && at === 0
    ? absent(after)
    : Either.right({ ...plan, steps: placed(plan.steps, step, at) })
}

const moved = (plan: Plan, step: Step, before: StepId | undefined): Either.Either<Plan, string> => {
  const rest = without(plan.steps, step.id)
  const at = before === undefined ? rest.length : rest.findIndex(({ id }) => id === before)
  return before !== undefined && at < 0 ? absent(before) : Either.right({ ...plan, steps: placed(rest, step, at) })
}

/** The plan after an edit; whether it can be carried out is another question. Left: the step that is not there. */
export const edited = (plan: Plan, edit: PlanEdit): Either.Either<Plan, string> => {
  if (edit.type === "add") return added(plan, edit)
  const found = plan.steps.find(({ id }) => id === edit.id)
  if (found === undefined) return absent(edit.id)
  switch (edit.type) {
    case "remove":
      return Either.right({ ...plan, steps: bridged(plan.steps, found) })
    case "change":
      return Either.right({ ...plan, steps: plan.steps.map((it) => (it === found ? { ...it, ...edit.to } : it)) })
    case "move":
      return moved(plan, found, edit.before)
  }
}
