/** How SQLite is spoken to, whichever driver runs it: errors with names, transactions that wait without blocking. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import { StoreFailed } from "../../ports/EventStore.ts"

const codes: Readonly<Record<string, number>> = {
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_READONLY: 8,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_NOTADB: 26
}

const ownCode = (error: object): number | undefined => {
  if ("rawCode" in error && typeof error.rawCode === "number") return error.rawCode & 0xff
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff
  const name = "code" in error && typeof error.code === "string" ? error.code : ""
  return Object.entries(codes).find(([prefix]) => name.startsWith(prefix))?.[1]
}

/** The error itself and what caused it, outermost first. */
const chain = (error: unknown): ReadonlyArray<object> =>
  typeof error === "object" && error !== null ? [error, ...chain("cause" in error ? error.cause : undefined)] : []

/** SQLite's primary result code, wherever the driver put it. */
const sqliteCode = (error: unknown): number | undefined =>
  chain(error)
    .map(ownCode)
    .find((code) => code !== undefined)

const kinds: Readonly<Record<number, StoreFailed["kind"]>> = {
  5: "busy",
  6: "busy",
  8: "readonly",
  11: "damaged",
  13: "full",
  26: "damaged"
}

const remedies: Readonly<Record<StoreFailed["kind"], string>> = {
  full: "Make room on the disk; what was stored before is safe.",
  readonly: "Make the data folder writable, or set CODE_MESH_HOME to a folder that is.",
  newer: "Update code-mesh with 'code-mesh upgrade'.",
  busy: "Try again when the other process is done.",
  damaged: "Move the database aside and keep it: earlier events may still be read from it.",
  sealed: "What was stored before is safe.",
  other: "What was stored before is safe."
}

/** A failure of the store of this kind, with the advice that goes with it. */
export const storeFailed = (kind: StoreFailed["kind"], reason: string): StoreFailed =>
  new StoreFailed({ kind, reason, remedy: remedies[kind] })

/** What any driver's error means for those who wanted to store something. */
export const fromDriver = (error: unknown): StoreFailed => {
  if (error instanceof StoreFailed) return error
  const innermost = chain(error).at(-1)
  const reason = innermost instanceof Error ? innermost.message : String(error)
  return storeFailed(kinds[sqliteCode(error) ?? 0] ?? "other", reason)
}

/** A row as drivers give it. */
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * Runs one statement, prepared once for a connection. Where that failed it is prepared anew: drivers remember failures
 * for minutes, such as that another process held the file.
 */
export const query = (
  connection: Connection,
  text: string,
  params: ReadonlyArray<string | number> = []
): Effect.Effect<ReadonlyArray<SqlRow>, StoreFailed> =>
  Effect.catchAll(connection.execute(text, params, undefined), (error) =>
    neverRan(error) ? unprepared(connection, text, params) : Effect.fail(fromDriver(error))
  )

const neverRan = (error: SqlError): boolean => error.message === "Failed to prepare statement "

const unprepared = (
  connection: Connection,
  text: string,
  params: ReadonlyArray<string | number>
): Effect.Effect<ReadonlyArray<SqlRow>, StoreFailed> =>
  Effect.suspend(() => {
    // Drivers throw when a statement cannot be prepared, and fail when it cannot be run.
    try {
      return Effect.mapError(connection.executeUnprepared(text, params, undefined), fromDriver)
    } catch (error) {
      return Effect.fail(fromDriver(error))
    }
  })

/** Waits in Effect, not inside SQLite, so that the event loop goes on; gives up after ten seconds. */
const patience = Schedule.exponential("1 millis", 1.5).pipe(
  Schedule.union(Schedule.spaced("40 millis")),
  Schedule.jittered,
  Schedule.upTo("10 seconds")
)

const isBusy = (error: unknown): boolean => error instanceof StoreFailed && error.kind === "busy"

/** Tries again while another process holds the lock; the schedule is set up only where one does. */
export const whileBusy = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.catchIf(effect, isBusy, () => Effect.retry(effect, { while: isBusy, schedule: patience }))

/** The connection of an open database, which one at a time uses. */
export interface Database {
  readonly connection: Connection
  readonly gate: Effect.Semaphore
}

/** Takes the client's connection for as long as the scope lasts, since asking for it again costs as much as a statement. */
export const reserve = (sql: SqlClient): Effect.Effect<Database, StoreFailed, Scope> =>
  Effect.all({ connection: Effect.mapError(sql.reserve, fromDriver), gate: Effect.makeSemaphore(1) })

/** Uses the connection alone. */
export const withConnection = <A, E>(
  { connection, gate }: Database,
  use: (connection: Connection) => Effect.Effect<A, E>
): Effect.Effect<A, E | StoreFailed> => whileBusy(gate.withPermits(1)(Effect.suspend(() => use(connection))))

const transaction = <A, E>(connection: Connection, body: Effect.Effect<A, E>): Effect.Effect<A, E | StoreFailed> => {
  const whole = Effect.zipLeft(body, query(connection, "COMMIT"))
  const undo = Effect.ignore(query(connection, "ROLLBACK"))
  return Effect.zipRight(
    query(connection, "BEGIN IMMEDIATE"),
    Effect.catchAllCause(whole, (cause) => Effect.zipRight(undo, Effect.failCause(cause)))
  )
}

/**
 * All of the body or nothing, with the right to write taken first: a transaction that reads and then writes can
 * otherwise fail in the middle. The body may run more than once, and may only use the connection.
 */
export const immediate = <A, E>(
  db: Database,
  body: (connection: Connection) => Effect.Effect<A, E>
): Effect.Effect<A, E | StoreFailed> =>
  withConnection(db, (connection) => Effect.uninterruptible(transaction(connection, body(connection))))
