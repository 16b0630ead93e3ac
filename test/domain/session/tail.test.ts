/** A log that somebody else writes is followed to its end. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { make } from "../../../src/adapters/memory/MemoryEventStore.ts"
import { tail } from "../../../src/domain/session/tail.ts"
import { StoreFailed } from "../../../src/ports/EventStore.ts"
import { logOf, sessionId } from "../../support/events.ts"

const id = sessionId(1)
const seqs = (events: Iterable<{ readonly seq: number }>) => Array.from(events, (event) => event.seq)

it.scoped("a log that nobody writes ends at its newest event", () =>
  Effect.gen(function* () {
    const store = yield* make
    yield* Effect.scoped(Effect.flatMap(store.lease(id), (lease) => store.append(lease, 0, logOf(id, 4))))
    assert.deepStrictEqual(seqs(yield* Stream.runCollect(tail(store, id, 2))), [3, 4])
  })
)

it.scoped("what another one writes is told as it comes, and the end when it is done", () =>
  Effect.gen(function* () {
    const store = yield* make
    const scope = yield* Scope.make()
    const lease = yield* Scope.extend(store.lease(id), scope)
    const log = logOf(id, 6)
    yield* store.append(lease, 0, log.slice(0, 2))
    const told: Array<number> = []
    const follower = yield* Effect.fork(
      Stream.runForEach(tail(store, id, 0), (event) => Effect.sync(() => told.push(event.seq)))
    )
    yield* TestClock.adjust("1 seconds")
    assert.deepStrictEqual(told, [1, 2])
    yield* store.append(lease, 2, log.slice(2, 5))
    yield* TestClock.adjust("1 seconds")
    assert.deepStrictEqual(told, [1, 2, 3, 4, 5])
    yield* store.append(lease, 5, log.slice(5))
    yield* Scope.close(scope, Exit.void)
    yield* TestClock.adjust("1 seconds")
    yield* Fiber.join(follower)
    assert.deepStrictEqual(told, [1, 2, 3, 4, 5, 6])
  })
)

it.scoped("a store that fails fails the follower, after what was sound", () =>
  Effect.gen(function* () {
    const store = yield* make
    yield* store.append(yield* store.lease(id), 0, logOf(id, 2))
    const failed = new StoreFailed({ kind: "other", reason: "gone", remedy: "" })
    const told: Array<number> = []
    const broken = tail({ ...store, writer: () => Effect.fail(failed) }, id, 0)
    const error = yield* Effect.flip(Stream.runForEach(broken, (event) => Effect.sync(() => told.push(event.seq))))
    assert.deepStrictEqual([error, told], [failed, [1, 2]])
  })
)
