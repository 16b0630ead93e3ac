/** Ollama's own protocol: the window it is asked for, models without calls of their own, servers that know less. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpLanguageModel from "../../../../src/adapters/shared/model/HttpLanguageModel.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import type { ModelName } from "../../../../src/domain/model/Model.ts"
import { LanguageModel, type ModelRequest } from "../../../../src/ports/LanguageModel.ts"
import { fakeProvider, type Received, type Reply } from "../../../support/fakeProvider.ts"
import { ask, credentials, promptOf, whole } from "../../../support/models.ts"
import { bodyOf } from "../../../support/providerWorld.ts"
import { cutAfter, inBytes } from "../../../support/replies.ts"
import { chatAnswer, ollamaAnswer } from "../../../support/sseServer.ts"
import { checkOllama, list } from "../../../support/wireRules.ts"

const model: ModelName = "ollama/coder"
const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  pieces: [JSON.stringify(value)]
})
const shown = (length: number, ...capabilities: ReadonlyArray<string>) =>
  json({ model_info: { "general.architecture": "q", "q.context_length": length }, capabilities })

const server = (show: Reply, ...chats: ReadonlyArray<Reply>) => {
  let n = 0
  return fakeProvider((request) =>
    request.path === "/api/show" ? show : (chats[Math.min(n++, chats.length - 1)] ?? json({}, 404))
  )
}
const modelAt = (url: string, env: Readonly<Record<string, string>> = {}) =>
  HttpLanguageModel.layer({
    providers: {},
    env: (name) => ({ OLLAMA_HOST: url, ...env })[name]
  }).pipe(Layer.provide(credentials()))
const chatsOf = (requests: ReadonlyArray<Received>) => requests.filter((one) => one.path !== "/api/show")
const tools = [{ name: "read", description: "reads", input: { type: "object" } }]
const request = (more: Partial<ModelRequest> = {}) => promptOf("hi", { model, tools, ...more })
const described = LanguageModel.pipe(Effect.flatMap((port) => port.describe(model)))
const hello = ollamaAnswer("stop", { content: "hel" }, { content: "lo" })

describe("the window", () => {
  it.scopedLive("is what the model has, up to what fits most machines, and is asked for with each request", () =>
    Effect.gen(function* () {
      for (const [length, wanted, context] of [
        [262_144, undefined, 32_768],
        [8192, undefined, 8192],
        [262_144, "65536", 65_536],
        [262_144, "lots", 32_768]
      ] as const) {
        const provider = yield* server(shown(length, "completion", "tools"), hello)
        const env = wanted === undefined ? {} : { OLLAMA_CONTEXT_LENGTH: wanted }
        const facts = yield* Effect.zipLeft(described, ask(request())).pipe(Effect.provide(modelAt(provider.url, env)))
        assert.strictEqual(facts.context, context)
        const [body] = chatsOf(provider.requests).map(bodyOf)
        assert.deepInclude(body, { model: "coder", options: { num_ctx: context } })
        assert.strictEqual(provider.requests.filter((one) => one.path === "/api/show").length, 1)
      }
    })
  )
  it.scopedLive("is a cautious one where the server does not say", () =>
    Effect.gen(function* () {
      const provider = yield* server(json({ error: "not found" }, 404), hello)
      const facts = yield* described.pipe(Effect.provide(modelAt(provider.url)))
      assert.isAtMost(facts.context, 32_768)
    })
  )
})

describe("an answer", () => {
  const parts = (...replies: ReadonlyArray<Reply>) =>
    Effect.gen(function* () {
      const provider = yield* server(shown(8192, "tools"), ...replies)
      return yield* Effect.either(Effect.map(ask(request()), whole)).pipe(Effect.provide(modelAt(provider.url)))
    })

  it.scopedLive("is read line by line, however its bytes arrive", () =>
    Effect.gen(function* () {
      const words = ollamaAnswer("stop", { thinking: "hm" }, { content: "naïve 👩‍👩‍👧" })
      const call = { function: { name: "read", arguments: { file_path: "a" } } }
      const calls = ollamaAnswer("stop", { content: "look" }, { tool_calls: [call] }, { tool_calls: [call] })
      for (const size of [1, 3, 1000]) {
        assert.deepStrictEqual(yield* Effect.flatten(parts(inBytes(words, size))), [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "naïve 👩‍👩‍👧" },
          {
            type: "finish",
            stop: "end_turn",
            usage: { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 },
            served: "m"
          }
        ])
        const both = yield* Effect.flatten(parts(inBytes(calls, size)))
        assert.strictEqual(both.filter((part) => part.type === "call").length, 2)
        assert.deepInclude(both.at(-1), { stop: "tool_use" })
      }
    })
  )
  it.scopedLive("that breaks off, or ends in an error, is told as such", () =>
    Effect.gen(function* () {
      for (const [reply, kind] of [
        [cutAfter(hello, 1), "incomplete"],
        [cutAfter(hello, 1, "cut"), "incomplete"],
        [cutAfter(hello, 1, "{oops\n"), "incomplete"],
        [cutAfter(hello, 1, '{"error":"model runner has unexpectedly stopped"}\n'), "server"],
        [json({ error: "model 'coder' not found" }, 404), "missing_model"],
        [{ pieces: ["<!doctype html><html></html>"] }, "protocol"]
      ] as const) {
        const seen = yield* parts(reply)
        assert.strictEqual(seen._tag === "Left" ? seen.left.kind : JSON.stringify(seen.right), kind)
      }
    })
  )
  it.scopedLive("that the output limit cut says so", () =>
    Effect.map(Effect.flatten(parts(ollamaAnswer("length", { content: "a" }))), (all) =>
      assert.deepInclude(all.at(-1), { stop: "max_tokens" })
    )
  )
})

describe("a model without calls of its own", () => {
  const id = CallId.make("c")
  const messages: ModelRequest["messages"] = [
    { role: "user", parts: [{ type: "text", text: "go" }] },
    { role: "assistant", parts: [{ type: "tool-call", id, name: "read", input: '{"file_path":"a"}' }] },
    { role: "user", parts: [{ type: "tool-result", id, name: "read", ok: true, text: "alpha" }] }
  ]
  const call = '<tool_call>{"name":"read","arguments":{"file_path":"b"}}</tool_call>'

  it.scopedLive("is told its tools in words, and its words become calls", () =>
    Effect.gen(function* () {
      const provider = yield* server(shown(8192, "completion"), ollamaAnswer("stop", { content: `Next.\n${call}` }))
      const seen = whole(yield* ask(request({ messages })).pipe(Effect.provide(modelAt(provider.url))))
      assert.deepStrictEqual(seen.slice(0, 2), [
        { type: "text", text: "Next." },
        { type: "call", name: "read", input: '{"file_path":"b"}' }
      ])
      const [body] = chatsOf(provider.requests).map(bodyOf)
      assert.isUndefined(body?.tools)
      checkOllama(body ?? {})
      const told = list(body?.messages).map((message) => String(message.content))
      assert.include(told[0], "## read")
      assert.strictEqual(told[2], '<tool_call>{"name":"read","arguments":{"file_path":"a"}}</tool_call>')
      assert.strictEqual(told[3], '<tool_result name="read" ok=true>\nalpha\n</tool_result>')
    })
  )
  it.scopedLive("is found out by its server's refusal, and asked again in words", () =>
    Effect.gen(function* () {
      const refusal = json({ error: "registry.ollama.ai/library/coder does not support tools" }, 400)
      const provider = yield* server(json({}, 404), refusal, ollamaAnswer("stop", { content: call }))
      const seen = whole(yield* ask(request()).pipe(Effect.provide(modelAt(provider.url))))
      assert.strictEqual(seen[0]?.type, "call")
      assert.deepStrictEqual(
        chatsOf(provider.requests).map((one) => bodyOf(one).tools === undefined),
        [false, true]
      )
    })
  )
})

it.scopedLive("a server that knows the compatible protocol alone is asked in that", () =>
  Effect.gen(function* () {
    const provider = yield* fakeProvider((one) =>
      one.path === "/v1/chat/completions"
        ? chatAnswer("stop", { content: "hello" })
        : json({ detail: "Not Found" }, 404)
    )
    const seen = whole(yield* ask(request()).pipe(Effect.provide(modelAt(provider.url))))
    assert.deepStrictEqual(seen[0], { type: "text", text: "hello" })
  })
)
