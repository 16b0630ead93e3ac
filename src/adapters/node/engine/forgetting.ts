/** What is left of plans that are over is removed from the database of a cluster: the engine itself keeps all for ever. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { SessionId } from "../../../domain/model/Ids.ts"

/** Tasks that are removed at once. */
const batch = 500

/** Nothing is told of the plan any more; what still runs of it is to end, and is removed by `sweepForgotten` when it has. */
export const forgetPlan = (sql: SqlClient, plan: SessionId): Effect.Effect<void, SqlError> =>
  Effect.zipRight(
    sql`UPDATE code_mesh_tasks SET forgotten = 1, cancelled = 1 WHERE plan = ${plan}`,
    Effect.asVoid(sql`DELETE FROM code_mesh_outcomes WHERE plan = ${plan}`)
  )

/** Removes the rows of tasks that are forgotten and have ended. */
export const sweepForgotten = (sql: SqlClient): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const tasks = yield* sql<{ name: string; execution: string | null }>`
      SELECT name, execution FROM code_mesh_tasks t WHERE forgotten = 1 AND (execution IS NULL OR EXISTS (
        SELECT 1 FROM cluster_messages m WHERE m.entity_id = t.execution AND m.tag = 'run' AND m.processed = TRUE
      )) LIMIT ${sql.literal(String(batch))}`
    if (tasks.length === 0) return
    const names = tasks.map(({ name }) => name)
    const executions = tasks.flatMap(({ execution }) => (execution === null ? [] : [execution]))
    const theirs = sql.in("entity_id", executions)
    const removal = Effect.gen(function* () {
      yield* sql`DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM cluster_messages WHERE ${theirs})`
      yield* sql`DELETE FROM cluster_messages WHERE ${theirs}`
      yield* sql`DELETE FROM code_mesh_decisions WHERE ${sql.in("name", names)}`
      yield* sql`DELETE FROM code_mesh_outcomes WHERE ${sql.in("name", names)}`
      yield* sql`DELETE FROM code_mesh_tasks WHERE ${sql.in("name", names)}`
    })
    yield* sql.withTransaction(removal)
    if (tasks.length === batch) yield* sweepForgotten(sql)
  })
