/** Logs in memory: for tests, headless worlds and runs that keep nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { hashesIn } from "../../domain/staging/named.ts"
import {
  EventStore,
  type Lease,
  SessionBusy,
  SessionMissing,
  type SessionRow,
  StaleVersion,
  StoreFailed,
  type Writer
} from "../../ports/EventStore.ts"
import { readSpending } from "../shared/readSpending.ts"
import { misplaced, rowAfter } from "../shared/sessionRow.ts"

interface Log {
  readonly events: Array<Event>
  readonly row: SessionRow
}

const self: Writer = { host: "this program's memory", pid: 0 }

const busy = (session: SessionId) => new SessionBusy({ session, ...self })

class Logs {
  /** In the order of the last write. */
  readonly logs = new Map<string, Log>()
  readonly holders = new Map<string, number>()
  readonly tokens = new Map<string, number>()

  take(session: SessionId): Effect.Effect<Lease, SessionBusy> {
    if (this.holders.has(session)) return Effect.fail(busy(session))
    const token = (this.tokens.get(session) ?? 0) + 1
    this.tokens.set(session, token)
    this.holders.set(session, token)
    return Effect.succeed({ session, token })
  }

  release(lease: Lease): void {
    if (this.holders.get(lease.session) === lease.token) this.holders.delete(lease.session)
  }

  append(
    lease: Lease,
    after: number,
    events: ReadonlyArray<Event>
  ): Effect.Effect<void, StaleVersion | SessionBusy | StoreFailed> {
    const { session } = lease
    if (this.holders.get(session) !== lease.token) return Effect.fail(busy(session))
    const log = this.logs.get(session)
    const actual = log?.events.length ?? 0
    if (actual !== after) return Effect.fail(new StaleVersion({ session, expected: after, actual }))
    const reason = misplaced(session, after, events)
    if (reason !== undefined) {
      return Effect.fail(new StoreFailed({ kind: "other", reason, remedy: "Nothing was written." }))
    }
    const [first, ...rest] = events
    if (first === undefined) return Effect.void
    const row = rowAfter(log?.row, [first, ...rest])
    this.logs.delete(session)
    const kept = log?.events ?? []
    for (const event of events) kept.push(event)
    this.logs.set(session, { events: kept, row })
    return Effect.void
  }

  read(session: SessionId, after: number): Stream.Stream<Event, SessionMissing> {
    const log = this.logs.get(session)
    return log === undefined
      ? Stream.fail(new SessionMissing({ session }))
      : Stream.fromIterable(log.events.slice(after))
  }

  remove(session: SessionId): Effect.Effect<void, SessionMissing | SessionBusy> {
    if (this.holders.has(session)) return Effect.fail(busy(session))
    return this.logs.delete(session) ? Effect.void : Effect.fail(new SessionMissing({ session }))
  }
}

/** A store of its own, gone with the value. */
export const make: Effect.Effect<typeof EventStore.Service> = Effect.sync(() => {
  const logs = new Logs()
  const list = Effect.sync(() => Array.from(logs.logs.values(), (log) => log.row).reverse())
  const read = (session: SessionId, after = 0) => Stream.suspend(() => logs.read(session, after))
  return {
    lease: (session) =>
      Effect.acquireRelease(
        Effect.suspend(() => logs.take(session)),
        (lease) => Effect.sync(() => logs.release(lease))
      ),
    writer: (session) => Effect.sync(() => (logs.holders.has(session) ? Option.some(self) : Option.none())),
    append: (lease, after, events) => Effect.suspend(() => logs.append(lease, after, events)),
    read,
    list,
    spending: (since) => Effect.flatMap(list, (rows) => readSpending(rows, read, since)),
    named: Effect.sync(() => new Set([...logs.logs.values()].flatMap(({ events }) => events.flatMap(hashesIn)))),
    remove: (session) => Effect.suspend(() => logs.remove(session))
  }
})

/** Logs in memory. */
export const layer: Layer.Layer<EventStore> = Layer.effect(EventStore, make)
