/** Keeps one append-only log per session. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Event } from "../domain/model/Event.ts"
import { SessionId } from "../domain/model/Ids.ts"
import type { Usage } from "../domain/model/Message.ts"

/** The log has grown since it was read: nothing was written. */
export class StaleVersion extends Schema.TaggedError<StaleVersion>()("StaleVersion", {
  session: SessionId,
  expected: Schema.Int,
  actual: Schema.Int
}) {
  override get message(): string {
    return `Session ${this.session} is at event ${this.actual}, not ${this.expected}; nothing was written. Read it again.`
  }
}

/** Another living process writes to this session. */
export class SessionBusy extends Schema.TaggedError<SessionBusy>()("SessionBusy", {
  session: SessionId,
  host: Schema.String,
  pid: Schema.Int
}) {
  override get message(): string {
    return `Session ${this.session} is in use by process ${this.pid} on ${this.host}; nothing was changed. Wait for it, or fork the session with --fork.`
  }
}

/** There is no such session. */
export class SessionMissing extends Schema.TaggedError<SessionMissing>()("SessionMissing", { session: Schema.String }) {
  override get message(): string {
    return `There is no session ${this.session}. 'code-mesh session list' shows those there are.`
  }
}

/**
 * The store failed; what was acknowledged before still holds.
 * `full`: no room; `readonly`: not writable; `newer`: written by a newer program; `busy`: locked for too long;
 * `damaged`: content that is not an event; `sealed`: encrypted, and the key cannot be had; `other`: see the message.
 */
export class StoreFailed extends Schema.TaggedError<StoreFailed>()("StoreFailed", {
  kind: Schema.Literal("full", "readonly", "newer", "busy", "damaged", "sealed", "other"),
  reason: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `The session store failed: ${this.reason}. ${this.remedy}`
  }
}

/** One line of `session list`. */
export interface SessionRow {
  readonly session: SessionId
  readonly root: string
  readonly title: string
  readonly events: number
  readonly createdAt: string
  readonly updatedAt: string
  /** The session that it works for, where it is an agent's. */
  readonly parent?: SessionId
}

/**
 * What became of agents: how many did what they were to do, how many of those a check shows, how many did not or were
 * stopped; and of the checks of their work, how many passed and how many did not.
 */
export interface Outcomes {
  readonly done: number
  readonly verified: number
  readonly failed: number
  readonly passed: number
  readonly broken: number
}

/** What was spent on a day (UTC), with a model, in a role: a mode, or what a call beside the turn was for. */
export interface Spent {
  readonly day: string
  readonly model: string
  readonly role: string
  readonly turns: number
  readonly calls: number
  readonly usage: Usage
  /** What became of the agents of this role that worked for the session, where there were some. */
  readonly outcomes?: Outcomes
}

/** What one session spent on a day, with a model, in a role. */
export interface SpentRow extends Spent {
  readonly session: SessionId
  readonly root: string
}

/** What sessions spent, and those whose log could not be read, which are not in it. */
export interface Spending {
  readonly rows: ReadonlyArray<SpentRow>
  readonly unread: ReadonlyArray<SessionId>
}

/** The right to write to one session, while its scope is open. `token` grows with each holder. */
export interface Lease {
  readonly session: SessionId
  readonly token: number
}

/** A process that writes to a session. */
export interface Writer {
  readonly host: string
  readonly pid: number
}

/** Keeps one append-only log per session. Durable means: against the death of the process. */
export class EventStore extends Context.Tag("code-mesh/ports/EventStore")<
  EventStore,
  {
    /** Becomes the session's only writer until the scope closes; a dead holder on this host is replaced. */
    readonly lease: (session: SessionId) => Effect.Effect<Lease, SessionBusy | StoreFailed, Scope.Scope>
    /** Who writes to the session now, here or elsewhere; nobody where its last writer gave it up or died. */
    readonly writer: (session: SessionId) => Effect.Effect<Option.Option<Writer>, StoreFailed>
    /** Appends all events or none; the first has `seq` = `after` + 1. Refused under a lease that was taken over. */
    readonly append: (
      lease: Lease,
      after: number,
      events: ReadonlyArray<Event>
    ) => Effect.Effect<void, StaleVersion | SessionBusy | StoreFailed>
    /** The events with `seq` > `after`, oldest first; ends at the newest. */
    readonly read: (session: SessionId, after?: number) => Stream.Stream<Event, SessionMissing | StoreFailed>
    /** All sessions, the one written last first. */
    readonly list: Effect.Effect<ReadonlyArray<SessionRow>, StoreFailed>
    /** The hashes of contents that any event names; it may be more than those. */
    readonly named: Effect.Effect<ReadonlySet<string>, StoreFailed>
    /** What all sessions spent, on this day (`2026-11-21`, UTC) and after it where one is given; no log is read that was counted before. */
    readonly spending: (since?: string) => Effect.Effect<Spending, StoreFailed>
    /** Forgets a session. */
    readonly remove: (session: SessionId) => Effect.Effect<void, SessionMissing | SessionBusy | StoreFailed>
  }
>() {}
