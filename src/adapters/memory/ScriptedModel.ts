/** A model that plays a script: for demos, tests and scenarios. It thinks nothing and says so in its name. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Json } from "../../domain/model/Json.ts"
import { type Message, StopReason } from "../../domain/model/Message.ts"
import { type Model, type ModelName, Price } from "../../domain/model/Model.ts"
import { LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"

const Count = Schema.NonNegativeInt

/** A tool call of a script; `input` is JSON, or the raw text of input that is not valid. */
export const ScriptedCall = Schema.Struct({
  name: Schema.String,
  input: Schema.optional(Json),
  raw: Schema.optional(Schema.String),
  id: Schema.optional(Schema.String)
})

/** One answer of a script. */
export const ScriptedTurn = Schema.Struct({
  text: Schema.optional(Schema.String),
  reasoning: Schema.optional(Schema.String),
  calls: Schema.optional(Schema.Array(ScriptedCall)),
  stop: Schema.optional(StopReason),
  usage: Schema.optional(
    Schema.partial(Schema.Struct({ input: Count, output: Count, cacheRead: Count, cacheWrite: Count }))
  ),
  /** Milliseconds before the first piece. */
  delayMs: Schema.optional(Count),
  /** The pieces that the text comes in; word by word where absent. */
  chunks: Schema.optional(Schema.Array(Schema.String)),
  /** The answer fails so, after what text there is. */
  error: Schema.optional(
    Schema.Struct({
      kind: ModelError.fields.kind,
      status: Schema.optional(Schema.Int),
      retryAfter: Schema.optional(Schema.Int),
      reason: Schema.optional(Schema.String)
    })
  ),
  /** A regular expression that the person's last text must match; else the script does not fit. */
  match: Schema.optional(Schema.String),
  /** Never end. */
  hang: Schema.optional(Schema.Boolean)
})
/** One answer of a script. */
export type ScriptedTurn = typeof ScriptedTurn.Type

/** A script: one turn a request, in order. */
export const Script = Schema.Struct({
  turns: Schema.Array(ScriptedTurn),
  /** The window that the model claims to have. */
  context: Schema.optional(Schema.Int),
  output: Schema.optional(Schema.Int),
  /** What the model claims to cost; nothing where absent. */
  price: Schema.optional(Price)
})
/** A script. */
export type Script = typeof Script.Type

/** The requests that a scripted model has had, oldest first. */
export class ScriptedRequests extends Context.Tag("code-mesh/adapters/ScriptedRequests")<
  ScriptedRequests,
  { readonly all: Effect.Effect<ReadonlyArray<ModelRequest>> }
>() {}

/** Answers the n-th request, counted from 0. */
export type Answerer = (request: ModelRequest, n: number) => ScriptedTurn

const failed = (model: string, reason: string, more: Partial<ModelError> = {}): ModelError =>
  new ModelError({ kind: more.kind ?? "invalid", model, reason })

const lastText = (messages: ReadonlyArray<Message>): string => {
  const texts = messages.flatMap(({ parts, role }) =>
    role === "user" ? parts.flatMap((part) => (part.type === "text" ? [part.text] : [])) : []
  )
  return texts.at(-1) ?? ""
}

const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? []

const textParts = (turn: ScriptedTurn): ReadonlyArray<ModelPart> => {
  const text = turn.text ?? turn.chunks?.join("") ?? ""
  const pieces = turn.chunks ?? words(text)
  const thought = turn.reasoning ?? ""
  return [
    ...(thought === "" ? [] : words(thought).map((piece): ModelPart => ({ type: "reasoning-delta", text: piece }))),
    ...(thought === "" ? [] : [{ type: "reasoning" as const, text: thought }]),
    ...pieces.map((piece): ModelPart => ({ type: "text-delta", text: piece })),
    ...(text === "" || turn.error !== undefined ? [] : [{ type: "text" as const, text }])
  ]
}

const callParts = (turn: ScriptedTurn): ReadonlyArray<ModelPart> =>
  (turn.calls ?? []).flatMap((call): ReadonlyArray<ModelPart> => {
    const input = call.raw ?? JSON.stringify(call.input ?? {})
    const id = call.id === undefined ? {} : { id: call.id }
    return [
      { type: "call-delta", name: call.name, chars: input.length },
      { type: "call", ...id, name: call.name, input }
    ]
  })

// A count that grows with the text, so that budgets and compaction can be seen to work without a tokenizer.
const estimate = ({ messages, system, tools }: ModelRequest): number =>
  Math.ceil(JSON.stringify([system, tools, messages]).length / 4)

const finish = (turn: ScriptedTurn, request: ModelRequest): ModelPart => {
  const said = (turn.text ?? "").length + JSON.stringify(turn.calls ?? []).length
  const usage = {
    input: turn.usage?.input ?? estimate(request),
    output: turn.usage?.output ?? Math.ceil(said / 4),
    cacheRead: turn.usage?.cacheRead ?? 0,
    cacheWrite: turn.usage?.cacheWrite ?? 0
  }
  return { type: "finish", stop: turn.stop ?? ((turn.calls ?? []).length > 0 ? "tool_use" : "end_turn"), usage }
}

const play = (turn: ScriptedTurn, request: ModelRequest): Stream.Stream<ModelPart, ModelError> => {
  const fits = turn.match === undefined || new RegExp(turn.match).test(lastText(request.messages))
  if (!fits) return Stream.fail(failed(request.model, `the script expects a prompt that matches /${turn.match}/`))
  const start = turn.delayMs === undefined ? Stream.empty : Stream.drain(Stream.fromEffect(Effect.sleep(turn.delayMs)))
  const begin = Stream.concat(start, Stream.fromIterable(textParts(turn)))
  if (turn.hang === true) return Stream.concat(begin, Stream.never)
  if (turn.error !== undefined) {
    const { reason, ...error } = turn.error
    return Stream.concat(
      begin,
      Stream.fail(new ModelError({ ...error, model: request.model, reason: reason ?? "the script says so" }))
    )
  }
  return Stream.concat(begin, Stream.fromIterable([...callParts(turn), finish(turn, request)]))
}

type Claims = Pick<Script, "context" | "output" | "price">

const facts = (name: ModelName, script: Claims): Model => ({
  name,
  context: script.context ?? 200_000,
  output: script.output ?? 8_000,
  images: true,
  reasoning: false,
  tools: true,
  ...(script.price === undefined ? {} : { price: script.price })
})

/** What a scripted model needs besides its answers. */
export interface ScriptedOptions extends Claims {
  /** Its name after `scripted/`; `script` where absent. */
  readonly name?: string
}

/** A model that a function answers for, and the record of its requests. */
export const makeFunction = (
  answer: (request: ModelRequest, n: number) => ScriptedTurn | ModelError,
  options: ScriptedOptions = {}
) => {
  const requests: Array<ModelRequest> = []
  const name: ModelName = `scripted/${options.name ?? "script"}`
  const model = LanguageModel.of({
    stream: (request) =>
      Stream.suspend(() => {
        requests.push(request)
        const turn = answer(request, requests.length - 1)
        return turn instanceof ModelError ? Stream.fail(turn) : play(turn, request)
      }),
    describe: (wanted) => Effect.succeed(facts(wanted, options)),
    available: Effect.succeed([facts(name, options)])
  })
  return { model, requests: { all: Effect.sync(() => [...requests]) } }
}

/** The answers of a script; a request beyond its end is an error. */
export const fromScript =
  (script: Script) =>
  (request: ModelRequest, n: number): ScriptedTurn | ModelError =>
    script.turns[n] ?? failed(request.model, `the script has ${script.turns.length} turns and this is request ${n + 1}`)

const layerOf = (made: ReturnType<typeof makeFunction>): Layer.Layer<LanguageModel | ScriptedRequests> =>
  Layer.merge(Layer.succeed(LanguageModel, made.model), Layer.succeed(ScriptedRequests, made.requests))

/** A model that plays a script. */
export const layer = (script: Script, name?: string): Layer.Layer<LanguageModel | ScriptedRequests> => {
  const { turns: _turns, ...claims } = script
  return layerOf(makeFunction(fromScript(script), { ...claims, ...(name === undefined ? {} : { name }) }))
}

/** A model that a function answers for. */
export const layerFunction = (
  answer: Answerer,
  options: ScriptedOptions = {}
): Layer.Layer<LanguageModel | ScriptedRequests> => layerOf(makeFunction(answer, options))

/** The script that a parsed file holds, or what is wrong with it, in words. */
export const parseScript = (value: unknown) =>
  Schema.decodeUnknown(Script)(value, { onExcessProperty: "error" }).pipe(
    Effect.mapError((error) => ParseResult.TreeFormatter.formatErrorSync(error))
  )
