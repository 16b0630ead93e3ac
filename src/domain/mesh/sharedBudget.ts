/** The one budget that all agents of a plan are paid from, and the news that it is used up. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { affords, budgetIn } from "../agent/payer.ts"
import { type LimitReached, limitOf } from "../agent/stop.ts"
import { addUsage } from "../model/Message.ts"
import { type Account, openAccount } from "../session/Account.ts"
import { amountOf, type Exhausted } from "../session/ledger.ts"
import type { SessionState } from "../session/State.ts"
import { usedBy } from "../session/usedBy.ts"
import type { PlanRun } from "./PlanRun.ts"

/** What limits the agents of a plan together; their own steps have limits of other names. */
const shared: ReadonlySet<string> = new Set(["plan", "session"])

/** An account that tells of calls it did not pay, also through the accounts within it. */
const telling = (account: Account, tell: (exhausted: Exhausted) => Effect.Effect<unknown>): Account => ({
  ...account,
  hold: (wish, used) => Effect.tapError(account.hold(wish, used), tell),
  child: (of, allows) => Effect.map(account.child(of, allows), (inner) => telling(inner, tell))
})

/** What the plan's own session and its agents so far have used; the steps of older logs say it themselves. */
const usedBefore = (state: SessionState) => {
  const { calls, usage } = usedBy(state)
  const steps = state.agents.size > 0 ? [] : [...(state.plan?.steps.values() ?? [])]
  return amountOf(
    steps.reduce((sum, step) => addUsage(sum, step.usage), usage),
    calls
  )
}

/**
 * Opens the budget: what is left of the session's own, and in it the limits that the plan is carried out under. `usedUp`
 * fails once either does not pay for a call. Fails where money is limited and nobody knows what the model costs.
 */
export const sharedBudget = (run: Pick<PlanRun, "handle" | "config" | "options">) =>
  Effect.gen(function* () {
    const state = yield* run.handle.state
    const budget = budgetIn(run.config, state)
    const { cost, tokens, turns: calls } = run.options.limits ?? {}
    const model = yield* (yield* LanguageModel).describe(state.model)
    yield* affords(cost === undefined ? budget : { ...budget, cost }, state, model)
    const { left: _left, time: _time, ...allows } = budget ?? {}
    const session = yield* openAccount("session", allows, usedBefore(state))
    const plan = yield* session.child("plan", { cost, tokens, calls })
    const end = yield* Deferred.make<never, LimitReached>()
    const account = telling(plan, (exhausted) =>
      shared.has(exhausted.of) ? Deferred.fail(end, limitOf(exhausted)) : Effect.void
    )
    return { account, usedUp: Deferred.await(end) }
  })
