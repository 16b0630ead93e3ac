/** Whether a plan that a person brings can be carried out. */
import * as Effect from "effect/Effect"
import type { SessionId } from "../model/Ids.ts"
import type { Plan } from "../model/Plan.ts"
import { Refused } from "../session/refused.ts"
import { problemsOf } from "./planProblems.ts"

/** Fails with all that keeps a plan from being carried out by these roles. */
export const carriable = (session: SessionId, plan: Plan, roles: ReadonlyArray<string>) => {
  const problems = problemsOf(plan, roles)
  return problems.length === 0
    ? Effect.void
    : Effect.fail(new Refused({ session, kind: "invalid", reason: problems.join("\n") }))
}
