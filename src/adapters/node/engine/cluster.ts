/** The database of tasks that machines share, and the workflows in it. Loaded when the first task is begun. */
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as Runners from "@effect/cluster/Runners"
import { Sharding } from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SocketRunner from "@effect/cluster/SocketRunner"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import { layerClientProtocol, layerSocketServer } from "@effect/platform-node-shared/NodeClusterSocket"
import * as RpcSerialization from "@effect/rpc/RpcSerialization"
import { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import type { PgClient } from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { EngineFailed } from "../../../ports/TaskEngine.ts"
import type { DatabaseUrl } from "../pg/databaseUrl.ts"
import { connect, fromPg, passes } from "../pg/pgClient.ts"
import type { ClusterOptions, Listening } from "./clusterOptions.ts"
import { type Engine, make, type Place } from "./engineOver.ts"
import { forgetPlan, sweepForgotten } from "./forgetting.ts"
import { prepareTables } from "./taskTables.ts"
import { localWake, type Wake } from "./wake.ts"

/** How long a machine that says nothing more keeps its tasks, where nobody says otherwise. */
const usualExpiry = Duration.seconds(15)

/** How long a task's turn may still take when its worker is asked to leave. */
const usualGrace = Duration.minutes(5)

const config = (options: ClusterOptions, listening: Listening | undefined) => {
  const expiry = options.expiry ?? usualExpiry
  return ShardingConfig.layer({
    runnerAddress: Option.map(Option.fromNullable(listening), ({ host, port }) => RunnerAddress.make(host, port)),
    shardLockExpiration: expiry,
    shardLockRefreshInterval: Duration.times(expiry, 1 / 3),
    refreshAssignmentsInterval: Duration.min("1 second", Duration.times(expiry, 1 / 5)),
    runnerHealthCheckInterval: Duration.times(expiry, 1 / 3),
    entityMessagePollInterval: Duration.min("2 seconds", Duration.times(expiry, 1 / 3)),
    entityReplyPollInterval: "100 millis",
    entityTerminationTimeout: options.grace ?? usualGrace
  })
}

const storage = Layer.provideMerge(SqlMessageStorage.layer, Layer.orDie(SqlRunnerStorage.layer))

const workflows = (sql: PgClient, options: ClusterOptions, listening: Listening | undefined) => {
  const shared = Layer.mergeAll(
    Layer.succeed(SqlClient, sql),
    config(options, listening),
    RpcSerialization.layerMsgPackWith({ maxBufferSize: "unbounded" })
  )
  const sockets = Layer.provideMerge(layerClientProtocol, shared)
  const stored = Layer.provideMerge(storage, sockets)
  const sharding =
    listening === undefined
      ? SocketRunner.layerClientOnly
      : Layer.provide(SocketRunner.layer, [layerSocketServer, Layer.provide(RunnerHealth.layerPing, Runners.layerRpc)])
  return Layer.provide(Layer.provideMerge(ClusterWorkflowEngine.layer, sharding), stored)
}

/**
 * A message that was read and then lost is read again after ten minutes only: that is known of this version of the
 * engine. Here it is after some seconds; a runner that is at work on it passes over it.
 */
const stalled =
  "UPDATE cluster_messages SET last_read = NULL WHERE processed = FALSE AND last_read < NOW() - INTERVAL '15 seconds'"

const watchdog = (sql: PgClient) =>
  Layer.scopedDiscard(
    Effect.flatMap(Sharding, (sharding) =>
      Effect.all([sql.unsafe(stalled), sharding.pollStorage, sweepForgotten(sql)], { discard: true }).pipe(
        Effect.ignore,
        Effect.repeat(Schedule.spaced("5 seconds")),
        Effect.forkScoped
      )
    )
  )

const channel = "code_mesh_tasks"

/** A listener that lost its connection does not say so: from time to time there is a new one. */
const wakeOver = (sql: PgClient): Effect.Effect<Wake, never, Scope.Scope> =>
  Effect.gen(function* () {
    const local = yield* localWake
    yield* sql.listen(channel).pipe(
      Stream.runForEach(() => local.ping),
      Effect.timeoutOption("30 seconds"),
      Effect.ignore,
      Effect.repeat(Schedule.spaced("10 millis")),
      Effect.forkScoped
    )
    return { news: local.news, ping: Effect.ignore(sql`SELECT pg_notify(${channel}, '')`) }
  })

/** The tables, made by one process at a time. */
const prepared = (sql: PgClient) =>
  Effect.gen(function* () {
    const [there] = yield* sql<{ name: string | null }>`SELECT to_regclass('code_mesh_outcomes') AS name`
    if (there?.name !== null) return
    const tables = Layer.provide(storage, [
      Layer.succeed(SqlClient, sql),
      ShardingConfig.layer({ shardLockDisableAdvisory: true })
    ])
    yield* Effect.scoped(Layer.build(tables))
    yield* prepareTables(sql)
    yield* sql`CREATE INDEX IF NOT EXISTS code_mesh_executions ON cluster_messages (entity_id)`
  })

const inTurn = <A, E>(sql: PgClient, effect: Effect.Effect<A, E>) =>
  Effect.scoped(
    Effect.flatMap(sql.reserve, (connection) =>
      Effect.acquireUseRelease(
        connection.execute("SELECT pg_advisory_lock(3535, 35)", [], undefined),
        () => effect,
        () => Effect.ignore(connection.execute("SELECT pg_advisory_unlock(3535, 35)", [], undefined))
      )
    )
  )

const innermost = (cause: unknown): unknown =>
  cause instanceof SqlError || !(cause instanceof Error) || cause.cause === undefined ? cause : innermost(cause.cause)

const failedAt =
  (url: DatabaseUrl) =>
  (cause: unknown): EngineFailed => {
    const error = innermost(cause)
    if (error instanceof EngineFailed) return error
    if (!(error instanceof SqlError))
      return new EngineFailed({
        kind: "other",
        reason: url.hide(error instanceof Error ? error.message : String(error)),
        remedy: "What the tasks have come to is kept."
      })
    const { reason, remedy } = fromPg(url)(error)
    return new EngineFailed({ kind: passes(error) ? "unreachable" : "other", reason, remedy })
  }

/** Opens the engine that machines share. */
export const open = (url: DatabaseUrl, options: ClusterOptions): Effect.Effect<Engine, EngineFailed, Scope.Scope> =>
  Effect.gen(function* () {
    // The engine asks its connection for locks while that is still answering. This driver takes it in turn, and warns
    // those who run the program that a later one will not.
    process.noDeprecation = true
    const failed = failedAt(url)
    const { sql } = yield* Effect.mapError(
      connect(url),
      ({ reason, remedy }) => new EngineFailed({ kind: "unreachable", reason, remedy })
    )
    yield* Effect.mapError(inTurn(sql, prepared(sql)), failed)
    const { listening } = options
    const place: Place = {
      sql,
      failed,
      wake: yield* wakeOver(sql),
      runner: Layer.provideMerge(watchdog(sql), workflows(sql, options, listening)),
      client: workflows(sql, options, undefined),
      forget: (plan) => forgetPlan(sql, plan)
    }
    return yield* make(place)
  })
