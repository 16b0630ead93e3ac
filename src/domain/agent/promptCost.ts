/** What a model is given before a word is said, and what each piece of it costs. */
import * as Effect from "effect/Effect"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import type { Mode } from "../context/modes.ts"
import type { Config } from "../model/Config.ts"
import type { ModelName } from "../model/Model.ts"
import { outfit } from "./outfit.ts"
import { capped } from "./turnWorld.ts"

/** A piece of the prompt, and its tokens. */
export interface Priced {
  readonly label: string
  readonly tokens: number
}

/** The prompt and the tools of a mode, and what they cost with every request. */
export interface PromptCost {
  readonly model: ModelName
  readonly mode: string
  /** Tokens of the model's window, as far as the settings leave it. */
  readonly window: number
  readonly system: string
  readonly fragments: ReadonlyArray<Priced>
  readonly tools: ReadonlyArray<Priced>
  readonly total: number
}

const sum = (all: ReadonlyArray<Priced>): number => all.reduce((tokens, one) => tokens + one.tokens, 0)

/** What a request costs at a root, in a mode, before a word is said. */
export const promptCost = (root: string, config: Config, mode: Mode, name: ModelName) =>
  Effect.gen(function* () {
    const model = capped(config, yield* (yield* LanguageModel).describe(name))
    const tokenizer = yield* Tokenizer
    const { fragments, specs, system } = yield* outfit(root, config, mode, model)
    const priced = (label: string, text: string) =>
      Effect.map(tokenizer.count(name, text), (tokens): Priced => ({ label, tokens }))
    const parts = yield* Effect.forEach(fragments, ({ label, text }, index) =>
      priced(label !== "" ? label : index === 0 ? "base" : `mode ${mode.base}`, text)
    )
    const tools = yield* Effect.forEach(specs, (spec) => priced(spec.name, JSON.stringify(spec)))
    const cost: PromptCost = {
      model: name,
      mode: mode.name,
      window: model.context,
      system,
      fragments: parts,
      tools,
      total: sum(parts) + sum(tools)
    }
    return cost
  })
