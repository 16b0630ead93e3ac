/**
 * An independent fake with its faults on: whatever it does to an answer, each protocol's stream ends in the whole answer
 * or in a ModelError that says what happened, and leaves nothing behind.
 */
import { type ChaosConfig, type FixtureOpts, LLMock } from "@copilotkit/aimock"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Supervisor from "effect/Supervisor"
import type { Api } from "../../../../src/domain/model/Config.ts"
import type { ModelError } from "../../../../src/ports/LanguageModel.ts"
import { fastClock } from "../../../support/fastClock.ts"
import { ofType } from "../../../support/mesh.ts"
import { ask, fakeModel, promptOf, testKey, whole } from "../../../support/models.ts"
import { askOnNode, onNode } from "../../../support/nodeWorld.ts"

const apis: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google", "ollama"]
const words = "One two three four five six seven eight nine ten."

interface Fault {
  readonly name: string
  readonly chaos?: ChaosConfig
  readonly fixture?: Omit<FixtureOpts, "chaos">
  /** An error that the fake answers with, once. */
  readonly status?: number
  /** Which errors tell the truth about it; none where the answer comes all the same. */
  readonly kinds: ReadonlyArray<ModelError["kind"]>
}

const broken: ReadonlyArray<ModelError["kind"]> = ["incomplete", "network", "protocol"]

const faults: ReadonlyArray<Fault> = [
  { name: "answers in the smallest pieces", fixture: { chunkSize: 1 }, kinds: [] },
  { name: "takes its time", fixture: { latency: 5 }, chaos: { latencyMs: 20 }, kinds: [] },
  { name: "limits the rate", chaos: { rateLimitRate: 1 }, kinds: ["rate_limit"] },
  { name: "fails inside", chaos: { dropRate: 1 }, kinds: ["server"] },
  { name: "is overloaded", status: 529, kinds: ["overloaded", "server"] },
  { name: "is out of service", status: 503, kinds: ["overloaded", "server"] },
  { name: "answers in broken JSON", chaos: { malformedRate: 1 }, kinds: broken },
  { name: "hangs up without a word", chaos: { disconnectRate: 1 }, kinds: broken },
  { name: "cuts the answer after its first pieces", fixture: { truncateAfterChunks: 2 }, kinds: broken },
  { name: "hangs up in the middle", fixture: { latency: 20, disconnectAfterMs: 50 }, kinds: broken },
  { name: "falls silent before its first byte", chaos: { latencyMs: 1000 }, kinds: ["timeout"] },
  { name: "falls silent in the middle", fixture: { latency: 1000 }, kinds: ["timeout"] }
]

/** The fake with a fault; none where it is to be well. */
const faulty = ({ chaos, fixture, status }: Partial<Fault>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = new LLMock({ port: 0, logLevel: "silent", ...(chaos === undefined ? {} : { chaos }) })
      server.onMessage(/[\s\S]*/, { content: words }, { chunkSize: 8, ...fixture })
      if (status !== undefined) server.nextRequestError(status, { message: "not now" })
      await server.start()
      return server
    }),
    (server) => Effect.promise(() => server.stop())
  )

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length

/** Counts what is left of an effect: fibers that still run. */
const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const supervisor = yield* Supervisor.track
    const result = yield* Effect.either(Effect.supervised(effect, supervisor))
    return { result, left: (yield* supervisor.value).filter((fiber) => fiber.unsafePoll() === null).length }
  })

// Only where silence is the subject: on a busy machine the first request of a protocol takes longer than that.
const idleTimeout = ({ kinds }: Fault) => (kinds.includes("timeout") ? { first: 150, between: 150 } : undefined)

for (const api of apis)
  describe(`an independent fake that, for ${api},`, () => {
    for (const fault of faults)
      it.scopedLive(fault.name, () =>
        Effect.gen(function* () {
          const before = sockets()
          const result = yield* Effect.scoped(
            Effect.gen(function* () {
              const server = yield* faulty(fault)
              const idle = idleTimeout(fault)
              const model = fakeModel(api, server.url, idle === undefined ? {} : { idleTimeout: idle })
              const { left, result } = yield* counted(Effect.provide(ask(promptOf("hi")), model))
              assert.strictEqual(left, 0, "a fiber is left")
              return result
            })
          )
          if (Either.isRight(result)) {
            const parts = whole(result.right)
            const said = parts.map((part) => (part.type === "text" ? part.text : "")).join("")
            assert.deepStrictEqual([said, parts.at(-1)?.type], [words, "finish"])
            assert.strictEqual(parts.filter((part) => part.type === "finish").length, 1)
            assert.deepStrictEqual(fault.kinds, [], "it was to fail")
          } else {
            const { _tag, kind, message, model } = result.left
            assert.deepStrictEqual([_tag, model], ["ModelError", "fake/m"])
            assert.include(fault.kinds, kind, message)
            assert.notInclude(message, testKey)
            if (kind === "rate_limit") assert.isAbove(result.left.retryAfter ?? 0, 0)
          }
          // What the fake closed is gone on this side too.
          for (let turn = 0; turn < 200 && sockets() > before; turn += 1) yield* Effect.sleep(5)
          assert.isAtMost(sockets(), before, "a connection is left open")
        })
      )
  })

it.scopedLive("a fake that fails twice is asked again in every protocol, and each time is an event", () =>
  Effect.gen(function* () {
    const server = yield* faulty({})
    const bases = { openai: `${server.url}/v1`, "openai-responses": `${server.url}/v1` } as Partial<Record<Api, string>>
    const config = apis.map(
      (api) =>
        `[providers.${api}-mine]\napi = "${api}"\nbaseUrl = "${bases[api] ?? server.url}"\napiKeyEnv = "MY_KEY"\n`
    )
    yield* onNode({ config: config.join(""), env: { MY_KEY: testKey } }, (world) =>
      Effect.gen(function* () {
        for (const api of apis) {
          server.nextRequestError(500, { message: "inside" })
          server.nextRequestError(429, { message: "slower" })
          const { events } = yield* askOnNode(world, `${api}-mine/m`, "hi")
          const kinds = new Set(ofType(events, "model.retried").map((event) => event.kind))
          assert.deepStrictEqual([...kinds].sort(), ["rate_limit", "server"], api)
          assert.strictEqual(ofType(events, "part.text")[0]?.text, words)
          assert.strictEqual(events.at(-1)?.type, "turn.finished")
        }
      }).pipe(Effect.withClock(fastClock(50)))
    )
  })
)
