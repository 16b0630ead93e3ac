/** The SQLite drivers that Node may have, each as an `@effect/sql` client. All are loaded only when they are used. */
import type { SafeIntegers as Safe, SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StoreFailed } from "../../ports/EventStore.ts"
import { fromDriver } from "../shared/sqlite.ts"

/** Every driver, the preferred one first. */
export const drivers = ["better-sqlite3", "node:sqlite", "libsql"] as const
/** A driver's name. */
export type Driver = (typeof drivers)[number]

/** The driver is not installed, or was not built for this Node. */
export class MissingDriver extends Data.TaggedError("MissingDriver")<{ readonly reason: string }> {}

interface Statement {
  readonly all: (...params: ReadonlyArray<unknown>) => ReadonlyArray<object>
  readonly run: (...params: ReadonlyArray<unknown>) => unknown
  /** False where it gives no rows; drivers that do not say so give none from `all`. */
  readonly reader?: boolean
  /** How whole numbers beyond 2^53 are asked for: libsql's word, and Node's. */
  readonly safeIntegers?: (on: boolean) => unknown
  readonly setReadBigInts?: (on: boolean) => void
}

interface Database {
  readonly prepare: (sql: string) => Statement
  readonly close: () => void
}

type Opened = Effect.Effect<SqlClient, MissingDriver | StoreFailed, Scope.Scope>

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? ""

/** What SQLite itself says has a result code, or is libsql's sentence; all else is about the driver. */
const fromOpening = (error: unknown): MissingDriver | StoreFailed => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const isSqlite = code.startsWith("SQLITE_") || code === "ERR_SQLITE_ERROR" || /Unable to open/.test(firstLine(error))
  return isSqlite ? fromDriver(error) : new MissingDriver({ reason: firstLine(error) })
}

const load = <A>(module: () => Promise<A>): Effect.Effect<A, MissingDriver> =>
  Effect.tryPromise({ try: module, catch: (error) => new MissingDriver({ reason: firstLine(error) }) })

/** SQLite knows numbers and texts. */
const toParam = (value: unknown): unknown => {
  if (typeof value === "boolean") return value ? 1 : 0
  return value instanceof Date ? value.toISOString() : value
}

const connectionOf = (db: Database, Failure: typeof SqlError, SafeIntegers: typeof Safe): Connection => {
  const prepared = new Map<string, Statement>()
  const fresh = (sql: string, safe: boolean): Statement => {
    const statement = db.prepare(sql)
    if (safe) statement.safeIntegers?.(true)
    if (safe) statement.setReadBigInts?.(true)
    return statement
  }
  const prepare = (sql: string, safe: boolean): Statement => {
    const key = safe ? `${sql} ` : sql
    const statement = prepared.get(key) ?? fresh(sql, safe)
    prepared.set(key, statement)
    return statement
  }
  const runWith = (sql: string, params: ReadonlyArray<unknown>, make: typeof prepare) =>
    Effect.flatMap(SafeIntegers, (safe) =>
      Effect.try({
        try: () => {
          const statement = make(sql, safe)
          const values = params.map(toParam)
          if (statement.reader !== false) return statement.all(...values)
          statement.run(...values)
          return []
        },
        catch: (cause) => new Failure({ cause, message: firstLine(cause) })
      })
    )
  const run = (sql: string, params: ReadonlyArray<unknown>) => runWith(sql, params, prepare)
  const execute: Connection["execute"] = (sql, params, transform) =>
    transform === undefined ? run(sql, params) : Effect.map(run(sql, params), transform)
  // Such a statement is hardly ever the same again: kept, they would fill the memory.
  const executeUnprepared: Connection["executeUnprepared"] = (sql, params, transform) =>
    Effect.map(runWith(sql, params, fresh), (rows) => (transform === undefined ? rows : transform(rows)))
  return {
    execute,
    executeUnprepared,
    executeRaw: run,
    executeValues: (sql, params) => Effect.map(run(sql, params), (rows) => rows.map((row) => Object.values(row))),
    executeStream: (sql, params, transform) =>
      Stream.unwrap(Effect.map(execute(sql, params, transform), (rows) => Stream.fromIterable(rows)))
  }
}

/** One connection, used by one at a time. */
const clientOf = (open: () => Database): Opened =>
  Effect.gen(function* () {
    const [Client, Statement, Errors, Reactivity] = yield* load(() =>
      Promise.all([
        import("@effect/sql/SqlClient"),
        import("@effect/sql/Statement"),
        import("@effect/sql/SqlError"),
        import("@effect/experimental/Reactivity")
      ])
    )
    const db = yield* Effect.acquireRelease(Effect.try({ try: open, catch: fromOpening }), (it) =>
      Effect.sync(() => it.close())
    )
    const connection = connectionOf(db, Errors.SqlError, Client.SafeIntegers)
    const gate = yield* Effect.makeSemaphore(1)
    const reserved = Effect.as(
      Effect.acquireRelease(gate.take(1), () => gate.release(1)),
      connection
    )
    return yield* Effect.provideServiceEffect(
      Client.make({
        acquirer: gate.withPermits(1)(Effect.succeed(connection)),
        transactionAcquirer: reserved,
        beginTransaction: "BEGIN IMMEDIATE",
        compiler: Statement.makeCompilerSqlite(),
        spanAttributes: []
      }),
      Reactivity.Reactivity,
      Reactivity.make
    )
  })

const betterSqlite = (path: string): Opened =>
  Effect.gen(function* () {
    const [Stock, Reactivity] = yield* load(() =>
      Promise.all([import("@effect/sql-sqlite-node/SqliteClient"), import("@effect/experimental/Reactivity")])
    )
    // The journal mode is set later, where waiting for other processes does not block.
    const made = Stock.make({ filename: path, disableWAL: true })
    return yield* Effect.catchAllDefect(
      Effect.provideServiceEffect(made, Reactivity.Reactivity, Reactivity.make),
      // The stock client throws what it should fail with.
      (defect) => Effect.fail(fromOpening(defect))
    )
  })

/** Node 22 warns on stderr that its SQLite is experimental, which is nothing that a person at the prompt can act on. */
const quietly = <A>(use: () => A): A => {
  const warn = process.emitWarning
  process.emitWarning = () => undefined
  try {
    return use()
  } finally {
    process.emitWarning = warn
  }
}

const nodeSqlite = (path: string): Opened =>
  Effect.flatMap(
    // By name, since Node 20 and its types do not have it.
    Effect.sync(() => quietly(() => process.getBuiltinModule?.("node:sqlite"))),
    (module) =>
      isNodeSqlite(module)
        ? clientOf(() => new module.DatabaseSync(path))
        : Effect.fail(new MissingDriver({ reason: `Node ${process.versions.node} has none` }))
  )

const isNodeSqlite = (module: unknown): module is { readonly DatabaseSync: new (path: string) => Database } =>
  typeof module === "object" && module !== null && "DatabaseSync" in module

const libsql = (path: string): Opened =>
  Effect.flatMap(
    load(() => import("libsql")),
    (module) =>
      clientOf(() => {
        // Its types ask to know a statement's parameters beforehand.
        const db: unknown = new module.default(path)
        return db as Database
      })
  )

/** Opens a database with this driver; `MissingDriver` where it cannot be loaded here. */
export const openWith = (driver: Driver, path: string): Opened =>
  driver === "better-sqlite3" ? betterSqlite(path) : driver === "node:sqlite" ? nodeSqlite(path) : libsql(path)
