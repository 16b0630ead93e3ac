/** One model call: a stream of pieces into live news and whole facts. */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"
import type { Ensemble } from "../model/Ensemble.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import { CallId } from "../model/Ids.ts"
import { noUsage, type StopReason, type Usage } from "../model/Message.ts"
import { type Model, priced, priceOf } from "../model/Model.ts"
import type { Progress } from "../model/Progress.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import { deliberate } from "./council.ts"
import { delayWithSpare, emptyAnswer, jitter, retryDelay } from "./retry.ts"

type Whole = Extract<ModelPart, { type: "text" | "reasoning" | "call" | "image" }>
type Finish = Extract<ModelPart, { type: "finish" }>
type Delta = Exclude<ModelPart, Whole | Finish>

const isDelta = (part: Whole | Delta): part is Delta =>
  part.type === "text-delta" || part.type === "reasoning-delta" || part.type === "call-delta"

/** A whole answer. */
export interface Answer {
  readonly parts: ReadonlyArray<Whole>
  readonly finish: Finish
}

/** What a step needs to know beside its request. */
export interface StepInput {
  readonly handle: SessionHandle
  readonly turn: number
  readonly step: number
  readonly model: Model
  readonly request: ModelRequest
  /** Text that streams in; kept by the caller in case the run is interrupted. */
  readonly partial: Ref.Ref<string>
  /** Whether another model may stand in where this one does not answer. */
  readonly spare: boolean
  /** Others that are asked as well, once this one has its answer. */
  readonly ensemble?: Ensemble
}

/** Pieces of one kind that came together, as one piece. */
const joined = (parts: Iterable<ModelPart>): ReadonlyArray<ModelPart> => {
  const all: Array<ModelPart> = []
  for (const part of parts) {
    const last = all[all.length - 1]
    if ((part.type === "text-delta" || part.type === "reasoning-delta") && last?.type === part.type)
      all[all.length - 1] = { ...last, text: last.text + part.text }
    else all.push(part)
  }
  return all
}

const newsOf = ({ handle, turn }: StepInput, part: ModelPart): ReadonlyArray<Progress> => {
  const at = { session: handle.id, turn }
  switch (part.type) {
    case "text-delta":
      return [{ type: "progress.text", ...at, text: part.text }]
    case "reasoning-delta":
      return [{ type: "progress.reasoning", ...at, text: part.text }]
    case "call-delta":
      return [{ type: "progress.call", ...at, name: part.name, chars: part.chars }]
    default:
      return []
  }
}

const tell = (input: StepInput, parts: ReadonlyArray<ModelPart>): Effect.Effect<void> => {
  const said = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("")
  const kept = said === "" ? Effect.void : Ref.update(input.partial, (text) => text + said)
  const news = parts.flatMap((part) => newsOf(input, part))
  return news.length === 0 ? kept : Effect.zipRight(kept, input.handle.progress(...news))
}

// With these an answer ended of itself, so that it should have said something.
const endedWell: ReadonlySet<StopReason> = new Set(["end_turn", "tool_use", "stop_sequence", "pause", "other"])

/** Whether an answer that ended of itself holds neither words nor calls: nobody may take that for success. */
export const saysNothing = ({ finish, parts }: Answer): boolean =>
  endedWell.has(finish.stop) &&
  !parts.some(
    (part) => part.type === "call" || part.type === "image" || (part.type === "text" && part.text.trim() !== "")
  )

const broken = (input: StepInput, reason: string, remedy?: string): ModelError =>
  new ModelError({
    kind: "incomplete",
    model: input.request.model,
    reason,
    ...(remedy === undefined ? {} : { remedy })
  })

/** A try that came to nothing: why, and the empty answer where one came. */
interface Vain {
  readonly error: ModelError
  readonly answer?: Answer
}

const once = (input: StepInput): Effect.Effect<Answer, Vain, LanguageModel> =>
  Effect.gen(function* () {
    const { stream } = yield* LanguageModel
    const parts: Array<Whole> = []
    let finish: Finish | undefined
    yield* Ref.set(input.partial, "")
    // What one packet brought is told at once: a fast model sends thousands of pieces.
    const pieces = Stream.mapError(stream(input.request), (error): Vain => ({ error }))
    yield* Stream.runForEachChunk(pieces, (chunk) => {
      const news = joined(chunk)
      for (const part of news) {
        if (part.type === "finish") finish = part
        else if (!isDelta(part)) parts.push(part)
      }
      return tell(input, news)
    })
    if (finish === undefined) return yield* Effect.fail({ error: broken(input, "the answer broke off") })
    const answer = { parts, finish }
    const remedy = "Put it differently, or choose another model."
    return saysNothing(answer) ? yield* Effect.fail({ error: broken(input, emptyAnswer, remedy), answer }) : answer
  })

/** The fact that an answer came, and what it used. */
const answeredOf = (input: StepInput, finish: Finish, stop: StopReason): Fact => ({
  type: "model.answered",
  turn: input.turn,
  step: input.step,
  stop,
  usage: usageOf(finish, input.model),
  ...(finish.served === undefined ? {} : { served: finish.served })
})

/** What an empty answer used is used all the same, and nothing else of it is kept. */
const giveUp = (input: StepInput, { answer, error }: Vain) =>
  Effect.gen(function* () {
    if (answer !== undefined) {
      yield* Ref.set(input.partial, "")
      yield* input.handle.record([answeredOf(input, answer.finish, answer.finish.stop)])
    }
    return yield* error
  })

/**
 * Records what follows an answer that broke off, with the words that had come: they are kept there, and are no part of the
 * conversation, as the next answer begins anew.
 */
export const recordBroken = (
  { handle, partial }: Pick<StepInput, "handle" | "partial">,
  fact: FactOf<"model.retried" | "model.switched">
): Effect.Effect<void, WriteError> =>
  Effect.gen(function* () {
    const said = yield* Ref.get(partial)
    yield* handle.record([said === "" ? fact : { ...fact, said }])
    yield* Ref.set(partial, "")
  }).pipe(Effect.uninterruptible)

const withRetries = (
  input: StepInput,
  attempt: number
): Effect.Effect<Answer, ModelError | WriteError, LanguageModel> =>
  Effect.catchAll(once(input), (vain) =>
    Effect.gen(function* () {
      const { answer, error } = vain
      const part = jitter((yield* input.handle.state).hash)
      const delay = (input.spare ? delayWithSpare : retryDelay)(error, attempt, part)
      if (delay === undefined) return yield* giveUp(input, vain)
      // An empty answer leaves no words.
      if (answer !== undefined) yield* Ref.set(input.partial, "")
      yield* recordBroken(input, {
        type: "model.retried",
        turn: input.turn,
        step: input.step,
        attempt,
        kind: error.kind,
        message: error.reason,
        ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
        delay,
        ...(answer === undefined ? {} : { usage: usageOf(answer.finish, input.model) })
      })
      yield* Effect.sleep(delay)
      return yield* withRetries(input, attempt + 1)
    })
  )

const usageOf = (finish: Finish, model: Model): Usage => priced(finish.usage, priceOf(model))

const factOf = (part: Whole, input: StepInput, id: (wanted: string | undefined) => CallId): Fact | undefined => {
  const { turn } = input
  switch (part.type) {
    case "text":
      return part.text === "" ? undefined : { type: "part.text", turn, text: part.text }
    case "reasoning":
      return {
        type: "part.reasoning",
        turn,
        text: part.text,
        by: input.request.model,
        ...(part.signature === undefined ? {} : { signature: part.signature }),
        ...(part.redacted === undefined ? {} : { redacted: part.redacted })
      }
    case "image":
      return { type: "part.image", turn, mime: part.mime, data: part.data }
    case "call":
      return {
        type: "tool.called",
        turn,
        call: id(part.id),
        name: part.name,
        input: part.input,
        ...(part.wrote === undefined ? {} : { wrote: part.wrote }),
        ...(part.signature === undefined ? {} : { signature: part.signature })
      }
  }
}

/** Gives each call an id that no other call of the session has. */
export const freshIds = (taken: Set<string>, turn: number, step: number): ((wanted: string | undefined) => CallId) => {
  let number = 0
  return (wanted) => {
    number += 1
    const usable = wanted !== undefined && wanted !== "" && !taken.has(wanted)
    const id = usable ? wanted : `call_${turn}_${step}_${number}`
    taken.add(id)
    return CallId.make(id)
  }
}

/** A call that is to be run. */
export interface Call {
  readonly id: CallId
  readonly name: string
  readonly input: string
}

const stopOf = (said: StopReason, calls: number): StopReason =>
  calls > 0 && said === "end_turn" ? "tool_use" : calls === 0 && said === "tool_use" ? "end_turn" : said

/** The facts of a whole answer, and the calls it makes. It ends with `tool_use` just where it asks for tools, whatever it says. */
export const factsOf = (
  answer: Answer,
  input: StepInput,
  taken: Set<string>
): { readonly facts: ReadonlyArray<Fact>; readonly calls: ReadonlyArray<Call>; readonly stop: StopReason } => {
  const id = freshIds(taken, input.turn, input.step)
  const parts = answer.parts.flatMap((part) => factOf(part, input, id) ?? [])
  const calls = parts.flatMap((fact) =>
    fact.type === "tool.called" ? [{ id: fact.call, name: fact.name, input: fact.input }] : []
  )
  const { finish } = answer
  const stop = stopOf(finish.stop, calls.length)
  return {
    calls,
    stop,
    facts: [...parts, answeredOf(input, finish, stop)]
  }
}

const wordsOf = ({ parts }: Answer): string => parts.map((part) => (part.type === "text" ? part.text : "")).join("")

const isFinal = (answer: Answer): boolean =>
  answer.finish.stop === "end_turn" && answer.parts.every((part) => part.type !== "call") && wordsOf(answer) !== ""

/** What comes of an answer once others have been asked as well; an answer that asks for tools is not asked of others. */
const inCouncil = (input: StepInput, answer: Answer) =>
  Effect.gen(function* () {
    const { ensemble, handle, model, request, step, turn } = input
    if (ensemble === undefined || !isFinal(answer)) return answer
    const { stop } = answer.finish
    const own = { text: wordsOf(answer), stop, usage: usageOf(answer.finish, model) }
    // Kept as what was said so far, whatever comes between.
    yield* Ref.set(input.partial, own.text)
    const text = yield* deliberate({ handle, turn, step, request, ensemble, model, own })
    const settled: Answer = { parts: [{ type: "text", text }], finish: { type: "finish", stop, usage: noUsage } }
    return settled
  })

/** Asks the model once, tries again where that makes sense, and records the whole answer. */
export const step = (input: StepInput, taken: Set<string>) =>
  Effect.gen(function* () {
    const answer = yield* inCouncil(input, yield* withRetries(input, 1))
    const { calls, facts, stop } = factsOf(answer, input, taken)
    yield* input.handle.record(facts)
    yield* Ref.set(input.partial, "")
    return { calls, stop }
  }).pipe(Effect.withSpan("Agent.step"))
