/** The engine of tasks that machines share: durable, in a PostgreSQL database, done by whichever worker is there. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { EngineFailed, TaskEngine } from "../../../ports/TaskEngine.ts"
import { once } from "../../shared/eventRows.ts"
import { readDatabaseUrl } from "../pg/databaseUrl.ts"
import { apart } from "./apart.ts"
import type { ClusterOptions } from "./clusterOptions.ts"

const opening = (url: Redacted.Redacted, options: ClusterOptions) =>
  Effect.gen(function* () {
    const read = readDatabaseUrl(Redacted.value(url))
    if (Either.isLeft(read))
      return yield* new EngineFailed({ kind: "other", reason: read.left, remedy: "Give it as it is meant." })
    const { open } = yield* Effect.promise(() => import("./cluster.ts"))
    return yield* open(read.right, options)
  })

/** Tasks in the database at a URL, connected to when the first is begun. */
export const layer = (url: Redacted.Redacted, options: ClusterOptions = {}): Layer.Layer<TaskEngine> =>
  Layer.scoped(
    TaskEngine,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const engine = yield* once(apart(Scope.extend(opening(url, options), scope)))
      const { listening } = options
      return TaskEngine.of({
        elsewhere: true,
        rootOf: ({ root }) => root,
        work: (worker) => (listening === undefined ? Effect.void : Effect.flatMap(engine, (it) => it.work(worker))),
        start: (task) => Effect.flatMap(engine, (it) => it.start(task)),
        signal: (key, decision) => Effect.flatMap(engine, (it) => it.signal(key, decision)),
        cancel: (key) => Effect.flatMap(engine, (it) => it.cancel(key)),
        outcomes: (plan) => Stream.unwrap(Effect.map(engine, (it) => it.outcomes(plan))),
        forget: (plan) => Effect.flatMap(engine, (it) => it.forget(plan))
      })
    })
  )
