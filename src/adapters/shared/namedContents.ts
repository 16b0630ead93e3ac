/** Which contents the logs of a database name: noted with each append, so that no log has to be read to know. */
import type { Connection } from "@effect/sql/SqlConnection"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { hashesIn, hashesInText } from "../../domain/staging/named.ts"
import type { SessionMissing, StoreFailed } from "../../ports/EventStore.ts"
import type { Sealing } from "./sealing.ts"
import { type Database, immediate, query, type SqlRow, withConnection } from "./sqlite.ts"

/** The hashes in some events as they are to be stored; nothing where there are none. */
export const noteOf = (
  sealing: Sealing,
  session: SessionId,
  hashes: Iterable<string>
): Effect.Effect<string | undefined, StoreFailed> => {
  const all = [...new Set(hashes)]
  if (all.length === 0) return Effect.succeed(undefined)
  return Effect.map(sealing.seal([all.join(" ")], session), ([note]) => note)
}

/** The hashes in events that are at hand, with their texts. */
export const hashesOf = (events: ReadonlyArray<Event>, texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  events.flatMap((event, index) => hashesInText(texts[index] ?? "", event.hash))

/** Keeps a note of the events up to `seq`, if there is one. */
export const saveNote = (connection: Connection, session: SessionId, seq: number, note: string | undefined) =>
  note === undefined
    ? Effect.void
    : query(connection, "INSERT OR REPLACE INTO named (session, seq, hashes) VALUES (?, ?, ?)", [session, seq, note])

type Read = (session: SessionId, after: number) => Stream.Stream<Event, SessionMissing | StoreFailed>

/** Notes what a log names that an earlier version of the program wrote. */
const catchUp = (db: Database, sealing: Sealing, read: Read, row: SqlRow) =>
  Effect.gen(function* () {
    const session = String(row.session) as SessionId
    const hashes = new Set<string>()
    let last = Number(row.named_to)
    yield* Stream.runForEach(read(session, last), (event) =>
      Effect.sync(() => {
        for (const hash of hashesIn(event)) hashes.add(hash)
        last = event.seq
      })
    )
    const note = yield* noteOf(sealing, session, hashes)
    yield* immediate(db, (connection) =>
      Effect.gen(function* () {
        const [known] = yield* query(connection, "SELECT 1 FROM sessions WHERE session = ?", [session])
        if (known === undefined) return
        yield* saveNote(connection, session, last, note)
        yield* query(connection, "UPDATE sessions SET named_to = max(named_to, ?) WHERE session = ?", [last, session])
      })
    )
  }).pipe(Effect.catchTag("SessionMissing", () => Effect.void))

/** The contents that any log names. */
export const named = (db: Database, sealing: Sealing, read: Read): Effect.Effect<ReadonlySet<string>, StoreFailed> =>
  Effect.gen(function* () {
    const behind = yield* withConnection(db, (connection) =>
      query(connection, "SELECT session, named_to FROM sessions WHERE named_to < events")
    )
    for (const row of behind) yield* catchUp(db, sealing, read, row)
    const notes = yield* withConnection(db, (connection) => query(connection, "SELECT session, hashes FROM named"))
    const hashes = new Set<string>()
    for (const row of notes)
      for (const text of yield* sealing.open([String(row.hashes)], String(row.session)))
        for (const hash of text.split(" ")) hashes.add(hash)
    return hashes
  })
