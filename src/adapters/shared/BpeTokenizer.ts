/**
 * Tokenizer over OpenAI's published encodings, exact to the token. Ranks (1 to 2 MB each) are loaded when the first
 * text of a model that uses them is counted; models of others are estimated without them.
 */
import type * as Layer from "effect/Layer"
import type { Tokenizer } from "../../ports/Tokenizer.ts"
import { type Encoding, type EncodingName, type Load, layerOf, o200k, once } from "./publishedEncodings.ts"

export { encodingOf } from "./publishedEncodings.ts"

/** The encoding of GPT-4 and GPT-3.5: 1 MB of ranks. */
const cl100k: Load = async () => {
  const { CL100K_TOKEN_SPLIT_REGEX: pattern } = await import("gpt-tokenizer/encodingParams/constants")
  const { default: tokens } = await import("gpt-tokenizer/bpeRanks/cl100k_base")
  return { tokens, pattern }
}

/** An encoding by name, loaded once. */
export const encoding = (name: EncodingName): Promise<Encoding> => once(name, name === "o200k_base" ? o200k : cl100k)

/** The exact tokens of a text. What looks like a special token is text. */
export const exactEncoding = (name: EncodingName, text: string): Promise<ReadonlyArray<number>> =>
  encoding(name).then((one) => one.encode(text))

/** Tokens of OpenAI's published encodings; an estimate for all others. */
export const layer: Layer.Layer<Tokenizer> = layerOf({ o200k_base: o200k, cl100k_base: cl100k })
