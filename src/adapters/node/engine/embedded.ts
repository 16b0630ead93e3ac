/** The database of one plan's tasks on this machine, and the workflows in it. Loaded when the first task is begun. */
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as RunnerStorage from "@effect/cluster/RunnerStorage"
import * as Runners from "@effect/cluster/Runners"
import * as Sharding from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { EngineFailed } from "../../../ports/TaskEngine.ts"
import { fromDriver } from "../../shared/sqlite.ts"
import { heldLock, type LockFailed } from "../fileLock.ts"
import { client } from "../Sqlite.ts"
import { type Engine, make } from "./engineOver.ts"
import { prepareTables } from "./taskTables.ts"
import { localWake } from "./wake.ts"

/**
 * The only runner of its file has all shards at once: the lock keeps others out, so that none are kept in the database,
 * where a killed process would leave them. What the environment says about clusters is nothing to it.
 */
const config = (runnerAddress: Option.Option<RunnerAddress.RunnerAddress>) =>
  ShardingConfig.layer({
    runnerAddress,
    shardsPerGroup: 8,
    entityMessagePollInterval: "1 second",
    entityReplyPollInterval: "20 millis",
    // Who ends the program does not wait for a turn: it is taken again.
    entityTerminationTimeout: "10 millis"
  })

const workflows = (sql: SqlClient, runnerAddress: Option.Option<RunnerAddress.RunnerAddress>) =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provide(SqlMessageStorage.layer),
    Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop, Layer.succeed(SqlClient, sql)]),
    Layer.provide(config(runnerAddress))
  )

const failed = (cause: unknown): EngineFailed => {
  const { kind, reason, remedy } = fromDriver(cause)
  return new EngineFailed({ kind: kind === "busy" ? "busy" : "other", reason, remedy })
}

const taken = (error: LockFailed): EngineFailed =>
  new EngineFailed({
    kind: "busy",
    reason: error.reason,
    remedy: "Follow the plan there, or go on with it here when that process has ended."
  })

const settings = ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA busy_timeout = 2000"]

/** Opens the engine of a plan; fails as `busy` where another process has it. */
export const open = (path: string): Effect.Effect<Engine, EngineFailed, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.mapError(heldLock(path, "1 second"), taken)
    const sql = yield* Effect.mapError(client({ path }), failed)
    yield* Effect.mapError(
      Effect.zipRight(
        Effect.forEach(settings, (setting) => sql.unsafe(setting)),
        prepareTables(sql)
      ),
      failed
    )
    return yield* make({
      sql,
      failed,
      wake: yield* localWake,
      runner: workflows(sql, Option.some(RunnerAddress.make("localhost", 1))),
      client: workflows(sql, Option.none()),
      // Its file is removed as a whole.
      forget: () => Effect.void
    })
  })
