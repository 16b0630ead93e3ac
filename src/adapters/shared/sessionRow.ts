/** One line of `session list`, kept up to date as events are appended, so that listing reads no log. */
import type { Event } from "../../domain/model/Event.ts"
import { titleOf } from "../../domain/session/begin.ts"
import type { SessionRow } from "../../ports/EventStore.ts"

const step = (row: SessionRow, event: Event): SessionRow => {
  const next = { ...row, events: event.seq, updatedAt: event.at }
  switch (event.type) {
    case "session.created":
      return {
        ...next,
        root: event.root,
        ...(event.parent === undefined ? {} : { parent: event.parent.session })
      }
    case "session.titled":
      return { ...next, title: event.title }
    case "prompt.submitted":
      return next.title === "" ? { ...next, title: titleOf(event.parts) } : next
    default:
      return next
  }
}

/** A session's line after these events, from the line before, or from nothing. */
export const rowAfter = (before: SessionRow | undefined, events: readonly [Event, ...Array<Event>]): SessionRow => {
  const [first] = events
  const start: SessionRow = before ?? {
    session: first.session,
    root: "",
    title: "",
    events: 0,
    createdAt: first.at,
    updatedAt: first.at
  }
  return events.reduce(step, start)
}

/** Why these events cannot follow event `after` of a session, if so: a mistake of the caller, caught before it is stored. */
export const misplaced = (session: string, after: number, events: ReadonlyArray<Event>): string | undefined => {
  const index = events.findIndex((event, i) => event.seq !== after + 1 + i || event.session !== session)
  const event = events[index]
  return event === undefined
    ? undefined
    : `event ${event.seq} of ${event.session} is not event ${after + 1 + index} of ${session}`
}
