/** Logs in PostgreSQL, which machines share. */
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Event } from "../../../domain/model/Event.ts"
import type { SessionId } from "../../../domain/model/Ids.ts"
import { type Metered, meteredBy, noOutcomes } from "../../../domain/session/spending.ts"
import {
  type EventStore,
  type Lease,
  SessionMissing,
  type SessionRow,
  type Spent,
  type StoreFailed,
  type Writer
} from "../../../ports/EventStore.ts"
import { decodeRows, follows, once, pageSize, pages, toTexts } from "../../shared/eventRows.ts"
import { hashesOf } from "../../shared/namedContents.ts"
import { rowAfter } from "../../shared/sessionRow.ts"
import type { SqlRow } from "../../shared/sqlite.ts"
import { toSpent } from "../../shared/sqlSpending.ts"
import type { DatabaseUrl } from "./databaseUrl.ts"
import { connect, type Database, query, transaction, withConnection } from "./pgClient.ts"
import * as leases from "./pgLeases.ts"
import { prepare } from "./pgTables.ts"

const rowOf = (row: SqlRow): SessionRow => JSON.parse(String(row.line))

/** One statement for a line of the list, its events, and what they name. */
const saveLog = (
  connection: Connection,
  row: SessionRow,
  {
    meter,
    named,
    texts
  }: { readonly meter: Metered["meter"]; readonly named: string; readonly texts: ReadonlyArray<string> }
) =>
  query(
    connection,
    `WITH saved AS (
       INSERT INTO code_mesh_sessions (session, root, events, line, model, role, written)
       VALUES ($1, $2, $3, $4, $5, $6, nextval('code_mesh_written'))
       ON CONFLICT (session) DO UPDATE SET root = excluded.root, events = excluded.events, line = excluded.line,
         model = excluded.model, role = excluded.role, written = excluded.written
     ), noted AS (
       INSERT INTO code_mesh_named (session, seq, hashes) SELECT $1, $3, $7 WHERE $7 <> ''
     )
     INSERT INTO code_mesh_events (session, seq, event)
     SELECT $1, $3 - cardinality($8::text[]) + place, text FROM unnest($8::text[]) WITH ORDINALITY AS it (text, place)`,
    [row.session, row.root, row.events, JSON.stringify(row), meter.model, meter.role, named, texts]
  )

const flat = ({ calls, day, model, outcomes = noOutcomes, role, turns, usage }: Spent) => ({
  ...{ day, model, role, turns, calls, input: usage.input, output: usage.output },
  ...{ cache_read: usage.cacheRead, cache_write: usage.cacheWrite, cost: usage.cost },
  ...outcomes
})

const saveSpent = (connection: Connection, session: SessionId, { anew, spent }: Metered) =>
  Effect.gen(function* () {
    if (anew) yield* query(connection, "DELETE FROM code_mesh_spent WHERE session = $1", [session])
    if (spent.length === 0) return
    yield* query(
      connection,
      `INSERT INTO code_mesh_spent AS old
       SELECT $1, it.* FROM json_to_recordset($2::json) AS it (day text, model text, role text, turns int, calls int,
         input bigint, output bigint, cache_read bigint, cache_write bigint, cost double precision,
         done int, verified int, failed int, passed int, broken int)
       ON CONFLICT (session, day, model, role) DO UPDATE SET turns = old.turns + excluded.turns,
         calls = old.calls + excluded.calls, input = old.input + excluded.input, output = old.output + excluded.output,
         cache_read = old.cache_read + excluded.cache_read, cache_write = old.cache_write + excluded.cache_write,
         cost = old.cost + excluded.cost, done = old.done + excluded.done, verified = old.verified + excluded.verified,
         failed = old.failed + excluded.failed, passed = old.passed + excluded.passed,
         broken = old.broken + excluded.broken`,
      [session, JSON.stringify(spent.map(flat))]
    )
  })

/** Whether the log has these texts there already: an append that was made, and whose answer was lost with the connection. */
const isThere = (connection: Connection, session: SessionId, after: number, texts: ReadonlyArray<string>) =>
  Effect.map(
    query(connection, "SELECT event FROM code_mesh_events WHERE session = $1 AND seq > $2 ORDER BY seq LIMIT $3", [
      ...[session, after, texts.length]
    ]),
    (rows) => texts.length > 0 && texts.every((text, index) => rows[index]?.event === text)
  )

const append = (db: Database, { session, token }: Lease, after: number, events: ReadonlyArray<Event>) =>
  Effect.gen(function* () {
    const texts = yield* toTexts(events)
    const named = hashesOf(events, texts).join(" ")
    let tries = 0
    yield* transaction(db, (connection) =>
      Effect.gen(function* () {
        tries += 1
        const [lease] = yield* query(
          connection,
          "SELECT * FROM code_mesh_leases WHERE session = $1 FOR NO KEY UPDATE",
          [session]
        )
        if (lease?.held !== true || Number(lease.token) !== token) return yield* leases.busyBy(session, lease)
        // In a statement of its own: one that waited for the lease would still see what stood there before.
        const [row] = yield* query(connection, "SELECT * FROM code_mesh_sessions WHERE session = $1", [session])
        const before = row === undefined ? undefined : rowOf(row)
        if (tries > 1 && (yield* isThere(connection, session, after, texts))) return
        yield* follows(session, before?.events ?? 0, after, events)
        const [first, ...rest] = events
        if (first === undefined) return
        const metered = meteredBy({ model: String(row?.model ?? ""), role: String(row?.role ?? "") }, events)
        yield* saveLog(connection, rowAfter(before, [first, ...rest]), { meter: metered.meter, named, texts })
        yield* saveSpent(connection, session, metered)
      })
    )
  })

const page = (db: Database, session: SessionId, after: number) =>
  withConnection(db, (connection) =>
    Effect.gen(function* () {
      const rows = yield* query(
        connection,
        `SELECT seq, event FROM code_mesh_events WHERE session = $1 AND seq > $2 ORDER BY seq LIMIT ${pageSize}`,
        [session, after]
      )
      if (rows.length > 0)
        return decodeRows(
          session,
          after,
          rows,
          rows.map(({ event }) => String(event))
        )
      const [found] = yield* query(connection, "SELECT 1 AS there FROM code_mesh_sessions WHERE session = $1", [
        session
      ])
      return found === undefined ? yield* new SessionMissing({ session }) : decodeRows(session, after, [], [])
    })
  )

const rows = (db: Database, text: string, params: ReadonlyArray<unknown> = []) =>
  withConnection<ReadonlyArray<SqlRow>, SqlError>(db, (connection) => query(connection, text, params))

const spent = `SELECT it.*, root FROM code_mesh_spent AS it JOIN code_mesh_sessions USING (session) WHERE day >= $1
  ORDER BY day, session, it.model`

const remove = (db: Database, session: SessionId) =>
  transaction(db, (connection) =>
    Effect.gen(function* () {
      const [free] = yield* query(connection, `SELECT pg_try_advisory_xact_lock(${leases.lockOf("$1")}) AS locked`, [
        session
      ])
      if (free?.locked !== true) {
        const [lease] = yield* query(connection, "SELECT * FROM code_mesh_leases WHERE session = $1", [session])
        return yield* leases.busyBy(session, lease)
      }
      const gone = yield* query(connection, "DELETE FROM code_mesh_sessions WHERE session = $1 RETURNING session", [
        session
      ])
      if (gone.length === 0) return yield* new SessionMissing({ session })
    })
  )

/** A store over the database at a URL, which is connected to when it is first used; its tables are made where they are missing. */
export const make = (url: DatabaseUrl, self: Writer): Effect.Effect<typeof EventStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const opened = Effect.gen(function* () {
      const db = yield* connect(url)
      yield* prepare(db)
      return { db, held: yield* leases.make(db, self) }
    })
    const open: Effect.Effect<{ readonly db: Database; readonly held: leases.Leases }, StoreFailed> = yield* once(
      Scope.extend(opened, scope)
    )
    return {
      lease: (session) => Effect.flatMap(open, ({ held }) => Effect.acquireRelease(held.take(session), held.release)),
      writer: (session) => Effect.flatMap(open, ({ db }) => leases.writer(db, session)),
      append: (lease, after, events) => Effect.flatMap(open, ({ db }) => append(db, lease, after, events)),
      read: (session, after = 0) =>
        Stream.unwrap(Effect.map(open, ({ db }) => pages(after, (from) => page(db, session, from)))),
      list: Effect.flatMap(open, ({ db }) =>
        Effect.map(rows(db, "SELECT * FROM code_mesh_sessions ORDER BY written DESC"), (all) => all.map(rowOf))
      ),
      spending: (since = "") =>
        Effect.flatMap(open, ({ db }) =>
          Effect.map(rows(db, spent, [since]), (all) => ({ rows: all.map(toSpent), unread: [] }))
        ),
      named: Effect.flatMap(open, ({ db }) =>
        Effect.map(
          rows(db, "SELECT hashes FROM code_mesh_named"),
          (all) => new Set(all.flatMap(({ hashes }) => String(hashes).split(" ")))
        )
      ),
      remove: (session) => Effect.flatMap(open, ({ db }) => remove(db, session))
    }
  })
