/** An independent fake provider, not written here, accepts the requests of all three protocols and journals them. */
import { LLMock } from "@copilotkit/aimock"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Api } from "../../../../src/domain/model/Config.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import { ask, fakeModel, promptOf, whole } from "../../../support/models.ts"

const mock = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = new LLMock({ port: 0 })
    server.onMessage("weather", { toolCalls: [{ name: "read", arguments: '{"file_path":"sky"}' }] })
    server.onMessage(/prompt/, { content: "Hi there!" })
    await server.start()
    return server
  }),
  (server) => Effect.promise(() => server.stop())
)

const prompt = 'the prompt: "quotes", \\ back\\slashes, tabs\t, naïve 你好 👩‍👩‍👧 \u0007 end'
const tools = [
  { name: "read", description: "reads", input: { type: "object", properties: { file_path: { type: "string" } } } }
]

const stringsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : []

const paths: Readonly<Record<Api, string>> = {
  anthropic: "/v1/messages",
  openai: "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  google: "/v1beta/models/m:streamGenerateContent?alt=sse",
  ollama: "/api/chat"
}

describe("aimock", () => {
  for (const api of ["anthropic", "openai", "openai-responses", "google", "ollama"] as const) {
    it.scopedLive(`${api}: a prompt arrives with its exact bytes and is answered`, () =>
      Effect.gen(function* () {
        const server = yield* mock
        const model = fakeModel(api, server.url)
        const parts = yield* ask(promptOf(prompt, { tools })).pipe(Effect.provide(model))
        assert.isTrue(whole(parts).some((part) => part.type === "text" && part.text === "Hi there!"))
        const [entry, ...others] = server.getRequests()
        assert.strictEqual(others.length, 0)
        assert.deepStrictEqual([entry?.path, entry?.response.status], [paths[api], 200])
        assert.include(stringsIn(entry?.body), prompt)
      })
    )

    it.scopedLive(`${api}: a tool call comes back, and its result is accepted in the next request`, () =>
      Effect.gen(function* () {
        const server = yield* mock
        const model = fakeModel(api, server.url)
        const parts = yield* ask(promptOf("weather", { tools })).pipe(Effect.provide(model))
        const call = parts.find((part) => part.type === "call")
        assert.strictEqual(call?.type === "call" ? JSON.parse(call.input).file_path : "", "sky")
        const id = CallId.make(call?.type === "call" ? (call.id ?? "x") : "x")
        const next = yield* ask(
          promptOf("", {
            tools,
            messages: [
              { role: "user", parts: [{ type: "text", text: "weather" }] },
              { role: "assistant", parts: [{ type: "tool-call", id, name: "read", input: '{"file_path":"sky"}' }] },
              {
                role: "user",
                parts: [
                  { type: "tool-result", id, name: "read", ok: true, text: "blue" },
                  { type: "text", text: prompt }
                ]
              }
            ]
          })
        ).pipe(Effect.provide(model))
        assert.isTrue(next.some((part) => part.type === "finish"))
        const last = server.getRequests().at(-1)
        assert.strictEqual(last?.response.status, 200)
        assert.isTrue(stringsIn(last?.body).some((text) => text.includes("blue")))
      })
    )
  }
})
