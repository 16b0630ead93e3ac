/** What sessions spent, counted as their events are appended, so that no log is read to know it. */
import type { Connection } from "@effect/sql/SqlConnection"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { type Metered, meteredBy, noOutcomes } from "../../domain/session/spending.ts"
import type { SessionMissing, Spending, Spent, SpentRow, StoreFailed } from "../../ports/EventStore.ts"
import { readMetered } from "./readSpending.ts"
import { type Database, immediate, query, type SqlRow, withConnection } from "./sqlite.ts"

const outcomeNames = ["done", "verified", "failed", "passed", "broken"]
const sums = ["turns", "calls", "input", "output", "cache_read", "cache_write", "cost", ...outcomeNames]
const columns = ["day", "model", "role", ...sums]

const flat = ({ calls, day, model, outcomes = noOutcomes, role, turns, usage }: Spent) => [
  ...[day, model, role],
  ...[turns, calls],
  ...[usage.input, usage.output, usage.cacheRead, usage.cacheWrite, usage.cost],
  ...[outcomes.done, outcomes.verified, outcomes.failed, outcomes.passed, outcomes.broken]
]

/** One statement for any number of rows, so that it is prepared once. */
const addRows = (connection: Connection, session: SessionId, spent: ReadonlyArray<Spent>) =>
  query(
    connection,
    `INSERT INTO spent (session, ${columns.join(", ")})
     SELECT ?, ${columns.map((_, n) => `value ->> ${n}`).join(", ")} FROM json_each(?) WHERE true
     ON CONFLICT (session, day, model, role) DO UPDATE SET ${sums.map((sum) => `${sum} = ${sum} + excluded.${sum}`).join(", ")}`,
    [session, JSON.stringify(spent.map(flat))]
  )

/** How far a session is counted, with what its next call is made, and what is to be added for that. */
export interface Counting extends Metered {
  readonly counted: number
}

/** Counts events that are to be appended; a session whose older events were not counted waits for `spending`. */
export const countingOf = (row: SqlRow | undefined, after: number, events: ReadonlyArray<Event>): Counting => {
  const counted = Number(row?.counted ?? 0)
  const meter = { model: String(row?.model ?? ""), role: String(row?.role ?? "") }
  return counted === after
    ? { ...meteredBy(meter, events), counted: after + events.length }
    : { meter, anew: false, spent: [], counted }
}

/** Adds what was counted. */
export const saveSpent = (connection: Connection, session: SessionId, { anew, spent }: Metered) =>
  Effect.gen(function* () {
    if (anew) yield* query(connection, "DELETE FROM spent WHERE session = ?", [session])
    if (spent.length > 0) yield* addRows(connection, session, spent)
  })

/** Counts a session whose log is longer, or shorter, than what was counted; answers whether it could be read. */
const catchUp = (db: Database, session: SessionId, log: Stream.Stream<Event, SessionMissing | StoreFailed>) =>
  Effect.gen(function* () {
    const found = yield* readMetered(log)
    if (found._tag === "None") return false
    const { meter, read, spent } = found.value
    yield* immediate(db, (connection) =>
      Effect.zipRight(
        saveSpent(connection, session, { meter, anew: true, spent }),
        query(connection, "UPDATE sessions SET counted = ?, model = ?, role = ? WHERE session = ?", [
          ...[read, meter.model, meter.role],
          session
        ])
      )
    )
    return true
  })

const outcomesOf = (row: SqlRow): Pick<Spent, "outcomes"> => {
  const [done = 0, verified = 0, failed = 0, passed = 0, broken = 0] = outcomeNames.map((name) => Number(row[name]))
  return done + failed === 0 ? {} : { outcomes: { done, verified, failed, passed, broken } }
}

/** What a session spent from its row. */
export const toSpent = (row: SqlRow): SpentRow => ({
  session: String(row.session) as SessionId,
  root: String(row.root),
  day: String(row.day),
  model: String(row.model),
  role: String(row.role),
  turns: Number(row.turns),
  calls: Number(row.calls),
  usage: {
    input: Number(row.input),
    output: Number(row.output),
    cacheRead: Number(row.cache_read),
    cacheWrite: Number(row.cache_write),
    cost: Number(row.cost)
  },
  ...outcomesOf(row)
})

/** What all sessions spent since a day; those that were not counted yet are read once. */
export const spending = (
  db: Database,
  read: (session: SessionId) => Stream.Stream<Event, SessionMissing | StoreFailed>,
  since = ""
): Effect.Effect<Spending, StoreFailed> =>
  Effect.gen(function* () {
    const behind = yield* withConnection(db, (connection) =>
      query(connection, "SELECT session FROM sessions WHERE counted <> events AND updated >= ?", [since])
    )
    const unread: Array<SessionId> = []
    for (const row of behind) {
      const session = String(row.session) as SessionId
      if (!(yield* catchUp(db, session, read(session)))) unread.push(session)
    }
    const rows = yield* withConnection(db, (connection) =>
      query(
        connection,
        `SELECT spent.*, root FROM spent JOIN sessions USING (session) WHERE day >= ? ORDER BY day, session, spent.model`,
        [since]
      )
    )
    const left = new Set<string>(unread)
    return { rows: rows.map(toSpent).filter(({ session }) => !left.has(session)), unread }
  })
