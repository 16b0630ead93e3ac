/**
 * Engines are killed again and again, and a ledger outside of any database shows that no task is lost and no turn that
 * ended is taken again. A few times here; `npm run test:engine-kills [count] [seed]` for more.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as ClusterEngine from "../../../../src/adapters/node/engine/ClusterEngine.ts"
import { TaskEngine } from "../../../../src/ports/TaskEngine.ts"
import { type Child, start } from "../../../support/child.ts"
import { freePort } from "../../../support/freePort.ts"
import { type Entry, faultsOf, readLedger } from "../../../support/ledger.ts"
import { type Postgres, postgresMissing, startPostgres } from "../../../support/postgres.ts"
import { aPlan, taskOf } from "../../../support/tasks.ts"
import { bundledWorker } from "./bundledWorker.ts"
import type { Orders } from "./worker.ts"

const count = Number(process.env.CODE_MESH_ENGINE_KILLS ?? 1)
const seed = Number(process.env.CODE_MESH_ENGINE_SEED ?? 1)
/** Seconds: short, so that a test need not wait long; a machine that is busier than that is no cluster. */
const expiry = 6

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
const numbersFrom = (first: number) => {
  let state = first
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))
const percentile = (values: ReadonlyArray<number>, part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0

const home = mkdtempSync(join(tmpdir(), "code-mesh-kills-"))
let script = ""
beforeAll(async () => {
  script = await bundledWorker()
})
afterAll(() => {
  rmSync(home, { recursive: true, force: true })
  rmSync(script, { force: true })
})

/** Turns that were begun and never ended by the process that was killed. */
const cutBy = (entries: ReadonlyArray<Entry>, pid: number): ReadonlyArray<Entry> =>
  entries.filter(
    ({ n, pid: own, step, what }) =>
      own === pid &&
      what === "begin" &&
      !entries.some((end) => end.pid === pid && end.what === "end" && end.step === step && end.n === n)
  )

describe("killed, the engine of this machine", () => {
  it.runIf(count > 1)(`loses nothing in ${count} kills from seed ${seed}`, { timeout: count * 20_000 }, async () => {
    const next = numbersFrom(seed)
    let kills = 0
    let cut = 0
    let plans = 0
    while (kills < count) {
      plans++
      const folder = mkdtempSync(join(home, "plan-"))
      const ledger = join(folder, "ledger")
      const tasks = Array.from({ length: 8 }, (_, index) => `t${index}`)
      const orders: Orders = { tasks, turns: 5, millis: 150 }
      for (let over = false; !over; ) {
        const child = start(process.execPath, [script, "embedded", folder, ledger, JSON.stringify(orders)])
        const wait = child.line("working").then(
          () => sleep(next() * 1500),
          () => undefined
        )
        over = await Promise.race([child.ended.then(() => true), wait.then(() => false)])
        if (over) {
          const { code, stderr } = await child.ended
          assert.strictEqual(code, 0, stderr)
          continue
        }
        child.process.kill("SIGKILL")
        await child.ended
        kills++
        cut += cutBy(readLedger(ledger), child.process.pid ?? 0).length
      }
      assert.deepStrictEqual(faultsOf(readLedger(ledger), tasks, 5), [], `plan ${plans} of seed ${seed}`)
      rmSync(folder, { recursive: true, force: true })
    }
    console.log(`embedded: ${kills} kills, ${plans} plans of 8 tasks, ${cut} turns cut and taken again, nothing lost`)
  })
})

describe.skipIf(postgresMissing)("killed, a cluster of three workers", () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.end())

  it(`loses nothing in ${count} kills from seed ${seed}`, { timeout: 90_000 + count * 20_000 }, async () => {
    const next = numbersFrom(seed + 1)
    const url = await server.fresh()
    const ledger = join(home, "cluster-ledger")
    const turns = 3
    const enlist = async (): Promise<Child> => {
      const orders: Orders = { port: await freePort(), expiry, grace: 10, turns, millis: 400 }
      const child = start(process.execPath, [script, "cluster", url, ledger, JSON.stringify(orders)])
      await child.line("begun")
      return child
    }
    const workers = await Promise.all([enlist(), enlist(), enlist()])
    const tasks: Array<string> = []
    const stopped = new Set<number>()
    const killed: Array<{ readonly pid: number; readonly at: number }> = []
    const outages: Array<readonly [number, number]> = []

    const feed = Effect.flatMap(TaskEngine, (engine) =>
      Effect.suspend(() => {
        const fresh = Array.from({ length: 6 }, (_, index) => `t${tasks.length + index}`)
        tasks.push(...fresh)
        return Effect.forEach(fresh, (step) => engine.start(taskOf(step)), { concurrency: 6, discard: true })
      })
    )
    const replace = async (index: number, end: (child: Child) => Promise<unknown>) => {
      const child = workers[index]
      if (child === undefined) return
      await end(child)
      workers[index] = await enlist()
    }
    const strike = async (round: number) => {
      const index = Math.floor(next() * workers.length)
      await sleep(300 + next() * 1500)
      if (round % 10 === 4) {
        await replace(index, async (child) => {
          stopped.add(child.process.pid ?? 0)
          child.process.kill("SIGTERM")
          await child.ended
        })
      } else if (round % 10 === 9) {
        const from = Date.now()
        await server.stop("crash")
        await sleep(1000)
        await server.start()
        outages.push([from - 1000, Date.now() + 10_000])
      } else if (round % 10 === 7) workers.push(await enlist())
      await replace(Math.floor(next() * workers.length), async (child) => {
        killed.push({ pid: child.process.pid ?? 0, at: Date.now() })
        child.process.kill("SIGKILL")
        await child.ended
      })
      if (workers.length > 3) workers.pop()?.process.kill("SIGTERM")
    }

    const program = Effect.gen(function* () {
      const engine = yield* TaskEngine
      yield* feed
      for (let round = 0; round < count; round++) {
        yield* Effect.promise(() => strike(round))
        yield* Effect.retry(feed, Schedule.spaced("500 millis"))
      }
      const missing = new Set(tasks)
      yield* Stream.runForEachWhile(Stream.retry(engine.outcomes(aPlan), Schedule.spaced("500 millis")), ({ step }) =>
        Effect.sync(() => missing.delete(step) && missing.size > 0)
      ).pipe(Effect.timeoutFail({ duration: "2 minutes", onTimeout: () => new Error(`never told: ${[...missing]}`) }))
    })
    try {
      const client = ClusterEngine.layer(Redacted.make(url), { expiry: Duration.seconds(expiry) })
      await Effect.runPromise(Effect.provide(program, client))
    } finally {
      for (const child of workers) child.process.kill("SIGKILL")
      await Promise.all(workers.map(({ ended }) => ended))
    }

    const entries = readLedger(ledger)
    const told = tasks.map((step): Entry => ({ pid: 0, at: 0, what: "told", step, n: "done" }))
    const away = (at: number) => outages.some(([from, to]) => at >= from && at <= to)
    const settled = entries.filter(({ at, what }) => what !== "end" || !away(at))
    const faults = faultsOf([...entries, ...told], tasks, turns).filter(
      (fault) => !fault.includes("taken again") || faultsOf([...settled, ...told], tasks, turns).includes(fault)
    )
    const failovers = killed.flatMap(({ at, pid }) =>
      cutBy(entries, pid).flatMap(({ n, step }) => {
        const again = entries.find(
          (entry) => entry.step === step && entry.n === n && entry.pid !== pid && entry.at > at
        )
        return again === undefined ? [] : [again.at - at]
      })
    )
    const cutByStop = entries.filter(({ pid, what }) => what === "cut" && stopped.has(pid)).length
    if (process.env.CODE_MESH_ENGINE_LEDGER !== undefined)
      writeFileSync(process.env.CODE_MESH_ENGINE_LEDGER, JSON.stringify(entries))
    console.log(
      `cluster: ${killed.length} kills, ${stopped.size} graceful stops, ${outages.length} database crashes, ${tasks.length} tasks, ` +
        `${failovers.length} turns cut and taken again after ${percentile(failovers, 0.5)} ms (median), ${percentile(failovers, 1)} ms at most`
    )
    assert.deepStrictEqual(faults, [], `seed ${seed}`)
    assert.strictEqual(cutByStop, 0, "a worker that is asked to leave lets its turns end")
  })
})
