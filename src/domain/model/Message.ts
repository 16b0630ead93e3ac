/** What a model reads and says: parts, messages, usage, and why an answer ended. */
import * as Schema from "effect/Schema"
import { CallId } from "./Ids.ts"

/** Plain text. */
export const TextPart = Schema.Struct({ type: Schema.Literal("text"), text: Schema.String })

/** A model's reasoning; the signature is sent back unchanged, and only to the model that signed it. */
export const ReasoningPart = Schema.Struct({
  type: Schema.Literal("reasoning"),
  text: Schema.String,
  signature: Schema.optional(Schema.String),
  /** Opaque reasoning that the provider hides but wants back. */
  redacted: Schema.optional(Schema.String),
  /** The `provider/model` that thought it. */
  by: Schema.String
})

/** A picture, as base64 of its bytes. */
export const ImagePart = Schema.Struct({ type: Schema.Literal("image"), mime: Schema.String, data: Schema.String })

/** A file handed over by the person: its text, or its bytes as base64 where it has none. */
export const FilePart = Schema.Struct({
  type: Schema.Literal("file"),
  name: Schema.String,
  mime: Schema.String,
  text: Schema.optional(Schema.String),
  data: Schema.optional(Schema.String)
})

/** A model's wish to run a tool. `input` is the JSON text as the model wrote it, valid or not. */
export const ToolCallPart = Schema.Struct({
  type: Schema.Literal("tool-call"),
  id: CallId,
  name: Schema.String,
  input: Schema.String,
  /** An opaque token that some providers (Gemini) want back with the call, and the `provider/model` that gave it. */
  signature: Schema.optional(Schema.String),
  by: Schema.optional(Schema.String)
})
/** A model's wish to run a tool. */
export type ToolCallPart = typeof ToolCallPart.Type

/** What a tool call came to, as the model reads it. */
export const ToolResultPart = Schema.Struct({
  type: Schema.Literal("tool-result"),
  id: CallId,
  name: Schema.String,
  ok: Schema.Boolean,
  text: Schema.String,
  images: Schema.optional(Schema.Array(ImagePart))
})
/** What a tool call came to, as the model reads it. */
export type ToolResultPart = typeof ToolResultPart.Type

/** What a person may put into a prompt. */
export const PromptPart = Schema.Union(TextPart, ImagePart, FilePart)
/** What a person may put into a prompt. */
export type PromptPart = typeof PromptPart.Type

/** Any part of a message. */
export const Part = Schema.Union(TextPart, ReasoningPart, ImagePart, FilePart, ToolCallPart, ToolResultPart)
/** Any part of a message. */
export type Part = typeof Part.Type

/** One message: tool results travel in a `user` message, as every provider can express that. */
export const Message = Schema.Struct({
  role: Schema.Literal("user", "assistant"),
  parts: Schema.Array(Part)
})
/** One message of a conversation. */
export type Message = typeof Message.Type

/** Tokens and money of one or more model calls. `input` counts fresh tokens only; cache reads and writes are apart. */
export const Usage = Schema.Struct({
  input: Schema.NonNegativeInt,
  output: Schema.NonNegativeInt,
  cacheRead: Schema.NonNegativeInt,
  cacheWrite: Schema.NonNegativeInt,
  /** US dollars; 0 where the model's price is not known. */
  cost: Schema.JsonNumber.pipe(Schema.nonNegative())
})
/** Tokens and money of one or more model calls. */
export type Usage = typeof Usage.Type

/** No tokens, no money. */
export const noUsage: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 }

/** The sum of two usages. */
export const addUsage = (a: Usage, b: Usage): Usage => ({
  input: a.input + b.input,
  output: a.output + b.output,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite,
  cost: a.cost + b.cost
})

/**
 * Why an answer ended. `tool_use`: it asks for tools; `max_tokens`: cut by the output limit;
 * `context_full`: the window is full; `refusal`: the provider or model declined; `other`: something newer than this code.
 */
export const StopReason = Schema.Literal(
  "end_turn",
  "tool_use",
  "max_tokens",
  "stop_sequence",
  "context_full",
  "refusal",
  "pause",
  "other"
)
/** Why an answer ended. */
export type StopReason = typeof StopReason.Type
