/** A model: its name, its limits, what it can do, and its price. */
import * as Schema from "effect/Schema"
import type { Usage } from "./Message.ts"

/** `provider/model`, as it is written everywhere; the model's part may hold further slashes. */
export const ModelName = Schema.String.pipe(Schema.pattern(/^[a-z0-9][a-z0-9_.-]*\/.+$/))
/** `provider/model`. */
export type ModelName = typeof ModelName.Type

const dollars = Schema.JsonNumber.pipe(Schema.nonNegative())

const prices = {
  input: dollars,
  output: dollars,
  cacheRead: Schema.optional(dollars),
  cacheWrite: Schema.optional(dollars)
}

/** US dollars per million tokens. */
export const Price = Schema.Struct({
  ...prices,
  /** What every token of a request costs whose input, cached or not, is more than `tokens`. */
  over: Schema.optional(Schema.Struct({ tokens: Schema.Int, ...prices }))
})
/** US dollars per million tokens. */
export type Price = typeof Price.Type

/** What a request may say beside its words that some models refuse. */
export const ModelOption = Schema.Literal("temperature", "topP", "reasoning", "schema")
/** What a request may say beside its words that some models refuse. */
export type ModelOption = typeof ModelOption.Type

/** What is known of a model. Sizes are tokens. */
export const Model = Schema.Struct({
  name: ModelName,
  /** The window: input and output together. */
  context: Schema.Int,
  /** The most it may answer at once. */
  output: Schema.Int,
  images: Schema.Boolean,
  /** Documents such as PDF files. */
  files: Schema.optional(Schema.Boolean),
  reasoning: Schema.Boolean,
  /** Calls of its own; without them tools are told in words. */
  tools: Schema.Boolean,
  price: Schema.optional(Price),
  /** The options that it takes in its provider's protocol; what else is asked for is left out, or (a schema) told in words. */
  takes: Schema.optional(Schema.Array(ModelOption)),
  /** Where its facts are from, by fact: `catalog 2026-11-10`, `server`, `configuration`. */
  from: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
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

/** Providers whose models run on a machine of one's own, or play a script: they cost nothing. */
const own: ReadonlySet<string> = new Set(["local", "ollama", "lmstudio", "llamacpp", "scripted"])

/** A model's price; nothing where it is not known. */
export const priceOf = ({ name, price }: Model): Price | undefined =>
  price ?? (own.has(providerOf(name)) ? { input: 0, output: 0 } : undefined)

/** Tokens with what they cost at a price: 0 where it is not known. */
export const priced = (tokens: Omit<Usage, "cost">, price: Price | undefined): Usage => {
  const { cacheRead, cacheWrite, input, output } = tokens
  const over = price?.over !== undefined && input + cacheRead + cacheWrite > price.over.tokens ? price.over : price
  const cost =
    over === undefined
      ? 0
      : (input * over.input +
          output * over.output +
          cacheRead * (over.cacheRead ?? over.input) +
          cacheWrite * (over.cacheWrite ?? over.input)) /
        1_000_000
  return { input, output, cacheRead, cacheWrite, cost }
}
