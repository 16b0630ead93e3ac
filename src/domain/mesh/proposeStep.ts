/** Work outside of the plan's steps is not done but proposed: a step that waits for the person's yes, or is one of the plan where they said yes to all. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { roleNames } from "../context/role.ts"
import { type Plan, Step, type StepId } from "../model/Plan.ts"
import { problemsOf } from "../planner/planProblems.ts"
import { NotSent, type StepDraft } from "../tools/Teammate.ts"
import { type PlanRun, updatePlan } from "./PlanRun.ts"

/** Steps that agents may add to one plan. */
const mostProposed = 20

const freeId = ({ steps }: Plan): StepId => {
  const taken = new Set(steps.map(({ id }) => id))
  for (let number = steps.length + 1; ; number++) if (!taken.has(`step-${number}`)) return `step-${number}`
}

const decoded = (id: StepId, draft: StepDraft): Either.Either<Step, string> => {
  const { check = "", dependsOn, files, role, task, title, whyNoCheck = "" } = draft
  if (check.trim() === "" && whyNoCheck.trim() === "")
    return Either.left("Name a command that ends with 0 when the step is done, or say why there is none.")
  const step = {
    id,
    title: title.trim(),
    task,
    role: role.trim().toLowerCase(),
    inputs: [],
    files: files.map((file) => file.trim()),
    check: check.trim() === "" ? { none: whyNoCheck.trim() } : { run: check.trim() },
    dependsOn
  }
  return Either.mapLeft(Schema.decodeUnknownEither(Step)(step), ({ message }) => message)
}

/** A plan with one step more, proposed by the agent of another one; it comes after that one. Left: what is wrong with it. */
export const withProposed = (
  plan: Plan,
  draft: StepDraft,
  { agreed, by, roles }: { readonly by: StepId; readonly agreed: boolean; readonly roles: ReadonlyArray<string> }
): Either.Either<{ readonly plan: Plan; readonly step: Step }, string> => {
  if (plan.steps.filter(({ id }) => /^step-\d+$/.test(id)).length >= mostProposed)
    return Either.left("So many steps were proposed already that a person has to look at the plan first.")
  const dependsOn = [...new Set([...draft.dependsOn.map((id) => id.trim().toLowerCase()), by])]
  return Either.flatMap(decoded(freeId(plan), { ...draft, dependsOn }), (step) => {
    const next = { ...plan, steps: [...plan.steps, agreed ? step : { ...step, proposedBy: by }] }
    const problems = problemsOf(next, roles)
    return problems.length === 0 ? Either.right({ plan: next, step }) : Either.left(problems.join("\n"))
  })
}

/** Proposes a step on behalf of the agent of step `by`. */
export const proposeStep = (run: PlanRun, by: StepId) => (draft: StepDraft) =>
  Effect.gen(function* () {
    const agreed = run.options.yes === true
    const roles = roleNames(run.config)
    const update = yield* updatePlan(run, ({ plan }) =>
      Either.map(withProposed(plan, draft, { by, agreed, roles }), ({ plan: next, step }) => ({
        plan: next,
        what: `${agreed ? "added" : "proposed"} step ${step.id}: ${step.title}`
      }))
    )
    const becomes = agreed ? "it is done after yours" : "the person decides about it"
    return `The plan is updated: ${update?.what ?? "nothing"}; ${becomes}. Do not do it yourself.`
  }).pipe(Effect.mapError((error) => new NotSent({ reason: typeof error === "string" ? error : error.message })))
