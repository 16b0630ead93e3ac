/** A session is open for writing while something uses it, and a little longer: counted by the leases that are held. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { idleTime } from "../../../src/domain/agent/OpenSessions.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { begun, eventually, inMesh, ofType, prompt, prompted, textPart } from "../../support/mesh.ts"

const anyTurn = { model: () => ({ text: "Done." }) }

/** How many of these sessions this process has open. */
const held = (sessions: ReadonlyArray<SessionId>) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const tries = yield* Effect.forEach(sessions, (id) => Effect.either(Effect.scoped(store.lease(id))))
    return tries.filter(Either.isLeft).length
  })

const idle = TestClock.adjust(idleTime)

describe("sessions that are open for writing", () => {
  it.effect("are given up once they have rested a while, however many they were", () =>
    inMesh(
      anyTurn,
      Effect.gen(function* () {
        const sessions = yield* Effect.map(
          Effect.forEach(Array.from({ length: 10 }), () => prompted("hi")),
          (all) => all.map((it) => it.session)
        )
        assert.strictEqual(yield* held(sessions), 10)
        yield* TestClock.adjust(Duration.subtract(idleTime, Duration.millis(1)))
        assert.strictEqual(yield* held(sessions), 10)
        yield* idle
        assert.strictEqual(yield* held(sessions), 0)
      })
    )
  )

  it.effect("go on where they were, once they are prompted again", () =>
    inMesh(
      anyTurn,
      Effect.gen(function* () {
        const { session } = yield* prompted("one")
        yield* idle
        const events = yield* prompt(session, "two")
        assert.strictEqual(ofType(events, "turn.finished").length, 2)
        assert.strictEqual(yield* held([session]), 1)
        yield* idle
        assert.strictEqual(yield* held([session]), 0)
      })
    )
  )

  it.effect("stay while somebody follows, and each call begins the wait anew", () =>
    inMesh(
      anyTurn,
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const { session: followed } = yield* prompted("hi")
        const { session: called } = yield* prompted("hi")
        const following = yield* Effect.fork(
          Stream.runDrain(
            Stream.takeUntil(mesh.follow(followed), (news) => news.type === "turn.finished" && news.turn === 2)
          )
        )
        yield* TestClock.adjust(Duration.subtract(idleTime, Duration.millis(1)))
        yield* mesh.rest(called)
        yield* TestClock.adjust(Duration.millis(1))
        assert.strictEqual(yield* held([followed]), 1)
        assert.strictEqual(yield* held([called]), 1)
        yield* idle
        assert.strictEqual(yield* held([called]), 0)
        yield* mesh.submit(followed, { type: "Prompt", parts: [textPart("again")] })
        yield* Fiber.join(following)
        yield* mesh.rest(followed)
        assert.strictEqual(yield* held([followed]), 1)
        yield* idle
        assert.strictEqual(yield* held([followed]), 0)
      })
    )
  )

  it.effect("stay while a turn runs that nobody follows", () =>
    inMesh(
      { model: { turns: [{ text: "slow", delayMs: 60_000 }] } },
      Effect.gen(function* () {
        const session = yield* begun("hi")
        yield* eventually(session, "model.requested")
        yield* idle
        assert.strictEqual(yield* held([session]), 1)
        yield* TestClock.adjust("1 minute")
        yield* eventually(session, "turn.finished")
        yield* idle
        assert.strictEqual(yield* held([session]), 0)
      })
    )
  )
})
