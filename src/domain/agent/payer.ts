/** What a turn's model calls are paid from: the limits of its prompt, the session's budget, and that of whoever began it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import type { Config } from "../model/Config.ts"
import type { Limits, SessionBudget } from "../model/Limits.ts"
import { type Model, priceOf } from "../model/Model.ts"
import { type Account, openAccount } from "../session/Account.ts"
import { amountOf } from "../session/ledger.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { usedBy } from "../session/usedBy.ts"
import { TurnAccount } from "./Delegating.ts"
import { limits, metered } from "./metered.ts"
import { LimitReached, PriceUnknown } from "./stop.ts"

/** The budget that the settings give a session, and what is left of its time; nothing where they give none. */
export const budgetIn = ({ budget = {} }: Config, state: SessionState): SessionBudget | undefined => {
  const { max_calls: calls, max_cost: cost, max_seconds, max_tokens: tokens } = budget
  const time = max_seconds === undefined ? undefined : max_seconds * 1000
  if ((calls ?? cost ?? tokens ?? time) === undefined) return undefined
  return {
    ...(calls === undefined ? {} : { calls }),
    ...(cost === undefined ? {} : { cost }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(time === undefined ? {} : { time, left: Math.max(1, time - state.elapsed) })
  }
}

/** Fails where money is limited and nobody knows what the model costs. */
export const affords = (budget: SessionBudget | undefined, state: SessionState, model: Model) =>
  (state.limits.cost ?? budget?.cost) !== undefined && priceOf(model) === undefined
    ? Effect.fail(new PriceUnknown({ model: model.name }))
    : Effect.void

/** How many milliseconds a turn may take, and the limit that is reached then. */
export const timeOf = ({ timeout }: Limits, budget: SessionBudget | undefined) => {
  const { left, time } = budget ?? {}
  if (left !== undefined && (timeout === undefined || left < timeout))
    return { millis: left, reached: new LimitReached({ limit: "timeout", value: time ?? left, of: "session" }) }
  return timeout === undefined
    ? undefined
    : { millis: timeout, reached: new LimitReached({ limit: "timeout", value: timeout }) }
}

/** Whose calls are paid, and from what. */
export interface Paying {
  readonly handle: SessionHandle
  /** Pays beside what is set here. */
  readonly above: Account | undefined
  readonly budget: SessionBudget | undefined
  readonly model: Model
}

const accountOf = ({ above, budget = {} }: Paying, state: SessionState) =>
  Effect.gen(function* () {
    const { left: _left, time: _time, ...allows } = budget
    const { calls, usage } = usedBy(state)
    const spent = amountOf(usage, calls)
    const session = above === undefined ? openAccount("session", allows, spent) : above.child("session", allows)
    const { cost, tokens } = state.limits
    const prompt = { ...(cost === undefined ? {} : { cost }), ...(tokens === undefined ? {} : { tokens }) }
    return yield* (yield* session).child("prompt", prompt)
  })

/** Runs an effect whose model calls are paid; where nothing limits them, nothing is counted or recorded. */
export const paid = <A, E, R>(paying: Paying, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | LanguageModel> =>
  Effect.gen(function* () {
    const { handle } = paying
    const state = yield* handle.state
    const account = yield* accountOf(paying, state)
    if (!limits(yield* account.purses)) return yield* effect
    const payer = { account, handle, turn: Math.max(1, state.turn) }
    const model = metered(yield* LanguageModel, payer, paying.model)
    return yield* effect.pipe(
      Effect.provideService(LanguageModel, model),
      Effect.provideService(TurnAccount, Option.some(account))
    )
  })
