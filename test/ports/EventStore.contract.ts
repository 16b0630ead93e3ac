/** What every EventStore must hold. */
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event, Fact, FactOf } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import { noUsage } from "../../src/domain/model/Message.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import { type Contract, equal, failure, ok } from "../support/contract.ts"
import { created, eventOf, logOf, said, sessionId, timeOf } from "../support/events.ts"

const one = sessionId(1)
const two = sessionId(2)

const readAll = (session: SessionId, after?: number) =>
  Effect.flatMap(EventStore, (store) =>
    Effect.map(Stream.runCollect(store.read(session, after)), (chunk) => Chunk.toReadonlyArray(chunk))
  )

/** Writes under a lease that ends at once. */
const write = (session: SessionId, after: number, events: ReadonlyArray<Event>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* EventStore
      yield* store.append(yield* store.lease(session), after, events)
    })
  )

const rows = Effect.flatMap(EventStore, (store) => store.list)

const oddities = [
  "ä€😀\u2028\u2029",
  'quotes " and \\ and \u0000 and \u001b[31m',
  "a lone surrogate: \ud800",
  "",
  "x".repeat(300_000)
]

const started: Fact = {
  ...{ type: "turn.started", turn: 1, model: "a/b", mode: "plan", apply: "stage", rules: [], sandbox: "none" },
  ...{ home: "", attended: false, yes: false, compacts: true, prefix: "" },
  described: { name: "a/b", context: 1, output: 1, images: false, reasoning: false, tools: true }
}

const answered = (input: number): FactOf<"model.answered"> => ({
  type: "model.answered",
  turn: 1,
  step: 1,
  stop: "end_turn",
  usage: { ...noUsage, input }
})

const asked: Fact = { type: "model.requested", turn: 1, step: 1, model: "a/b", tokens: 1, messages: 1 }

/** An agent's end: what it used is told by its own log. */
const endedAs = (result: "verified" | "failed"): Fact => ({
  ...{ type: "agent.ended", turn: 1, agent: two, role: "coder", model: "c/d", result },
  ...{ checks: { passed: 2, failed: 1 }, calls: 3, usage: { ...noUsage, output: 5 } }
})

/** A turn of two calls, one of them tried twice, and a summary. */
const spendingLog = (session: SessionId): ReadonlyArray<Event> => {
  const facts: ReadonlyArray<Fact> = [
    created(),
    started,
    asked,
    {
      ...{ type: "model.retried", turn: 1, step: 1, attempt: 1, kind: "server", message: "", delay: 1 },
      usage: { input: 10, output: 1, cacheRead: 4, cacheWrite: 5, cost: 0.25 }
    },
    { ...answered(0), usage: { ...noUsage, input: 20, output: 2, cost: 0.5 } },
    {
      ...{ type: "session.compacted", turn: 1, upTo: 1, summary: "s", by: "model", before: 2, after: 1 },
      usage: { ...noUsage, output: 9 }
    },
    endedAs("verified"),
    endedAs("failed")
  ]
  return facts.map((fact, index) => eventOf(session, index + 1, fact))
}

/** What every EventStore must hold. */
export const eventStoreContract: Contract<EventStore> = {
  name: "EventStore",
  tests: [
    {
      name: "what was appended is read back whole and in order",
      run: Effect.gen(function* () {
        const log = [eventOf(one, 1, created()), ...oddities.map((text, i) => eventOf(one, i + 2, said(text)))]
        yield* write(one, 0, log)
        equal(yield* readAll(one), log)
      })
    },
    {
      name: "the contents that events name are told, as long as a session has them",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const [a, b] = ["a".repeat(64), "b".repeat(64)]
        const naming = (session: SessionId, seq: number, hash: string) => eventOf(session, seq, said(`it is ${hash}`))
        yield* write(one, 0, [...logOf(one, 2), naming(one, 3, a)])
        yield* write(two, 0, [...logOf(two, 1), naming(two, 2, b)])
        yield* write(two, 2, [naming(two, 3, a)])
        equal([...(yield* store.named)].sort(), [a, b])
        yield* store.remove(two)
        equal([...(yield* store.named)], [a])
      })
    },
    {
      name: "appends follow one another under one lease",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const lease = yield* store.lease(one)
        const log = logOf(one, 5)
        yield* store.append(lease, 0, log.slice(0, 1))
        yield* store.append(lease, 1, log.slice(1, 4))
        yield* store.append(lease, 4, log.slice(4))
        equal(yield* readAll(one), log)
      })
    },
    {
      name: "reading starts after the given event, and ends at once behind the newest",
      run: Effect.gen(function* () {
        yield* write(one, 0, logOf(one, 4))
        equal(
          (yield* readAll(one, 2)).map((event) => event.seq),
          [3, 4]
        )
        equal(yield* readAll(one, 4), [])
        equal(yield* readAll(one, 9), [])
      })
    },
    {
      name: "a long log is read whole",
      run: Effect.gen(function* () {
        const log = logOf(one, 2345)
        yield* write(one, 0, log)
        equal(
          (yield* readAll(one)).map((event) => event.seq),
          log.map((event) => event.seq)
        )
        equal((yield* readAll(one, 1999)).length, 346)
      })
    },
    {
      name: "a reader that stops early leaves the store usable",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        yield* write(one, 0, logOf(one, 2000))
        const some = yield* Stream.runCollect(Stream.take(store.read(one), 3))
        equal(some.length, 3)
        yield* write(one, 2000, [eventOf(one, 2001, said("more"))])
      })
    },
    {
      name: "what sessions spent, and what became of their agents, is told by session, day, model and role, and not of what a copy holds",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        equal(yield* store.spending(), { rows: [], unread: [] })
        yield* write(one, 0, spendingLog(one).slice(0, 3))
        yield* write(one, 3, spendingLog(one).slice(3))
        const copy = spendingLog(two)
        yield* write(two, 0, copy)
        const forked = eventOf(two, copy.length + 1, { type: "session.forked", from: one, upTo: copy.length })
        yield* write(two, copy.length, [forked])
        yield* write(two, copy.length + 1, [eventOf(two, copy.length + 2, answered(7))])
        const spent = { session: one, root: "/work/project", day: "2026-01-01", model: "a/b" }
        const usage = { input: 30, output: 3, cacheRead: 4, cacheWrite: 5, cost: 0.75 }
        const { rows: found, unread } = yield* store.spending()
        equal(
          [...found].sort((a, b) => (a.session + a.role < b.session + b.role ? -1 : 1)),
          [
            {
              ...{ ...spent, role: "coder", model: "c/d", turns: 0, calls: 0, usage: noUsage },
              outcomes: { done: 1, verified: 1, failed: 1, passed: 4, broken: 2 }
            },
            { ...spent, role: "compaction", turns: 0, calls: 1, usage: { ...noUsage, output: 9 } },
            { ...spent, role: "plan", turns: 1, calls: 2, usage },
            { ...spent, session: two, role: "plan", turns: 0, calls: 0, usage: { ...noUsage, input: 7 } }
          ]
        )
        equal(unread, [])
        equal((yield* store.spending("2026-01-01")).rows.length, 4)
        equal((yield* store.spending("2026-01-02")).rows, [])
        yield* store.remove(one)
        equal((yield* store.spending()).rows.length, 1)
      })
    },
    {
      name: "a session that was never written is missing",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.lease(two)
        equal(yield* failure(readAll(two)), { _tag: "SessionMissing", session: two })
        equal(yield* rows, [])
      })
    },
    {
      name: "an append after the wrong event is stale and writes nothing",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const log = logOf(one, 3)
        yield* write(one, 0, log)
        const lease = yield* store.lease(one)
        const again = yield* failure(store.append(lease, 1, [eventOf(one, 2, said("other"))]))
        equal(again, { _tag: "StaleVersion", session: one, expected: 1, actual: 3 })
        const ahead = yield* failure(store.append(lease, 7, [eventOf(one, 8, said("other"))]))
        equal(ahead, { _tag: "StaleVersion", session: one, expected: 7, actual: 3 })
        equal(yield* readAll(one), log)
      })
    },
    {
      name: "events that do not follow one another are refused, all of them",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const lease = yield* store.lease(one)
        const gap = yield* failure(store.append(lease, 0, [eventOf(one, 1, created()), eventOf(one, 3, said("x"))]))
        equal(gap._tag, "StoreFailed")
        const other = yield* failure(store.append(lease, 0, [eventOf(two, 1, created())]))
        equal(other._tag, "StoreFailed")
        equal(yield* rows, [])
      })
    },
    {
      name: "appending nothing changes nothing",
      run: Effect.gen(function* () {
        yield* write(one, 0, [])
        equal(yield* rows, [])
        yield* write(one, 0, logOf(one, 2))
        yield* write(one, 2, [])
        equal(
          (yield* rows).map((row) => row.events),
          [2]
        )
      })
    },
    {
      name: "of many appends after the same event exactly one wins",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        yield* write(one, 0, logOf(one, 1))
        const lease = yield* store.lease(one)
        const tries = yield* Effect.all(
          Array.from({ length: 10 }, (_, i) => Effect.either(store.append(lease, 1, [eventOf(one, 2, said(`${i}`))]))),
          { concurrency: "unbounded" }
        )
        equal(tries.filter(Either.isRight).length, 1)
        equal(
          tries.filter(Either.isLeft).map((left) => left.left._tag),
          Array.from({ length: 9 }, () => "StaleVersion")
        )
        equal((yield* readAll(one)).length, 2)
      })
    },
    {
      name: "a session has one writer at a time",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.lease(one)
        const second = yield* failure(Effect.scoped(store.lease(one)))
        equal(second._tag, "SessionBusy")
        yield* store.lease(two)
      })
    },
    {
      name: "who writes to a session is known while they do",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const writes = (session: SessionId) => Effect.map(store.writer(session), Option.isSome)
        equal(yield* writes(one), false)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* store.lease(one)
            equal([yield* writes(one), yield* writes(two)], [true, false])
          })
        )
        equal(yield* writes(one), false)
      })
    },
    {
      name: "of many who want to write at once exactly one gets the lease",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const tries = yield* Effect.all(
          Array.from({ length: 8 }, () => Effect.either(store.lease(one))),
          { concurrency: "unbounded" }
        )
        equal(tries.filter(Either.isRight).length, 1)
      })
    },
    {
      name: "the end of a scope frees the session, and the next holder's token is greater",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const first = yield* Effect.scoped(store.lease(one))
        const second = yield* Effect.scoped(store.lease(one))
        ok(second.token > first.token, `${second.token} after ${first.token}`)
      })
    },
    {
      name: "an interrupted holder frees the session",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const held = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(
          Effect.scoped(
            Effect.zipRight(store.lease(one), Effect.zipRight(Deferred.succeed(held, undefined), Effect.never))
          )
        )
        yield* Deferred.await(held)
        yield* Fiber.interrupt(fiber)
        yield* store.lease(one)
      })
    },
    {
      name: "who has lost the lease cannot append any more",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const old = yield* Effect.scoped(store.lease(one))
        equal((yield* failure(store.append(old, 0, logOf(one, 1))))._tag, "SessionBusy")
        yield* store.lease(one)
        equal((yield* failure(store.append(old, 0, logOf(one, 1))))._tag, "SessionBusy")
        equal(yield* rows, [])
      })
    },
    {
      name: "the list has the session written last first, with its root, length and times",
      run: Effect.gen(function* () {
        yield* write(one, 0, logOf(one, 2, "/a"))
        yield* write(two, 0, logOf(two, 1, "/b"))
        yield* write(one, 2, [eventOf(one, 3, said("again"))])
        equal(yield* rows, [
          { session: one, root: "/a", title: "", events: 3, createdAt: timeOf(1), updatedAt: timeOf(3) },
          { session: two, root: "/b", title: "", events: 1, createdAt: timeOf(1), updatedAt: timeOf(1) }
        ])
      })
    },
    {
      name: "the list says of an agent's session for whom it works, also after it has grown",
      run: Effect.gen(function* () {
        yield* write(one, 0, [
          eventOf(one, 1, { ...created("/a"), parent: { session: two, role: "coder", path: ["api (coder)"] } })
        ])
        yield* write(one, 1, [eventOf(one, 2, said("done"))])
        equal(
          (yield* rows).map((row) => row.parent),
          [two]
        )
      })
    },
    {
      name: "a session is called by its first prompt until it has a title",
      run: Effect.gen(function* () {
        const text = `Fix the bug ${"very ".repeat(20)}carefully\nand test it`
        const prompt = { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text }] } as const
        yield* write(one, 0, [eventOf(one, 1, created()), eventOf(one, 2, prompt)])
        equal((yield* rows)[0]?.title, `${text.slice(0, 59)}…`)
        yield* write(one, 2, [eventOf(one, 3, { type: "session.titled", title: "Mended" }), eventOf(one, 4, prompt)])
        equal((yield* rows)[0]?.title, "Mended")
      })
    },
    {
      name: "a removed session is gone, and may start anew under a greater token",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        const before = yield* Effect.scoped(store.lease(one))
        yield* write(one, 0, logOf(one, 3))
        yield* write(two, 0, logOf(two, 1))
        yield* store.remove(one)
        equal((yield* failure(readAll(one)))._tag, "SessionMissing")
        equal(
          (yield* rows).map((row) => row.session),
          [two]
        )
        equal((yield* failure(store.remove(one)))._tag, "SessionMissing")
        const lease = yield* store.lease(one)
        ok(lease.token > before.token, "a token came back")
        yield* store.append(lease, 0, logOf(one, 1))
        equal((yield* readAll(one)).length, 1)
      })
    },
    {
      name: "a session that somebody writes to is not removed",
      run: Effect.gen(function* () {
        const store = yield* EventStore
        yield* write(one, 0, logOf(one, 1))
        yield* store.lease(one)
        equal((yield* failure(store.remove(one)))._tag, "SessionBusy")
        equal((yield* readAll(one)).length, 1)
      })
    }
  ]
}
