/** The tables of the session database, step by step; `PRAGMA user_version` says how many steps a file has seen. */
import type { Connection } from "@effect/sql/SqlConnection"
import * as Effect from "effect/Effect"
import type { StoreFailed } from "../../ports/EventStore.ts"
import { type Database, immediate, query, storeFailed, withConnection } from "./sqlite.ts"

/** Never change a step that was released: add one. */
const steps: ReadonlyArray<ReadonlyArray<string>> = [
  [
    `CREATE TABLE sessions (
      session TEXT NOT NULL PRIMARY KEY,
      root TEXT NOT NULL,
      title TEXT NOT NULL,
      events INTEGER NOT NULL,
      created TEXT NOT NULL,
      updated TEXT NOT NULL,
      written INTEGER NOT NULL
    ) STRICT`,
    "CREATE INDEX sessions_written ON sessions (written)",
    `CREATE TABLE events (
      session TEXT NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      event TEXT NOT NULL,
      PRIMARY KEY (session, seq)
    ) STRICT`,
    // A lease outlives its session, so that a token never comes back.
    `CREATE TABLE leases (
      session TEXT NOT NULL PRIMARY KEY,
      token INTEGER NOT NULL,
      held INTEGER NOT NULL,
      host TEXT NOT NULL,
      pid INTEGER NOT NULL,
      started TEXT NOT NULL,
      seen INTEGER NOT NULL
    ) STRICT`
  ],
  [
    // Up to which event it is noted in `named` what a log names: of older logs nothing is yet.
    "ALTER TABLE sessions ADD COLUMN named_to INTEGER NOT NULL DEFAULT 0",
    `CREATE TABLE named (
      session TEXT NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      hashes TEXT NOT NULL,
      PRIMARY KEY (session, seq)
    ) STRICT`
  ],
  [
    // Numbers and names only, so that they can be read where logs are sealed. `counted` is the event up to which they hold.
    `CREATE TABLE spent (
      session TEXT NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
      day TEXT NOT NULL,
      model TEXT NOT NULL,
      role TEXT NOT NULL,
      turns INTEGER NOT NULL,
      calls INTEGER NOT NULL,
      input INTEGER NOT NULL,
      output INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      cost REAL NOT NULL,
      PRIMARY KEY (session, day, model, role)
    ) STRICT`,
    "ALTER TABLE sessions ADD COLUMN counted INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN model TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN role TEXT NOT NULL DEFAULT ''"
  ],
  // Of older programs' agents it is not known for whom they worked.
  ["ALTER TABLE sessions ADD COLUMN parent TEXT NOT NULL DEFAULT ''"],
  // What became of agents: older programs had none whose end they told.
  ["done", "verified", "failed", "passed", "broken"].map(
    (name) => `ALTER TABLE spent ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`
  )
]

/** The version of the tables that this program writes. */
const schemaVersion = steps.length

const versionOf = (connection: Connection): Effect.Effect<number, StoreFailed> =>
  Effect.flatMap(query(connection, "PRAGMA user_version"), ([row]) => {
    const version = Number(row?.user_version)
    return version > schemaVersion
      ? Effect.fail(
          storeFailed(
            "newer",
            `the database has version ${version} and this program knows versions up to ${schemaVersion}`
          )
        )
      : Effect.succeed(version)
  })

const upgrade = (connection: Connection): Effect.Effect<void, StoreFailed> =>
  Effect.gen(function* () {
    // Asked again under the lock: another process may have been here first.
    const version = yield* versionOf(connection)
    for (const statement of steps.slice(version).flat()) yield* query(connection, statement)
    if (version < schemaVersion) yield* query(connection, `PRAGMA user_version = ${schemaVersion}`)
  })

const settings = ["PRAGMA busy_timeout = 0", "PRAGMA foreign_keys = ON", "PRAGMA synchronous = NORMAL"]

/** Makes a connection ours: settings, then the tables, unless a newer program wrote the file. */
export const prepare = (db: Database): Effect.Effect<void, StoreFailed> =>
  Effect.gen(function* () {
    const version = yield* withConnection(db, (connection) =>
      Effect.zipRight(
        Effect.forEach(settings, (setting) => query(connection, setting), { discard: true }),
        versionOf(connection)
      )
    )
    if (version === schemaVersion) return
    // Kept in the file, so only a new file needs it.
    yield* withConnection(db, (connection) => query(connection, "PRAGMA journal_mode = WAL"))
    yield* immediate(db, upgrade)
  })
