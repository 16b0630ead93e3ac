/** Looks after a session database that was damaged: whether its pages are whole, and the end of a log that is not. */
import * as Effect from "effect/Effect"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { StoreFailed } from "../../ports/EventStore.ts"
import { type Database, immediate, query, reserve, withConnection } from "../shared/sqlite.ts"
import { client } from "./Sqlite.ts"

const onDatabase = <A>(path: string, use: (db: Database) => Effect.Effect<A, StoreFailed>) =>
  Effect.scoped(Effect.flatMap(Effect.flatMap(client({ path }), reserve), use))

/** What SQLite finds wrong with the file; nothing where it is whole. */
export const pageFaults = (path: string): Effect.Effect<ReadonlyArray<string>, StoreFailed> =>
  onDatabase(path, (db) =>
    withConnection(db, (connection) =>
      Effect.map(query(connection, "PRAGMA integrity_check(20)"), (rows) =>
        rows.map((row) => String(row.integrity_check)).filter((line) => line !== "ok")
      )
    )
  )

/**
 * Sets a log's last row aside, in the table `damaged`, so that the log ends with the event before it; false, and nothing
 * is changed, where sound rows may follow. The caller holds the session's lease.
 */
export const setAside = (
  path: string,
  session: SessionId,
  seq: number,
  reason: string
): Effect.Effect<boolean, StoreFailed> =>
  onDatabase(path, (db) =>
    immediate(db, (connection) =>
      Effect.gen(function* () {
        const [later] = yield* query(connection, "SELECT 1 FROM events WHERE session = ? AND seq > ? LIMIT 1", [
          session,
          seq
        ])
        if (later !== undefined) return false
        yield* query(
          connection,
          "CREATE TABLE IF NOT EXISTS damaged (session TEXT, seq INTEGER, event BLOB, reason TEXT)"
        )
        yield* query(
          connection,
          "INSERT INTO damaged SELECT session, seq, event, ? FROM events WHERE session = ? AND seq = ?",
          [reason, session, seq]
        )
        yield* query(connection, "DELETE FROM events WHERE session = ? AND seq = ?", [session, seq])
        yield* query(connection, "UPDATE sessions SET events = ? WHERE session = ?", [seq - 1, session])
        return true
      })
    )
  )
