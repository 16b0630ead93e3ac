/** Each known provider, asked at a loopback address: what its request is like, and what a stream of its kind becomes. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { layer } from "../../../../src/adapters/shared/model/HttpLanguageModel.ts"
import type { ProviderConfig } from "../../../../src/domain/model/Config.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import type { Message } from "../../../../src/domain/model/Message.ts"
import { Credentials } from "../../../../src/ports/Credentials.ts"
import type { ModelRequest } from "../../../../src/ports/LanguageModel.ts"
import { fakeProvider, type Reply } from "../../../support/fakeProvider.ts"
import { ask, credentials, promptOf, testKey, whole } from "../../../support/models.ts"
import { saying } from "../../../support/replies.ts"
import { anthropicAnswer, chatAnswer, chatChunk, textBlock } from "../../../support/sseServer.ts"
import { type Body, checkChat, type Item, list } from "../../../support/wireRules.ts"

const hi = chatAnswer("stop", { content: "hi" })

interface Setup {
  readonly config?: ProviderConfig
  readonly env?: Readonly<Record<string, string>>
  readonly keyless?: boolean
  readonly reply?: Reply
  readonly path?: string
}

/** Asks a provider by name at a loopback address: its parts, and the request that it was sent. */
const asked = (id: string, request: Partial<ModelRequest>, setup: Setup = {}) =>
  Effect.gen(function* () {
    const fake = yield* fakeProvider([setup.reply ?? hi])
    const { env = {} } = setup
    const models = layer({
      providers: { [id]: { baseUrl: `${fake.url}${setup.path ?? "/v1"}`, ...setup.config } },
      env: (name) => env[name]
    }).pipe(Layer.provide(setup.keyless === true ? credentials() : credentials(id)))
    const parts = yield* ask(promptOf("hi", { model: `${id}/m`, ...request })).pipe(Effect.provide(models))
    const received = fake.requests[0]
    const body: Body = JSON.parse(received?.body ?? "{}")
    return { body, headers: received?.headers ?? {}, parts: whole(parts), path: received?.path }
  })

const call = { type: "tool-call" as const, id: CallId.make("call_1"), name: "read", input: "{}" }
const result = { type: "tool-result" as const, id: CallId.make("call_1"), name: "read", ok: true, text: "x" }
const user = (...parts: Message["parts"]): Message => ({ role: "user", parts })
const model = (...parts: Message["parts"]): Message => ({ role: "assistant", parts })
const said = { type: "text" as const, text: "hi" }
const afterTool = [user(said), model(call), user(result), user({ type: "text", text: "and now?" })]
const picture = { type: "image" as const, mime: "image/png", data: "AAAA" }
const pdf = { type: "file" as const, name: "a.pdf", mime: "application/pdf", data: "AAAA" }
const schema = { name: "Answer", schema: { type: "object", properties: { a: { type: "string", minLength: 1 } } } }

const message = (body: Body, index: number): Item => list(body.messages).at(index) ?? {}

describe("mistral", () => {
  it.scopedLive("no stream_options, ids of nine letters, and nobody speaks right after a tool", () =>
    Effect.gen(function* () {
      const { body } = yield* asked("mistral", { messages: afterTool, maxOutput: 5, reasoning: "high" })
      checkChat(body, 9)
      assert.isUndefined(body.stream_options)
      assert.strictEqual(body.max_tokens, 5)
      assert.match(String(list(message(body, 2).tool_calls)[0]?.id), /^[a-zA-Z0-9]{9}$/)
      assert.deepStrictEqual(
        list(body.messages).map(({ role }) => role),
        ["system", "user", "assistant", "tool", "assistant", "user"]
      )
    })
  )
  it.scopedLive("a list of thinking and text becomes reasoning and text, with usage in the last chunk", () =>
    Effect.gen(function* () {
      const thinking = [{ type: "thinking", thinking: [{ type: "text", text: "Let me see" }] }]
      const pieces = [
        chatChunk({ delta: { role: "assistant", content: thinking } }),
        chatChunk({ delta: { content: [{ type: "text", text: "42" }] } }),
        chatChunk(
          { delta: { content: "" }, finish_reason: "stop" },
          { usage: { prompt_tokens: 7, completion_tokens: 3 } }
        ),
        "data: [DONE]\n\n"
      ]
      const { parts } = yield* asked("mistral", {}, { reply: { pieces } })
      assert.deepStrictEqual(parts.slice(0, 2), [
        { type: "reasoning", text: "Let me see" },
        { type: "text", text: "42" }
      ])
      assert.deepInclude(parts[2], { usage: { input: 7, output: 3, cacheRead: 0, cacheWrite: 0 } })
    })
  )
  it.scopedLive("a PDF is a document", () =>
    Effect.gen(function* () {
      const { body } = yield* asked("mistral", { messages: [user(pdf)] })
      assert.deepInclude(list(message(body, -1).content)[0], { type: "document_url", document_name: "a.pdf" })
    })
  )
})

describe("openrouter", () => {
  const details = (...reasoning_details: ReadonlyArray<object>) => chatChunk({ delta: { reasoning_details } })
  const reply: Reply = {
    pieces: [
      ": OPENROUTER PROCESSING\n\n",
      chatChunk({
        delta: {
          role: "assistant",
          content: "",
          reasoning: "Let ",
          reasoning_details: [{ type: "reasoning.text", text: "Let ", format: "anthropic-claude-v1", index: 0 }]
        }
      }),
      chatChunk({
        delta: {
          content: "",
          reasoning: "me",
          reasoning_details: [{ type: "reasoning.text", text: "me", format: "anthropic-claude-v1", index: 0 }]
        }
      }),
      details({ type: "reasoning.text", signature: "SIG", format: "anthropic-claude-v1", index: 0 }),
      chatChunk({
        delta: {
          tool_calls: [{ index: 0, id: "toolu_1", type: "function", function: { name: "read", arguments: "{}" } }]
        }
      }),
      details({ type: "reasoning.encrypted", data: "OPAQUE", id: "toolu_1", index: 1 }),
      chatChunk({ delta: {}, finish_reason: "tool_calls" }),
      chatChunk(undefined, {
        usage: {
          prompt_tokens: 9,
          completion_tokens: 4,
          prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 }
        }
      }),
      "data: [DONE]\n\n"
    ]
  }
  it.scopedLive("signed and encrypted reasoning comes whole, and goes back as it came", () =>
    Effect.gen(function* () {
      const name = "openrouter/anthropic/claude-sonnet-5.5" as const
      const { parts } = yield* asked("openrouter", { model: name }, { reply })
      const thoughts = parts.filter((part) => part.type === "reasoning")
      assert.deepStrictEqual(thoughts.map(({ text }) => text).join(""), "Let me")
      assert.deepStrictEqual(parts.at(-1), {
        type: "finish",
        stop: "tool_use",
        served: "m",
        usage: { input: 4, output: 4, cacheRead: 3, cacheWrite: 2 }
      })
      const back = [user(said), model(...thoughts.map((one) => ({ ...one, by: name })), call), user(result)]
      const { body } = yield* asked("openrouter", { model: name, messages: back, reasoning: "low" })
      assert.deepStrictEqual(list(message(body, 2).reasoning_details), [
        { type: "reasoning.text", text: "Let me", signature: "SIG", format: "anthropic-claude-v1", index: 0 },
        { type: "reasoning.encrypted", data: "OPAQUE", id: "toolu_1", index: 1 }
      ])
      assert.deepStrictEqual(body.reasoning, { effort: "low" })
      const marks = list(body.messages).map(({ content }) => list(content).some((part) => "cache_control" in part))
      assert.deepStrictEqual(marks, [true, true, false, true])
    })
  )
  it.scopedLive("pictures that a model makes are pictures of the answer", () =>
    Effect.gen(function* () {
      const images = [{ type: "image_url", image_url: { url: "data:image/jpeg;base64,AAAA" } }]
      const { parts } = yield* asked("openrouter", {}, { reply: chatAnswer("stop", { content: "Here:" }, { images }) })
      assert.deepStrictEqual(parts.slice(0, 2), [
        { type: "text", text: "Here:" },
        { type: "image", mime: "image/jpeg", data: "AAAA" }
      ])
    })
  )
})

describe("deepseek", () => {
  it.scopedLive("reasoning_content goes back, thinking is turned on and off, and a schema is told in words", () =>
    Effect.gen(function* () {
      const name = "deepseek/deepseek-v4-pro" as const
      const thought = { type: "reasoning" as const, text: "hm", by: name }
      const messages = [user(said), model(thought, call), user(result)]
      const { body } = yield* asked("deepseek", { model: name, messages, reasoning: "off", schema })
      assert.strictEqual(message(body, 2).reasoning_content, "hm")
      assert.deepStrictEqual(body.thinking, { type: "disabled" })
      assert.deepStrictEqual(body.response_format, { type: "json_object" })
      assert.include(String(message(body, 0).content), '"minLength":1')
    })
  )
  it.scopedLive("cache hits are counted apart, and an answer broken off for want of machines is tried again", () =>
    Effect.gen(function* () {
      const usage = { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 }
      const end = chatChunk({ delta: {}, finish_reason: "stop" }, { usage })
      const pieces = [chatChunk({ delta: { reasoning_content: "hm" } }), chatChunk({ delta: { content: "a" } }), end]
      const { parts } = yield* asked("deepseek", {}, { reply: { pieces } })
      assert.deepInclude(parts.at(-1), { usage: { input: 4, output: 2, cacheRead: 6, cacheWrite: 0 } })
      const cut = [chatChunk({ delta: { content: "a" }, finish_reason: "insufficient_system_resource" })]
      const error = yield* Effect.flip(asked("deepseek", {}, { reply: { pieces: cut } }))
      assert.strictEqual(error.kind, "overloaded")
    })
  )
})

describe("copilot", () => {
  it.scopedLive("says who speaks and whether there are pictures, with what signing in gave", () =>
    Effect.gen(function* () {
      const first = yield* asked("copilot", { messages: [user(said, picture)] })
      assert.strictEqual(first.headers["x-initiator"], "user")
      assert.strictEqual(first.headers["copilot-vision-request"], "true")
      const next = yield* asked("copilot", { messages: afterTool.slice(0, 3) })
      assert.deepInclude(next.headers, { "x-initiator": "agent", authorization: `Bearer ${testKey}` })
      assert.isUndefined(next.headers["copilot-vision-request"])
    })
  )
})

describe("a key that says where it is used", () => {
  it.scopedLive("goes there, with the headers that belong to it", () =>
    Effect.gen(function* () {
      const fake = yield* fakeProvider([hi])
      const key = Redacted.make("token-of-an-hour")
      const endpoint = { baseUrl: fake.url, headers: { "editor-version": "test/1" } }
      const given = { provider: "copilot", key, source: "test", endpoint }
      const store = Layer.map(credentials("copilot"), (context) => {
        const inner = Context.get(context, Credentials)
        const answer = Effect.succeed(Option.some(given))
        return Context.make(Credentials, { ...inner, get: () => answer })
      })
      const models = layer({ providers: {}, env: () => undefined }).pipe(Layer.provide(store))
      yield* ask(promptOf("hi", { model: "copilot/gpt-5.6" })).pipe(Effect.provide(models))
      const [request] = fake.requests
      assert.strictEqual(request?.path, "/chat/completions")
      assert.deepInclude(request?.headers, { authorization: "Bearer token-of-an-hour", "editor-version": "test/1" })
    })
  )
})

describe("azure", () => {
  it.scopedLive("its key has a header of its own, and a deployment an address of its own", () =>
    Effect.gen(function* () {
      const path = "/openai/deployments/{model}?api-version=2025-04-01-preview"
      const request = { model: "azure/my gpt-5" as const, maxOutput: 9, temperature: 1, reasoning: "low" as const }
      const { body, headers, path: sent } = yield* asked("azure", request, { path })
      assert.strictEqual(sent, "/openai/deployments/my%20gpt-5/chat/completions?api-version=2025-04-01-preview")
      assert.strictEqual(headers["api-key"], testKey)
      assert.isUndefined(headers.authorization)
      assert.deepInclude(body, { max_completion_tokens: 9, reasoning_effort: "low" })
      assert.isFalse("temperature" in body)
    })
  )
})

describe("Claude at others", () => {
  const reply = anthropicAnswer("end_turn", textBlock(0, "hi"))
  it.scopedLive("bedrock takes a bearer token", () =>
    Effect.gen(function* () {
      const { headers, path } = yield* asked("bedrock", {}, { reply, path: "/anthropic" })
      assert.strictEqual(path, "/anthropic/v1/messages")
      assert.strictEqual(headers.authorization, `Bearer ${testKey}`)
      assert.isUndefined(headers["x-api-key"])
    })
  )
  it.scopedLive("bedrock takes requests that an AWS access key signs, and the secret is not sent", () =>
    Effect.gen(function* () {
      const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI", AWS_REGION: "eu-west-1" }
      const { headers } = yield* asked("bedrock", {}, { reply, path: "/anthropic", env, keyless: true })
      assert.match(
        String(headers.authorization),
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock-mantle\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/
      )
      assert.notInclude(JSON.stringify(headers), env.AWS_SECRET_ACCESS_KEY)
    })
  )
  it.scopedLive("vertex names the model in the address, and the version in the body", () =>
    Effect.gen(function* () {
      const path = "/v1/projects/p/locations/global/publishers/anthropic/models/{model}"
      const request = { model: "vertex/claude-sonnet-5-5" as const }
      const { body, headers, path: sent } = yield* asked("vertex", request, { reply, path })
      assert.strictEqual(sent, `${path.replace("{model}", "claude-sonnet-5-5")}:streamRawPredict`)
      assert.strictEqual(headers.authorization, `Bearer ${testKey}`)
      assert.strictEqual(body.anthropic_version, "vertex-2023-10-16")
      assert.isFalse("model" in body)
    })
  )
})

describe("openai", () => {
  const session = "ses_00000000000000000000000000000001"
  const turn: Partial<ModelRequest> = { model: "openai/gpt-5.6", session }
  it.scopedLive("a session's requests name it, in both protocols, so that they meet what was cached of it", () =>
    Effect.gen(function* () {
      const chat = yield* asked("openai", turn, { config: { like: "openai" } })
      assert.deepStrictEqual([chat.path, chat.body.prompt_cache_key], ["/v1/chat/completions", session])
      const reply = saying("openai-responses", { text: "hi" })
      const responses = yield* asked("openai", turn, { config: { like: "openai", api: "openai-responses" }, reply })
      assert.deepStrictEqual([responses.path, responses.body.prompt_cache_key], ["/v1/responses", session])
      assert.isFalse("session" in chat.body || "session" in responses.body)
    })
  )
  it.scopedLive("a server that only speaks its protocol, and Azure, are not sent the name", () =>
    Effect.gen(function* () {
      for (const id of ["openai", "mine", "groq", "azure"])
        assert.notInclude(JSON.stringify((yield* asked(id, { ...turn, model: `${id}/m` })).body), session)
      const reply = saying("openai-responses", { text: "hi" })
      const { body } = yield* asked("mine", { session }, { config: { api: "openai-responses" }, reply })
      assert.notInclude(JSON.stringify(body), session)
    })
  )
})

describe("an endpoint of one's own", () => {
  it.scopedLive("is like a known one, and has its key where its owner says", () =>
    Effect.gen(function* () {
      const config = { like: "mistral", auth: "x-api-key", headers: { "x-team": "a" } } as const
      const { body, headers } = yield* asked("mine", {}, { config: { ...config, apiKeyEnv: "MINE" } })
      assert.isUndefined(body.stream_options)
      assert.deepInclude(headers, { "x-api-key": testKey, "x-team": "a" })
      assert.isUndefined(headers.authorization)
    })
  )
  it.scopedLive("that refuses pictures is told of them in words", () =>
    Effect.gen(function* () {
      const replies: ReadonlyArray<Reply> = [
        { status: 400, pieces: ['{"error":{"message":"This model does not support image input"}}'] },
        hi
      ]
      const fake = yield* fakeProvider(replies)
      const models = layer({ providers: { mine: { baseUrl: `${fake.url}/v1` } }, env: () => undefined }).pipe(
        Layer.provide(credentials())
      )
      const shot = { ...result, images: [picture] }
      const messages = [user(said, picture), model(call), user(shot)]
      yield* ask(promptOf("", { model: "mine/m", messages })).pipe(Effect.provide(models))
      const last = fake.requests.at(-1)?.body ?? ""
      assert.strictEqual(fake.requests.length, 2)
      assert.notInclude(last, "AAAA")
      assert.include(last, "cannot read it")
    })
  )
})
