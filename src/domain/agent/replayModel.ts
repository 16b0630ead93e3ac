/** The model of a replay: it answers what the log says that models answered, and fails as they did. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"
import type { Event, FactOf } from "../model/Event.ts"
import { noWords } from "./council.ts"
import { type Cursor, isCutText, isLeft, isTimeUp } from "./replayWorld.ts"
import { mostWait } from "./retry.ts"

/** The words of an answer that did not come to its end. */
const wordsBefore = (next: Event | undefined): ReadonlyArray<ModelPart> => {
  const retried = next?.type === "model.retried" || next?.type === "model.switched" ? next.said : undefined
  const text = next !== undefined && isCutText(next) ? next.text : retried
  return text === undefined ? [] : [{ type: "text-delta", text }]
}

const pieces = (events: ReadonlyArray<Event>): ReadonlyArray<ModelPart> =>
  events.flatMap((event): ReadonlyArray<ModelPart> => {
    switch (event.type) {
      case "part.text":
        return [{ type: "text", text: event.text }]
      case "part.reasoning": {
        const { redacted, signature, text } = event
        return [
          {
            type: "reasoning",
            text,
            ...(signature === undefined ? {} : { signature }),
            ...(redacted === undefined ? {} : { redacted })
          }
        ]
      }
      case "tool.called": {
        const { call, input, name, signature, wrote } = event
        const as = wrote === undefined ? {} : { wrote }
        return [{ type: "call", id: call, name, input, ...as, ...(signature === undefined ? {} : { signature }) }]
      }
      case "part.image":
        return [{ type: "image", mime: event.mime, data: event.data }]
      default:
        return []
    }
  })

const spoken = (event: Event): boolean =>
  event.type === "prompt.steered" || event.type === "prompt.queued" || event.type === "session.titled"

const decodeKind = Schema.decodeUnknownOption(ModelError.fields.kind)

const failure = (request: ModelRequest, fields: Partial<ModelError>, message?: string): ModelError => {
  const error = new ModelError({ kind: "invalid", model: request.model, reason: "", ...fields })
  // The message is made of fields that the log does not hold apart.
  return message === undefined ? error : Object.defineProperty(error, "message", { value: message })
}

/** An error of the kind that it was, and not to be tried again. */
const final = (request: ModelRequest, said: string | undefined, reason: string, message?: string): ModelError => {
  const kind = Option.getOrElse(decodeKind(said), () => "invalid" as const)
  return failure(request, { kind, reason, retryAfter: mostWait + 1 }, message)
}

/** How a request failed that came to no answer; nothing where it was stopped before it did. */
const failureBefore = (
  request: ModelRequest,
  next: Event | undefined
): Stream.Stream<ModelPart, ModelError> | undefined => {
  if (next?.type === "model.retried") return vain(request, next)
  if (next?.type === "model.switched") return Stream.fail(final(request, next.kind, next.reason))
  if (next?.type !== "turn.failed") return undefined
  // A budget did not pay for it; a turn whose time was up was stopped from outside.
  if (next.error.name === "LimitReached" && !isTimeUp(next))
    return Stream.fail(final(request, "budget", "", next.error.message))
  if (next.error.name !== "ModelError") return undefined
  return Stream.fail(final(request, next.error.kind, "", next.error.message))
}

/** A try that came to nothing; an answer that was thrown away had said nothing. */
const vain = (request: ModelRequest, retried: FactOf<"model.retried">): Stream.Stream<ModelPart, ModelError> => {
  const { kind: said, message: reason, retryAfter, usage } = retried
  if (usage !== undefined) return Stream.make<[ModelPart]>({ type: "finish", stop: "end_turn", usage })
  const kind = Option.getOrElse(decodeKind(said), () => "server" as const)
  return Stream.fail(failure(request, { kind, reason, ...(retryAfter === undefined ? {} : { retryAfter }) }))
}

/** One of several answers to the same, or a vote among them: those that come next in the log were asked together. */
const oneOfSeveral = (
  cursor: Cursor,
  request: ModelRequest,
  ahead: ReadonlyArray<Event>
): Stream.Stream<ModelPart, ModelError> => {
  const other = ahead.findIndex(
    (event) => event.type !== "model.answered" || (event.candidate ?? event.vote) === undefined
  )
  for (const event of ahead.slice(0, other < 0 ? undefined : other)) {
    if (event.type !== "model.answered") continue
    const { candidate, stop, usage, vote } = event
    if ((candidate?.model ?? vote?.by) !== request.model) continue
    if (candidate?.failed !== undefined && candidate.failed !== noWords)
      return Stream.fail(failure(request, { kind: "server" }, candidate.failed))
    const text = candidate?.text ?? vote?.text ?? ""
    return Stream.make<[ModelPart, ModelPart]>({ type: "text", text }, { type: "finish", stop, usage })
  }
  return Stream.fromEffect(cursor.stopped)
}

/** A model that answers as the log says. */
export const logModel = (cursor: Cursor): LanguageModel["Type"] => ({
  available: Effect.succeed([]),
  // Only a model that is to stand in is looked up while a turn runs.
  describe: (name) =>
    Effect.suspend(() => {
      const next = cursor.ahead().find((event) => event.type === "model.switched")
      return next?.type === "model.switched" && next.to === name && next.described !== undefined
        ? Effect.succeed(next.described)
        : Effect.fail(new ModelError({ kind: "unconfigured", model: name, reason: "it did not stand in" }))
    }),
  stream: (request) =>
    Stream.suspend(() => {
      const ahead = cursor.ahead().filter((event) => !spoken(event))
      const [first] = ahead
      // A summary for a compaction: the log holds what became of it, the comparison takes it from there.
      if (first?.type === "session.compacted") return Stream.empty
      if (first?.type === "model.answered" && (first.candidate ?? first.vote) !== undefined)
        return oneOfSeveral(cursor, request, ahead)
      const words = Stream.fromIterable(wordsBefore(first))
      const failed = failureBefore(
        request,
        ahead.find((event) => !isLeft(event))
      )
      if (failed !== undefined) return Stream.concat(words, failed)
      const answered = ahead.findIndex((event) => event.type === "model.answered")
      const answer = ahead[answered]
      if (answer?.type === "model.answered") {
        const { served, stop, usage } = answer
        const finish: ModelPart = { type: "finish", stop, usage, ...(served === undefined ? {} : { served }) }
        return Stream.fromIterable([...pieces(ahead.slice(0, answered)), finish])
      }
      return Stream.concat(words, Stream.fromEffect(cursor.stopped))
    })
})
