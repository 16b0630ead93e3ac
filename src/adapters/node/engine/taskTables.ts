/** What is kept beside the engine's own tables: which tasks a plan has, what people want of them, and what they came to. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Decision } from "../../../domain/model/Command.ts"
import type { SessionId } from "../../../domain/model/Ids.ts"
import { Outcome, type TaskKey, taskName } from "../../../ports/TaskEngine.ts"

const statements = [
  `CREATE TABLE IF NOT EXISTS code_mesh_tasks (
    name TEXT NOT NULL PRIMARY KEY,
    plan TEXT NOT NULL,
    execution TEXT,
    cancelled INTEGER NOT NULL DEFAULT 0,
    forgotten INTEGER NOT NULL DEFAULT 0
  )`,
  "CREATE INDEX IF NOT EXISTS code_mesh_tasks_plan ON code_mesh_tasks (plan)",
  `CREATE TABLE IF NOT EXISTS code_mesh_decisions (
    name TEXT NOT NULL,
    call TEXT NOT NULL,
    decision TEXT NOT NULL,
    PRIMARY KEY (name, call)
  )`,
  `CREATE TABLE IF NOT EXISTS code_mesh_outcomes (
    plan TEXT NOT NULL,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (plan, seq),
    UNIQUE (name)
  )`
]

/** Outcomes that are in memory at once while they are read. */
const pageSize = 200

const OutcomeText = Schema.parseJson(Outcome)
const DecisionText = Schema.parseJson(Decision)
const readOutcome = Schema.decodeUnknown(OutcomeText)
const readDecision = Schema.decodeUnknown(DecisionText)
const outcomeText = Schema.encodeSync(OutcomeText)
const decisionText = Schema.encodeSync(DecisionText)

/** An outcome, and its place among those of its plan. */
export interface Told {
  readonly seq: number
  readonly outcome: Outcome
}

/** Makes the tables where they are missing. */
export const prepareTables = (sql: SqlClient): Effect.Effect<void, SqlError> =>
  Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })

/** Notes that a task was begun, and as which execution. */
export const noteTask = (sql: SqlClient, key: TaskKey, execution: string): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    sql`INSERT INTO code_mesh_tasks (name, plan, execution) VALUES (${taskName(key)}, ${key.plan}, ${execution})
        ON CONFLICT (name) DO UPDATE SET execution = excluded.execution`
  )

/** Notes that a task is to end, whether it was begun or not. */
export const noteCancelled = (sql: SqlClient, key: TaskKey): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    sql`INSERT INTO code_mesh_tasks (name, plan, cancelled) VALUES (${taskName(key)}, ${key.plan}, 1)
        ON CONFLICT (name) DO UPDATE SET cancelled = 1`
  )

/** Whether a task is to end. */
export const isCancelled = (sql: SqlClient, name: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(
    sql<{ cancelled: number }>`SELECT cancelled FROM code_mesh_tasks WHERE name = ${name}`,
    ([row]) => Number(row?.cancelled ?? 0) === 1
  )

/** Keeps what a person decided about a call; the first decision about it stays. */
export const noteDecision = (sql: SqlClient, key: TaskKey, decision: Decision): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    sql`INSERT INTO code_mesh_decisions (name, call, decision)
        VALUES (${taskName(key)}, ${decision.call}, ${decisionText(decision)}) ON CONFLICT (name, call) DO NOTHING`
  )

/** What people decided for a task, by the calls that it is about. */
export const decisionsFor = (sql: SqlClient, name: string): Effect.Effect<ReadonlyArray<Decision>, SqlError> =>
  Effect.flatMap(
    sql<{ decision: string }>`SELECT decision FROM code_mesh_decisions WHERE name = ${name} ORDER BY call`,
    (rows) => Effect.orDie(Effect.forEach(rows, ({ decision }) => readDecision(decision)))
  )

/**
 * Keeps an outcome, once. Its number is the next of its plan, taken and stored in one statement: whoever reads up to a
 * number has seen all before it, also where several machines write at once.
 */
export const noteOutcome = (sql: SqlClient, key: TaskKey, outcome: Outcome): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const name = taskName(key)
    const kept = yield* sql`
      INSERT INTO code_mesh_outcomes (plan, seq, name, outcome)
      SELECT ${key.plan}, coalesce(max(seq), 0) + 1, ${name}, ${outcomeText(outcome)}
      FROM code_mesh_outcomes WHERE plan = ${key.plan}
      ON CONFLICT DO NOTHING RETURNING seq`
    if (kept.length > 0) return
    const there = yield* sql`SELECT 1 FROM code_mesh_outcomes WHERE name = ${name}`
    // Another outcome of the plan took the number.
    if (there.length === 0) yield* noteOutcome(sql, key, outcome)
  })

/** Outcomes of a plan behind a number, in their order; not all where there are many. */
export const outcomesAfter = (
  sql: SqlClient,
  plan: SessionId,
  after: number
): Effect.Effect<ReadonlyArray<Told>, SqlError> =>
  Effect.flatMap(
    sql<{ seq: number; outcome: string }>`
      SELECT seq, outcome FROM code_mesh_outcomes WHERE plan = ${plan} AND seq > ${after}
      ORDER BY seq LIMIT ${sql.literal(String(pageSize))}`,
    (rows) =>
      Effect.orDie(
        Effect.forEach(rows, ({ outcome, seq }) =>
          Effect.map(readOutcome(outcome), (read): Told => ({ seq: Number(seq), outcome: read }))
        )
      )
  )
