/** Options by model, provider and role, and what a model takes of them. */
import { describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { configuredModel, fitOptions, optionsFor } from "../../../src/domain/config/modelOptions.ts"
import type { Config, ModelOptions } from "../../../src/domain/model/Config.ts"
import type { Model } from "../../../src/domain/model/Model.ts"
import { equal } from "../../support/contract.ts"

const facts: Model = {
  name: "lab/one",
  context: 100_000,
  output: 8_000,
  images: false,
  reasoning: true,
  tools: true
}
const fitted = (options: ModelOptions, model: Partial<Model> = {}) => fitOptions(options, { ...facts, ...model })
const dropped = (options: ModelOptions, model: Partial<Model> = {}) =>
  fitted(options, model).dropped.map(({ option, reason }) => `${option}: ${reason}`)

describe("optionsFor", () => {
  it("sets nothing where nobody set anything: no temperature is sent by default", () => {
    equal(optionsFor({}, "lab/one", "build"), {})
    equal(optionsFor({ agents: { max_count: 3 }, providers: { lab: { models: ["one"] } } }, "lab/one", "max_count"), {})
  })

  it("lets a role win over the model, that over its provider, that over all models", () => {
    const layers: ReadonlyArray<Config> = [
      { model: { max_tokens: 1, temperature: 0.1 } },
      { model: { options: { maxOutputTokens: 2, temperature: 0.2 } } },
      { providers: { lab: { options: { maxOutputTokens: 3 } } } },
      { providers: { lab: { models: { one: { options: { maxOutputTokens: 4, topP: 0.4 } } } } } },
      { agents: { plan: { options: { maxOutputTokens: 5, reasoning: "high" } } } }
    ]
    const upTo = (count: number): Config =>
      layers.slice(0, count).reduce(
        (all, one) => ({
          model: { ...all.model, ...one.model },
          agents: { ...all.agents, ...one.agents },
          providers: { lab: { ...all.providers?.lab, ...one.providers?.lab } }
        }),
        {}
      )
    const seen = [1, 2, 3, 4, 5].map((count) => optionsFor(upTo(count), "lab/one", "plan").maxOutputTokens)
    equal(seen, [1, 2, 3, 4, 5])
    equal(optionsFor(upTo(5), "lab/one", "plan"), {
      maxOutputTokens: 5,
      temperature: 0.2,
      topP: 0.4,
      reasoning: "high"
    })
    equal(optionsFor(upTo(5), "other/one", "build"), { maxOutputTokens: 2, temperature: 0.2 })
  })

  it("finds a model of a table by its own name only", () => {
    const config: Config = { providers: { lab: { models: { "a/b": { context: 5_000 } } } } }
    equal(configuredModel(config, "lab/a/b"), { context: 5_000 })
    equal(configuredModel(config, "lab/toString"), undefined)
    equal(configuredModel({ providers: { lab: { models: ["a/b"] } } }, "lab/a/b"), undefined)
    equal(optionsFor({ agents: {} }, "lab/a", "toString"), {})
    equal(optionsFor({ agents: { plan: {} } }, "lab/a", "plan"), {})
  })
})

describe("fitOptions", () => {
  it("keeps what a model takes, and everything where nobody knows what it takes", () => {
    const all: ModelOptions = { maxOutputTokens: 8_000, temperature: 1, topP: 0.5, reasoning: "low" }
    equal(fitted(all), { options: all, dropped: [] })
    equal(fitted({}), { options: {}, dropped: [] })
  })

  it("says of each option that is dropped why", () => {
    const set: ModelOptions = { maxOutputTokens: 9_000, temperature: 1, topP: 0.5, reasoning: "low" }
    equal(dropped(set, { takes: [] }), [
      "maxOutputTokens: the model answers with at most 8000 tokens",
      "temperature: the model takes no temperature",
      "topP: the model takes no topP",
      "reasoning: how much the model reasons cannot be set"
    ])
    equal(dropped({ reasoning: "high" }, { reasoning: false }), ["reasoning: the model does not reason"])
    equal(fitted({ reasoning: "off" }, { reasoning: false }), { options: { reasoning: "off" }, dropped: [] })
  })

  it("sends Claude one way of sampling, and none while it reasons", () => {
    const claude = { name: "openrouter/anthropic/claude-sonnet-4.5" }
    equal(dropped({ temperature: 0.5, topP: 0.5 }, claude), ["topP: the model takes either temperature or topP"])
    equal(dropped({ temperature: 0.5, topP: 0.5 }, { ...claude, takes: ["topP"] }), [
      "temperature: the model takes no temperature"
    ])
    equal(dropped({ topP: 0.5, reasoning: "off" }, claude), [])
    equal(dropped({ temperature: 0.5, topP: 0.5, reasoning: "low" }, claude), [
      "temperature: the model takes no temperature while it reasons",
      "topP: the model takes no topP while it reasons"
    ])
  })

  it("parts what is set into what is kept and what is dropped, and nothing else", () => {
    const options = FastCheck.record(
      {
        maxOutputTokens: FastCheck.integer({ min: 1, max: 20_000 }),
        temperature: FastCheck.double({ min: 0, max: 2, noNaN: true }),
        topP: FastCheck.double({ min: 0, max: 1, noNaN: true }),
        reasoning: FastCheck.constantFrom(...(["off", "low", "medium", "high"] as const))
      },
      { requiredKeys: [] }
    )
    const model = FastCheck.record({
      name: FastCheck.constantFrom("lab/one", "anthropic/claude-opus-5"),
      reasoning: FastCheck.boolean(),
      takes: FastCheck.subarray(["temperature", "topP", "reasoning"] as const)
    })
    FastCheck.assert(
      FastCheck.property(options, model, (set, about) => {
        const { dropped, options: kept } = fitted(set, about)
        equal([...Object.keys(kept), ...dropped.map(({ option }) => option)].sort(), Object.keys(set).sort())
        equal(fitted(kept, about), { options: kept, dropped: [] })
      })
    )
  })
})
