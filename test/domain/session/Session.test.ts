/** The writer of a session: one at a time, whole or not at all, and all that it records reaches every follower. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as MemoryEventStore from "../../../src/adapters/memory/MemoryEventStore.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { verify } from "../../../src/domain/session/chain.ts"
import { load, Session } from "../../../src/domain/session/Session.ts"
import { EventStore, SessionMissing } from "../../../src/ports/EventStore.ts"
import { created, said, sessionId } from "../../support/events.ts"

const id = sessionId(1)
const layer = Layer.provideMerge(Session.layer, Layer.mergeAll(MemoryEventStore.layer, NodeDigest.layer))
const test = (name: string, effect: Effect.Effect<unknown, unknown, Layer.Layer.Success<typeof layer> | Scope.Scope>) =>
  it.scoped(name, () => Effect.provide(effect, layer))
const begun: ReadonlyArray<Fact> = [
  created("/p"),
  { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "go" }] }
]
const texts = (count: number) => Array.from({ length: count }, (_, n) => said(`t${n}`))

describe("a session's writer", () => {
  test(
    "records facts in order, with a chain that holds, and its state is that of the stored events",
    Effect.gen(function* () {
      const handle = yield* (yield* Session).create(id, begun)
      yield* Effect.all(
        texts(20).map((fact) => handle.record([fact, fact])),
        { concurrency: "unbounded" }
      )
      const store = yield* EventStore
      const events = Array.from(yield* Stream.runCollect(store.read(id)))
      assert.deepStrictEqual(
        events.map((event) => event.seq),
        Array.from({ length: 42 }, (_, n) => n + 1)
      )
      assert.deepStrictEqual(yield* handle.state, yield* load(id))
      assert.strictEqual(yield* verify(events), (yield* handle.state).hash)
    })
  )

  test(
    "records nothing where the state that facts rest on is gone, and nothing of nothing",
    Effect.gen(function* () {
      const handle = yield* (yield* Session).create(id, begun)
      assert.strictEqual((yield* handle.record([said("a")], 2)).length, 1)
      assert.deepStrictEqual(yield* handle.record([said("b")], 2), [])
      assert.deepStrictEqual(yield* handle.record([]), [])
      assert.strictEqual((yield* handle.state).seq, 3)
    })
  )

  test(
    "is the only one until its scope closes",
    Effect.gen(function* () {
      const sessions = yield* Session
      const scope = yield* Scope.make()
      const first = yield* Scope.extend(sessions.create(id, begun), scope)
      const refused = yield* Effect.either(Effect.scoped(sessions.open(id)))
      assert.strictEqual(refused._tag === "Left" ? refused.left._tag : "", "SessionBusy")
      yield* first.record([said("a")])
      yield* Scope.close(scope, Exit.void)
      const second = yield* sessions.open(id)
      assert.strictEqual((yield* second.state).seq, 3)
      const late = yield* Effect.either(first.record([said("b")]))
      assert.strictEqual(late._tag, "Left")
    })
  )

  test(
    "of no session there is none",
    Effect.gen(function* () {
      const missing = yield* Effect.flip((yield* Session).open(id))
      assert.instanceOf(missing, SessionMissing)
    })
  )

  test(
    "answers the state before a command, or why it is refused, and then records nothing",
    Effect.gen(function* () {
      const handle = yield* (yield* Session).create(id, begun)
      const { before, events } = yield* handle.submit({ type: "Rename", title: "T" })
      assert.deepStrictEqual([before.seq, before.title, events.length], [2, "", 1])
      assert.strictEqual((yield* Effect.flip(handle.submit({ type: "Apply" })))._tag, "Refused")
      assert.strictEqual((yield* handle.state).seq, 3)
    })
  )
})

describe("followers", () => {
  test(
    "are told every event and all news, in order",
    Effect.gen(function* () {
      const handle = yield* (yield* Session).create(id, begun)
      const news = yield* handle.subscribe
      yield* handle.record([said("a")])
      yield* handle.progress({ type: "progress.text", session: id, turn: 1, text: "b" })
      yield* handle.record([said("c")])
      const told = Array.from(yield* Stream.runCollect(Stream.take(news, 3)))
      assert.deepStrictEqual(
        told.map((it) => ("text" in it ? it.text : "")),
        ["a", "b", "c"]
      )
    })
  )

  test(
    "that are slow lose news, and no event",
    Effect.gen(function* () {
      const handle = yield* (yield* Session).create(id, begun)
      const news = yield* handle.subscribe
      for (let round = 0; round < 30; round++) {
        for (let n = 0; n < 300; n++) yield* handle.progress({ type: "progress.text", session: id, turn: 1, text: "n" })
        yield* handle.record([said(`e${round}`)])
      }
      const events = Stream.filter(news, (it) => "seq" in it)
      const told = yield* Effect.fork(Stream.runCollect(Stream.take(events, 30)))
      const seqs = Array.from(yield* Fiber.join(told)).map((it) => ("seq" in it ? it.seq : 0))
      assert.deepStrictEqual(
        seqs,
        Array.from({ length: 30 }, (_, n) => n + 3)
      )
      const more = yield* handle.subscribe
      for (let n = 0; n < 9000; n++) yield* handle.progress({ type: "progress.text", session: id, turn: 1, text: "n" })
      yield* handle.record([said("end")])
      let count = 0
      yield* Stream.runForEachWhile(more, (it) => Effect.sync(() => ++count > 0 && !("seq" in it)))
      assert.isBelow(count, 9000)
    })
  )

  it.effect("see the end when the session's scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const handle = yield* Scope.extend(
        Effect.flatMap(Session, (sessions) => sessions.create(id, begun)),
        scope
      )
      const news = yield* handle.subscribe
      const ending = yield* Effect.fork(Stream.runDrain(news))
      yield* Scope.close(scope, Exit.void)
      const exit = yield* Fiber.await(ending)
      assert.isTrue(Exit.isSuccess(exit) || Exit.isInterrupted(exit))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
