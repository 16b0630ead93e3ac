/** The tables of the database that machines share, step by step; a row says how many steps it has seen. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { StoreFailed } from "../../../ports/EventStore.ts"
import type { SqlRow } from "../../shared/sqlite.ts"
import { type Database, query, transaction, withConnection } from "./pgClient.ts"

/** Never change a step that was released: add one. All names begin with `code_mesh_`, since the engine has its tables there too. */
const steps: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "CREATE SEQUENCE code_mesh_written",
    `CREATE TABLE code_mesh_sessions (
      session TEXT NOT NULL PRIMARY KEY,
      root TEXT NOT NULL,
      events INTEGER NOT NULL,
      line TEXT NOT NULL, -- of the list, as JSON: a text of PostgreSQL cannot hold every character that a title can
      model TEXT NOT NULL,
      role TEXT NOT NULL,
      written BIGINT NOT NULL
    )`,
    "CREATE INDEX code_mesh_sessions_written ON code_mesh_sessions (written)",
    `CREATE TABLE code_mesh_events (
      session TEXT NOT NULL REFERENCES code_mesh_sessions (session) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      event TEXT NOT NULL,
      PRIMARY KEY (session, seq)
    )`,
    // A lease outlives its session, so that a token never comes back.
    `CREATE TABLE code_mesh_leases (
      session TEXT NOT NULL PRIMARY KEY,
      token BIGINT NOT NULL,
      held BOOLEAN NOT NULL,
      host TEXT NOT NULL,
      pid INTEGER NOT NULL
    )`,
    `CREATE TABLE code_mesh_named (
      session TEXT NOT NULL REFERENCES code_mesh_sessions (session) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      hashes TEXT NOT NULL,
      PRIMARY KEY (session, seq)
    )`,
    `CREATE TABLE code_mesh_spent (
      session TEXT NOT NULL REFERENCES code_mesh_sessions (session) ON DELETE CASCADE,
      day TEXT NOT NULL,
      model TEXT NOT NULL,
      role TEXT NOT NULL,
      turns INTEGER NOT NULL,
      calls INTEGER NOT NULL,
      input BIGINT NOT NULL,
      output BIGINT NOT NULL,
      cache_read BIGINT NOT NULL,
      cache_write BIGINT NOT NULL,
      cost DOUBLE PRECISION NOT NULL,
      done INTEGER NOT NULL,
      verified INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      passed INTEGER NOT NULL,
      broken INTEGER NOT NULL,
      PRIMARY KEY (session, day, model, role)
    )`
  ]
]

const versionOf = ([row]: ReadonlyArray<SqlRow>): Effect.Effect<number, StoreFailed> => {
  const version = Number(row?.version ?? 0)
  return version > steps.length
    ? Effect.fail(
        new StoreFailed({
          kind: "newer",
          reason: `the database has version ${version} and this program knows versions up to ${steps.length}`,
          remedy: "Update code-mesh with 'code-mesh upgrade'."
        })
      )
    : Effect.succeed(version)
}

/** Makes the tables that are missing, unless a newer program made them. */
export const prepare = (db: Database): Effect.Effect<void, StoreFailed> =>
  Effect.gen(function* () {
    const [found] = yield* withConnection<ReadonlyArray<SqlRow>, SqlError>(db, (connection) =>
      query(connection, "SELECT to_regclass('code_mesh_version') IS NOT NULL AS made")
    )
    const known =
      found?.made === true
        ? yield* Effect.flatMap(
            withConnection<ReadonlyArray<SqlRow>, SqlError>(db, (connection) =>
              query(connection, "SELECT version FROM code_mesh_version")
            ),
            versionOf
          )
        : 0
    if (known === steps.length) return
    yield* transaction(db, (connection) =>
      Effect.gen(function* () {
        // Asked again under the lock: another process may have been here first.
        yield* query(connection, "SELECT pg_advisory_xact_lock(hashtextextended('code-mesh tables', 0))")
        yield* query(connection, "CREATE TABLE IF NOT EXISTS code_mesh_version (version INTEGER NOT NULL)")
        const version = yield* versionOf(yield* query(connection, "SELECT version FROM code_mesh_version"))
        for (const statement of steps.slice(version).flat()) yield* query(connection, statement)
        yield* query(connection, "DELETE FROM code_mesh_version")
        yield* query(connection, "INSERT INTO code_mesh_version VALUES ($1)", [steps.length])
      })
    )
  })
