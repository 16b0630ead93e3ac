/** Any log at all, in any window: the next request fits it, and each provider would take the request as it is sent. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { llamaHistory } from "../../../../src/adapters/node/llama/llamaHistory.ts"
import * as BpeTokenizer from "../../../../src/adapters/shared/BpeTokenizer.ts"
import { budgetOf } from "../../../../src/domain/context/budget.ts"
import { type Frame, nextRequest } from "../../../../src/domain/context/ContextWindow.ts"
import type { Api } from "../../../../src/domain/model/Config.ts"
import type { ModelRequest } from "../../../../src/ports/LanguageModel.ts"
import { logs, stateOf } from "../../../support/logs.ts"
import { ask, fakeModel } from "../../../support/models.ts"
import { type Body, checkBody } from "../../../support/wireRules.ts"

const apis: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google", "ollama"]

const frameOf = (context: number): Frame => ({
  model: { name: "fake/m", context, output: 1000, images: true, reasoning: true, tools: true },
  system: "You are a test.",
  tools: [{ name: "read", description: "reads", input: { type: "object", properties: { path: { type: "string" } } } }]
})

/** The body that a protocol sends for a request. */
const sentBy = (api: Api, request: ModelRequest): Effect.Effect<Body> =>
  Effect.gen(function* () {
    let body = ""
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const shows = String(url).endsWith("/api/show")
      if (!shows) body = String(init?.body)
      return new Response("{}", { status: shows ? 404 : 400 })
    }
    yield* Effect.ignore(Effect.provide(ask(request), fakeModel(api, "http://127.0.0.1:9", { fetch })))
    return JSON.parse(body)
  })

const checkHistory = (request: ModelRequest): void => {
  const [head, ...items] = llamaHistory(request)
  assert.strictEqual(head?.type, "system")
  assert.isAbove(items.length, 1)
  items.forEach((item, index) => {
    assert.strictEqual(item.type, index % 2 === 0 ? "user" : "model", "turns do not alternate")
    if (item.type === "user") assert.notStrictEqual(item.text.trim(), "")
  })
  assert.deepStrictEqual(items.at(-1), { type: "model", response: [""] })
}

describe("any log", () => {
  it("makes a request that fits its window, and that every provider takes", async () => {
    const given = FastCheck.record({ log: logs(60), context: FastCheck.integer({ min: 4000, max: 40_000 }) })
    await FastCheck.assert(
      FastCheck.asyncProperty(given, ({ context, log }) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const frame = frameOf(context)
            const { request, tokens } = yield* nextRequest(stateOf(log), frame)
            assert.isAtMost(tokens, budgetOf(frame.model).input)
            assert.isAtMost(tokens + (request.maxOutput ?? 0), context)
            checkHistory(request)
            for (const api of apis) checkBody(api, yield* sentBy(api, request))
          }).pipe(Effect.provide(BpeTokenizer.layer))
        )
      ),
      { numRuns: Number(process.env.CODE_MESH_RUNS ?? 15) }
    )
  }, 300_000)
})
