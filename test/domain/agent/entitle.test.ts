/** Titles by the small model. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { cleanTitle, entitle, titleModel } from "../../../src/domain/agent/entitle.ts"
import type { Config } from "../../../src/domain/model/Config.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import type { SessionHandle } from "../../../src/domain/session/Session.ts"
import { LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { eventsFrom, someSession, stateOf } from "../../support/logs.ts"
import { inMesh, ofType, prompted } from "../../support/mesh.ts"

const small: Config = { model: { small: "a/small" } }
const first: ReadonlyArray<Fact> = [
  { type: "session.titled", title: "Mend the parser" },
  { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "Mend the parser\nplease" }] }
]
const stateAfter = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom(facts))

/** What is recorded when the model answers so; `meanwhile` happens before it does. */
const recordedWith = (
  config: Config,
  answer: Stream.Stream<ModelPart, ModelError>,
  meanwhile: ReadonlyArray<Fact> = []
) =>
  Effect.gen(function* () {
    let facts: ReadonlyArray<Fact> = first
    const handle: SessionHandle = {
      id: someSession,
      state: Effect.sync(() => stateAfter(...facts)),
      record: (more) =>
        Effect.sync(() => {
          facts = [...facts, ...more]
          return []
        }),
      submit: () => Effect.dieMessage("not used"),
      progress: () => Effect.void,
      subscribe: Effect.succeed(Stream.empty)
    }
    yield* Effect.provideService(entitle(handle, config), LanguageModel, {
      stream: () => Stream.concat(Stream.drain(Stream.fromEffect(Effect.orDie(handle.record(meanwhile)))), answer),
      describe: (name) =>
        Effect.succeed({ name, context: 8000, output: 100, images: false, reasoning: false, tools: true }),
      available: Effect.succeed([])
    })
    return facts.slice(first.length + meanwhile.length)
  })
const usage = { input: 10, output: 3, cacheRead: 0, cacheWrite: 0 }
const said = (text: string) =>
  Stream.make<[ModelPart, ModelPart, ModelPart]>(
    { type: "text-delta", text },
    { type: "text", text },
    { type: "finish", stop: "end_turn", usage }
  )

describe("a title", () => {
  it("is the first line of an answer, without its quotes, and short", () => {
    assert.strictEqual(cleanTitle('\n "Mend the  parser." \nmore'), "Mend the parser")
    assert.strictEqual(cleanTitle("Title: **Mend it**"), "Mend it")
    assert.strictEqual(cleanTitle("x".repeat(90)), `${"x".repeat(59)}…`)
    assert.isUndefined(cleanTitle(' "" '))
  })
  it("is made by a small model that the person set, for the first turn, of a title that the program made, without a budget", () => {
    const state = stateAfter(...first)
    assert.strictEqual(titleModel(small, state), "a/small")
    assert.isUndefined(titleModel({}, state))
    assert.isUndefined(titleModel({ ...small, budget: { max_calls: 9 } }, state))
    assert.isUndefined(titleModel(small, { ...state, limits: { tokens: 9 } }))
    assert.isUndefined(titleModel(small, { ...state, limits: { cost: 9 } }))
    assert.isUndefined(titleModel(small, { ...state, turn: 2 }))
    assert.isUndefined(titleModel(small, { ...state, title: "mine" }))
    assert.isUndefined(titleModel(small, { ...state, title: "" }))
  })
  it.effect("is recorded with what it used, counted for the session and not for the turn", () =>
    Effect.gen(function* () {
      const facts = yield* recordedWith(small, said('"Parser mended"'))
      assert.deepStrictEqual(facts, [
        { type: "session.titled", title: "Parser mended", model: "a/small", usage: { ...usage, cost: 0 } }
      ])
      const state = stateAfter(...first, ...facts)
      assert.deepStrictEqual([state.title, state.usage.output, state.turnUsage.output], ["Parser mended", 3, 0])
    })
  )
  it.effect(
    "stays the first words where the model fails, says nothing, or the person named the session meanwhile",
    () =>
      Effect.gen(function* () {
        const error = new ModelError({ kind: "server", model: "a/small", reason: "down" })
        assert.deepStrictEqual(yield* recordedWith(small, Stream.fail(error)), [])
        assert.deepStrictEqual(yield* recordedWith({}, said("x")), [])
        const titleAfter = (answer: Stream.Stream<ModelPart, ModelError>, meanwhile: ReadonlyArray<Fact>) =>
          Effect.map(
            recordedWith(small, answer, meanwhile),
            (facts) => stateAfter(...first, ...meanwhile, ...facts).title
          )
        assert.strictEqual(yield* titleAfter(said(" "), []), "Mend the parser")
        assert.strictEqual(yield* titleAfter(Stream.empty, []), "Mend the parser")
        assert.strictEqual(yield* titleAfter(said("Other"), [{ type: "session.titled", title: "Mine" }]), "Mine")
      })
  )
  for (const [how, answer] of [
    ["never comes", { hang: true }],
    ["fails", { error: { kind: "invalid" } }]
  ] as const)
    it.live(`that ${how} neither delays the run nor fails it`, () =>
      Effect.gen(function* () {
        let asked = 0
        const model = (request: ModelRequest): ScriptedTurn => {
          if (request.model !== "scripted/small") return { text: "done", delayMs: 10 }
          asked += 1
          return answer
        }
        const config = { model: { small: "scripted/small" } }
        const { events } = yield* inMesh({ model, config }, prompted("Mend it"))
        assert.strictEqual(asked, 1)
        assert.strictEqual(events.at(-1)?.type, "turn.finished")
        assert.deepStrictEqual(
          ofType(events, "session.titled").map(({ title }) => title),
          ["Mend it"]
        )
      })
    )
  it.live("is not asked for where no small model is set", () =>
    Effect.gen(function* () {
      let asked = 0
      const model = () => {
        asked += 1
        return { text: "done" }
      }
      yield* inMesh(
        { model },
        Effect.gen(function* () {
          const { events } = yield* prompted("Mend it")
          assert.strictEqual(asked, 1)
          assert.strictEqual(ofType(events, "session.titled").length, 1)
        })
      )
    })
  )
})
