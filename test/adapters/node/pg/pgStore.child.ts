/** One process of the tests with several: told what to do by its arguments, it says in JSON lines how it went. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Postgres from "../../../../src/adapters/node/pg/Postgres.ts"
import { EventStore } from "../../../../src/ports/EventStore.ts"
import { eventOf, logOf, said, sessionId } from "../../../support/events.ts"

const [task = "", url = "", number = "1"] = process.argv.slice(2)
const say = (value: unknown) => console.log(JSON.stringify(value))

/** Everybody wants the same session: whoever loses tries again, and every event is written by one process. */
const contend = Effect.gen(function* () {
  const store = yield* EventStore
  const shared = sessionId(77)
  const count = { busy: 0, stale: 0, won: 0 }
  while (count.won < 10) {
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

/** Holds a lease until it is killed. */
const hold = Effect.scoped(
  Effect.gen(function* () {
    const store = yield* EventStore
    const mine = sessionId(Number(number))
    const lease = yield* store.lease(mine)
    yield* store.append(lease, 0, logOf(mine, 3))
    say({ holding: lease.token })
    yield* Effect.never
  })
)

const tasks: Record<string, Effect.Effect<unknown, unknown, EventStore>> = { contend, hold }
const chosen = tasks[task] ?? Effect.dieMessage(`no task ${task}`)
await Effect.runPromise(Effect.provide(chosen, Postgres.layer(Redacted.make(url))))
