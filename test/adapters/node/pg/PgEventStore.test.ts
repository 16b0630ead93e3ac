/** The store that machines share: on a real PostgreSQL, with several processes, and on one that is stopped meanwhile. */
import { hostname } from "node:os"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Postgres from "../../../../src/adapters/node/pg/Postgres.ts"
import { tail } from "../../../../src/domain/session/tail.ts"
import { EventStore } from "../../../../src/ports/EventStore.ts"
import { eventStoreContract } from "../../../ports/EventStore.contract.ts"
import { bundleForNode, start } from "../../../support/child.ts"
import { equal, failure, ok } from "../../../support/contract.ts"
import { created, eventOf, logOf, said, sessionId } from "../../../support/events.ts"
import { password, postgresMissing, type Postgres as Server, startPostgres } from "../../../support/postgres.ts"
import { runContract } from "../../../support/runContract.ts"

const one = sessionId(1)
let server: Server
let child = ""
beforeAll(async () => {
  if (postgresMissing) return
  ;[server, child] = await Promise.all([startPostgres(), bundleForNode(new URL("pgStore.child.ts", import.meta.url))])
})
afterAll(() => server?.end())

const storeAt = (url: string) => Postgres.layer(Redacted.make(url))
const using = <A, E>(url: string, use: Effect.Effect<A, E, EventStore>) => Effect.provide(use, storeAt(url))
const fresh = Effect.promise(() => server.fresh())

const readAll = Effect.flatMap(EventStore, (store) =>
  Effect.map(Stream.runCollect(store.read(one)), Chunk.toReadonlyArray)
)

/** Another store, as another machine has one. */
const another = (url: string) => Effect.map(Layer.build(storeAt(url)), Context.get(EventStore))

describe.skipIf(postgresMissing)("on PostgreSQL", () => {
  runContract(eventStoreContract, "PgEventStore", () => Layer.unwrapEffect(Effect.map(fresh, storeAt)))

  it.scopedLive("what one machine writes another one reads, follows, and finds held", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const [here, there] = [yield* another(url), yield* another(url)]
      yield* Effect.scoped(
        Effect.gen(function* () {
          const lease = yield* here.lease(one)
          yield* here.append(lease, 0, logOf(one, 2))
          const followed = yield* Effect.fork(Stream.runCollect(tail(there, one, 1)))
          yield* here.append(lease, 2, [eventOf(one, 3, said("more"))])
          equal(yield* there.writer(one), Option.some({ host: hostname(), pid: process.pid }))
          equal((yield* failure(Effect.scoped(there.lease(one))))._tag, "SessionBusy")
          equal((yield* failure(there.remove(one)))._tag, "SessionBusy")
          return followed
        })
      ).pipe(
        Effect.flatMap(Fiber.join),
        Effect.map((events) =>
          equal(
            [...events].map(({ seq }) => seq),
            [2, 3]
          )
        )
      )
      equal(yield* there.writer(one), Option.none())
    })
  )

  it.scopedLive("a killed holder's lease is free at once, and its token bars whoever comes back with it", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const store = yield* another(url)
      const holder = start(process.execPath, [child, "hold", url, "1"])
      const { holding } = JSON.parse(yield* Effect.promise(() => holder.line("holding")))
      const held = yield* failure(Effect.scoped(store.lease(one)))
      equal(held._tag === "SessionBusy" && held.pid, holder.process.pid)
      holder.process.kill("SIGKILL")
      yield* Effect.promise(() => holder.ended)
      const lease = yield* Effect.retry(store.lease(one), { times: 20, while: () => true })
      ok(lease.token > holding, "the token did not grow")
      const zombie = yield* failure(store.append({ session: one, token: holding }, 3, [eventOf(one, 4, said("late"))]))
      equal(zombie._tag === "SessionBusy" && zombie.pid, process.pid)
      yield* store.append(lease, 3, [eventOf(one, 4, said("mine"))])
    })
  )

  it.live("two processes that append to one session lose nothing and write no event twice", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const children = ["1", "2"].map((number) => start(process.execPath, [child, "contend", url, number]))
      const ends = yield* Effect.promise(() => Promise.all(children.map(({ ended }) => ended)))
      equal(
        ends.map(({ code, stderr }) => ({ code, stderr })),
        ends.map(() => ({ code: 0, stderr: "" }))
      )
      const events = yield* using(
        url,
        Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(sessionId(77))))
      )
      equal(events.length, 20)
    })
  )

  it.scopedLive("a server that is started again finds its holders where they were, and nothing is lost", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const [here, there] = [yield* another(url), yield* another(url)]
      const lease = yield* here.lease(one)
      yield* here.append(lease, 0, logOf(one, 1))
      for (const [index, how] of (["crash", "fast"] as const).entries()) {
        yield* Effect.promise(() => server.stop(how))
        const writing = yield* Effect.fork(here.append(lease, index + 1, [eventOf(one, index + 2, said(how))]))
        yield* Effect.promise(() => server.start())
        yield* Fiber.join(writing)
      }
      // The lock stands again within a second, and until then nobody who only asks takes it.
      yield* Effect.retry(
        Effect.filterOrFail(there.writer(one), Option.isSome, () => "nobody yet"),
        { times: 100, while: () => Effect.as(Effect.sleep("50 millis"), true) }
      )
      equal((yield* failure(Effect.scoped(there.lease(one))))._tag, "SessionBusy")
      equal((yield* Stream.runCollect(there.read(one))).length, 3)
    })
  )

  it.live("a title with characters that PostgreSQL has not is kept as it is", () =>
    Effect.gen(function* () {
      const title = "a\u0000b \ud800"
      const log = [eventOf(one, 1, created()), eventOf(one, 2, { type: "session.titled", title })]
      const listed = yield* using(
        yield* fresh,
        Effect.flatMap(EventStore, (store) =>
          Effect.zipRight(
            Effect.scoped(Effect.flatMap(store.lease(one), (lease) => store.append(lease, 0, log))),
            store.list
          )
        )
      )
      equal(
        listed.map((row) => row.title),
        [title]
      )
    })
  )

  it.live("a database of a newer program is refused and not changed", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      yield* using(
        url,
        Effect.flatMap(EventStore, (store) => store.list)
      )
      yield* Effect.promise(() => server.sql(url, "UPDATE code_mesh_version SET version = 99"))
      const refused = yield* failure(using(url, readAll))
      equal(refused._tag === "StoreFailed" && refused.kind, "newer")
    })
  )

  it.live("sessions that are to be encrypted are not kept where other machines have no key", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const refused = yield* failure(Effect.provide(readAll, Postgres.layer(Redacted.make(url), true)))
      ok(refused.message.includes("memory.encrypt"), refused.message)
    })
  )

  it.live("what is wrong with the database is said without its password", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const wrong = [
        [url.replace(password, "wr%40ng-word"), "password authentication failed"],
        [url.replace(/fresh_\d+/, "nowhere"), 'database "nowhere" does not exist'],
        [url.replace(String(server.port), "1"), "ECONNREFUSED"],
        [url.replace("postgresql:", "mysql:"), "begins with postgresql://"],
        [url.replace("127.0.0.1", "127.0 .0.1"), "cannot be read"]
      ] as const
      for (const [at, said] of wrong) {
        const refused = yield* failure(using(at, readAll))
        const whole = `${refused.message} ${JSON.stringify(refused)}`
        ok(whole.includes(said), whole)
        for (const secret of [password, "wr%40ng-word", "wr@ng-word"]) ok(!whole.includes(secret), whole)
      }
    })
  )
})
