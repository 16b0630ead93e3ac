/** Streams one answer of a language model. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { ToolSpec } from "../domain/model/Call.ts"
import type { Json } from "../domain/model/Json.ts"
import type { Message, StopReason } from "../domain/model/Message.ts"
import type { Model, ModelName, Reasoning } from "../domain/model/Model.ts"

/**
 * A model could not answer. `kind` decides whether another try makes sense:
 * `overloaded`, `rate_limit`, `server`, `network`, `incomplete` (the stream broke off) and `timeout` may pass;
 * `authentication`, `permission`, `invalid`, `too_long`, `quota`, `missing_model`, `unconfigured` and `protocol` stay.
 * `budget`: nothing was asked, as the budget does not pay for it; neither another try nor another model helps.
 */
export class ModelError extends Schema.TaggedError<ModelError>()("ModelError", {
  kind: Schema.Literal(
    "overloaded",
    "rate_limit",
    "server",
    "network",
    "incomplete",
    "timeout",
    "authentication",
    "permission",
    "invalid",
    "too_long",
    "quota",
    "missing_model",
    "unconfigured",
    "protocol",
    "budget"
  ),
  model: Schema.String,
  /** The HTTP status, where there was one. */
  status: Schema.optional(Schema.Int),
  /** Milliseconds that the provider asks to wait. */
  retryAfter: Schema.optional(Schema.Int),
  /** Nothing was sent: the endpoint failed so often in a row that it is left alone for a while, until `retryAfter`. */
  resting: Schema.optional(Schema.Literal(true)),
  reason: Schema.String,
  remedy: Schema.optional(Schema.String)
}) {
  override get message(): string {
    if (this.kind === "budget") return this.reason
    return `${this.model} did not answer (${this.kind}): ${this.reason}.${this.remedy === undefined ? "" : ` ${this.remedy}`}`
  }
}

/** One request. `messages` start with the person; every tool call in them is followed by its result. */
export interface ModelRequest {
  readonly model: ModelName
  readonly system: string
  readonly messages: ReadonlyArray<Message>
  readonly tools: ReadonlyArray<ToolSpec>
  readonly maxOutput?: number
  readonly temperature?: number
  readonly topP?: number
  /** How much the model may think before it answers; its own default where absent. */
  readonly reasoning?: Reasoning
  /** Whose conversation this is: the same for requests that begin alike, so that a provider can find what it cached. */
  readonly session?: string
  /** The answer is to be one JSON value of this JSON Schema; what comes is checked by whoever asked. */
  readonly schema?: { readonly name: string; readonly schema: Json }
}

/** Fresh input, output and cache tokens as the provider counts them; money is reckoned elsewhere. */
export interface TokenUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** A piece of an answer. Deltas are pieces of the part that ends with `text`, `reasoning` or `call`. */
export type ModelPart =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "call-delta"; readonly name: string; readonly chars: number }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string; readonly signature?: string; readonly redacted?: string }
  | {
      readonly type: "call"
      readonly id?: string
      readonly name: string
      /** JSON text as the model wrote it; where that was no JSON and could be mended, the mended text. */
      readonly input: string
      /** What the model wrote, where `input` is not that. */
      readonly wrote?: string
      readonly signature?: string
    }
  | { readonly type: "image"; readonly mime: string; readonly data: string }
  | { readonly type: "finish"; readonly stop: StopReason; readonly usage: TokenUsage; readonly served?: string }

/** Streams one answer of a language model. */
export class LanguageModel extends Context.Tag("code-mesh/ports/LanguageModel")<
  LanguageModel,
  {
    /**
     * Sends the request once, without retries, and streams what comes. A stream that ends without `finish` is an
     * `incomplete` error. Interrupting it closes the connection.
     */
    readonly stream: (request: ModelRequest) => Stream.Stream<ModelPart, ModelError>
    /** What is known of a model; unknown ones get cautious limits. Fails where the provider itself is unknown. */
    readonly describe: (model: ModelName) => Effect.Effect<Model, ModelError>
    /** The models that credentials, config and local servers here make usable, best first. */
    readonly available: Effect.Effect<ReadonlyArray<Model>>
  }
>() {}
