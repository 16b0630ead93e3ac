/**
 * A worker of a cluster for tests that kill it: an agent without a model, whose turns each write a line into a file of its
 * copy, have that recorded in the shared log, and say in a ledger what they do.
 */
import { appendFileSync } from "node:fs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ClusterEngine from "../../../../src/adapters/node/engine/ClusterEngine.ts"
import * as hubEngine from "../../../../src/adapters/node/handover/hubEngine.ts"
import * as NodeWorkingCopies from "../../../../src/adapters/node/NodeWorkingCopies.ts"
import * as Postgres from "../../../../src/adapters/node/pg/Postgres.ts"
import type { Fact } from "../../../../src/domain/model/Event.ts"
import { evolve } from "../../../../src/domain/session/evolve.ts"
import { initial } from "../../../../src/domain/session/State.ts"
import { waiting } from "../../../../src/domain/staging/Staging.ts"
import { EventStore } from "../../../../src/ports/EventStore.ts"
import { type Task, TaskEngine, type TaskTurn } from "../../../../src/ports/TaskEngine.ts"
import { WorkingCopies } from "../../../../src/ports/WorkingCopies.ts"
import { created, eventOf } from "../../../support/events.ts"
import { ended, outcomeOf } from "../../../support/tasks.ts"

/** What a worker is told. */
export interface HubOrders {
  readonly url: string
  readonly hub: string
  readonly work: string
  readonly dataDir: string
  readonly ledger: string
  readonly port: number
  readonly turns: number
  readonly millis: number
}
const orders = JSON.parse(process.argv[2] ?? "{}") as HubOrders
const note = (what: string): void => appendFileSync(orders.ledger, `${process.pid} ${Date.now()} ${what}\n`)

/** What an agent does in a turn: what its log says is done is not done again. */
const turnOf = (task: Task) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* EventStore
      const lease = yield* store.lease(task.agent)
      const events = yield* Effect.orElseSucceed(Stream.runCollect(store.read(task.agent)), () => [])
      const state = [...events].reduce(evolve, initial(task.agent))
      const n = [...events].filter(({ type }) => type === "changes.staged").length + 1
      if (n > orders.turns)
        return { type: "ended", outcome: { ...outcomeOf(task, "done"), changes: waiting(state) } } as const
      note(`begin ${task.step} ${n}`)
      const copy = yield* (yield* WorkingCopies).open(task.agent, task.root)
      const { from } = yield* copy.materialise
      yield* Effect.sleep(orders.millis / 2)
      appendFileSync(`${from}/${task.step}.txt`, `turn ${n}\n`)
      yield* Effect.sleep(orders.millis / 2)
      yield* copy.checkpoint((changes) => {
        const staged: Fact = { type: "changes.staged", turn: n, changes }
        const facts = events.length === 0 && n === 1 ? [created(task.root), staged] : [staged]
        const after = [...events].length
        return store.append(
          lease,
          after,
          facts.map((fact, index) => eventOf(task.agent, after + 1 + index, fact))
        )
      })
      note(`end ${task.step} ${n}`)
      return { type: "again" } as const
    })
  ).pipe(
    // A machine that was overtaken in the middle: nothing of this may be told.
    Effect.catchAll((error) => Effect.succeed<TaskTurn>(ended(task, `failed: ${error.message}`)))
  )

const store = Postgres.layer(Redacted.make(orders.url))
const machine = Layer.provideMerge(
  hubEngine.layer({ dataDir: orders.dataDir, hub: orders.hub, work: orders.work }),
  Layer.mergeAll(
    store,
    NodeWorkingCopies.layer({ dataDir: orders.dataDir }),
    ClusterEngine.layer(Redacted.make(orders.url), {
      listening: { host: "127.0.0.1", port: orders.port },
      expiry: Duration.seconds(6),
      grace: Duration.seconds(10)
    })
  )
)

const program = Effect.gen(function* () {
  const context = yield* Effect.context<EventStore | WorkingCopies>()
  const { work } = yield* TaskEngine
  yield* work({
    turn: (task) => Effect.provide(turnOf(task), context),
    cancelled: (task) => Effect.succeed(outcomeOf(task, "cancelled")),
    decided: () => Effect.void
  })
  console.log("working")
  return yield* Effect.never
})

const stop = new AbortController()
process.on("SIGTERM", () => stop.abort())
Effect.runPromise(Effect.provide(Effect.scoped(program), Layer.fresh(machine)), { signal: stop.signal }).catch(
  (error) => {
    if (!stop.signal.aborted) {
      console.error(error)
      process.exitCode = 1
    }
  }
)
