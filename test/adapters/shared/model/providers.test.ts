/** Which endpoint a provider's name stands for, and what is known of models. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { parse } from "smol-toml"
import { layer } from "../../../../src/adapters/shared/model/HttpLanguageModel.ts"
import { allProviders, missingAddress, providerOf } from "../../../../src/adapters/shared/model/providers.ts"
import { Config, type ProviderConfig } from "../../../../src/domain/model/Config.ts"
import { fakeProvider } from "../../../support/fakeProvider.ts"
import { ask, credentials, promptOf, testKey } from "../../../support/models.ts"
import { chatAnswer } from "../../../support/sseServer.ts"

const none = () => undefined
const env = (values: Readonly<Record<string, string>>) => (name: string) => values[name]

describe("providers", () => {
  it("openai speaks Responses, compatible ones Chat Completions, ollama and anthropic their own", () => {
    const apis = ["openai", "mistral", "ollama", "anthropic"].map((id) => providerOf(id, {}, none)?.api)
    assert.deepStrictEqual(apis, ["openai-responses", "openai", "ollama", "anthropic"])
  })
  it("every known provider has an endpoint, and needs a key or is local", () => {
    for (const provider of allProviders({}, none)) {
      assert.match(provider.baseUrl, /^https?:\/\//)
      // Copilot's token comes from signing in alone.
      assert.strictEqual(provider.local, provider.keyEnv === undefined && provider.id !== "copilot")
    }
  })
  it("OLLAMA_HOST may be a host, a host with a port, or a URL", () => {
    const of = (host: string) => providerOf("ollama", {}, env({ OLLAMA_HOST: host }))?.baseUrl
    assert.strictEqual(of("box"), "http://box:11434/v1")
    assert.strictEqual(of("box:1234"), "http://box:1234/v1")
    assert.strictEqual(of("http://box:1234/"), "http://box:1234/v1")
    assert.strictEqual(of("0.0.0.0"), "http://127.0.0.1:11434/v1")
    assert.strictEqual(of("https://ollama.example.com"), "https://ollama.example.com/v1")
    assert.strictEqual(of(""), "http://127.0.0.1:11434/v1")
  })
  it("config adds providers and changes known ones; every field counts", () => {
    const mine = {
      baseUrl: "https://llm.example.com/v1",
      apiKeyEnv: "MY_KEY",
      headers: { "x-team": "a" },
      models: ["big"]
    }
    assert.deepStrictEqual(providerOf("mine", { mine }, none), {
      id: "mine",
      api: "openai",
      baseUrl: mine.baseUrl,
      keyEnv: "MY_KEY",
      headers: mine.headers,
      quirks: {},
      local: false,
      models: ["big"]
    })
    assert.strictEqual(providerOf("openai", { openai: { api: "openai" } }, none)?.api, "openai")
    assert.strictEqual(providerOf("lab", { lab: { baseUrl: "http://localhost:9/v1" } }, none)?.local, true)
    assert.isUndefined(providerOf("mine", { mine: { models: ["x"] } }, none))
    assert.isUndefined(providerOf("nobody", {}, none))
  })
  it("config is stronger than the environment", () => {
    const given = { anthropic: { baseUrl: "https://gateway.example.com" } }
    const provider = providerOf("anthropic", given, env({ ANTHROPIC_BASE_URL: "https://other.example.com" }))
    assert.strictEqual(provider?.baseUrl, "https://gateway.example.com")
  })
})

describe("the table", () => {
  const docs = readFileSync(new URL("../../../../docs/extending.md", import.meta.url), "utf8")
  const rows = readFileSync(new URL("../../../../src/adapters/shared/model/providerRows.ts", import.meta.url), "utf8")
  const part = docs.slice(docs.indexOf("## A provider"), docs.indexOf("## A search engine"))

  it("has the row that the guide shows", () => {
    const shown = /```ts\n([\s\S]*?)```/.exec(part)?.[1] ?? "nothing"
    assert.include(rows, shown.trimEnd().replace(/^/gm, "  "))
  })
  it.scopedLive("and the table of settings in the guide is asked as it says", () =>
    Effect.gen(function* () {
      const fake = yield* fakeProvider([chatAnswer("stop", { content: "hi" })])
      const toml = /```toml\n([\s\S]*?)```/.exec(part)?.[1] ?? ""
      const read = Schema.decodeUnknownSync(Config)(parse(toml.replace("http://127.0.0.1:8080", fake.url)))
      const models = layer({ providers: read.providers ?? {}, env: () => undefined })
      const answer = ask(promptOf("hi", { model: "lab/coder" }))
      yield* Effect.provide(answer, Layer.provide(models, credentials("lab")))
      const [request] = fake.requests
      assert.strictEqual(request?.path, "/v1/coder/chat/completions?api-version=1")
      assert.strictEqual(request?.headers["api-key"], testKey)
      assert.notInclude(request?.body, "stream_options")
    })
  )
  it("azure and vertex have an address once the environment says whose", () => {
    assert.isUndefined(providerOf("azure", {}, none))
    assert.deepStrictEqual([missingAddress("azure"), missingAddress("nobody")], ["AZURE_OPENAI_ENDPOINT", undefined])
    const azure = (more: Readonly<Record<string, string>>) =>
      providerOf("azure", {}, env({ AZURE_OPENAI_ENDPOINT: "https://r.openai.azure.com/", ...more }))
    assert.strictEqual(azure({})?.baseUrl, "https://r.openai.azure.com/openai/v1")
    const older = azure({ AZURE_OPENAI_API_VERSION: "2024-10-21" })
    assert.strictEqual(older?.baseUrl, "https://r.openai.azure.com/openai/deployments/{model}")
    assert.deepStrictEqual(older?.query, { "api-version": "2024-10-21" })
    const vertex = (region: string) =>
      providerOf("vertex", {}, env({ ANTHROPIC_VERTEX_PROJECT_ID: "p", CLOUD_ML_REGION: region }))?.baseUrl
    assert.match(vertex("") ?? "", /^https:\/\/aiplatform\.googleapis\.com\/v1\/projects\/p\/locations\/global\//)
    assert.match(vertex("eu") ?? "", /^https:\/\/aiplatform\.eu\.rep\.googleapis\.com\//)
    assert.match(vertex("us-east5") ?? "", /^https:\/\/us-east5-aiplatform\.googleapis\.com\//)
  })
  it("oddities go with the address, with whom it is like, and with the name; none with another server under OpenAI's", () => {
    const quirks = (id: string, config: ProviderConfig) => providerOf(id, { [id]: config }, none)?.quirks
    const mistral = providerOf("mistral", {}, none)?.quirks
    assert.isTrue(mistral?.nineIds)
    assert.deepStrictEqual(quirks("x", { baseUrl: "https://codestral.mistral.ai/v1" }), mistral)
    assert.deepStrictEqual(quirks("x", { baseUrl: "http://127.0.0.1:1/v1", like: "mistral" }), mistral)
    assert.deepStrictEqual(quirks("mistral", { baseUrl: "http://127.0.0.1:1/v1" }), mistral)
    assert.deepStrictEqual(quirks("openai", { baseUrl: "http://127.0.0.1:1/v1" }), {})
    assert.deepStrictEqual(quirks("x", { baseUrl: "https://evil.example.com/mistral.ai" }), {})
    const vertex =
      "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/{model}"
    assert.deepStrictEqual(quirks("x", { api: "anthropic", baseUrl: vertex }), { rawPredict: true })
  })
})
