/** A model whose every call is paid from a budget: held before it is sent, settled with what it used, however it ends. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"
import { frameTokens, messageTokens, roughTokens } from "../context/budget.ts"
import type { Fact } from "../model/Event.ts"
import type { Usage } from "../model/Message.ts"
import { type Model, type ModelName, type Price, priced, priceOf } from "../model/Model.ts"
import type { Account } from "../session/Account.ts"
import { amountOf, type Exhausted, mostFor, type Purse } from "../session/ledger.ts"
import type { SessionHandle } from "../session/Session.ts"
import { limitOf, PriceUnknown } from "./stop.ts"

/** What calls are paid from, and whose log tells of them. */
export interface Payer {
  readonly account: Account
  readonly handle: SessionHandle
  readonly turn: number
}

/** What is known of a call while it runs. */
interface Heard {
  usage?: Usage
  /** Its end, where it failed before anything came. */
  failed?: ModelError["kind"]
  /** Text that came, as tokens. */
  tokens: number
}

// The provider turned the request away: it costs nothing.
const unpaid: ReadonlySet<ModelError["kind"]> = new Set([
  "overloaded",
  "rate_limit",
  "authentication",
  "permission",
  "invalid",
  "too_long",
  "quota",
  "missing_model",
  "unconfigured"
])

/** Whether any of these budgets limits calls, so that they have to be counted. */
export const limits = (purses: ReadonlyArray<Purse>): boolean =>
  purses.some(({ allows: { calls, cost, tokens } }) => (calls ?? cost ?? tokens) !== undefined)

/** The tokens of a request by the rule of thumb, which says rather too much. */
const inputOf = ({ messages, system, tools }: ModelRequest): number =>
  messages.reduce((sum, message) => sum + messageTokens(message, roughTokens), frameTokens(system, tools, roughTokens))

const textIn = (part: ModelPart): number =>
  part.type === "text-delta" || part.type === "reasoning-delta" ? roughTokens(part.text) : 0

/** What a call used: as the provider said; else, where it may have begun to answer, its input and what came of the answer. */
const usedBy = (heard: Heard, input: number, price: Price | undefined): Usage => {
  if (heard.usage !== undefined) return heard.usage
  const began = heard.tokens > 0 || heard.failed === undefined || !unpaid.has(heard.failed)
  return mostFor({ input: began ? input : 0, output: 0, ...(price === undefined ? {} : { price }) }, heard.tokens)
}

const listen = (heard: Heard, price: Price | undefined, parts: Iterable<ModelPart>): void => {
  for (const part of parts) {
    heard.tokens += textIn(part)
    if (part.type === "finish") heard.usage = priced(part.usage, price)
  }
}

/** A budget that does not pay, as the failure of the call. */
const unpayable = (model: string, error: { readonly message: string }): ModelError =>
  new ModelError({ kind: "budget", model, reason: error.message })

/** A price that has to be known, as some budget limits money. */
const priceFor = (payer: Payer, model: Model): Effect.Effect<Price | undefined, ModelError> =>
  Effect.flatMap(payer.account.purses, (purses) => {
    const price = priceOf(model)
    const needed = purses.some(({ allows }) => allows.cost !== undefined)
    return price === undefined && needed
      ? Effect.fail(unpayable(model.name, new PriceUnknown({ model: model.name })))
      : Effect.succeed(price)
  })

/** Tells of a budget in the log; what cannot be written now cannot be written next either, and is told then. */
const record = ({ handle }: Payer, fact: Fact): Effect.Effect<void> => Effect.ignore(handle.record([fact]))

const refuse = (payer: Payer, model: string, exhausted: Exhausted): Effect.Effect<never, ModelError> =>
  Effect.zipRight(
    record(payer, { type: "budget.exhausted", turn: payer.turn, ...exhausted }),
    unpayable(model, limitOf(exhausted))
  )

/** The model, with every call paid by `payer`; `known` are models that need not be looked up. */
export const metered = (model: LanguageModel["Type"], payer: Payer, known: Model): LanguageModel["Type"] => {
  let calls = 0
  const describe = (name: ModelName) => (name === known.name ? Effect.succeed(known) : model.describe(name))
  const paid = (request: ModelRequest) =>
    Effect.gen(function* () {
      const { turn } = payer
      const facts = yield* describe(request.model)
      const price = yield* priceFor(payer, facts)
      const heard: Heard = { tokens: 0 }
      const input = inputOf(request)
      calls += 1
      const call = calls
      const used = Effect.suspend(() => {
        const usage = usedBy(heard, input, price)
        const exact = heard.usage !== undefined
        return Effect.as(record(payer, { type: "budget.settled", turn, call, usage, exact }), amountOf(usage))
      })
      const wish = { input, output: request.maxOutput ?? facts.output, ...(price === undefined ? {} : { price }) }
      const { output, usage: most } = yield* Effect.catchAll(payer.account.hold(wish, used), (exhausted) =>
        refuse(payer, request.model, exhausted)
      )
      yield* record(payer, { type: "budget.reserved", turn, call, model: request.model, most })
      return model.stream({ ...request, maxOutput: output }).pipe(
        Stream.mapChunks((chunk) => {
          listen(heard, price, Chunk.toReadonlyArray(chunk))
          return chunk
        }),
        Stream.tapError((error) =>
          Effect.sync(() => {
            heard.failed = error.kind
          })
        )
      )
    })
  return { ...model, stream: (request) => Stream.unwrapScoped(paid(request)) }
}
