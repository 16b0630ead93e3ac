/**
 * What is known of models: window, output limit, abilities, price. Kept by hand from the providers' own pages, as of
 * 2026-03; patterns, so that a new version falls on its family's row. US dollars per million tokens.
 */
import type { Model, ModelName } from "../../../domain/model/Model.ts"
import { modelOf } from "../../../domain/model/Model.ts"

type Facts = Omit<Model, "name">

const row = (
  pattern: RegExp,
  context: number,
  output: number,
  abilities: string,
  price?: readonly [input: number, output: number, cacheRead: number, cacheWrite?: number]
): readonly [RegExp, Facts] => {
  const [input = 0, out = 0, cacheRead = 0, cacheWrite] = price ?? []
  const cost = { input, output: out, cacheRead, ...(cacheWrite === undefined ? {} : { cacheWrite }) }
  return [
    pattern,
    {
      context,
      output,
      images: abilities.includes("i"),
      reasoning: abilities.includes("r"),
      tools: true,
      ...(price === undefined ? {} : { price: cost })
    }
  ]
}

// i: takes images, r: reasons. The first pattern that matches wins; local models have no price.
const rows: ReadonlyArray<readonly [RegExp, Facts]> = [
  row(/claude-(opus-4[.-](5|6|7|8|9)|opus-[5-9])/, 200_000, 64_000, "ir", [5, 25, 0.5, 6.25]),
  row(/claude-(opus-4|4-opus)/, 200_000, 32_000, "ir", [15, 75, 1.5, 18.75]),
  row(/claude-(sonnet-[4-9]|4-sonnet)/, 200_000, 64_000, "ir", [3, 15, 0.3, 3.75]),
  row(/claude-(haiku-[4-9]|4-haiku)/, 200_000, 64_000, "ir", [1, 5, 0.1, 1.25]),
  row(/claude-3[.-]7-sonnet/, 200_000, 64_000, "ir", [3, 15, 0.3, 3.75]),
  row(/claude-3[.-]5-sonnet/, 200_000, 8_192, "i", [3, 15, 0.3, 3.75]),
  row(/claude-3[.-]5-haiku/, 200_000, 8_192, "i", [0.8, 4, 0.08, 1]),
  row(/claude-3-opus/, 200_000, 4_096, "i", [15, 75, 1.5, 18.75]),
  row(/claude-3-haiku/, 200_000, 4_096, "i", [0.25, 1.25, 0.03, 0.3]),
  row(/claude/, 200_000, 8_192, "i"),
  row(/gpt-5[\w.]*-nano/, 400_000, 128_000, "ir", [0.05, 0.4, 0.005]),
  row(/gpt-5[\w.]*-mini/, 400_000, 128_000, "ir", [0.25, 2, 0.025]),
  row(/gpt-5[\w.]*-chat/, 128_000, 16_384, "i", [1.25, 10, 0.125]),
  row(/gpt-5(-codex|-\d{4}|$)|gpt-5\.1/, 400_000, 128_000, "ir", [1.25, 10, 0.125]),
  row(/gpt-5/, 400_000, 128_000, "ir"),
  row(/gpt-4\.1-nano/, 1_047_576, 32_768, "i", [0.1, 0.4, 0.025]),
  row(/gpt-4\.1-mini/, 1_047_576, 32_768, "i", [0.4, 1.6, 0.1]),
  row(/gpt-4\.1/, 1_047_576, 32_768, "i", [2, 8, 0.5]),
  row(/gpt-4o-mini/, 128_000, 16_384, "i", [0.15, 0.6, 0.075]),
  row(/gpt-4o|chatgpt-4o/, 128_000, 16_384, "i", [2.5, 10, 1.25]),
  row(/gpt-4-turbo/, 128_000, 4_096, "i", [10, 30, 10]),
  row(/gpt-4-32k/, 32_768, 4_096, "", [60, 120, 60]),
  row(/gpt-4(-\d{4}|$)/, 8_192, 4_096, "", [30, 60, 30]),
  row(/gpt-3\.5-turbo/, 16_385, 4_096, "", [0.5, 1.5, 0.5]),
  row(/(^|\/)o3-mini|(^|\/)o4-mini/, 200_000, 100_000, "ir", [1.1, 4.4, 0.275]),
  row(/(^|\/)o3(-\d{4}|$)/, 200_000, 100_000, "ir", [2, 8, 0.5]),
  row(/(^|\/)o1(-\d{4}|$)/, 200_000, 100_000, "ir", [15, 60, 7.5]),
  row(/(^|\/)o[1-9](-|$)/, 128_000, 32_768, "r"),
  row(/codex-mini/, 200_000, 100_000, "ir", [1.5, 6, 0.375]),
  row(/gpt-oss/, 131_072, 32_768, "r"),
  row(/gemini-2\.5-pro|gemini-[3-9].*-pro/, 1_048_576, 65_536, "ir"),
  row(/gemini/, 1_048_576, 65_536, "ir"),
  row(/deepseek-(reasoner|r1)/i, 128_000, 32_768, "r"),
  row(/deepseek/i, 128_000, 8_192, ""),
  row(/grok-code|grok-4-fast/, 256_000, 32_768, "r"),
  row(/grok-4/, 256_000, 32_768, "ir", [3, 15, 0.75]),
  row(/grok/, 131_072, 16_384, ""),
  row(/devstral|codestral/i, 128_000, 16_384, ""),
  row(/mistral-(medium|large)/i, 128_000, 16_384, "i"),
  row(/qwen3-coder/i, 262_144, 32_768, ""),
  row(/kimi-k2/i, 131_072, 16_384, ""),
  row(/glm-4\.[5-9]/i, 128_000, 32_768, "r")
]

const cautious: Facts = { context: 32_000, output: 4_000, images: false, reasoning: false, tools: true }

// What an own server really offers depends on how it was started, whatever the model could do.
const local = new Set(["ollama", "lmstudio", "llamacpp", "scripted"])

/** What is known of a model; cautious limits and no price where nothing is. */
export const factsOf = (name: ModelName): Model => {
  const provider = name.slice(0, name.indexOf("/"))
  if (local.has(provider)) return { name, ...cautious }
  const model = modelOf(name)
  const found = rows.find(([pattern]) => pattern.test(model))
  return { name, ...(found?.[1] ?? cautious) }
}
