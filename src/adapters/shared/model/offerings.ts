/** Reads what servers say of their models: the OpenAI list with what each service adds to it, and lists of other shapes. */
import type { Price } from "../../../domain/model/Model.ts"
import { at, countAt, isRecord, listAt, textAt } from "./fields.ts"

/** What a server says of one model it offers; what it does not say is absent. */
export interface Offering {
  readonly id: string
  readonly context?: number
  readonly output?: number
  readonly images?: boolean
  readonly files?: boolean
  readonly reasoning?: boolean
  readonly tools?: boolean
  readonly price?: Price
}

const first = <A>(...found: ReadonlyArray<A | undefined>): A | undefined => found.find((one) => one !== undefined)

const size = (model: unknown, ...paths: ReadonlyArray<ReadonlyArray<string>>): number | undefined => {
  const found = first(...paths.map((path) => countAt(model, ...path)))
  return found === undefined || found < 1 ? undefined : found
}

// What a loaded model has counts before what it could have.
const contextOf = (model: unknown): number | undefined =>
  size(
    model,
    ["loaded_context_length"],
    ["meta", "n_ctx"],
    ["max_model_len"],
    ["context_length"],
    ["context_window"],
    ["max_context_length"],
    ["max_input_tokens"],
    ["inputTokenLimit"],
    ["metadata", "context_length"],
    ["capabilities", "limits", "max_context_window_tokens"],
    ["meta", "n_ctx_train"]
  )

const outputOf = (model: unknown): number | undefined =>
  size(
    model,
    ["top_provider", "max_completion_tokens"],
    ["max_completion_tokens"],
    ["outputTokenLimit"],
    ["metadata", "max_tokens"],
    ["capabilities", "limits", "max_output_tokens"]
  )

const flag = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined)

const listed = (model: unknown, path: ReadonlyArray<string>, word: string): boolean | undefined =>
  Array.isArray(at(model, ...path)) ? listAt(model, ...path).includes(word) : undefined

const abilitiesOf = (model: unknown): Omit<Offering, "id"> => ({
  ...known("images", [
    listed(model, ["architecture", "input_modalities"], "image"),
    flag(at(model, "capabilities", "vision")),
    textAt(model, "type") === "vlm" ? true : undefined
  ]),
  ...known("files", [listed(model, ["architecture", "input_modalities"], "file")]),
  ...known("reasoning", [
    listed(model, ["supported_parameters"], "reasoning"),
    flag(at(model, "capabilities", "reasoning")),
    flag(at(model, "thinking"))
  ]),
  ...known("tools", [
    listed(model, ["supported_parameters"], "tools"),
    flag(at(model, "capabilities", "function_calling")),
    flag(at(model, "capabilities", "supports", "tool_calls")),
    listed(model, ["capabilities"], "tool_use")
  ])
})

const known = <K extends string, A>(key: K, found: ReadonlyArray<A | undefined>): { readonly [P in K]?: A } => {
  const value = first(...found)
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: A })
}

const dollars = (value: unknown): number | undefined => {
  const amount = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof amount === "number" && Number.isFinite(amount) && amount >= 0 ? amount : undefined
}

// OpenRouter states dollars a token, as text; others dollars a million tokens, as numbers.
const priceOf = (model: unknown): Price | undefined => {
  const pricing = first(at(model, "pricing"), at(model, "metadata", "pricing"))
  const byToken = at(pricing, "prompt") !== undefined
  const amount = (...keys: ReadonlyArray<string>) => {
    const found = first(...keys.map((key) => dollars(at(pricing, key))))
    return found === undefined ? undefined : byToken ? Math.round(found * 1e12) / 1e6 : found
  }
  const [input, output] = [amount("prompt", "input", "input_tokens"), amount("completion", "output", "output_tokens")]
  if (input === undefined || output === undefined) return undefined
  return {
    input,
    output,
    ...known("cacheRead", [amount("input_cache_read", "cached_input", "cache_read_tokens")]),
    ...known("cacheWrite", [amount("input_cache_write")])
  }
}

const offeringOf = (model: unknown): Offering | undefined => {
  const id = first(textAt(model, "id"), textAt(model, "key"), textAt(model, "name")?.replace(/^models\//, "")) ?? ""
  if (id === "" || isOther(id, model)) return undefined
  return {
    id,
    ...known("context", [contextOf(model)]),
    ...known("output", [outputOf(model)]),
    ...abilitiesOf(model),
    ...known("price", [priceOf(model)])
  }
}

// Embeddings and speech are no conversations.
const isOther = (id: string, model: unknown): boolean => {
  const methods = at(model, "supportedGenerationMethods")
  if (Array.isArray(methods)) return !methods.includes("generateContent")
  return (
    /embed|bge-|rerank|whisper|(^|-)tts|moderation|dall-e|gpt-image|transcribe/i.test(id) ||
    textAt(model, "type") === "embeddings" ||
    at(model, "capabilities", "completion_chat") === false ||
    at(model, "active") === false
  )
}

/** The conversation models in a server's answer to the question which it has; none where the answer is something else. */
export const offeringsIn = (answer: unknown): ReadonlyArray<Offering> => {
  const lists = [answer, at(answer, "data"), at(answer, "models")].find(Array.isArray) ?? []
  const models = lists.filter(isRecord).flatMap((model: unknown) => offeringOf(model) ?? [])
  return models.filter((model, index) => models.findIndex(({ id }) => id === model.id) === index)
}
