/** Events as a store of rows has them: as texts, page after page, and what may follow what. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import { eventText, readEvent } from "../../domain/model/eventText.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { type SessionMissing, type SessionRow, StaleVersion, StoreFailed } from "../../ports/EventStore.ts"
import { misplaced } from "./sessionRow.ts"
import { type SqlRow, storeFailed } from "./sqlite.ts"

/** Rows that are in memory at once while a log is read. */
export const pageSize = 200

/** Events as they are stored; fails where one is none. */
export const toTexts = (events: ReadonlyArray<Event>): Effect.Effect<ReadonlyArray<string>, StoreFailed> => {
  const texts: Array<string> = []
  for (const event of events) {
    const text = eventText(event)
    if (Either.isLeft(text))
      return Effect.fail(storeFailed("other", `event ${event.seq} of ${event.session} is not one: ${text.left}`))
    texts.push(text.right)
  }
  return Effect.succeed(texts)
}

/** Fails unless these events come next. */
export const follows = (session: SessionId, actual: number, after: number, events: ReadonlyArray<Event>) => {
  if (actual !== after) return Effect.fail(new StaleVersion({ session, expected: after, actual }))
  const reason = misplaced(session, after, events)
  return reason === undefined ? Effect.void : Effect.fail(storeFailed("other", reason))
}

/** Some events of a log that were read at once. */
export interface Page {
  readonly events: ReadonlyArray<Event>
  /** What follows: rows after this event, or the failure to read one. */
  readonly next: Option.Option<number | StoreFailed>
}

const damagedAt = (session: SessionId, seq: number, reason: string): StoreFailed =>
  new StoreFailed({
    kind: "damaged",
    reason: `event ${seq} of ${session} cannot be read (${reason})`,
    remedy: "Those before it can. 'code-mesh doctor --repair' sets it aside where it is the last one."
  })

/** The events of these rows up to the first that is not the one expected at its place. */
export const decodeRows = (
  session: SessionId,
  after: number,
  rows: ReadonlyArray<SqlRow>,
  texts: ReadonlyArray<string>
): Page => {
  const events: Array<Event> = []
  for (const [index, row] of rows.entries()) {
    const seq = after + 1 + events.length
    const event = readEvent(texts[index] ?? "")
    const fits = Either.isRight(event) && event.right.seq === seq && event.right.session === session && row.seq === seq
    if (!fits) {
      const reason = Either.isLeft(event) ? event.left : "it is another event"
      return { events, next: Option.some(damagedAt(session, seq, reason)) }
    }
    events.push(event.right)
  }
  return { events, next: rows.length === pageSize ? Option.some(after + rows.length) : Option.none() }
}

/** A log page after page: what is sound is handed out before the failure is. */
export const pages = (
  after: number,
  page: (after: number) => Effect.Effect<Page, SessionMissing | StoreFailed>
): Stream.Stream<Event, SessionMissing | StoreFailed> =>
  Stream.paginateChunkEffect<number | StoreFailed, Event, SessionMissing | StoreFailed, never>(after, (state) =>
    typeof state === "number"
      ? Effect.map(page(state), (it) => [Chunk.unsafeFromArray(it.events), it.next] as const)
      : Effect.fail(state)
  )

/** A line of the list from its row. */
export const toRow = (row: SqlRow, session: SessionId): SessionRow => ({
  session,
  root: String(row.root),
  title: String(row.title),
  events: Number(row.events),
  createdAt: String(row.created),
  updatedAt: String(row.updated),
  ...((row.parent ?? "") === "" ? {} : { parent: String(row.parent) as SessionId })
})

/** A value that is made once, by whoever first needs it; a failure is not remembered. */
export const once = <A, E>(make: Effect.Effect<A, E>): Effect.Effect<Effect.Effect<A, E>> =>
  Effect.map(Effect.makeSemaphore(1), (gate) => {
    let made: Effect.Effect<A> | undefined
    const first = Effect.tap(make, (value) =>
      Effect.sync(() => {
        made = Effect.succeed(value)
      })
    )
    return Effect.suspend(() => made ?? gate.withPermits(1)(Effect.suspend(() => made ?? first)))
  })
