/** A model: its name, its limits, what it can do, and its price. */
import * as Schema from "effect/Schema"

/** `provider/model`, as it is written everywhere; the model's part may hold further slashes. */
export const ModelName = Schema.String.pipe(Schema.pattern(/^[a-z0-9][a-z0-9_.-]*\/.+$/))
/** `provider/model`. */
export type ModelName = typeof ModelName.Type

const dollars = Schema.JsonNumber.pipe(Schema.nonNegative())

/** US dollars per million tokens. */
export const Price = Schema.Struct({
  input: dollars,
  output: dollars,
  cacheRead: Schema.optional(dollars),
  cacheWrite: Schema.optional(dollars)
})

/** What is known of a model. Sizes are tokens. */
export const Model = Schema.Struct({
  name: ModelName,
  /** The window: input and output together. */
  context: Schema.Int,
  /** The most it may answer at once. */
  output: Schema.Int,
  images: Schema.Boolean,
  reasoning: Schema.Boolean,
  /** Calls of its own; without them tools are told in words. */
  tools: Schema.Boolean,
  price: Schema.optional(Price)
})
/** What is known of a model. */
export type Model = typeof Model.Type

/** How much a model may think before it answers. */
export const Reasoning = Schema.Literal("off", "low", "medium", "high")
/** How much a model may think before it answers. */
export type Reasoning = typeof Reasoning.Type

/** The part of a model's name before the first slash. */
export const providerOf = (name: ModelName): string => name.slice(0, name.indexOf("/"))

/** The part of a model's name after the first slash: what the provider itself calls it. */
export const modelOf = (name: ModelName): string => name.slice(name.indexOf("/") + 1)
