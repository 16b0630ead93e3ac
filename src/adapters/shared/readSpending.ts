/** What sessions spent, from their logs: for stores that keep no count of it. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import { meteredBy, noMeter } from "../../domain/session/spending.ts"
import type { EventStore, SessionRow, Spending } from "../../ports/EventStore.ts"

/** What one log comes to; nothing where it cannot be read to its end. */
export const readMetered = <E>(log: Stream.Stream<Event, E>) =>
  Effect.option(
    Effect.map(Stream.runCollect(log), (events) => ({ ...meteredBy(noMeter, events), read: events.length }))
  )

/** What these sessions spent since a day. */
export const readSpending = (
  rows: ReadonlyArray<SessionRow>,
  read: (typeof EventStore.Service)["read"],
  since = ""
): Effect.Effect<Spending> =>
  Effect.map(
    Effect.forEach(rows, ({ root, session }) =>
      Effect.map(readMetered(read(session)), (found) => ({ session, root, found }))
    ),
    (all) => ({
      rows: all.flatMap(({ found, root, session }) =>
        found._tag === "None"
          ? []
          : found.value.spent.filter(({ day }) => day >= since).map((spent) => ({ session, root, ...spent }))
      ),
      unread: all.flatMap(({ found, session }) => (found._tag === "None" ? [session] : []))
    })
  )
