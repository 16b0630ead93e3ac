/** The store in SQLite: with every driver that loads here, with several processes, and on broken disks. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { SqlClient } from "@effect/sql/SqlClient"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Sqlite from "../../../src/adapters/node/Sqlite.ts"
import { type Driver, drivers } from "../../../src/adapters/node/sqliteDrivers.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { eventStoreContract } from "../../ports/EventStore.contract.ts"
import { bubblewrapMissing, bundleForNode, start, startIn } from "../../support/child.ts"
import { equal, failure, ok } from "../../support/contract.ts"
import { eventOf, logOf, said, sessionId } from "../../support/events.ts"
import { runContract } from "../../support/runContract.ts"

const one = sessionId(1)
const home = mkdtempSync(join(tmpdir(), "code-mesh-sqlite-"))
let count = 0
const fresh = (): string => join(home, String(++count), "code-mesh.db")
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What the store's own connection never does is done here, on another one. */
const sqlOn = (path: string, ...statements: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(Sqlite.client({ path }), (sql: SqlClient) =>
      Effect.forEach(statements, (statement) => sql.unsafe(statement))
    )
  )

const using = <A, E>(path: string, use: Effect.Effect<A, E, EventStore>, driver?: Driver) =>
  Effect.provide(use, Sqlite.layer(driver === undefined ? { path } : { path, driver }))

const write = (after: number, length: number, session = one) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* EventStore
      const lease = yield* store.lease(session)
      yield* store.append(lease, after, logOf(session, after + length).slice(after))
      return lease
    })
  )

const readAll = Effect.flatMap(EventStore, (store) =>
  Effect.map(Stream.runCollect(store.read(one)), Chunk.toReadonlyArray)
)

const loads = (driver: Driver): boolean =>
  spawnSync(process.execPath, [
    "-e",
    driver === "node:sqlite" ? `require("node:sqlite")` : `new (require("${driver}"))(":memory:")`
  ]).status === 0

for (const driver of drivers) {
  describe.skipIf(!loads(driver))(driver, () => {
    runContract(eventStoreContract, `SqlEventStore on ${driver}`, () => Sqlite.layer({ path: fresh(), driver }))

    it.live("what was written is there when the file is opened again", () =>
      Effect.gen(function* () {
        const path = fresh()
        const first = yield* using(path, write(0, 3), driver)
        const second = yield* using(path, write(3, 2), driver)
        ok(second.token > first.token, "the token did not grow")
        equal((yield* using(path, readAll, driver)).length, 5)
      })
    )
  })
}

describe("files", () => {
  it.live("the folder and the files of the database are its owner's alone", () =>
    Effect.gen(function* () {
      const path = fresh()
      const modes = yield* using(
        path,
        Effect.zipRight(
          write(0, 1),
          Effect.sync(() => [join(path, ".."), path, `${path}-wal`].map((file) => statSync(file).mode & 0o777))
        )
      )
      equal(modes, [0o700, 0o600, 0o600])
    })
  )

  it.live("nothing is opened before the store is used", () =>
    Effect.gen(function* () {
      const path = fresh()
      yield* using(path, EventStore)
      equal(statSync(path, { throwIfNoEntry: false }), undefined)
    })
  )

  it.live("a path that cannot be opened is a typed failure", () =>
    Effect.gen(function* () {
      const path = fresh()
      mkdirSync(path, { recursive: true })
      equal((yield* failure(using(path, write(0, 1)))).name, "StoreFailed")
    })
  )

  it.live("a file that is no database is left alone", () =>
    Effect.gen(function* () {
      const path = fresh()
      mkdirSync(join(path, ".."), { recursive: true })
      writeFileSync(path, "not a database, but a long enough text to be taken for one ".repeat(20))
      const error = yield* failure(using(path, write(0, 1)))
      equal(error._tag === "StoreFailed" && error.kind, "damaged")
    })
  )

  it.live("a database of a newer program is refused and not changed", () =>
    Effect.gen(function* () {
      const path = fresh()
      yield* using(path, write(0, 2))
      yield* sqlOn(path, "PRAGMA user_version = 99")
      const error = yield* failure(using(path, write(2, 1)))
      equal(error._tag === "StoreFailed" && error.kind, "newer")
      ok(error.message.includes("99"), error.message)
      equal(yield* sqlOn(path, "SELECT count(*) AS n FROM events"), [[{ n: 2 }]])
    })
  )

  it.live("what older logs name is noted once, and appended to from then on", () =>
    Effect.gen(function* () {
      const path = fresh()
      const [a, b] = ["a".repeat(64), "b".repeat(64)]
      const append = (seq: number, hash: string) =>
        Effect.flatMap(EventStore, (store) =>
          Effect.scoped(
            Effect.flatMap(store.lease(one), (lease) => store.append(lease, seq - 1, [eventOf(one, seq, said(hash))]))
          )
        )
      const named = Effect.map(
        Effect.flatMap(EventStore, (store) => store.named),
        (hashes) => [...hashes].sort()
      )
      yield* using(path, Effect.zipRight(write(0, 2), append(3, a)))
      for (const statement of [
        "DROP TABLE spent",
        ...["counted", "model", "role", "parent"].map((column) => `ALTER TABLE sessions DROP COLUMN ${column}`),
        "DROP TABLE named",
        "ALTER TABLE sessions DROP COLUMN named_to",
        "PRAGMA user_version = 1"
      ])
        yield* sqlOn(path, statement)
      yield* using(path, append(4, b))
      equal(yield* sqlOn(path, "SELECT named_to FROM sessions"), [[{ named_to: 0 }]])
      equal(yield* using(path, named), [a, b])
      equal(yield* sqlOn(path, "SELECT named_to FROM sessions"), [[{ named_to: 4 }]])
      // From then on no log is read for it.
      yield* using(path, append(5, "c".repeat(64)))
      yield* sqlOn(path, "UPDATE events SET event = 'no event'")
      equal(yield* using(path, named), [a, b, "c".repeat(64)])
    })
  )

  it.live("what an older program's sessions spent is counted once, and no log is read for it again", () =>
    Effect.gen(function* () {
      const path = fresh()
      const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, cost: 0.5 }
      const answer = (seq: number) =>
        eventOf(one, seq, { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage })
      const append = (seq: number) =>
        Effect.flatMap(EventStore, (store) =>
          Effect.scoped(Effect.flatMap(store.lease(one), (lease) => store.append(lease, seq - 1, [answer(seq)])))
        )
      const input = Effect.map(
        Effect.flatMap(EventStore, (store) => store.spending()),
        ({ rows, unread }) => [rows.map((row) => row.usage.input), unread]
      )
      yield* using(path, Effect.zipRight(write(0, 2), append(3)))
      yield* sqlOn(path, "UPDATE sessions SET counted = 0")
      yield* sqlOn(path, "DELETE FROM spent")
      yield* using(path, append(4))
      equal(yield* using(path, input), [[2], []])
      yield* using(path, append(5))
      yield* sqlOn(path, "UPDATE events SET event = 'no event'")
      equal(yield* using(path, input), [[3], []])
      yield* sqlOn(path, "UPDATE sessions SET counted = 4")
      equal(yield* using(path, input), [[], [one]])
    })
  )

  it.live("a damaged event is named, and what stands before it is still read", () =>
    Effect.gen(function* () {
      const path = fresh()
      yield* using(path, write(0, 5))
      yield* sqlOn(path, `UPDATE events SET event = substr(event, 1, 40) WHERE seq = 4`)
      const read: Array<number> = []
      const error = yield* using(
        path,
        Effect.flatMap(EventStore, (store) =>
          failure(Stream.runForEach(store.read(one), (event) => Effect.sync(() => read.push(event.seq))))
        )
      )
      equal(read, [1, 2, 3])
      equal(error._tag === "StoreFailed" && error.kind, "damaged")
      ok(error.message.includes(`event 4 of ${one}`), error.message)
    })
  )

  it.live("a missing event is named as well", () =>
    Effect.gen(function* () {
      const path = fresh()
      yield* using(path, write(0, 5))
      yield* sqlOn(path, "DELETE FROM events WHERE seq = 2")
      const error = yield* failure(using(path, readAll))
      ok(error.message.includes(`event 2 of ${one}`), error.message)
    })
  )
})

describe("several processes", () => {
  let script = ""
  beforeAll(async () => {
    script = await bundleForNode(new URL("./sqlite.child.ts", import.meta.url))
  })
  afterAll(() => rmSync(script, { force: true }))
  const run = async (...args: ReadonlyArray<string>): Promise<unknown> => {
    const end = await start(process.execPath, [script, ...args]).ended
    if (end.code !== 0) throw new Error(end.stderr)
    return JSON.parse(end.stdout)
  }

  it("four make a new database at once, and each does 100 transactions that read and then write", async () => {
    const path = fresh()
    const ends = await Promise.all(["1", "2", "3", "4"].map((number) => run("hundred", path, number)))
    equal(
      ends,
      Array.from({ length: 4 }, () => ({ done: 100 }))
    )
  })

  it("two that append to one session lose nothing and write no event twice", async () => {
    const path = fresh()
    const ends = await Promise.all([run("contend", path, "1"), run("contend", path, "2")])
    equal(
      ends.map((end) => (end as { won: number }).won),
      [30, 30]
    )
    const [counted] = await Effect.runPromise(sqlOn(path, "SELECT count(*) AS n, max(seq) AS last FROM events"))
    equal(counted, [{ n: 60, last: 60 }])
  })

  it("a writer that lives is told to others, and one that was killed is replaced at once", async () => {
    const path = fresh()
    const holder = start(process.execPath, [script, "hold", path])
    await holder.line("holding")
    const busy = await Effect.runPromise(failure(using(path, write(3, 1))))
    equal(busy._tag === "SessionBusy" && busy.pid, holder.process.pid)
    holder.process.kill("SIGKILL")
    await holder.ended
    const lease = await Effect.runPromise(using(path, write(3, 1)))
    equal(lease.token, 2)
    equal((await Effect.runPromise(using(path, readAll))).length, 4)
  })

  it("a process id that was given to another program does not keep the session", async () => {
    const path = fresh()
    await Effect.runPromise(using(path, write(0, 1)))
    // As a holder of this very id would look that started at another time.
    const old = "started = started || '9'"
    await Effect.runPromise(sqlOn(path, `UPDATE leases SET held = 1, pid = ${process.pid}, ${old}`))
    equal((await Effect.runPromise(using(path, write(1, 1)))).token, 2)
  })

  it("a holder on another host is believed for a while, and barred after it was replaced", async () => {
    const path = fresh()
    await Effect.runPromise(using(path, write(0, 1)))
    await Effect.runPromise(sqlOn(path, "UPDATE leases SET held = 1, host = 'elsewhere'"))
    const busy = await Effect.runPromise(failure(using(path, write(1, 1))))
    equal(busy._tag === "SessionBusy" && busy.host, "elsewhere")
    await Effect.runPromise(sqlOn(path, "UPDATE leases SET seen = 0"))
    equal((await Effect.runPromise(using(path, write(1, 1)))).token, 2)
  })

  it("waiting for a locked database does not block the event loop", async () => {
    const path = fresh()
    await Effect.runPromise(using(path, write(0, 1)))
    const ticks = await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* Sqlite.client({ path })
          yield* sql.unsafe("BEGIN IMMEDIATE")
          let ticks = 0
          const timer = setInterval(() => ticks++, 5)
          const unlock = Effect.zipRight(Effect.sleep("300 millis"), sql.unsafe("COMMIT"))
          yield* Effect.all([using(path, write(1, 1)), unlock], { concurrency: 2 })
          clearInterval(timer)
          return ticks
        })
      )
    )
    ok(ticks > 10, `only ${ticks} ticks in 300 ms`)
  })

  it.skipIf(bubblewrapMissing)("a full disk is said so, and all that was acknowledged is there", async () => {
    const disk = mkdtempSync(join(home, "small-"))
    const child = startIn(["--size", "1500000", "--tmpfs", disk], script, ["fill", join(disk, "code-mesh.db")])
    const end = await child.ended
    equal(end.code, 0, end.stderr)
    const told = JSON.parse(end.stdout)
    equal(told.error.kind, "full", told.message)
    ok(told.acknowledged > 5, `only ${told.acknowledged} events fitted`)
    equal([told.read, told.last], [told.acknowledged, told.acknowledged])
  })

  it.skipIf(bubblewrapMissing)("a read-only data folder is said so, whether or not it has a database", async () => {
    const path = fresh()
    await Effect.runPromise(using(path, write(0, 1)))
    const folder = join(path, "..")
    for (const file of [path, join(folder, "new.db"), join(folder, "deeper", "new.db")]) {
      const end = await startIn(["--ro-bind", folder, folder], script, ["list", file]).ended
      equal(end.code, 0, end.stderr)
      const told = JSON.parse(end.stdout)
      equal(told.error?.kind, "readonly", end.stdout)
      ok(told.message.includes("CODE_MESH_HOME"), told.message)
    }
  })
})

describe("long logs", () => {
  it.live("reading 20,000 events holds a few pages of them at a time", () =>
    Effect.gen(function* () {
      const path = fresh()
      const text = "x".repeat(2000)
      const log = logOf(one, 20_000).map((event, i) => (i === 0 ? event : eventOf(one, i + 1, said(text))))
      const append = Effect.flatMap(EventStore, (store) =>
        Effect.scoped(Effect.flatMap(store.lease(one), (lease) => store.append(lease, 0, log)))
      )
      yield* using(path, append)
      const peak = { value: 0, start: 0 }
      const watch = (seq: number) => {
        if (seq % 1000 !== 1) return
        const used = process.memoryUsage().rss
        if (peak.start === 0) peak.start = used
        peak.value = Math.max(peak.value, used)
      }
      const read = Effect.flatMap(EventStore, (store) =>
        Stream.runForEach(store.read(one), (event) => Effect.sync(() => watch(event.seq)))
      )
      yield* using(path, read)
      // All of it would be 40 MB of text and as much again as rows.
      ok(peak.value - peak.start < 60e6, `grew by ${peak.value - peak.start}`)
    })
  )
})
