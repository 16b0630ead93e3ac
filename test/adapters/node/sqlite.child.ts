/** One process of the tests with several: told what to do by its arguments, it says in JSON lines how it went. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Sqlite from "../../../src/adapters/node/Sqlite.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { eventOf, logOf, said, sessionId } from "../../support/events.ts"

const [task = "", path = "", number = "1"] = process.argv.slice(2)
const mine = sessionId(Number(number))
const say = (value: unknown) => console.log(JSON.stringify(value))

const head = Effect.flatMap(EventStore, (store) => Stream.runCount(store.read(mine)))

/** A lease, an append and a list, a hundred times. */
const hundred = Effect.gen(function* () {
  const store = yield* EventStore
  for (let i = 0; i < 100; i++) {
    yield* Effect.scoped(
      Effect.flatMap(store.lease(mine), (lease) =>
        store.append(lease, i, [
          i === 0 ? (logOf(mine, 1)[0] ?? eventOf(mine, 1, said(""))) : eventOf(mine, i + 1, said(`${i}`))
        ])
      )
    )
    yield* store.list
  }
  say({ done: yield* head })
})

/** Everybody wants the same session: whoever loses tries again, and every event is written by one process. */
const contend = Effect.gen(function* () {
  const store = yield* EventStore
  const shared = sessionId(77)
  const count = { busy: 0, stale: 0, won: 0 }
  while (count.won < 30) {
    const seen = yield* Effect.orElseSucceed(Stream.runCount(store.read(shared)), () => 0)
    const event = seen === 0 ? logOf(shared, 1) : [eventOf(shared, seen + 1, said(`by ${number}`))]
    const tried = yield* Effect.either(
      Effect.scoped(Effect.flatMap(store.lease(shared), (lease) => store.append(lease, seen, event)))
    )
    if (Either.isRight(tried)) count.won++
    else if (tried.left._tag === "SessionBusy") count.busy++
    else if (tried.left._tag === "StaleVersion") count.stale++
    else return yield* tried.left
    yield* Effect.sleep("1 millis")
  }
  say(count)
})

const hold = Effect.scoped(
  Effect.gen(function* () {
    const store = yield* EventStore
    const lease = yield* store.lease(mine)
    yield* store.append(lease, 0, logOf(mine, 3))
    say({ holding: lease.token })
    yield* Effect.never
  })
)

/** Writes until the store refuses, then tells why, and what can still be read. */
const fill = Effect.scoped(
  Effect.gen(function* () {
    const store = yield* EventStore
    const lease = yield* store.lease(mine)
    let acknowledged = 0
    const next = Effect.suspend(() =>
      store.append(lease, acknowledged, [
        acknowledged === 0
          ? (logOf(mine, 1)[0] ?? eventOf(mine, 1, said("")))
          : eventOf(mine, acknowledged + 1, said("x".repeat(20_000)))
      ])
    )
    const error = yield* Effect.flip(
      Effect.forever(
        Effect.tap(next, () =>
          Effect.sync(() => {
            acknowledged++
          })
        )
      )
    )
    const read = Chunk.toReadonlyArray(yield* Stream.runCollect(store.read(mine)))
    say({ error, message: error.message, acknowledged, read: read.length, last: read.at(-1)?.seq })
  })
)

const list = Effect.flatMap(Effect.either(Effect.flatMap(EventStore, (store) => store.list)), (result) =>
  Effect.sync(() =>
    say(Either.isLeft(result) ? { error: result.left, message: result.left.message } : { rows: result.right.length })
  )
)

const tasks: Record<string, Effect.Effect<unknown, unknown, EventStore>> = { hundred, contend, hold, fill, list }
const chosen = tasks[task] ?? Effect.dieMessage(`no task ${task}`)
await Effect.runPromise(Effect.provide(chosen, Sqlite.layer({ path })))
