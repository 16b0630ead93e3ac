/** What every TaskEngine must hold. */
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TaskEngine } from "../../src/ports/TaskEngine.ts"
import { type Contract, equal, ok } from "../support/contract.ts"
import { sessionId } from "../support/events.ts"
import { aPlan, ended, endless, taskOf, workerOf, yes } from "../support/tasks.ts"

/** The first outcomes of a plan, as step and result, by step. */
const told = (count: number, plan = aPlan) =>
  Effect.flatMap(TaskEngine, (engine) =>
    Effect.map(Stream.runCollect(Stream.take(engine.outcomes(plan), count)), (all) =>
      Chunk.toReadonlyArray(all)
        .map(({ result, step }) => `${step}: ${result}`)
        .sort()
    )
  )

/** Every promise of the port. */
export const taskEngineContract: Contract<TaskEngine> = {
  name: "TaskEngine",
  tests: [
    {
      name: "a task is done turn after turn, and its outcome is told",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { asked, worker } = yield* workerOf((task, n) =>
          Effect.succeed(n < 3 ? { type: "again" } : ended(task, `done in ${n}`))
        )
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        equal(yield* told(1), ["api: done in 3"])
        equal(asked, ["api 1", "api 2", "api 3"])
      })
    },
    {
      name: "a task that was begun before anybody works is done when somebody does",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        yield* engine.start(taskOf("api"))
        const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        equal(yield* told(1), ["api: done"])
      })
    },
    {
      name: "a task that is started again, before its end or after, is the same task",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const go = yield* Deferred.make<void>()
        const { asked, worker } = yield* workerOf((task) => Effect.as(Deferred.await(go), ended(task)))
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        yield* engine.start(taskOf("api"))
        yield* Deferred.succeed(go, undefined)
        equal(yield* told(1), ["api: done"])
        yield* engine.start(taskOf("api"))
        yield* engine.start(taskOf("page"))
        equal(yield* told(2), ["api: done", "page: done"])
        equal(asked, ["api 1", "page 1"])
      })
    },
    {
      name: "another attempt and another candidate are other tasks",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { asked, worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        yield* engine.start({ ...taskOf("api"), attempt: 2 })
        yield* engine.start({ ...taskOf("api"), candidate: 1 })
        equal((yield* told(3)).length, 3)
        equal(asked.length, 3)
      })
    },
    {
      name: "outcomes are told again to who asks later, and to each only those of its plan",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const other = sessionId(8)
        const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        yield* engine.start(taskOf("page", other))
        equal(yield* told(1), ["api: done"])
        equal(yield* told(1), ["api: done"])
        equal(yield* told(1, other), ["page: done"])
      })
    },
    {
      name: "of many tasks at once each outcome is told",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { worker } = yield* workerOf((task, n) => Effect.succeed(n < 2 ? { type: "again" } : ended(task)))
        yield* engine.work(worker)
        const steps = Array.from({ length: 20 }, (_, index) => `s${10 + index}`)
        yield* Effect.forEach(steps, (step) => engine.start(taskOf(step)), { concurrency: "unbounded" })
        equal(
          yield* told(20),
          steps.map((step) => `${step}: done`)
        )
      })
    },
    {
      name: "a task that waits for a person keeps no other from its end, and goes on when they have decided",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const waits = yield* Deferred.make<void>()
        const decided = yield* Deferred.make<void>()
        const { decisions, worker } = yield* workerOf((task) =>
          task.step === "asks"
            ? Effect.as(Effect.zipRight(Deferred.succeed(waits, undefined), Deferred.await(decided)), ended(task))
            : Effect.succeed(ended(task))
        )
        yield* engine.work(worker)
        yield* engine.start(taskOf("asks"))
        yield* Deferred.await(waits)
        yield* engine.start(taskOf("alone"))
        equal(yield* told(1), ["alone: done"])
        yield* engine.signal(taskOf("asks"), yes("call_1"))
        equal(yield* Queue.take(decisions), "asks call_1")
        yield* Deferred.succeed(decided, undefined)
        equal(yield* told(2), ["alone: done", "asks: done"])
      })
    },
    {
      name: "a task that is cancelled has its turn interrupted, and then tells what became of it",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { interrupted, running, turn } = yield* endless
        const { worker } = yield* workerOf(() => turn)
        yield* engine.work({
          ...worker,
          cancelled: (task) =>
            Effect.zipRight(
              Effect.flatMap(Deferred.isDone(interrupted), (is) =>
                Effect.sync(() => ok(is, "it was interrupted before it was asked what became of it"))
              ),
              worker.cancelled(task)
            )
        })
        yield* engine.start(taskOf("api"))
        yield* Deferred.await(running)
        yield* engine.cancel(taskOf("api"))
        equal(yield* told(1), ["api: cancelled"])
      })
    },
    {
      name: "cancelling what has ended, or was never begun, changes nothing",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        equal(yield* told(1), ["api: done"])
        yield* engine.cancel(taskOf("api"))
        yield* engine.cancel(taskOf("never"))
        yield* engine.start(taskOf("page"))
        equal(yield* told(2), ["api: done", "page: done"])
      })
    },
    {
      name: "who stops working has its turns interrupted; a task that is started again then comes to its end",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const { interrupted, running, turn } = yield* endless
        const first = yield* workerOf(() => turn)
        const scope = yield* Scope.make()
        yield* Scope.extend(engine.work(first.worker), scope)
        yield* engine.start(taskOf("api"))
        yield* Deferred.await(running)
        yield* Scope.close(scope, Exit.void)
        ok(yield* Deferred.isDone(interrupted), "its turn was interrupted")
        const second = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(second.worker)
        yield* engine.start(taskOf("api"))
        equal(yield* told(1), ["api: done"])
        equal(second.asked, ["api 1"])
      })
    },
    {
      name: "what a plan that is over came to is forgotten, and that of others is not",
      run: Effect.gen(function* () {
        const engine = yield* TaskEngine
        const other = sessionId(8)
        const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
        yield* engine.work(worker)
        yield* engine.start(taskOf("api"))
        yield* engine.start(taskOf("page", other))
        equal(yield* told(1), ["api: done"])
        equal(yield* told(1, other), ["page: done"])
        yield* engine.forget(aPlan)
        yield* engine.start(taskOf("next"))
        equal(yield* told(1), ["next: done"])
        equal(yield* told(1, other), ["page: done"])
      })
    },
    {
      name: "it can be used and closed by who may not be interrupted",
      run: Effect.uninterruptible(
        Effect.scoped(
          Effect.gen(function* () {
            const engine = yield* TaskEngine
            const { worker } = yield* workerOf((task) => Effect.succeed(ended(task)))
            yield* engine.work(worker)
            yield* Effect.forkScoped(Effect.interruptible(Stream.runDrain(engine.outcomes(aPlan))))
            yield* engine.start(taskOf("api"))
            equal(yield* told(1), ["api: done"])
            yield* engine.forget(aPlan)
          })
        )
      )
    }
  ]
}
