/** The HTTP model against a provider on loopback: connections that stall, break, drip and are left. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layer } from "../../../../src/adapters/shared/model/HttpLanguageModel.ts"
import type { Api } from "../../../../src/domain/model/Config.ts"
import { LanguageModel } from "../../../../src/ports/LanguageModel.ts"
import { fakeProvider, type Piece } from "../../../support/fakeProvider.ts"
import { ask, credentials, fakeModel, promptOf, testKey, whole } from "../../../support/models.ts"
import { anthropicAnswer, anthropicEvent, chatAnswer, chatChunk, textBlock } from "../../../support/sseServer.ts"

const anthropicPieces = (text: string): ReadonlyArray<Piece> => anthropicAnswer("end_turn", textBlock(0, text)).pieces

const askError = (api: Api, url: string, options = {}) =>
  ask(promptOf("hi")).pipe(Effect.flip, Effect.provide(fakeModel(api, url, options)))

const textOf = (parts: Effect.Effect.Success<ReturnType<typeof ask>>) =>
  whole(parts).flatMap((part) => (part.type === "text" ? [part.text] : []))

describe("a stream that goes wrong", () => {
  it.scopedLive("half a UTF-8 character per chunk arrives whole", () =>
    Effect.gen(function* () {
      const all = Buffer.from(anthropicPieces("naïve 你好 👩‍👩‍👧").join(""))
      const provider = yield* fakeProvider([{ pieces: [...all].map((byte) => Uint8Array.of(byte)) }])
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("anthropic", provider.url)))
      assert.deepStrictEqual(textOf(parts), ["naïve 你好 👩‍👩‍👧"])
    })
  )

  it.scopedLive("a connection that breaks before the reason of the end is incomplete", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [...anthropicPieces("hi").slice(0, 2), "cut"] }])
      assert.strictEqual((yield* askError("anthropic", provider.url)).kind, "incomplete")
    })
  )

  it.scopedLive("a connection that breaks after the reason of the end is a whole answer", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [...anthropicPieces("hi").slice(0, 3), "cut"] }])
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("anthropic", provider.url)))
      assert.deepStrictEqual(textOf(parts), ["hi"])
    })
  )

  it.scopedLive("an empty body with status 200 is incomplete", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [] }])
      assert.strictEqual((yield* askError("openai", provider.url)).kind, "incomplete")
    })
  )

  it.scopedLive("a port where nobody listens is a network error", () =>
    Effect.gen(function* () {
      const error = yield* askError("openai", "http://127.0.0.1:9")
      assert.strictEqual(error.kind, "network")
      assert.notInclude(error.message, testKey)
    })
  )

  it.scopedLive("unknown events, deltas and pings are passed over", () =>
    Effect.gen(function* () {
      const odd = [
        ": a comment\n\n",
        anthropicEvent({ type: "ping" }),
        anthropicEvent({ type: "content_block_start", index: 7, content_block: { type: "hologram" } }),
        anthropicEvent({ type: "content_block_delta", index: 7, delta: { type: "hologram_delta", z: 1 } }),
        anthropicEvent({ type: "content_block_stop", index: 7 }),
        anthropicEvent({ type: "future_event", data: [1, 2] })
      ]
      const [start = "", ...rest] = anthropicPieces("hi")
      const provider = yield* fakeProvider([{ pieces: [start, ...odd, ...rest] }])
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("anthropic", provider.url)))
      assert.deepStrictEqual(textOf(parts), ["hi"])
    })
  )

  it.scopedLive("an event that is not JSON breaks the answer off, without a defect", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [chatChunk({ delta: { content: "a" } }), "data: {oops\n\n"] }])
      assert.strictEqual((yield* askError("openai", provider.url)).kind, "incomplete")
    })
  )

  it.scopedLive("a key never follows a redirect", () =>
    Effect.gen(function* () {
      const other = yield* fakeProvider([{ pieces: anthropicPieces("stolen") }])
      const provider = yield* fakeProvider([
        { status: 307, headers: { location: `${other.url}/v1/messages` }, pieces: [] }
      ])
      const error = yield* askError("anthropic", provider.url)
      assert.deepStrictEqual([error.kind, error.status, other.requests.length], ["protocol", 307, 0])
    })
  )

  it.scopedLive("an error body of any size is bounded in the message", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ status: 500, pieces: [`nonsense ${testKey} `.repeat(20_000)] }])
      const error = yield* askError("openai-responses", provider.url)
      assert.isBelow(error.message.length, 600)
      assert.notInclude(error.message, testKey)
      assert.deepStrictEqual([error.kind, error.status], ["server", 500])
    })
  )
})

describe("silence and leaving", () => {
  it.scopedLive("a provider that says nothing times out", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: ["hang"] }])
      const error = yield* askError("anthropic", provider.url, { idleTimeout: { first: 60, between: 60 } })
      assert.strictEqual(error.kind, "timeout")
    })
  )

  it.scopedLive("a provider that stalls in the middle times out", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [chatChunk({ delta: { content: "a" } }), "hang"] }])
      const error = yield* askError("openai", provider.url, { idleTimeout: { first: 5_000, between: 80 } })
      assert.strictEqual(error.kind, "timeout")
    })
  )

  it.scopedLive("a connection that stays open after the reason of the end does not hold the answer back", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([
        { pieces: [...chatAnswer("stop", { content: "hi" }).pieces.slice(0, -1), "hang"] }
      ])
      const options = { idleTimeout: { first: 5_000, between: 60 } }
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("openai", provider.url, options)))
      assert.deepStrictEqual(textOf(parts), ["hi"])
    })
  )

  it.scopedLive("bytes that are no event count as life", () =>
    Effect.gen(function* () {
      const pings = Array.from({ length: 12 }, (): ReadonlyArray<Piece> => [":\n", { waitMs: 40 }]).flat()
      const provider = yield* fakeProvider([{ pieces: [...pings, ...anthropicPieces("late")] }])
      const options = { idleTimeout: { first: 400, between: 300 } }
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("anthropic", provider.url, options)))
      assert.deepStrictEqual(textOf(parts), ["late"])
    })
  )

  it.scoped("the first byte may take 120 s by default, and no more", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const silent: typeof globalThis.fetch = (_, init) =>
        new Promise((_resolve, reject) => {
          Effect.runSync(Deferred.succeed(asked, undefined))
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))
        })
      const fiber = yield* askError("openai", "http://127.0.0.1:9", { fetch: silent }).pipe(Effect.fork)
      yield* Deferred.await(asked)
      yield* TestClock.adjust("119 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).kind, "timeout")
    })
  )

  for (const [name, pieces] of [
    ["before the first byte", ["hang"]],
    ["in the middle of a stream", [chatChunk({ delta: { content: "a" } }), "hang"]]
  ] as const)
    it.scopedLive(`interruption ${name} closes the connection within 100 ms`, () =>
      Effect.gen(function* () {
        const provider = yield* fakeProvider([{ pieces }])
        const fiber = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("openai", provider.url)), Effect.fork)
        while (provider.requests.length === 0) yield* Effect.sleep(5)
        yield* Effect.sleep(30)
        const left = Date.now()
        yield* Fiber.interrupt(fiber)
        assert.isBelow(Date.now() - left, 100)
        while (provider.departures.length === 0) yield* Effect.sleep(2)
        assert.isBelow((provider.departures[0] ?? 0) - left, 100)
      })
    )

  it.scopedLive("taking only the first part closes the connection", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ pieces: [chatChunk({ delta: { content: "a" } }), "hang"] }])
      const model = yield* LanguageModel.pipe(Effect.provide(fakeModel("openai", provider.url)))
      yield* Stream.runDrain(Stream.take(model.stream(promptOf("hi")), 1))
      while (provider.departures.length === 0) yield* Effect.sleep(2)
      assert.strictEqual(provider.departures.length, 1)
    })
  )
})

describe("whom it asks", () => {
  it.scopedLive("each protocol has its path, its auth header and its body", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ status: 500, pieces: [] }])
      for (const api of ["anthropic", "openai", "openai-responses"] as const) yield* askError(api, provider.url)
      assert.deepStrictEqual(
        provider.requests.map(({ headers, path }) => [path, headers["x-api-key"] ?? headers.authorization]),
        [
          ["/v1/messages", testKey],
          ["/v1/chat/completions", `Bearer ${testKey}`],
          ["/v1/responses", `Bearer ${testKey}`]
        ]
      )
      for (const { body } of provider.requests) assert.strictEqual(JSON.parse(body).stream, true)
    })
  )

  it.scopedLive("a request is sent once, whatever the status", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ status: 429, headers: { "retry-after-ms": "1500" }, pieces: ["{}"] }])
      const error = yield* askError("openai", provider.url)
      assert.deepStrictEqual([error.kind, error.retryAfter, provider.requests.length], ["rate_limit", 1500, 1])
    })
  )

  const bare = (env: Readonly<Record<string, string>> = {}, fetch?: typeof globalThis.fetch) =>
    layer({ providers: {}, env: (name) => env[name], ...(fetch === undefined ? {} : { fetch }) })

  it.effect("without a key the error names the command and the variable", () =>
    Effect.gen(function* () {
      const error = yield* ask(promptOf("hi", { model: "anthropic/claude-sonnet-5-5" })).pipe(Effect.flip)
      assert.strictEqual(error.kind, "unconfigured")
      assert.include(error.message, "code-mesh auth login anthropic")
      assert.include(error.message, "ANTHROPIC_API_KEY")
    }).pipe(Effect.provide(bare().pipe(Layer.provide(credentials()))))
  )

  it.effect("an unknown provider is an error that says how to name one", () =>
    Effect.gen(function* () {
      const model = yield* LanguageModel
      const error = yield* Effect.flip(model.describe("nobody/x"))
      assert.strictEqual(error.kind, "unconfigured")
      assert.include(error.message, "providers.nobody")
    }).pipe(Effect.provide(bare().pipe(Layer.provide(credentials()))))
  )

  it.scopedLive("ANTHROPIC_BASE_URL and OPENAI_BASE_URL move the known providers", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([{ status: 500, pieces: [] }])
      const env = { ANTHROPIC_BASE_URL: provider.url, OPENAI_BASE_URL: `${provider.url}/v1` }
      const models = bare(env).pipe(Layer.provide(credentials("anthropic", "openai")))
      yield* ask(promptOf("hi", { model: "anthropic/claude-x" })).pipe(Effect.flip, Effect.provide(models))
      yield* ask(promptOf("hi", { model: "openai/gpt-5.6" })).pipe(Effect.flip, Effect.provide(models))
      assert.deepStrictEqual(
        provider.requests.map(({ path }) => path),
        ["/v1/messages", "/v1/chat/completions"]
      )
    })
  )

  it.scopedLive("a server at OPENAI_BASE_URL that knows no Chat Completions is asked for Responses", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([
        { status: 404, pieces: ["not found"] },
        {
          headers: { "content-type": "text/event-stream" },
          pieces: [
            'data: {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"yes"}\n\n',
            'data: {"type":"response.completed","response":{"status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
          ]
        }
      ])
      const models = bare({ OPENAI_BASE_URL: `${provider.url}/v1` }).pipe(Layer.provide(credentials("openai")))
      const parts = yield* ask(promptOf("hi", { model: "openai/gpt-5.6" })).pipe(Effect.provide(models))
      assert.include(JSON.stringify(parts), "yes")
      assert.deepStrictEqual(
        provider.requests.map(({ path }) => path),
        ["/v1/chat/completions", "/v1/responses"]
      )
    })
  )

  it.scopedLive("available lists what has a key, and what a local server says it has", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider([
        {
          headers: { "content-type": "application/json" },
          pieces: ['{"data":[{"id":"qwen3:8b"},{"id":"nomic-embed-text"}]}']
        }
      ])
      const host = provider.url.replace("http://", "")
      const dead = "http://127.0.0.1:9"
      const env = { OLLAMA_HOST: host, LMSTUDIO_HOST: dead, LLAMACPP_HOST: dead }
      const models = bare(env).pipe(Layer.provide(credentials("anthropic")))
      const names = yield* LanguageModel.pipe(
        Effect.flatMap((model) => model.available),
        Effect.map((all) => all.map((one) => one.name)),
        Effect.provide(models)
      )
      assert.strictEqual(names[0]?.startsWith("anthropic/claude-"), true)
      assert.include(names, "ollama/qwen3:8b")
      assert.isFalse(names.some((name) => name.includes("embed") || name.startsWith("openai/")))
    })
  )

  it.scopedLive("an answer in one piece, from an endpoint that does not stream, is taken", () =>
    Effect.gen(function* () {
      const completion = {
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 3, completion_tokens: 1 }
      }
      const provider = yield* fakeProvider([{ pieces: [JSON.stringify(completion)] }])
      const parts = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("openai", provider.url)))
      assert.deepStrictEqual(textOf(parts), ["hello"])
    })
  )

  it.scopedLive("a tool call in the model's text is intercepted", () =>
    Effect.gen(function* () {
      const text = 'I will look.\n<tool_call>{"name":"read","arguments":{"file_path":"a"}}</tool_call>'
      const provider = yield* fakeProvider([chatAnswer("stop", { content: text })])
      const tools = [{ name: "read", description: "", input: { type: "object" } }]
      const parts = yield* ask(promptOf("hi", { tools })).pipe(Effect.provide(fakeModel("openai", provider.url)))
      assert.deepStrictEqual(whole(parts).slice(0, 2), [
        { type: "text", text: "I will look." },
        { type: "call", name: "read", input: '{"file_path":"a"}' }
      ])
      const last = parts.at(-1)
      assert.strictEqual(last?.type === "finish" ? last.stop : "", "tool_use")
    })
  )
})
