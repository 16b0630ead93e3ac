/** The engine of this machine keeps the promises of its port, whoever kills it. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { layer } from "../../../../src/adapters/node/engine/EmbeddedEngine.ts"
import { TaskEngine } from "../../../../src/ports/TaskEngine.ts"
import { taskEngineContract } from "../../../ports/TaskEngine.contract.ts"
import { start } from "../../../support/child.ts"
import { faultsOf, readLedger } from "../../../support/ledger.ts"
import { runContract } from "../../../support/runContract.ts"
import { aPlan, ended, taskOf, workerOf, yes } from "../../../support/tasks.ts"
import { bundledWorker } from "./bundledWorker.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-engine-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const fresh = () => mkdtempSync(join(home, "engine-"))

runContract(taskEngineContract, "EmbeddedEngine", () => layer(fresh()))

const first = (count: number) =>
  Effect.flatMap(TaskEngine, ({ outcomes }) =>
    Effect.map(Stream.runCollect(Stream.take(outcomes(aPlan), count)), Chunk.toReadonlyArray)
  )

describe("the engine of this machine", () => {
  let script = ""
  beforeAll(async () => {
    script = await bundledWorker()
  })
  afterAll(() => rmSync(script, { force: true }))

  it("killed in the middle of turns, it takes those turns again and no other, and tells all outcomes", async () => {
    const folder = fresh()
    const ledger = join(folder, "ledger")
    const tasks = ["one", "two", "three"]
    const args = [script, "embedded", folder, ledger, JSON.stringify({ tasks, turns: 3, millis: 150 })]
    for (const seen of ["begin one 1", "end two 2"]) {
      const child = start(process.execPath, args)
      await child.line("begun")
      while (!readLedger(ledger).some(({ n, step, what }) => `${what} ${step} ${n}` === seen))
        await new Promise((resolve) => setTimeout(resolve, 10))
      child.process.kill("SIGKILL")
      await child.ended
    }
    const last = start(process.execPath, args)
    assert.strictEqual((await last.ended).code, 0)
    const entries = readLedger(ledger)
    assert.deepStrictEqual(faultsOf(entries, tasks, 3), [])
    // Told once more to whoever asks once more.
    const again = await Effect.runPromise(Effect.provide(first(3), layer(folder)))
    assert.deepStrictEqual(again.map(({ step }) => step).sort(), [...tasks].sort())
  })

  it.live("a plan that another process has is told so, and those of others are free", () =>
    Effect.gen(function* () {
      const folder = fresh()
      yield* Effect.gen(function* () {
        yield* (yield* TaskEngine).start(taskOf("api"))
        const second = Effect.flatMap(TaskEngine, (engine) => engine.start(taskOf("api")))
        const failure = yield* Effect.flip(Effect.provide(second, layer(folder)))
        assert.strictEqual(failure.kind, "busy")
        const other = Effect.flatMap(TaskEngine, (engine) => engine.start(taskOf("api", taskOf("x").agent)))
        yield* Effect.provide(other, layer(folder))
      }).pipe(Effect.provide(layer(folder)))
      // Its end frees the plan.
      yield* Effect.provide(
        Effect.flatMap(TaskEngine, (engine) => engine.start(taskOf("page"))),
        layer(folder)
      )
    })
  )

  it.scopedLive("nothing is loaded or written before the first task, and nothing is left of a plan that is over", () =>
    Effect.gen(function* () {
      const folder = fresh()
      yield* Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        yield* engine.forget(aPlan)
        assert.deepStrictEqual(readdirSync(folder), [])
        yield* engine.start(taskOf("api"))
        yield* first(1)
        assert.isTrue(existsSync(join(folder, `${aPlan}.db`)))
        yield* engine.forget(aPlan)
        assert.deepStrictEqual(readdirSync(folder), [])
      }).pipe(Effect.provide(layer(folder)))
    })
  )

  it.scopedLive("what a person decided before the agent asks is passed on when it does", () =>
    Effect.gen(function* () {
      const engine = yield* TaskEngine
      yield* engine.signal(taskOf("asks"), yes("call_1"))
      yield* engine.signal(taskOf("asks"), { type: "Reply", call: yes("call_1").call, reply: "reject" })
      const heard = yield* Deferred.make<void>()
      const { worker } = yield* workerOf((task) => Effect.as(Deferred.await(heard), ended(task)))
      const replies = yield* Queue.unbounded<string>()
      yield* engine.work({
        ...worker,
        decided: (_task, decision) =>
          Effect.asVoid(Queue.offer(replies, decision.type === "Reply" ? decision.reply : decision.answer))
      })
      yield* engine.start(taskOf("asks"))
      // The first decision about a call is the decision, and it is passed on until the turn has ended.
      assert.deepStrictEqual([yield* Queue.take(replies), yield* Queue.take(replies)], ["once", "once"])
      yield* Deferred.succeed(heard, undefined)
      assert.strictEqual((yield* first(1)).length, 1)
    }).pipe(Effect.provide(layer(fresh())))
  )

  it.scopedLive("a task that was cancelled before it was begun takes no turn", () =>
    Effect.gen(function* () {
      const engine = yield* TaskEngine
      yield* engine.cancel(taskOf("api"))
      const { asked, worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
      yield* engine.work(worker)
      yield* engine.start(taskOf("api"))
      assert.deepStrictEqual(
        (yield* first(1)).map(({ status }) => status),
        ["cancelled"]
      )
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provide(layer(fresh())))
  )

  it.scopedLive("a task whose worker breaks ends as failed, and keeps no other from its end", () =>
    Effect.gen(function* () {
      const engine = yield* TaskEngine
      const { worker } = yield* workerOf((task) =>
        task.step === "breaks" ? Effect.dieMessage("no such thing") : Effect.succeed(ended(task))
      )
      yield* engine.work(worker)
      yield* engine.start(taskOf("breaks"))
      yield* engine.start(taskOf("holds"))
      const outcomes = yield* first(2)
      const broken = outcomes.find(({ step }) => step === "breaks")
      assert.strictEqual(broken?.status, "failed")
      assert.include(broken?.reason, "no such thing")
    }).pipe(Effect.provide(layer(fresh())))
  )
})
