/** Asks several models the same and makes one answer of theirs; what each said, and every vote, is in the log. */
import * as Effect from "effect/Effect"
import type { LanguageModel, ModelError, ModelRequest } from "../../ports/LanguageModel.ts"
import { wholeAnswer } from "../context/wholeAnswer.ts"
import type { Config } from "../model/Config.ts"
import type { Ensemble } from "../model/Ensemble.ts"
import type { FactOf } from "../model/Event.ts"
import { noUsage, type StopReason, type Usage } from "../model/Message.ts"
import { type Model, type ModelName, priced, priceOf } from "../model/Model.ts"
import type { SessionHandle } from "../session/Session.ts"
import { about, alsoAsked, elected, namedIn, type Worded, worded } from "./ensemble.ts"

/** What one model came to. */
export interface Spoken {
  readonly text: string
  readonly stop: StopReason
  readonly usage: Usage
  /** Why it said nothing, where it failed. */
  readonly failed?: string
}

/** Whom the settings name to be asked beside a turn's own model; nothing where they name nobody. */
export const ensembleIn = <E, R>(
  { how = "judge", judge, models = [] }: NonNullable<NonNullable<Config["model"]>["ensemble"]>,
  own: Model,
  describe: (name: ModelName) => Effect.Effect<Model, E, R>
) =>
  Effect.gen(function* () {
    if (models.length === 0) return {}
    const found = yield* Effect.forEach(models, describe)
    const ensemble: Ensemble = { how, models: found, judge: judge === undefined ? own : yield* describe(judge) }
    return { ensemble }
  })

/** An answer for which others are asked as well. */
export interface CouncilInput {
  readonly handle: SessionHandle
  readonly turn: number
  readonly step: number
  readonly request: ModelRequest
  readonly ensemble: Ensemble
  readonly model: Model
  readonly own: Spoken
}

/** Why an answer counts for nothing that asks for tools, or has no words. */
export const noWords = "it gave no answer of its own"

const none: Spoken = { text: "", stop: "other", usage: noUsage }

const hear = (model: Model, request: ModelRequest): Effect.Effect<Spoken, never, LanguageModel> =>
  Effect.gen(function* () {
    const { calls, end, text } = yield* wholeAnswer(request)
    const { stop, usage } = end ?? none
    return { text: calls > 0 ? "" : text, stop, usage: priced(usage, priceOf(model)) }
  }).pipe(Effect.catchAll((error: ModelError) => Effect.succeed({ ...none, failed: error.message })))

const candidateOf = (input: CouncilInput, model: Model, said: Spoken): FactOf<"model.answered"> => {
  const { stop, text, usage } = said
  const words = text.trim() === "" ? { failed: said.failed ?? noWords } : { text }
  const { step, turn } = input
  return { type: "model.answered", turn, step, stop, usage, candidate: { model: model.name, ...words } }
}

/** Asks models about the answers, each with another one standing first. */
const votes = (input: CouncilInput, answers: ReadonlyArray<Worded>, models: ReadonlyArray<Model>) =>
  Effect.forEach(
    models,
    (model, index) => {
      const { ensemble, request, step, turn } = input
      const first = index % answers.length
      return Effect.map(hear(model, about(ensemble.how, request, answers, { model, first })), (said) => {
        const named = ensemble.how === "merge" ? undefined : namedIn(said.text, answers, first)
        const vote = { by: model.name, ...(named === undefined ? {} : { for: named }), text: said.text }
        const fact: FactOf<"model.answered"> = {
          type: "model.answered",
          turn,
          step,
          stop: said.stop,
          usage: said.usage,
          vote
        }
        return { vote, fact }
      })
    },
    { concurrency: "unbounded" }
  )

/** The words that come of the turn's own answer and those of the others. One answer alone needs no vote. */
export const deliberate = Effect.fn("Agent.council")(function* (input: CouncilInput) {
  const { ensemble, handle, model, own, request } = input
  const others = Array.from(new Map(ensemble.models.map((one) => [one.name, one])).values()).filter(
    ({ name }) => name !== model.name
  )
  const said = yield* Effect.forEach(others, (other) => hear(other, alsoAsked(request, other)), {
    concurrency: "unbounded"
  })
  const asked = [model, ...others]
  const facts = [own, ...said].map((one, index) => candidateOf(input, asked[index] ?? model, one))
  yield* handle.record(facts)
  const answers = worded(facts.flatMap(({ candidate }) => candidate ?? []))
  if (answers.length < 2) return own.text
  const voters =
    ensemble.how === "vote"
      ? asked.filter(({ name }) => answers.some((answer) => answer.model === name))
      : [ensemble.judge]
  const heard = yield* votes(input, answers, voters)
  yield* handle.record(heard.map(({ fact }) => fact))
  const given = heard.map(({ vote }) => vote)
  const merged = ensemble.how === "merge" ? (given[0]?.text.trim() ?? "") : ""
  return merged === "" ? (elected(answers, given)?.text ?? own.text) : merged
})
