/** Sampling, thinking and structured output: what each protocol is told of them, and what is left out. */
import { assert, describe, it } from "@effect/vitest"
import * as Anthropic from "../../../../src/adapters/shared/model/AnthropicMessages.ts"
import * as Chat from "../../../../src/adapters/shared/model/chatBody.ts"
import { fitted } from "../../../../src/adapters/shared/model/fitted.ts"
import * as Gemini from "../../../../src/adapters/shared/model/GoogleGemini.ts"
import { closed, isStrict } from "../../../../src/adapters/shared/model/jsonSchema.ts"
import * as Ollama from "../../../../src/adapters/shared/model/OllamaChat.ts"
import * as Responses from "../../../../src/adapters/shared/model/OpenAiResponses.ts"
import { type Provider, providerOf } from "../../../../src/adapters/shared/model/providers.ts"
import { claudeVersion, takesOf } from "../../../../src/adapters/shared/model/takes.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import type { Model, ModelName } from "../../../../src/domain/model/Model.ts"
import type { ModelRequest } from "../../../../src/ports/LanguageModel.ts"

const env = (name: string) =>
  name === "AZURE_OPENAI_ENDPOINT" ? "https://r.openai.azure.com" : name === "GOOGLE_CLOUD_PROJECT" ? "p" : undefined
const provider = (id: string): Provider => providerOf(id, {}, env) ?? assert.fail(`there is no provider ${id}`)
const facts = (name: ModelName, more: Partial<Model> = {}): Model => ({
  name,
  context: 100_000,
  output: 10_000,
  images: true,
  reasoning: true,
  tools: true,
  ...more
})
const takes = (name: ModelName, more: Partial<Model> = {}) =>
  takesOf(provider(name.slice(0, name.indexOf("/"))), facts(name, more)).join(" ")

const schema = {
  name: "Answer",
  schema: { type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"] }
}
const strictSchema = { ...schema, schema: { ...schema.schema, additionalProperties: false } }
const tool = { name: "read", description: "reads", input: {} }
const request = (model: ModelName, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  system: "S",
  messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
  tools: [],
  ...more
})
const all = { temperature: 0.5, topP: 0.9, reasoning: "high", maxOutput: 9_000 } as const

describe("what a model takes", () => {
  it("Claude after 4.6 and OpenAI's reasoning models take no sampling, wherever they are served", () => {
    assert.strictEqual(takes("anthropic/claude-opus-5-5"), "reasoning schema")
    assert.strictEqual(takes("anthropic/claude-sonnet-4-20250514"), "temperature topP reasoning")
    assert.strictEqual(takes("anthropic/claude-haiku-4-5"), "temperature topP reasoning schema")
    assert.strictEqual(takes("openrouter/anthropic/claude-opus-4.7"), "reasoning schema")
    assert.strictEqual(takes("openai/gpt-5.6"), "reasoning schema")
    assert.strictEqual(takes("openai/gpt-5-chat-latest", { reasoning: false }), "temperature topP schema")
    assert.strictEqual(takes("azure/o3"), "reasoning schema")
    assert.strictEqual(takes("groq/m", { takes: ["topP"] }), "topP")
    assert.strictEqual(takes("bedrock/anthropic.claude-opus-5-5"), "reasoning schema")
    assert.strictEqual(takes("vertex/claude-3-7-sonnet@20250219"), "temperature topP reasoning")
  })
  it("others take what their protocol and endpoint have a word for", () => {
    assert.strictEqual(takes("google/gemini-3.1-pro-preview"), "temperature topP reasoning schema")
    assert.strictEqual(takes("ollama/qwen3", { reasoning: false }), "temperature topP schema")
    assert.strictEqual(takes("groq/llama-3.3-70b"), "temperature topP")
    assert.strictEqual(takes("groq/openai/gpt-oss-120b"), "temperature topP reasoning")
    assert.strictEqual(takes("mistral/devstral-latest", { reasoning: false }), "temperature topP schema")
  })
  it("Claude's names say their version", () => {
    const versions = ["claude-opus-4-6", "claude-3-7-sonnet", "claude-sonnet-4-20250514", "anthropic/claude-opus-4.7"]
    assert.deepStrictEqual(versions.map(claudeVersion), [406, 307, 400, 407])
    assert.deepStrictEqual(["claude-instant", "gpt-5"].map(claudeVersion), [0, undefined])
  })
  it("what is not taken is left out, and a schema is told in words", () => {
    const left = fitted(request("groq/llama", { ...all, schema }), provider("groq"), facts("groq/llama"))
    assert.deepStrictEqual([left.temperature, left.topP, left.reasoning], [0.5, 0.9, undefined])
    assert.include(left.system, '"minimum":1')
    const openai = fitted(request("openai/gpt-5.6", { ...all, schema }), provider("openai"), facts("openai/gpt-5.6"))
    assert.deepStrictEqual([openai.temperature, openai.topP, openai.reasoning], [undefined, undefined, "high"])
    assert.deepStrictEqual([openai.system, openai.schema], ["S", schema])
  })
  it("a schema beside tools is told in words where it would keep the model from calling them", () => {
    const of = (id: string, model: ModelName) =>
      fitted(request(model, { schema, tools: [tool] }), provider(id), facts(model)).schema
    assert.isUndefined(of("ollama", "ollama/qwen3"))
    assert.isUndefined(of("google", "google/gemini-2.5-pro"))
    assert.strictEqual(of("google", "google/gemini-3.1-pro-preview"), schema)
  })
  it("pictures are told in words to a model that is known to see none", () => {
    const image = { type: "image" as const, mime: "image/png", data: "AAAA" }
    const file = { type: "file" as const, name: "a.png", mime: "image/png", data: "AAAA" }
    const asked = request("groq/m", { messages: [{ role: "user", parts: [image, file] }] })
    const of = (more: Partial<Model>) => JSON.stringify(fitted(asked, provider("groq"), facts("groq/m", more)))
    assert.include(of({ images: false }), "AAAA")
    const blind = of({ images: false, from: { images: "catalog" } })
    assert.notInclude(blind, "AAAA")
    assert.include(blind, "a.png was attached")
  })
})

describe("Anthropic", () => {
  const body = (name: ModelName, more: Partial<ModelRequest>) =>
    Anthropic.toBody(request(name, more), { maxOutput: 8_192 })
  it("is told an effort from 4.6 on, and a number of tokens before, which stays below the output limit", () => {
    const newer = body("a/claude-opus-5-5", { reasoning: "high", schema })
    assert.deepInclude(newer, {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high", format: { type: "json_schema", schema: closed(schema.schema) } }
    })
    const older = body("a/claude-sonnet-4-5", { ...all })
    assert.deepStrictEqual(older.thinking, { type: "enabled", budget_tokens: 9_000 - 1_024 })
    assert.isFalse("temperature" in older)
    assert.isUndefined(body("a/claude-sonnet-4-5", { reasoning: "low", maxOutput: 1_500 }).thinking)
  })
  it("told in tokens, it goes on without thinking where the last calls were made without a thought", () => {
    const call = { type: "tool-call" as const, id: CallId.make("A"), name: "read", input: "{}" }
    const result = { type: "tool-result" as const, id: CallId.make("A"), name: "read", ok: true, text: "x" }
    const thought = { type: "reasoning" as const, text: "hm", signature: "S" }
    const gone = (by: string): Partial<ModelRequest> => ({
      reasoning: "low",
      messages: [
        { role: "assistant", parts: [{ ...thought, by }, call] },
        { role: "user", parts: [result] }
      ]
    })
    assert.isUndefined(body("a/claude-sonnet-4-5", gone("other/m")).thinking)
    assert.isDefined(body("a/claude-sonnet-4-5", gone("a/claude-sonnet-4-5")).thinking)
    assert.isDefined(body("a/claude-opus-5-5", gone("other/m")).thinking)
  })
  it("can be told not to think, but for those that always do", () => {
    assert.deepStrictEqual(body("a/claude-sonnet-5-5", { reasoning: "off" }).thinking, { type: "disabled" })
    assert.isUndefined(body("a/claude-fable-5-2", { reasoning: "off" }).thinking)
    assert.propertyVal(body("a/claude-haiku-4-5", { temperature: 0.5, topP: 0.9 }), "temperature", 0.5)
    assert.propertyVal(body("a/claude-haiku-4-5", { topP: 0.9, reasoning: "off" }), "top_p", 0.9)
  })
})

describe("OpenAI", () => {
  it("Responses: effort with a summary, a format that is strict where the schema allows it", () => {
    const body = Responses.toBody(request("o/gpt-5.6", { reasoning: "low", schema, topP: 0.9 }), { reasoning: true })
    assert.deepInclude(body, { reasoning: { effort: "low", summary: "auto" }, top_p: 0.9 })
    assert.deepInclude(body.text?.format, { type: "json_schema", name: "Answer", strict: false })
    const strict = Responses.toBody(request("o/gpt-5.6", { schema: strictSchema }), { reasoning: true })
    assert.deepInclude(strict.text?.format, { strict: true })
  })
  it("not to think is said in the word that the model knows", () => {
    const off = (model: ModelName) => Chat.toBody(request(model, { reasoning: "off" }), {}).reasoning_effort
    assert.deepStrictEqual(
      [off("o/gpt-5.6"), off("o/gpt-5-mini"), off("o/o3"), off("o/gpt-oss:20b")],
      ["none", "minimal", "low", "low"]
    )
  })
  it("Chat Completions: the names of the endpoint", () => {
    const body = Chat.toBody(request("openai/gpt-5.6", { ...all, schema: strictSchema }), provider("azure").quirks)
    assert.deepInclude(body, { max_completion_tokens: 9_000, reasoning_effort: "high" })
    assert.deepInclude(body.response_format, { type: "json_schema" })
    assert.strictEqual(body.messages[0]?.role, "developer")
    const plain = Chat.toBody(request("x/m", { ...all }), {})
    assert.deepInclude(plain, { max_tokens: 9_000, temperature: 0.5, top_p: 0.9 })
    const router = Chat.toBody(request("x/m", { reasoning: "off" }), provider("openrouter").quirks)
    assert.deepStrictEqual(router.reasoning, { enabled: false })
  })
})

describe("Gemini and Ollama", () => {
  const thinking = (model: ModelName, reasoning: ModelRequest["reasoning"]) =>
    Gemini.toBody(request(model, reasoning === undefined ? {} : { reasoning }), { reasoning: true }).generationConfig
      .thinkingConfig
  it("Gemini is told a level from 3 on, and a number of tokens before", () => {
    assert.deepStrictEqual(thinking("g/gemini-3.8-flash", "off"), { includeThoughts: false, thinkingLevel: "minimal" })
    assert.deepStrictEqual(thinking("g/gemini-3.1-pro-preview", "off"), {
      includeThoughts: false,
      thinkingLevel: "low"
    })
    assert.deepStrictEqual(thinking("g/gemini-2.5-pro", "off"), { includeThoughts: false, thinkingBudget: 128 })
    assert.deepStrictEqual(thinking("g/gemini-2.5-flash", "medium"), { includeThoughts: true, thinkingBudget: 8_192 })
    assert.deepStrictEqual(thinking("g/gemini-2.5-flash", undefined), { includeThoughts: true })
    const { generationConfig } = Gemini.toBody(request("g/gemini-3.8-flash", { schema, topP: 0.9 }), {
      reasoning: false
    })
    assert.deepStrictEqual(generationConfig, {
      topP: 0.9,
      responseMimeType: "application/json",
      responseJsonSchema: schema.schema
    })
  })
  it("Ollama thinks or does not, gpt-oss more or less, and a schema is its format", () => {
    const body = (model: ModelName, more: Partial<ModelRequest>) => Ollama.toBody(request(model, more), { window: 8 })
    assert.deepInclude(body("ollama/qwen3", { reasoning: "low", schema, topP: 0.9 }), {
      think: true,
      format: schema.schema
    })
    assert.isFalse(body("ollama/qwen3", { reasoning: "off" }).think)
    assert.strictEqual(body("ollama/gpt-oss:20b", { reasoning: "off" }).think, "low")
    assert.strictEqual(body("ollama/qwen3", { topP: 0.9 }).options.top_p, 0.9)
  })
})

describe("schemas", () => {
  it("every object is closed, limits are dropped, and a property may have any name", () => {
    const deep = {
      type: "object",
      properties: { minimum: { type: "number", minimum: 1 }, list: { type: "array", items: schema.schema } },
      anyOf: [schema.schema]
    }
    assert.deepStrictEqual(closed(deep), {
      type: "object",
      additionalProperties: false,
      properties: {
        minimum: { type: "number" },
        list: { type: "array", items: closed(schema.schema) }
      },
      anyOf: [closed(schema.schema)]
    })
    assert.deepStrictEqual([isStrict(strictSchema.schema), isStrict(schema.schema)], [true, false])
    assert.deepStrictEqual(closed("odd"), {})
  })
})
