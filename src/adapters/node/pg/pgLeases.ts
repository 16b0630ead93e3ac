/**
 * Who writes to a session, across machines: whoever has the advisory lock of its name, on the one connection that all
 * leases of this process stand on. When that connection dies with its process, they are free at once. The token in the
 * lease's row bars whoever lost the lock and does not know it.
 */
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { SessionId } from "../../../domain/model/Ids.ts"
import { type Lease, SessionBusy, type StoreFailed, type Writer } from "../../../ports/EventStore.ts"
import type { SqlRow } from "../../shared/sqlite.ts"
import { type Database, passes, patiently, query, withConnection } from "./pgClient.ts"

/** The number that a session's lock has, of the session's id as SQL has it. */
export const lockOf = (session: string): string => `hashtextextended('code-mesh session ' || ${session}, 0)`

/** Who has the lease by its row. */
export const busyBy = (session: SessionId, row: SqlRow | undefined): SessionBusy =>
  new SessionBusy({ session, host: String(row?.host ?? "another machine"), pid: Number(row?.pid ?? 0) })

const rowOf = (connection: Connection, session: SessionId) =>
  Effect.map(query(connection, "SELECT * FROM code_mesh_leases WHERE session = $1", [session]), ([row]) => row)

/** Who writes to a session now: nobody without the lock does. */
export const writer = (db: Database, session: SessionId): Effect.Effect<Option.Option<Writer>, StoreFailed> =>
  withConnection<ReadonlyArray<SqlRow>, SqlError>(db, (connection) =>
    query(
      connection,
      `SELECT host, pid FROM code_mesh_leases AS lease WHERE session = $1 AND held AND EXISTS (
         SELECT FROM pg_locks, (SELECT ${lockOf("lease.session")}) AS wanted (lock)
         WHERE locktype = 'advisory' AND granted AND objsubid = 1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND classid = ((lock >> 32) & 4294967295)::oid AND objid = (lock & 4294967295)::oid)`,
      [session]
    )
  ).pipe(
    Effect.map(([row]) =>
      Option.map(Option.fromNullable(row), ({ host, pid }) => ({ host: String(host), pid: Number(pid) }))
    )
  )

/** Leases of this process. */
export interface Leases {
  readonly take: (session: SessionId) => Effect.Effect<Lease, SessionBusy | StoreFailed>
  readonly release: (lease: Lease) => Effect.Effect<void>
}

/** The connection that the locks stand on. */
interface Ground {
  readonly connection: Connection
  readonly close: Effect.Effect<void>
}

/** How often the locks are looked after, so that a server that was started again has them before anybody else asks. */
const pulse = "1 second"

const openGround = (db: Database): Effect.Effect<Ground, SqlError> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const connection = yield* Effect.onError(Scope.extend(db.sql.reserve, scope), (cause) =>
      Scope.close(scope, Exit.failCause(cause))
    )
    // It goes back among the others, where it must not hold a lock any more.
    const unlock = Effect.ignore(query(connection, "SELECT pg_advisory_unlock_all()"))
    return { connection, close: Effect.zipRight(unlock, Scope.close(scope, Exit.void)) }
  })

/** Takes the locks of leases that are still ours; answers whose they are. */
const lockAgain = (connection: Connection, held: ReadonlyMap<SessionId, number>) =>
  Effect.map(
    query(
      connection,
      `SELECT session FROM (
         SELECT session, pg_try_advisory_lock(${lockOf("session")}) AS locked
         FROM code_mesh_leases JOIN unnest($1::text[], $2::bigint[]) AS mine (session, token) USING (session, token)
         WHERE held OFFSET 0
       ) AS tried WHERE locked`,
      [[...held.keys()], [...held.values()]]
    ),
    (rows) => new Set(rows.map(({ session }) => String(session)))
  )

/** Leases on a connection of their own, given back when the scope closes. */
export const make = (db: Database, self: Writer): Effect.Effect<Leases, never, Scope.Scope> =>
  Effect.gen(function* () {
    const held = new Map<SessionId, number>()
    const gate = yield* Effect.makeSemaphore(1)
    let ground: Ground | undefined
    const leave = Effect.suspend(() => {
      const left = ground
      ground = undefined
      return left?.close ?? Effect.void
    })
    const stand = Effect.gen(function* () {
      if (ground !== undefined) return ground.connection
      const opened = yield* openGround(db)
      const ours =
        held.size === 0
          ? new Set<string>()
          : yield* Effect.onError(lockAgain(opened.connection, held), () => opened.close)
      for (const session of [...held.keys()]) if (!ours.has(session)) held.delete(session)
      ground = opened
      return opened.connection
    })
    const use = <A, E>(body: (connection: Connection) => Effect.Effect<A, E | SqlError>) =>
      Effect.flatMap(stand, body).pipe(
        Effect.tapError((error) => (passes(error) ? leave : Effect.void)),
        Effect.uninterruptible,
        gate.withPermits(1)
      )
    const take = (session: SessionId) => (connection: Connection) =>
      Effect.gen(function* () {
        if (held.has(session)) return yield* busyBy(session, { ...self })
        const [tried] = yield* query(connection, `SELECT pg_try_advisory_lock(${lockOf("$1")}) AS locked`, [session])
        if (tried?.locked !== true) return yield* busyBy(session, yield* rowOf(connection, session))
        const [row] = yield* Effect.tapError(
          query(
            connection,
            `INSERT INTO code_mesh_leases AS lease (session, token, held, host, pid) VALUES ($1, 1, true, $2, $3)
             ON CONFLICT (session) DO UPDATE SET token = lease.token + 1, held = true, host = excluded.host, pid = excluded.pid
             RETURNING token`,
            [session, self.host, self.pid]
          ),
          () => Effect.ignore(query(connection, `SELECT pg_advisory_unlock(${lockOf("$1")})`, [session]))
        )
        const lease = { session, token: Number(row?.token) }
        held.set(session, lease.token)
        return lease
      })
    const release = ({ session, token }: Lease) =>
      Effect.suspend(() => {
        if (held.get(session) !== token) return Effect.void
        held.delete(session)
        // Failing to give a lease back is no failure of the run: the connection's end frees it as well.
        return Effect.ignore(
          use((connection) =>
            query(
              connection,
              `WITH given AS (UPDATE code_mesh_leases SET held = false WHERE session = $1 AND token = $2)
               SELECT pg_advisory_unlock(${lockOf("$1")})`,
              [session, token]
            )
          )
        )
      })
    const look = Effect.suspend(() =>
      held.size === 0 ? Effect.void : Effect.ignore(use((connection) => query(connection, "SELECT 1")))
    )
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(pulse)))
    yield* Effect.addFinalizer(() => gate.withPermits(1)(leave))
    return { take: (session) => db.told(patiently(use(take(session)))), release }
  })
