/** How PostgreSQL is spoken to: errors with names, transactions, and patience with a server that is starting again. */
import { Socket } from "node:net"
import * as Reactivity from "@effect/experimental/Reactivity"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { StoreFailed } from "../../../ports/EventStore.ts"
import type { SqlRow } from "../../shared/sqlite.ts"
import type { DatabaseUrl } from "./databaseUrl.ts"

/** The error itself and what caused it, outermost first. */
const chain = (error: unknown): ReadonlyArray<object> =>
  typeof error === "object" && error !== null ? [error, ...chain("cause" in error ? error.cause : undefined)] : []

const codeOf = (error: unknown): string =>
  chain(error)
    .map((one) => ("code" in one && typeof one.code === "string" ? one.code : ""))
    .find((code) => code !== "") ?? ""

const saidBy = (error: unknown): string => {
  const innermost = chain(error).at(-1)
  const said = innermost instanceof Error ? innermost.message : String(error)
  // Of a host with several addresses, each refusal is in an error of its own.
  return said === "" ? codeOf(error) : said
}

/** A server that stops, starts or crashed, a connection that broke, two transactions that met: the next try may do. */
const passing = /^(08|57P0|40001|40P01|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/
const broken =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

/** Whether a failure may pass by itself, as that of a server that is started again does. */
export const passes = (error: unknown): error is SqlError =>
  error instanceof SqlError && (passing.test(codeOf(error)) || broken.test(saidBy(error)))

interface Meaning {
  readonly kind: StoreFailed["kind"]
  readonly remedy: string
}

const meanings: ReadonlyArray<readonly [RegExp, Meaning]> = [
  [/^53/, { kind: "full", remedy: "Make room at the database's server; what was stored before is safe." }],
  [/^(25006|42501)/, { kind: "readonly", remedy: "Let the URL's user write to and make tables in the database." }],
  [/^(40001|40P01|55P03)/, { kind: "busy", remedy: "Try again when the other process is done." }],
  [/^XX00[12]/, { kind: "damaged", remedy: "Have the server's data looked after before more is written to them." }],
  [/^28/, { kind: "other", remedy: "Look at the user and the password in the database's URL." }],
  [/^3D000/, { kind: "other", remedy: "Make the database, or name another one in the URL." }],
  [/^(08|57P|E[A-Z])/, { kind: "other", remedy: "See that the server runs and can be reached from this machine." }]
]
const otherwise: Meaning = { kind: "other", remedy: "What was stored before is safe." }

/** What the driver's error means for those who wanted to store something. */
export const fromPg =
  ({ hide, shown }: DatabaseUrl) =>
  (error: SqlError): StoreFailed => {
    const code = codeOf(error)
    const away = passes(error) && code === "" ? "08000" : code
    const { kind, remedy } = meanings.find(([codes]) => codes.test(away))?.[1] ?? otherwise
    return new StoreFailed({ kind, reason: `the database ${shown} said: ${hide(saidBy(error))}`, remedy })
  }

/** A database that is open. */
export interface Database {
  readonly sql: PgClient.PgClient
  /** The driver's error as one of the store; all others stay. */
  readonly told: <A, E, R>(
    effect: Effect.Effect<A, E | SqlError, R>
  ) => Effect.Effect<A, Exclude<E, SqlError> | StoreFailed, R>
}

const isSqlError = <E>(error: E | SqlError): error is SqlError => error instanceof SqlError

/** Connections to a database, closed with the scope; the first is made at once. */
export const connect = (url: DatabaseUrl): Effect.Effect<Database, StoreFailed, Scope.Scope> => {
  const told: Database["told"] = (effect) => Effect.catchIf(effect, isSqlError, (error) => fromPg(url)(error))
  return Effect.map(
    told(
      Effect.provideServiceEffect(
        PgClient.make({
          url: url.secret,
          applicationName: "code-mesh",
          maxConnections: 6,
          connectTimeout: "5 seconds",
          // A server that vanished is noticed as soon as it would notice us.
          stream: () => new Socket().setKeepAlive(true, 5_000)
        }),
        Reactivity.Reactivity,
        Reactivity.make
      )
    ),
    (sql) => ({ sql, told })
  )
}

/** Runs one statement. */
export const query = (
  connection: Connection,
  text: string,
  params: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<SqlRow>, SqlError> => connection.execute(text, params, undefined)

/** For as long as a server may take to be started again. */
const patience = Schedule.intersect(
  Schedule.union(Schedule.exponential("20 millis"), Schedule.spaced("500 millis")),
  Schedule.recurUpTo("15 seconds")
)

/** Tries again while the failure is one that passes. */
export const patiently = <A, E>(effect: Effect.Effect<A, E | SqlError>): Effect.Effect<A, E | SqlError> =>
  Effect.catchIf(effect, passes, () => Effect.retry(effect, { while: passes, schedule: patience }))

/**
 * A connection for one use. Uninterrupted, since whoever is interrupted while they wait for one would take it with them,
 * and a statement that is called off may call off the next one on its connection instead.
 */
const alone = <A, E>({ sql }: Database, use: (connection: Connection) => Effect.Effect<A, E>) =>
  Effect.uninterruptible(Effect.scoped(Effect.flatMap(sql.reserve, use)))

/** Uses a connection; more than once, where the server was away meanwhile. */
export const withConnection = <A, E>(
  db: Database,
  use: (connection: Connection) => Effect.Effect<A, E | SqlError>
): Effect.Effect<A, Exclude<E, SqlError> | StoreFailed> => db.told(patiently(alone(db, use)))

/** All of the body or nothing. It may run more than once, and may only use the connection. */
export const transaction = <A, E>(
  db: Database,
  body: (connection: Connection) => Effect.Effect<A, E | SqlError>
): Effect.Effect<A, Exclude<E, SqlError> | StoreFailed> =>
  withConnection(db, (connection) => {
    const whole = Effect.zipLeft(
      Effect.suspend(() => body(connection)),
      query(connection, "COMMIT")
    )
    const undo = Effect.ignore(query(connection, "ROLLBACK"))
    return Effect.zipRight(
      query(connection, "BEGIN"),
      Effect.catchAllCause(whole, (cause) => Effect.zipRight(undo, Effect.failCause(cause)))
    )
  })
