/**
 * Workers with data folders of their own are killed in the middle of turns, and the files of their tasks come home whole:
 * each turn once, whoever took it. Run by `npm run test:engine-kills`.
 */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ClusterEngine from "../../../../src/adapters/node/engine/ClusterEngine.ts"
import * as hubEngine from "../../../../src/adapters/node/handover/hubEngine.ts"
import * as NodeWorkingCopies from "../../../../src/adapters/node/NodeWorkingCopies.ts"
import * as Postgres from "../../../../src/adapters/node/pg/Postgres.ts"
import type { Outcome } from "../../../../src/ports/TaskEngine.ts"
import { TaskEngine } from "../../../../src/ports/TaskEngine.ts"
import { WorkingCopies } from "../../../../src/ports/WorkingCopies.ts"
import { bundleForNode, type Child, start } from "../../../support/child.ts"
import { equal, ok } from "../../../support/contract.ts"
import { sessionId } from "../../../support/events.ts"
import { freePort } from "../../../support/freePort.ts"
import { readLedger } from "../../../support/ledger.ts"
import { postgresMissing, type Postgres as Server, startPostgres } from "../../../support/postgres.ts"
import { taskOf } from "../../../support/tasks.ts"
import type { HubOrders } from "./hubWorker.ts"

const count = Number(process.env.CODE_MESH_ENGINE_KILLS ?? 0)
const seed = Number(process.env.CODE_MESH_ENGINE_SEED ?? 1)
const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** Numbers from 0 to 1, the same for the same seed. */
const numbersFrom = (first: number) => {
  let state = first
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

let server: Server
let script = ""
const home = fs.mkdtempSync(join(tmpdir(), "code-mesh-hub-kills-"))
beforeAll(async () => {
  if (postgresMissing || count === 0) return
  ;[server, script] = await Promise.all([startPostgres(), bundleForNode(new URL("hubWorker.ts", import.meta.url))])
})
let running: ReadonlyArray<Child> = []
afterAll(async () => {
  for (const child of running) child.process.kill("SIGKILL")
  await server?.end()
  fs.rmSync(home, { recursive: true, force: true })
})

describe.skipIf(postgresMissing || count === 0)("killed, workers that hand files on", () => {
  it(`bring all turns home, each once, in ${count} kills from seed ${seed}`, {
    timeout: 400_000 + count * 20_000
  }, async () => {
    const next = numbersFrom(seed)
    const url = await server.fresh()
    const [root, work, ledger] = [join(home, "project"), join(home, "work"), join(home, "ledger")]
    for (const folder of [root, work]) fs.mkdirSync(folder)
    for (let n = 0; n < 20; n++) fs.writeFileSync(join(root, `file-${n}`), `${n}\n`)
    const shared = { url, hub: join(home, "hub.git"), work, ledger, turns: 3, millis: 400 }
    const enlist = async (name: string): Promise<Child> => {
      const dataDir = join(home, name)
      fs.mkdirSync(dataDir, { recursive: true })
      const orders: HubOrders = { ...shared, dataDir, port: await freePort() }
      const child = start(process.execPath, [script, JSON.stringify(orders)])
      await child.line("working")
      return child
    }
    const names = ["one", "two", "three"]
    const workers = await Promise.all(names.map(enlist))
    running = workers
    const begun: Array<string> = []
    const steps = count * 2 + 4
    let kills = 0
    const program = Effect.gen(function* () {
      const engine = yield* TaskEngine
      const copies = yield* WorkingCopies
      const outcomes: Array<Outcome> = []
      const feed = (more: number) =>
        Effect.suspend(() => {
          const fresh = Array.from({ length: more }, (_, index) => begun.length + index)
          begun.push(...fresh.map((n) => `t${n}`))
          return Effect.forEach(fresh, (n) => engine.start({ ...taskOf(`t${n}`), agent: sessionId(1000 + n), root }))
        })
      yield* feed(4)
      for (let round = 0; round < count; round++) {
        yield* feed(2)
        yield* Effect.promise(async () => {
          await sleep(300 + next() * 1500)
          const index = Math.floor(next() * workers.length)
          workers[index]?.process.kill("SIGKILL")
          await workers[index]?.ended
          kills++
          workers[index] = await enlist(names[index] ?? "")
        })
      }
      yield* Stream.runForEach(Stream.take(engine.outcomes(taskOf("t").plan), steps), (outcome) =>
        Effect.sync(() => outcomes.push(outcome))
      ).pipe(
        Effect.timeoutFail({
          duration: "6 minutes",
          onTimeout: () => new Error(`told of ${outcomes.map(({ step }) => step)}`)
        })
      )
      for (const outcome of outcomes) {
        equal([outcome.step, outcome.result], [outcome.step, "done"])
        const merged = yield* copies.merge(taskOf("t").plan, root, outcome.changes, "root")
        ok(merged.ok, JSON.stringify(merged))
      }
      yield* copies.drop(taskOf("t").plan, root)
      yield* engine.forget(taskOf("t").plan)
    })
    const dataDir = join(home, "begins")
    fs.mkdirSync(dataDir)
    const machine = Layer.provideMerge(
      hubEngine.layer({ dataDir, hub: shared.hub, work }),
      Layer.mergeAll(
        Postgres.layer(Redacted.make(url)),
        NodeWorkingCopies.layer({ dataDir }),
        ClusterEngine.layer(Redacted.make(url), { expiry: Duration.seconds(6) })
      )
    )
    await Effect.runPromise(Effect.scoped(Effect.provide(program, machine)))
    for (const child of workers) child.process.kill("SIGTERM")
    await Promise.all(workers.map(({ ended }) => ended))
    for (const step of begun)
      equal(fs.readFileSync(join(root, `${step}.txt`), "utf8"), "turn 1\nturn 2\nturn 3\n", step)
    equal(fs.readdirSync(root).length, 20 + steps)
    for (const name of [...names, "begins"]) {
      const copies = join(home, name, "copies")
      equal([name, fs.existsSync(copies) ? fs.readdirSync(copies) : []], [name, []])
    }
    equal(fs.readdirSync(work), [])
    const entries = readLedger(ledger)
    const again = entries.filter(({ what }) => what === "begin").length - steps * 3
    console.log(`handed over: ${kills} kills, ${steps} tasks of 3 turns, ${again} turns taken again, all files home`)
  })
})
