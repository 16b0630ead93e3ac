/** Logs in SQLite, through whichever driver the client has. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import {
  type EventStore,
  type Lease,
  SessionBusy,
  SessionMissing,
  type SessionRow,
  type StoreFailed,
  type Writer
} from "../../ports/EventStore.ts"
import { decodeRows, follows, once, pageSize, pages, toRow, toTexts } from "./eventRows.ts"
import { type Holder, type Holders, silence } from "./leases.ts"
import { prepare } from "./migrations.ts"
import { hashesOf, named, noteOf, saveNote } from "./namedContents.ts"
import { type Sealing, sealedMark, unsealed } from "./sealing.ts"
import { rowAfter } from "./sessionRow.ts"
import { type Database, immediate, query, reserve, type SqlRow, withConnection } from "./sqlite.ts"
import { type Counting, countingOf, saveSpent, spending } from "./sqlSpending.ts"

/** Milliseconds after which a lease is said to be in use again: a small part of the silence that frees one. */
const refresh = 1_000

const holderOf = (row: SqlRow): Holder => ({
  host: String(row.host),
  pid: Number(row.pid),
  started: String(row.started)
})

const busy = (session: SessionId, row: SqlRow | undefined): SessionBusy =>
  new SessionBusy({ session, host: String(row?.host ?? "this host"), pid: Number(row?.pid ?? 0) })

const leaseRow = (connection: Connection, session: SessionId) =>
  Effect.map(query(connection, "SELECT * FROM leases WHERE session = ?", [session]), ([row]) => row)

/** The lease's row where somebody who lives has it. */
const heldLease = (connection: Connection, holders: Holders, session: SessionId) =>
  Effect.gen(function* () {
    const row = yield* leaseRow(connection, session)
    if (row === undefined || row.held !== 1) return undefined
    const fate = yield* holders.fate(holderOf(row))
    const quiet = (yield* Clock.currentTimeMillis) - Number(row.seen)
    return fate === "alive" || (fate === "unknown" && quiet < silence) ? row : undefined
  })

/** Fails where a holder that lives has the lease. */
const freeLease = (connection: Connection, holders: Holders, session: SessionId) =>
  Effect.flatMap(heldLease(connection, holders, session), (row) =>
    row === undefined ? Effect.void : busy(session, row)
  )

const writer = (db: Database, holders: Holders, session: SessionId) =>
  withConnection(db, (connection) =>
    Effect.map(heldLease(connection, holders, session), (row) =>
      Option.map(Option.fromNullable(row), (held): Writer => ({ host: String(held.host), pid: Number(held.pid) }))
    )
  )

const take = (db: Database, holders: Holders, session: SessionId): Effect.Effect<Lease, SessionBusy | StoreFailed> =>
  immediate(db, (connection) =>
    Effect.gen(function* () {
      yield* freeLease(connection, holders, session)
      const { host, pid, started } = holders.self
      const [row] = yield* query(
        connection,
        `INSERT INTO leases (session, token, held, host, pid, started, seen) VALUES (?, 1, 1, ?, ?, ?, ?)
         ON CONFLICT (session) DO UPDATE SET token = token + 1, held = 1, host = excluded.host, pid = excluded.pid,
           started = excluded.started, seen = excluded.seen
         RETURNING token`,
        [session, host, pid, started, yield* Clock.currentTimeMillis]
      )
      return { session, token: Number(row?.token) }
    })
  )

/** Failing to give a lease back is no failure of the run: the process's end frees it as well. */
const release = (db: Database, lease: Lease): Effect.Effect<void> =>
  Effect.ignore(
    immediate(db, (connection) =>
      query(connection, "UPDATE leases SET held = 0 WHERE session = ? AND token = ?", [lease.session, lease.token])
    )
  )

const saveRow = (connection: Connection, row: SessionRow, { counted, meter }: Counting) =>
  query(
    connection,
    `INSERT INTO sessions (session, root, title, events, created, updated, parent, counted, model, role, named_to, written)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(written), 0) + 1 FROM sessions))
     ON CONFLICT (session) DO UPDATE SET root = excluded.root, title = excluded.title, events = excluded.events,
       updated = excluded.updated, counted = excluded.counted, model = excluded.model, role = excluded.role,
       written = excluded.written,
       named_to = CASE WHEN sessions.named_to >= sessions.events THEN excluded.named_to ELSE sessions.named_to END`,
    [
      ...[row.session, row.root, row.title, row.events, row.createdAt, row.updatedAt, row.parent ?? ""],
      ...[counted, meter.model, meter.role, row.events]
    ]
  )

/** One statement for any number of events, so that it is prepared once. */
const saveEvents = (connection: Connection, session: SessionId, after: number, texts: ReadonlyArray<string>) =>
  query(connection, "INSERT INTO events (session, seq, event) SELECT ?, ? + key, value FROM json_each(?)", [
    session,
    after + 1,
    JSON.stringify(texts)
  ])

/** The row with its title as it is to be stored; one that did not change is as it was. */
const withSealedTitle = (row: SessionRow, before: SessionRow | undefined, sealing: Sealing) =>
  row.title === before?.title
    ? Effect.succeed(row)
    : Effect.map(sealing.seal([row.title], row.session), ([title = ""]) => ({ ...row, title }))

const append = (db: Database, sealing: Sealing, lease: Lease, after: number, events: ReadonlyArray<Event>) =>
  Effect.gen(function* () {
    const { session, token } = lease
    const plain = yield* toTexts(events)
    const texts = yield* sealing.seal(plain, session)
    const note = yield* noteOf(sealing, session, hashesOf(events, plain))
    const now = yield* Clock.currentTimeMillis
    const write = (connection: Connection) =>
      Effect.gen(function* () {
        const [held] = yield* query(
          connection,
          `SELECT sessions.*, seen FROM leases LEFT JOIN sessions USING (session)
           WHERE leases.session = ? AND token = ? AND held = 1`,
          [session, token]
        )
        if (held === undefined) return yield* busy(session, yield* leaseRow(connection, session))
        if (Math.abs(now - Number(held.seen)) > refresh)
          yield* query(connection, "UPDATE leases SET seen = ? WHERE session = ?", [now, session])
        const before = held.events === null ? undefined : toRow(held, session)
        yield* follows(session, before?.events ?? 0, after, events)
        const [first, ...rest] = events
        if (first === undefined) return
        const counting = countingOf(held, after, events)
        const row = yield* withSealedTitle(rowAfter(before, [first, ...rest]), before, sealing)
        yield* saveRow(connection, row, counting)
        yield* saveEvents(connection, session, after, texts)
        yield* saveSpent(connection, session, counting)
        yield* saveNote(connection, session, after + events.length, note)
      })
    yield* immediate(db, write)
  })

const page = (db: Database, sealing: Sealing, session: SessionId, after: number) =>
  withConnection(db, (connection) =>
    Effect.gen(function* () {
      const rows = yield* query(
        connection,
        `SELECT seq, event FROM events WHERE session = ? AND seq > ? ORDER BY seq LIMIT ${pageSize}`,
        [session, after]
      )
      if (rows.length === 0) {
        const found = yield* query(connection, "SELECT 1 FROM sessions WHERE session = ?", [session])
        if (found.length === 0) return yield* new SessionMissing({ session })
      }
      return rows
    })
  ).pipe(
    // Outside the connection: a person may be asked for a passphrase.
    Effect.flatMap((rows) =>
      Effect.map(
        sealing.open(
          rows.map((row) => String(row.event)),
          session
        ),
        (texts) => decodeRows(session, after, rows, texts)
      )
    )
  )

const read = (db: Database, sealing: Sealing, session: SessionId, after: number) =>
  pages(after, (from) => page(db, sealing, session, from))

/** Without the key a list is still one, only without titles. */
const withTitle = (row: SessionRow, sealing: Sealing): Effect.Effect<SessionRow> =>
  row.title.startsWith(sealedMark)
    ? Effect.match(sealing.open([row.title], row.session), {
        onFailure: () => ({ ...row, title: "(encrypted)" }),
        onSuccess: ([title = ""]) => ({ ...row, title })
      })
    : Effect.succeed(row)

const list = (db: Database, sealing: Sealing): Effect.Effect<ReadonlyArray<SessionRow>, StoreFailed> =>
  withConnection(db, (connection) =>
    Effect.map(query(connection, "SELECT * FROM sessions ORDER BY written DESC"), (rows) =>
      rows.map((row) => toRow(row, String(row.session) as SessionId))
    )
  ).pipe(
    Effect.flatMap((rows) =>
      rows.some(({ title }) => title.startsWith(sealedMark))
        ? Effect.forEach(rows, (row) => withTitle(row, sealing))
        : Effect.succeed(rows)
    )
  )

const remove = (db: Database, holders: Holders, session: SessionId) =>
  immediate(db, (connection) =>
    Effect.gen(function* () {
      yield* freeLease(connection, holders, session)
      const gone = yield* query(connection, "DELETE FROM sessions WHERE session = ? RETURNING session", [session])
      if (gone.length === 0) return yield* new SessionMissing({ session })
    })
  )

/**
 * A store over the database that `open` opens, which happens when it is first used, and which closes with the scope.
 * Where the tables are missing they are made.
 */
export const make = (
  open: Effect.Effect<SqlClient, StoreFailed, Scope.Scope>,
  holders: Holders,
  sealing: Sealing = unsealed
): Effect.Effect<typeof EventStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const opened = Effect.gen(function* () {
      const db = yield* reserve(yield* open)
      yield* prepare(db)
      return db
    })
    const database = yield* once(Scope.extend(opened, scope))
    return {
      lease: (session) =>
        Effect.flatMap(database, (db) =>
          Effect.acquireRelease(take(db, holders, session), (lease) => release(db, lease))
        ),
      writer: (session) => Effect.flatMap(database, (db) => writer(db, holders, session)),
      append: (lease, after, events) => Effect.flatMap(database, (db) => append(db, sealing, lease, after, events)),
      read: (session, after = 0) => Stream.unwrap(Effect.map(database, (db) => read(db, sealing, session, after))),
      list: Effect.flatMap(database, (db) => list(db, sealing)),
      spending: (since) =>
        Effect.flatMap(database, (db) => spending(db, (session) => read(db, sealing, session, 0), since)),
      named: Effect.flatMap(database, (db) =>
        named(db, sealing, (session, after) => read(db, sealing, session, after))
      ),
      remove: (session) => Effect.flatMap(database, (db) => remove(db, holders, session))
    }
  })
