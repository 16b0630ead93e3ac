/** The one budget that all agents of a plan are paid from, and the news that it is used up. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { affords, budgetIn } from "../agent/payer.ts"
import { type LimitReached, limitOf } from "../agent/stop.ts"
import { addUsage, noUsage, type Usage } from "../model/Message.ts"
import { type Account, openAccount } from "../session/Account.ts"
import { amountOf, type Exhausted } from "../session/ledger.ts"
import type { SessionState } from "../session/State.ts"
import type { PlanRun } from "./PlanRun.ts"

/** What limits the agents of a plan together; their own steps have limits of other names. */
const shared: ReadonlySet<string> = new Set(["plan", "session"])

/** An account that tells of calls it did not pay, also through the accounts within it. */
const telling = (account: Account, tell: (exhausted: Exhausted) => Effect.Effect<unknown>): Account => ({
  ...account,
  hold: (wish, used) => Effect.tapError(account.hold(wish, used), tell),
  child: (of, allows) => Effect.map(account.child(of, allows), (inner) => telling(inner, tell))
})

/** What all agents so far have used: each said it when it ended; the steps of older logs say it themselves. */
const ofAgents = ({ agents, plan }: SessionState): Usage => {
  const told = [...agents.values()].flatMap(({ ended }) => (ended === undefined ? [] : [ended.usage]))
  const usages = told.length > 0 ? told : [...(plan?.steps.values() ?? [])].map(({ usage }) => usage)
  return usages.reduce(addUsage, noUsage)
}

/** What the plan's own session and its agents so far have used. */
const usedBefore = (state: SessionState) => amountOf(addUsage(state.usage, ofAgents(state)), state.calls)

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
