/** A model that does not answer: which declared one stands in, what is kept of broken answers, and that it all replays. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as invariants from "../../../src/adapters/memory/invariants.ts"
import { ScriptedRequests, type ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import * as UnbashGrammar from "../../../src/adapters/shared/UnbashGrammar.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { couldAnswer, standIns } from "../../../src/domain/agent/standIn.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Event } from "../../../src/domain/model/Event.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import type { Model } from "../../../src/domain/model/Model.ts"
import { ModelError, type ModelRequest } from "../../../src/ports/LanguageModel.ts"
import {
  begun,
  eventually,
  inMesh,
  type Mesh,
  type MeshOptions,
  ofType,
  prompt,
  prompted,
  rested
} from "../../support/mesh.ts"

const main = "scripted/test"
const fallback = ["scripted/second", "scripted/third"] as const
const config = { model: { fallback } }
const kinds = (kind: ModelError["kind"], more: object = {}): ScriptedTurn => ({ error: { kind, ...more } })

/** A world in which each model answers by its own rule. */
const models = (answers: Readonly<Record<string, (request: ModelRequest, n: number) => ScriptedTurn>>): MeshOptions => {
  const asked = new Map<string, number>()
  return {
    config,
    files: { "a.txt": "one\n" },
    model: (request) => {
      const n = asked.get(request.model) ?? 0
      asked.set(request.model, n + 1)
      return answers[request.model]?.(request, n) ?? { text: `I am ${request.model}.` }
    }
  }
}

/** Waits until the session rests, while time goes by. */
const restedInTime = (session: SessionId) =>
  Effect.raceFirst(
    rested(session),
    Effect.forever(Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 40), TestClock.adjust("1 second")))
  )

const again = (events: ReadonlyArray<Event>) =>
  replay(events).pipe(
    Effect.provide(NodeDigest.layer),
    Effect.provide(BpeTokenizer.layer),
    Effect.provide(UnbashGrammar.layer)
  )

/** Runs it, and holds every law and a replay against what it left. */
const lawful = <E>(options: MeshOptions, run: Effect.Effect<ReadonlyArray<Event>, E, Mesh>) =>
  Effect.gen(function* () {
    const { events, requests } = yield* inMesh(
      options,
      Effect.gen(function* () {
        const events = yield* run
        return { events, requests: yield* Effect.flatMap(ScriptedRequests, (it) => it.all) }
      })
    )
    for (const breach of [
      invariants.everyCallAnswered(events),
      invariants.everyPrefixOpens(events),
      invariants.requestsExtend(events, requests),
      invariants.requestsValid(requests),
      invariants.windowKept(events, requests)
    ])
      assert.isUndefined(breach, JSON.stringify(breach))
    assert.strictEqual(yield* again(events), events.at(-1)?.hash)
    return { events, requests }
  })

const waited = Effect.flatMap(begun("go"), restedInTime)

describe("a model that does not answer", () => {
  it.effect("is asked so often, then a declared one stands in, and the log says why", () =>
    Effect.gen(function* () {
      const { events, requests } = yield* lawful(models({ [main]: () => kinds("overloaded") }), waited)
      const [switched, ...more] = ofType(events, "model.switched")
      assert.deepInclude(switched, { from: main, to: fallback[0], kind: "overloaded", reason: "the script says so" })
      assert.strictEqual(more.length, 0)
      assert.strictEqual(ofType(events, "model.retried").length, 4)
      assert.strictEqual(requests.at(-1)?.model, fallback[0])
      assert.strictEqual(events.at(-1)?.type, "turn.finished")
    })
  )
  for (const kind of ["authentication", "quota"] as const)
    it.effect(`because of ${kind} is asked once`, () =>
      Effect.gen(function* () {
        const { events, requests } = yield* lawful(models({ [main]: () => kinds(kind) }), waited)
        assert.deepStrictEqual(
          requests.map((request) => request.model),
          [main, fallback[0]]
        )
        assert.strictEqual(ofType(events, "model.switched")[0]?.kind, kind)
      })
    )
  it.effect("and asks for a long wait is not waited for where another may stand in", () =>
    Effect.gen(function* () {
      const long = models({ [main]: () => kinds("rate_limit", { retryAfter: 60_000 }) })
      const { events } = yield* lawful(long, waited)
      assert.strictEqual(ofType(events, "model.retried").length, 0)
      assert.strictEqual(ofType(events, "model.switched")[0]?.to, fallback[0])
    })
  )
  it.effect("and asks for a short wait is waited for", () =>
    Effect.gen(function* () {
      const short = models({
        [main]: (_, n) => (n === 0 ? kinds("rate_limit", { retryAfter: 6_000 }) : { text: "ok" })
      })
      const { events } = yield* lawful(short, waited)
      assert.strictEqual(ofType(events, "model.switched").length, 0)
      assert.isAtLeast(ofType(events, "model.retried")[0]?.delay ?? 0, 6_000)
    })
  )
  it.effect("for what was asked of it is not replaced: others would be asked the same", () =>
    Effect.gen(function* () {
      const { events } = yield* lawful(models({ [main]: () => kinds("invalid") }), waited)
      assert.strictEqual(ofType(events, "model.switched").length, 0)
      assert.strictEqual(ofType(events, "turn.failed")[0]?.error.kind, "invalid")
    })
  )
  it.effect("by declining is not replaced", () =>
    Effect.gen(function* () {
      const { events } = yield* lawful(models({ [main]: () => ({ text: "No.", stop: "refusal" }) }), waited)
      assert.strictEqual(ofType(events, "model.switched").length, 0)
    })
  )
  it.effect("is replaced by the next one where that does not answer either, and the last error ends the turn", () =>
    Effect.gen(function* () {
      const none = models({
        [main]: () => kinds("quota"),
        "scripted/second": () => kinds("authentication"),
        "scripted/third": () => kinds("missing_model")
      })
      const { events } = yield* lawful(none, waited)
      assert.deepStrictEqual(
        ofType(events, "model.switched").map(({ kind, to }) => [kind, to]),
        [
          ["quota", fallback[0]],
          ["authentication", fallback[1]]
        ]
      )
      assert.strictEqual(ofType(events, "turn.failed")[0]?.error.kind, "missing_model")
    })
  )
  it.effect("in the middle of its work is replaced there, and is asked again in the next turn", () =>
    Effect.gen(function* () {
      const call = { name: "read", input: { file_path: "a.txt" } }
      const tired = models({
        [main]: (_, n) => (n === 0 ? { calls: [call] } : n === 1 ? kinds("quota") : { text: "!" })
      })
      const { events, requests } = yield* lawful(
        tired,
        Effect.gen(function* () {
          const { session } = yield* prompted("go")
          const state = yield* (yield* CodeMesh).show(session)
          assert.deepStrictEqual([state.model, state.standIn], [main, fallback[0]])
          return yield* prompt(session, "again")
        })
      )
      assert.deepStrictEqual(
        requests.map((request) => request.model),
        [main, main, "scripted/second", main]
      )
      assert.deepInclude(ofType(events, "model.switched")[1], { from: fallback[0], to: main })
      assert.isUndefined(ofType(events, "model.switched")[1]?.kind)
    })
  )
})

describe("the words of an answer that breaks off", () => {
  const broken: ScriptedTurn = { text: "I was about to", error: { kind: "incomplete" } }
  it.effect("are kept in the log, and not said twice to anybody", () =>
    Effect.gen(function* () {
      const { events, requests } = yield* lawful(
        models({ [main]: (_, n) => (n === 0 ? broken : { text: "I was about to say: yes." }) }),
        Effect.gen(function* () {
          const session = yield* begun("go")
          yield* restedInTime(session)
          return yield* prompt(session, "and?")
        })
      )
      assert.strictEqual(ofType(events, "model.retried")[0]?.said, "I was about to")
      assert.deepStrictEqual(
        ofType(events, "part.text").map(({ text }) => text),
        ["I was about to say: yes.", "I was about to say: yes."]
      )
      assert.deepStrictEqual(requests[0], requests[1])
      assert.strictEqual(JSON.stringify(requests[2]).split("I was about to").length, 2)
    })
  )
  it.effect("are kept where another model stands in", () =>
    Effect.gen(function* () {
      const { events, requests } = yield* lawful(
        models({ [main]: () => ({ text: "Half a", error: { kind: "quota" } }) }),
        waited
      )
      for (let length = 1; length < events.length; length++)
        assert.strictEqual(yield* again(events.slice(0, length)), events[length - 1]?.hash)
      assert.strictEqual(ofType(events, "model.switched")[0]?.said, "Half a")
      assert.notInclude(JSON.stringify(requests[1]), "Half a")
    })
  )
  it.effect("stay in the conversation where the turn ends with them", () =>
    Effect.gen(function* () {
      const { events, requests } = yield* lawful(
        {
          ...models({ [main]: (_, n) => (n < 5 ? { text: `Try ${n}`, error: { kind: "server" } } : { text: "ok" }) }),
          config: {}
        },
        Effect.gen(function* () {
          const session = yield* begun("go")
          yield* restedInTime(session)
          return yield* prompt(session, "go on")
        })
      )
      assert.deepStrictEqual(
        ofType(events, "model.retried").map(({ said }) => said),
        ["Try 0", "Try 1", "Try 2", "Try 3"]
      )
      assert.deepInclude(ofType(events, "part.text")[0], { text: "Try 4", partial: true })
      assert.include(JSON.stringify(requests.at(-1)?.messages), "Try 4")
      assert.notInclude(JSON.stringify(requests.at(-1)?.messages), "Try 3")
    })
  )
  it.effect("are kept where the person stops it while it waits to be asked again", () =>
    Effect.gen(function* () {
      const { events } = yield* lawful(
        models({ [main]: () => broken }),
        Effect.gen(function* () {
          const session = yield* begun("go")
          yield* eventually(session, "model.retried")
          yield* Effect.repeatN(Effect.yieldNow(), 100)
          yield* (yield* CodeMesh).submit(session, { type: "Interrupt" })
          return yield* rested(session)
        })
      )
      assert.strictEqual(ofType(events, "model.retried")[0]?.said, "I was about to")
      assert.strictEqual(events.at(-1)?.type, "turn.interrupted")
    })
  )
})

describe("which model may stand in", () => {
  const error = (kind: ModelError["kind"]) => new ModelError({ kind, model: main, reason: "r" })
  const model = (context: number): Model => ({
    name: "a/b",
    context,
    output: 10,
    images: false,
    reasoning: false,
    tools: true
  })
  it("is each declared one once, and none after what was wrong in itself", () => {
    assert.deepStrictEqual(standIns(error("quota"), ["a/a", "b/b", "c/c"], new Set(["b/b"])), ["a/a", "c/c"])
    assert.deepStrictEqual(standIns(error("invalid"), ["a/a"], new Set()), [])
  })
  it("has a larger window, where the request was too long", () => {
    assert.isTrue(couldAnswer(error("too_long"), model(10), model(11)))
    assert.isFalse(couldAnswer(error("too_long"), model(10), model(10)))
    assert.isTrue(couldAnswer(error("server"), model(10), model(1)))
  })
})
