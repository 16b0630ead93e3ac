/** Which endpoint a provider's name stands for, and what is known of models. */
import { assert, describe, it } from "@effect/vitest"
import { allProviders, providerOf } from "../../../../src/adapters/shared/model/providers.ts"

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
