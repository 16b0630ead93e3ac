/**
 * A process with an engine, for tests that kill it: it writes what its turns do into a ledger outside of the database.
 * Its first word is `embedded` with a folder, or `cluster` with a URL and a port.
 */
import { appendFileSync } from "node:fs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ClusterEngine from "../../../../src/adapters/node/engine/ClusterEngine.ts"
import * as EmbeddedEngine from "../../../../src/adapters/node/engine/EmbeddedEngine.ts"
import { type Task, TaskEngine, type TaskWorker } from "../../../../src/ports/TaskEngine.ts"
import { aPlan, ended, outcomeOf, taskOf } from "../../../support/tasks.ts"

const [kind = "", place = "", ledger = "", settings = "{}"] = process.argv.slice(2)

/** What one run of this process is asked for. */
export interface Orders {
  /** Its port in the cluster. */
  readonly port?: number
  /** Seconds after which a silent machine loses its tasks. */
  readonly expiry?: number
  readonly grace?: number
  /** Tasks that it begins. */
  readonly tasks?: ReadonlyArray<string>
  /** Turns of a task, and milliseconds of a turn. */
  readonly turns?: number
  readonly millis?: number
}
const orders = JSON.parse(settings) as Orders
const { tasks = [], turns = 3, millis = 100 } = orders

const note = (what: string): void => appendFileSync(ledger, `${process.pid} ${Date.now()} ${what}\n`)

const turnOf = (task: Task, n: number) =>
  Effect.gen(function* () {
    note(`begin ${task.step} ${n}`)
    yield* Effect.sleep(millis)
    note(`end ${task.step} ${n}`)
    return n < turns ? ({ type: "again" } as const) : ended(task)
  }).pipe(Effect.onInterrupt(() => Effect.sync(() => note(`cut ${task.step} ${n}`))))

const worker: TaskWorker = {
  turn: turnOf,
  cancelled: (task) => Effect.sync(() => outcomeOf(task, "cancelled")),
  decided: () => Effect.void
}

const engine =
  kind === "embedded"
    ? EmbeddedEngine.layer(place)
    : ClusterEngine.layer(Redacted.make(place), {
        ...(orders.port === undefined ? {} : { listening: { host: "127.0.0.1", port: orders.port } }),
        expiry: Duration.seconds(orders.expiry ?? 3),
        grace: Duration.seconds(orders.grace ?? 10)
      })

const program = Effect.gen(function* () {
  const { outcomes, start, work } = yield* TaskEngine
  yield* work(worker)
  console.log("working")
  yield* Effect.forEach(tasks, (step) => start(taskOf(step)), { concurrency: 16 })
  console.log("begun")
  if (tasks.length === 0 && kind === "cluster") return yield* Effect.never
  yield* Stream.runForEach(Stream.take(outcomes(aPlan), tasks.length), ({ result, step }) =>
    Effect.sync(() => {
      note(`told ${step} ${result}`)
      console.log(`told ${step} ${result}`)
    })
  )
  console.log("done")
})

const stop = new AbortController()
process.on("SIGTERM", () => stop.abort())
Effect.runPromise(Effect.provide(Effect.scoped(program), Layer.fresh(engine)), { signal: stop.signal }).catch(
  (error) => {
    if (!stop.signal.aborted) {
      console.error(error)
      process.exitCode = 1
    }
  }
)
