/** The only writer of a session's log: records facts, keeps the state, and tells followers. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Digest } from "../../ports/Digest.ts"
import {
  EventStore,
  type SessionBusy,
  type SessionMissing,
  type StaleVersion,
  type StoreFailed
} from "../../ports/EventStore.ts"
import { Secrets } from "../../ports/Secrets.ts"
import type { Command } from "../model/Command.ts"
import { type Event, eventVersion, type Fact } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import type { Progress } from "../model/Progress.ts"
import { link, type Unhashed } from "./chain.ts"
import { decide } from "./decide.ts"
import { evolve } from "./evolve.ts"
import { hiding, hidingPieces, withoutSecrets } from "./redact.ts"
import type { Refused } from "./refused.ts"
import { initial, type SessionState } from "./State.ts"

/** News is dropped while a follower has so many of it unread; events never are. */
const progressRoom = 4096

/** Why facts could not be written. */
export type WriteError = StaleVersion | SessionBusy | StoreFailed

/** A session that this process writes to. */
export interface SessionHandle {
  readonly id: SessionId
  readonly state: Effect.Effect<SessionState>
  /**
   * Appends facts, in order and at once; nothing where it fails. With `after`, only if that event is still the newest:
   * else nothing is recorded and no events are answered, as the facts rest on a state that is gone.
   */
  readonly record: (facts: ReadonlyArray<Fact>, after?: number) => Effect.Effect<ReadonlyArray<Event>, WriteError>
  /** Decides a command against the state of the moment and records what it comes to; answers the state before. */
  readonly submit: (
    command: Command
  ) => Effect.Effect<{ readonly before: SessionState; readonly events: ReadonlyArray<Event> }, Refused | WriteError>
  /** Live news; may be dropped for slow followers. */
  readonly progress: (...news: ReadonlyArray<Progress>) => Effect.Effect<void>
  /** What is recorded and told from now on; the stream ends with the session's scope. */
  readonly subscribe: Effect.Effect<Stream.Stream<Event | Progress>, never, Scope.Scope>
}

/** Opens sessions for writing, one writer each. */
export class Session extends Context.Tag("code-mesh/domain/Session")<
  Session,
  {
    /** Begins a log with its first facts. */
    readonly create: (
      id: SessionId,
      facts: ReadonlyArray<Fact>
    ) => Effect.Effect<SessionHandle, WriteError, Scope.Scope>
    /** Opens a session as its log is: what a dead program left open in it is open still. */
    readonly open: (id: SessionId) => Effect.Effect<SessionHandle, SessionMissing | WriteError, Scope.Scope>
  }
>() {
  /** Over an event store. */
  static readonly layer: Layer.Layer<Session, never, EventStore | Digest> = Layer.effect(
    Session,
    Effect.gen(function* () {
      // Only what is named: with all of the context, a lease would live in the scope around this layer, not in its caller's.
      const context = Context.pick(EventStore, Digest)(yield* Effect.context<EventStore | Digest>())
      const secrets = yield* Secrets
      const provide = <A, E, R>(effect: Effect.Effect<A, E, R | EventStore | Digest>) =>
        Effect.provide(Effect.provideService(effect, Secrets, secrets), context)
      return {
        create: (id, facts) =>
          provide(
            Effect.flatMap(makeHandle(id, Effect.succeed(initial(id))), (handle) =>
              Effect.as(handle.record(facts), handle)
            )
          ),
        open: (id) => provide(open(id))
      }
    })
  )
}

/** The state that a session's stored events add up to. */
export const load = Effect.fn("Session.load")(function* (id: SessionId) {
  const store = yield* EventStore
  return yield* Stream.runFold(store.read(id), initial(id), evolve)
})

const open = Effect.fn("Session.open")(function* (id: SessionId) {
  // A lease is taken only on what is there.
  yield* Stream.runHead((yield* EventStore).read(id))
  return yield* makeHandle(id, load(id))
})

/** Stamps facts as the events that follow a state. */
export const stamp = (
  state: SessionState,
  facts: ReadonlyArray<Fact>,
  at: string
): Effect.Effect<ReadonlyArray<Event>, never, Digest> =>
  Effect.gen(function* () {
    const events: Array<Event> = []
    let before = state.hash
    for (const fact of facts) {
      const bare: Unhashed = { v: eventVersion, session: state.id, seq: state.seq + events.length + 1, at, ...fact }
      const hash: string = yield* link(before, bare)
      events.push({ ...bare, hash })
      before = hash
    }
    return events
  })

/** News with its text as it may be shown. */
const whole = (news: Progress, show: (stream: string, text: string) => string): Progress =>
  "text" in news ? { ...news, text: show(`${news.type} ${"call" in news ? news.call : ""}`, news.text) } : news

const makeHandle = <E, R>(id: SessionId, start: Effect.Effect<SessionState, E, R>) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const digest = yield* Digest
    const { known } = yield* Secrets
    const lease = yield* store.lease(id)
    // Read under the lease: another process may have written until it was ours.
    const state = yield* Ref.make(yield* start)
    const hub = yield* PubSub.unbounded<Event | Progress>()
    yield* Effect.addFinalizer(() => PubSub.shutdown(hub))
    const lock = yield* Effect.makeSemaphore(1)
    const pieces = hidingPieces()

    const write = (facts: ReadonlyArray<Fact>, after?: number) =>
      Effect.gen(function* () {
        const now = yield* Ref.get(state)
        if (facts.length === 0 || (after !== undefined && after !== now.seq)) return []
        const at = new Date(yield* Clock.currentTimeMillis).toISOString()
        // Here, and so in the log, in what the model is sent and in what is shown alike.
        const hide = hiding(yield* known)
        const safe = facts.map((fact) => withoutSecrets(fact, hide))
        const events = yield* Effect.provideService(stamp(now, safe, at), Digest, digest)
        yield* store.append(lease, now.seq, events)
        yield* Ref.set(state, events.reduce(evolve, now))
        yield* PubSub.publishAll(hub, events)
        return events
      }).pipe(Effect.uninterruptible)

    const handle: SessionHandle = {
      id,
      state: Ref.get(state),
      record: (facts, after) => lock.withPermits(1)(write(facts, after)),
      submit: (command) =>
        lock.withPermits(1)(
          Effect.gen(function* () {
            const before = yield* Ref.get(state)
            const facts = yield* Either.match(decide(before, command), {
              onLeft: (refused) => Effect.fail(refused),
              onRight: (decided) => Effect.succeed(decided)
            })
            return { before, events: yield* write(facts) }
          })
        ),
      progress: (...news) =>
        Effect.gen(function* () {
          if ((yield* PubSub.size(hub)) > progressRoom) return
          const secrets = yield* known
          const safe = secrets.length === 0 ? news : news.map((one) => whole(one, (...it) => pieces(secrets, ...it)))
          yield* PubSub.publishAll(hub, safe)
        }),
      subscribe: Stream.fromPubSub(hub, { scoped: true })
    }
    return handle
  })
