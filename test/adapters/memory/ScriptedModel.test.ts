/** The scripted model: the contract of all models, and what scripts can say. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import {
  layer,
  layerFunction,
  parseScript,
  ScriptedRequests,
  type ScriptedTurn
} from "../../../src/adapters/memory/ScriptedModel.ts"
import { languageModelContract, type Wanted } from "../../ports/LanguageModel.contract.ts"
import { ask, promptOf, whole } from "../../support/models.ts"
import { runContract } from "../../support/runContract.ts"

const turnOf = (wanted: Wanted): ScriptedTurn =>
  wanted.overloaded === true
    ? { error: { kind: "overloaded" } }
    : {
        ...(wanted.text === undefined ? {} : { text: wanted.text }),
        ...(wanted.calls === undefined ? {} : { calls: wanted.calls }),
        ...(wanted.hang === undefined ? {} : { hang: wanted.hang })
      }

runContract(
  languageModelContract("scripted/test", (answers) => Effect.succeed(layer({ turns: answers.map(turnOf) }, "test"))),
  "ScriptedModel",
  Layer.empty
)

const request = promptOf("please fix it", { model: "scripted/test" })

describe("scripts", () => {
  it.effect("text comes word by word, or in the given pieces", () =>
    Effect.gen(function* () {
      const pieces = Effect.map(ask(request), (all) =>
        all.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))
      )
      assert.deepStrictEqual(yield* pieces, ["one", " two", "\n three "])
      assert.deepStrictEqual(yield* pieces, ["o", "ne"])
    }).pipe(Effect.provide(layer({ turns: [{ text: "one two\n three " }, { chunks: ["o", "ne"] }] })))
  )

  it.effect("a script that has run out says so", () =>
    Effect.gen(function* () {
      yield* ask(request)
      const error = yield* Effect.flip(ask(request))
      assert.include(error.message, "1 turns")
      assert.include(error.message, "request 2")
    }).pipe(Effect.provide(layer({ turns: [{ text: "only" }] })))
  )

  it.effect("a prompt that does not match is an error", () =>
    Effect.gen(function* () {
      yield* ask(request)
      assert.include((yield* Effect.flip(ask(request))).message, "/nothing/")
    }).pipe(
      Effect.provide(
        layer({
          turns: [
            { match: "fix", text: "a" },
            { match: "nothing", text: "b" }
          ]
        })
      )
    )
  )

  it.effect("input that is not valid is passed on as it is", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(whole(yield* ask(request))[0], { type: "call", name: "edit", input: '{"path": "a' })
    }).pipe(Effect.provide(layer({ turns: [{ calls: [{ name: "edit", raw: '{"path": "a' }] }] })))
  )

  it.effect("a delay is kept by the clock", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(ask(request))
      yield* TestClock.adjust(1999)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      assert.isAbove((yield* Fiber.join(fiber)).length, 1)
    }).pipe(Effect.provide(layer({ turns: [{ text: "late", delayMs: 2000 }] })))
  )

  it.effect("an error carries what the provider would have said", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(request))
      assert.deepStrictEqual([error.kind, error.status, error.retryAfter], ["rate_limit", 429, 1500])
    }).pipe(Effect.provide(layer({ turns: [{ error: { kind: "rate_limit", status: 429, retryAfter: 1500 } }] })))
  )

  it.effect("a function answers by what it is asked, and the requests are kept", () =>
    Effect.gen(function* () {
      assert.deepInclude(whole(yield* ask(request))[0], { text: "0: You are a test." })
      yield* ask(request)
      const requests = yield* ScriptedRequests
      assert.deepStrictEqual(yield* requests.all, [request, request])
    }).pipe(Effect.provide(layerFunction((given, n) => ({ text: `${n}: ${given.system}` }))))
  )

  it.effect("a file that is no script is refused in words", () =>
    Effect.gen(function* () {
      assert.include(yield* Effect.flip(parseScript({ turns: [{ txt: "a" }] })), "txt")
      const script = {
        turns: [{ text: "a", calls: [{ name: "read", input: { file_path: "a" } }], usage: { input: 1 } }]
      }
      assert.deepStrictEqual(yield* parseScript(script), script)
    })
  )
})
