/** What servers say of their models, in each form that is about, and what is made of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { offeredBy } from "../../../../src/adapters/shared/model/discovery.ts"
import * as HttpLanguageModel from "../../../../src/adapters/shared/model/HttpLanguageModel.ts"
import { makeFacts } from "../../../../src/adapters/shared/model/modelFacts.ts"
import { type Offering, offeringsIn } from "../../../../src/adapters/shared/model/offerings.ts"
import { type Provider, providerOf } from "../../../../src/adapters/shared/model/providers.ts"
import type { ProviderConfig } from "../../../../src/domain/model/Config.ts"
import { LanguageModel } from "../../../../src/ports/LanguageModel.ts"
import { credentials } from "../../../support/models.ts"

const env = () => undefined

const provider = (id: string, config?: ProviderConfig): Provider => {
  const found = providerOf(id, config === undefined ? {} : { [id]: config }, env)
  if (found === undefined) throw new Error(`there is no ${id}`)
  return found
}

/** A fetch that answers by address, and remembers what it was asked. */
const web = (answers: Readonly<Record<string, unknown>>) => {
  const asked: Array<{ readonly url: string; readonly headers: Headers }> = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input)
    asked.push({ url, headers: new Headers(init?.headers) })
    return url in answers ? Response.json(answers[url]) : new Response("no", { status: 404 })
  }
  return { asked, fetch, env }
}

describe("a server's list", () => {
  const forms: ReadonlyArray<readonly [string, unknown, ReadonlyArray<Offering>]> = [
    [
      "OpenRouter's",
      {
        data: [
          {
            id: "a/b",
            context_length: 200_000,
            architecture: { input_modalities: ["text", "image", "file"] },
            top_provider: { max_completion_tokens: 64_000 },
            pricing: {
              prompt: "0.000003",
              completion: "0.000015",
              input_cache_read: "0.0000003",
              input_cache_write: ""
            },
            supported_parameters: ["tools", "temperature"]
          }
        ]
      },
      [
        {
          id: "a/b",
          context: 200_000,
          output: 64_000,
          images: true,
          files: true,
          reasoning: false,
          tools: true,
          price: { input: 3, output: 15, cacheRead: 0.3 }
        }
      ]
    ],
    [
      "Groq's",
      {
        data: [
          { id: "g", context_window: 131_072, max_completion_tokens: 32_768, active: true },
          { id: "old", context_window: 8192, active: false },
          { id: "whisper-large-v3", context_window: 448 }
        ]
      },
      [{ id: "g", context: 131_072, output: 32_768 }]
    ],
    [
      "Mistral's",
      {
        data: [
          {
            id: "m",
            max_context_length: 32_768,
            capabilities: { completion_chat: true, function_calling: true, vision: false }
          },
          { id: "m", max_context_length: 1 },
          { id: "mistral-embed", capabilities: { completion_chat: false } }
        ]
      },
      [{ id: "m", context: 32_768, images: false, tools: true }]
    ],
    ["vLLM's", { data: [{ id: "v", max_model_len: 4096 }] }, [{ id: "v", context: 4096 }]],
    [
      "Together's",
      [{ id: "t", context_length: 8192, pricing: { input: 0.2, output: 0.4 } }],
      [{ id: "t", context: 8192, price: { input: 0.2, output: 0.4 } }]
    ],
    [
      "DeepInfra's",
      {
        data: [
          { id: "d", metadata: { context_length: 9, max_tokens: 8, pricing: { input_tokens: 1, output_tokens: 2 } } }
        ]
      },
      [{ id: "d", context: 9, output: 8, price: { input: 1, output: 2 } }]
    ],
    [
      "Gemini's",
      {
        models: [
          {
            name: "models/gemini-x",
            inputTokenLimit: 100,
            outputTokenLimit: 10,
            supportedGenerationMethods: ["generateContent"]
          },
          { name: "models/aqa", supportedGenerationMethods: ["generateAnswer"] }
        ]
      },
      [{ id: "gemini-x", context: 100, output: 10 }]
    ],
    [
      "LM Studio's own",
      {
        data: [
          { id: "q", type: "vlm", max_context_length: 32_768, loaded_context_length: 4096, capabilities: ["tool_use"] },
          { id: "nomic", type: "embeddings" }
        ]
      },
      [{ id: "q", context: 4096, images: true, tools: true }]
    ],
    ["llama.cpp's", { data: [{ id: "l", meta: { n_ctx_train: 131_072, n_ctx: 8192 } }] }, [{ id: "l", context: 8192 }]],
    ["no list", { object: "list" }, []],
    ["half a list", { data: ["x", null, {}, { id: 5 }, { id: "good", context_length: 0 }] }, [{ id: "good" }]]
  ]
  for (const [name, answer, models] of forms)
    it(`is read: ${name}`, () => assert.deepStrictEqual(offeringsIn(answer), models))

  it("is never a crash", () => {
    FastCheck.assert(FastCheck.property(FastCheck.jsonValue(), (json) => offeringsIn({ data: [json] }).length <= 1))
  })
})

describe("a server", () => {
  it.live("is asked in its own way, with its key", () =>
    Effect.gen(function* () {
      const asking = web({})
      yield* offeredBy(provider("anthropic"), asking, "k1")
      yield* offeredBy(provider("google"), asking, "k2")
      yield* offeredBy(provider("openrouter"), asking, "k3")
      yield* offeredBy(provider("lab", { baseUrl: "https://lab.example/v1/" }), asking)
      const seen = asking.asked.map(({ headers, url }) => [
        url,
        headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? headers.get("authorization")
      ])
      assert.deepStrictEqual(seen, [
        ["https://api.anthropic.com/v1/models?limit=1000", "k1"],
        ["https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000", "k2"],
        ["https://openrouter.ai/api/v1/models", "Bearer k3"],
        ["https://lab.example/v1/models", null]
      ])
    })
  )
  it.live("of one's own says its window, which counts before what the model could have", () =>
    Effect.gen(function* () {
      const asking = web({
        "http://127.0.0.1:8080/v1/models": { data: [{ id: "l", meta: { n_ctx_train: 131_072 } }] },
        "http://127.0.0.1:8080/props": { default_generation_settings: { n_ctx: 4096 } },
        "http://127.0.0.1:1234/v1/models": { data: [{ id: "q" }] },
        "http://127.0.0.1:1234/api/v0/models": { data: [{ id: "q", max_context_length: 9000 }] }
      })
      const facts = makeFacts({ ...asking, providers: {} })
      const llama = yield* facts.asked(provider("llamacpp"), "llamacpp/l")
      assert.deepStrictEqual([llama.context, llama.output, llama.from?.context], [4096, 2048, "server"])
      const studio = yield* facts.asked(provider("lmstudio"), "lmstudio/q")
      assert.strictEqual(studio.context, 9000)
      const before = asking.asked.length
      yield* facts.asked(provider("llamacpp"), "llamacpp/l")
      yield* facts.offered(provider("llamacpp"))
      assert.strictEqual(asking.asked.length, before, "it was asked twice")
      const other = yield* facts.asked(provider("llamacpp"), "llamacpp/not-there")
      assert.deepStrictEqual([other.context, other.from?.context], [32_000, "a cautious guess"])
    })
  )
  it.live("that does not answer in time, or not with a list, has no models", () =>
    Effect.gen(function* () {
      const never: typeof fetch = () => new Promise(() => undefined)
      const slow = yield* offeredBy(provider("llamacpp"), { env, fetch: never, probeTimeout: 10 })
      const page: typeof fetch = async () => new Response("<html>")
      const wrong = yield* offeredBy(provider("llamacpp"), { env, fetch: page })
      assert.deepStrictEqual([slow, wrong], [[], []])
    })
  )
})

describe("what can be used", () => {
  it.live("is, in this order, what is configured, what has a key, and what runs on one's own machine", () =>
    Effect.gen(function* () {
      const asking = web({
        "http://127.0.0.1:11434/v1/models": { data: [{ id: "coder" }, { id: "nomic-embed-text" }] },
        "http://127.0.0.1:8080/v1/models": { data: [{ id: "l" }] }
      })
      const names = (keys: ReadonlyArray<string>, providers: Readonly<Record<string, ProviderConfig>> = {}) =>
        LanguageModel.pipe(
          Effect.flatMap((models) => models.available),
          Effect.map((models) => models.map(({ name }) => name)),
          Effect.provide(HttpLanguageModel.layer({ ...asking, providers }).pipe(Layer.provide(credentials(...keys))))
        )
      assert.deepStrictEqual(yield* names([]), ["ollama/coder", "llamacpp/l"])
      const lab = { baseUrl: "https://lab.example/v1", models: ["x"], headers: { authorization: "Bearer k" } }
      assert.deepStrictEqual(yield* names(["xai"], { lab }), ["lab/x", "xai/grok-4.7", "ollama/coder", "llamacpp/l"])
    })
  )
})
