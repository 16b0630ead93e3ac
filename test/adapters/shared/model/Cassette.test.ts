/** Cassettes: recording and replay of a provider's bytes, and the contract of all models on both. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { recordFetch, replayFetch } from "../../../../src/adapters/shared/model/Cassette.ts"
import { languageModelContract } from "../../../ports/LanguageModel.contract.ts"
import { fakeProvider, type Reply } from "../../../support/fakeProvider.ts"
import { ask, fakeModel, promptOf, testKey, whole } from "../../../support/models.ts"
import { anthropic, protocols } from "../../../support/protocols.ts"
import { runContract, runContractInChromium } from "../../../support/runContract.ts"
import { errorReply } from "../../../support/sseServer.ts"

for (const [api, reply] of protocols) {
  const contract = languageModelContract("fake/m", (answers) =>
    Effect.map(fakeProvider(answers.map(reply)), (provider) => fakeModel(api, provider.url))
  )
  runContract(contract, `HttpLanguageModel, ${api}`, Layer.empty)
  runContractInChromium(contract, `HttpLanguageModel, ${api}`, new URL(`./${api}.page.ts`, import.meta.url))
}

describe("cassettes", () => {
  it.scopedLive("what is recorded replays to the same parts, byte by odd byte, and holds no key", () =>
    Effect.gen(function* () {
      const text = "naïve 你好 👩‍👩‍👧"
      for (const [api, reply] of protocols) {
        const lines: Array<string> = []
        const bytes = Buffer.from(reply({ text }).pieces.join(""))
        const provider = yield* fakeProvider([{ pieces: [...bytes].map((byte) => Uint8Array.of(byte)) }])
        const recording = recordFetch(globalThis.fetch, (line) => lines.push(line))
        const live = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel(api, provider.url, { fetch: recording })))
        assert.strictEqual(lines.filter((line) => !line.includes("/api/show")).length, 1)
        assert.notInclude(lines.join(), testKey)
        const replaying = { fetch: replayFetch(lines) }
        const again = yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel(api, "http://127.0.0.1:9", replaying)))
        assert.deepStrictEqual(whole(again), whole(live))
        assert.isTrue(whole(again).some((part) => part.type === "text" && part.text === text))
      }
    })
  )

  it.scopedLive("errors and broken connections are recorded too", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const cut: Reply = { pieces: [...anthropic({ text: "half" }).pieces.slice(0, 2), "cut"] }
      const limited = errorReply(429, "rate_limit_error", { "retry-after": "3" })
      const provider = yield* fakeProvider([limited, cut])
      const recording = { fetch: recordFetch(globalThis.fetch, (line) => lines.push(line)) }
      for (let n = 0; n < 2; n += 1)
        yield* Effect.flip(ask(promptOf("hi"))).pipe(Effect.provide(fakeModel("anthropic", provider.url, recording)))
      const layer = fakeModel("anthropic", "http://127.0.0.1:9", { fetch: replayFetch(lines) })
      const first = yield* Effect.flip(ask(promptOf("hi"))).pipe(Effect.provide(layer))
      const second = yield* Effect.flip(ask(promptOf("hi"))).pipe(Effect.provide(layer))
      assert.deepStrictEqual([first.kind, first.retryAfter, second.kind], ["rate_limit", 3000, "incomplete"])
    })
  )

  it.scopedLive("an answer that was left in the middle is recorded as broken", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const provider = yield* fakeProvider([anthropic({ text: "a", hang: true })])
      const recording = { fetch: recordFetch(globalThis.fetch, (line) => lines.push(line)) }
      const model = fakeModel("anthropic", provider.url, recording)
      yield* ask(promptOf("hi")).pipe(Effect.timeoutOption(300), Effect.provide(model))
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line).broken),
        [true]
      )
    })
  )

  it.scopedLive("requests that were made at once are answered whichever comes first", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const provider = yield* fakeProvider((_, n) => anthropic({ text: `answer ${n}` }))
      const recording = { fetch: recordFetch(globalThis.fetch, (line) => lines.push(line)) }
      for (const text of ["a", "b"])
        yield* ask(promptOf(text)).pipe(Effect.provide(fakeModel("anthropic", provider.url, recording)))
      const both = Effect.forEach(["b", "a"], (text) => ask(promptOf(text)))
      const parts = yield* Effect.provide(both, fakeModel("anthropic", provider.url, { fetch: replayFetch(lines) }))
      assert.deepStrictEqual(
        parts.flatMap(whole).flatMap((part) => (part.type === "text" ? [part.text] : [])),
        ["answer 1", "answer 0"]
      )
    })
  )

  it.scopedLive("a request that differs from its recording is a protocol error that says where", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const provider = yield* fakeProvider([anthropic({ text: "a" })])
      const recording = { fetch: recordFetch(globalThis.fetch, (line) => lines.push(line)) }
      yield* ask(promptOf("hi")).pipe(Effect.provide(fakeModel("anthropic", provider.url, recording)))
      yield* Effect.sleep(20)
      const replayed = (text: string) =>
        Effect.flip(ask(promptOf(text))).pipe(
          Effect.provide(fakeModel("anthropic", "http://127.0.0.1:9", { fetch: replayFetch(lines) }))
        )
      const error = yield* replayed("something else")
      assert.strictEqual(error.kind, "protocol")
      assert.include(error.message, "messages[0] differs")
      const none = fakeModel("anthropic", "http://127.0.0.1:9", { fetch: replayFetch([]) })
      const more = yield* Effect.flip(ask(promptOf("hi"))).pipe(Effect.provide(none))
      assert.strictEqual(more.kind, "protocol")
    })
  )
})
