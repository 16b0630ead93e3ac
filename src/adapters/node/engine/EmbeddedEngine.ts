/** The engine of tasks of this machine: durable, in a database file of each plan's own, which one process at a time has. */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SessionId } from "../../../domain/model/Ids.ts"
import { type EngineFailed, TaskEngine, type TaskWorker } from "../../../ports/TaskEngine.ts"
import { engineFile, removeFile } from "./engineFiles.ts"
import type { Engine } from "./engineOver.ts"

/** A plan whose file this process has. */
interface Opened {
  readonly engine: Engine
  readonly scope: Scope.CloseableScope
  /** Open while its tasks are done here. */
  runner?: Scope.CloseableScope
}

const opening = (path: string, whole: Scope.Scope): Effect.Effect<Opened, EngineFailed> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(whole, ExecutionStrategy.sequential)
    const { open } = yield* Effect.promise(() => import("./embedded.ts"))
    const engine = yield* Effect.onError(Scope.extend(open(path), scope), (cause) =>
      Scope.close(scope, Exit.failCause(cause))
    )
    return { engine, scope }
  })

/** Does a plan's tasks by a worker, until its runner is closed. */
const attach = (plan: Opened, worker: TaskWorker) =>
  Effect.gen(function* () {
    if (plan.runner !== undefined) return
    const runner = yield* Scope.fork(plan.scope, ExecutionStrategy.sequential)
    plan.runner = runner
    yield* Effect.onError(Scope.extend(plan.engine.work(worker), runner), () => detach(plan))
  })

const detach = (plan: Opened) =>
  Effect.suspend(() => {
    const { runner } = plan
    delete plan.runner
    return runner === undefined ? Effect.void : Scope.close(runner, Exit.void)
  })

const make = (folder: string) =>
  Effect.gen(function* () {
    const whole = yield* Effect.scope
    const gate = yield* Effect.makeSemaphore(1)
    const plans = new Map<SessionId, Opened>()
    let worker: TaskWorker | undefined

    const opened = (plan: SessionId) =>
      Effect.gen(function* () {
        const there = plans.get(plan) ?? (yield* opening(engineFile(folder, plan), whole))
        plans.set(plan, there)
        if (worker !== undefined) yield* attach(there, worker)
        return there
      })
    const engineOf = (plan: SessionId) => Effect.map(gate.withPermits(1)(opened(plan)), ({ engine }) => engine)

    const leave = Effect.suspend(() => {
      worker = undefined
      return Effect.forEach(plans.values(), detach, { discard: true, concurrency: "unbounded" })
    })
    const work = (one: TaskWorker) =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => gate.withPermits(1)(leave))
        worker = one
        yield* gate.withPermits(1)(Effect.forEach(plans.values(), (plan) => attach(plan, one), { discard: true }))
      })

    const forget = (plan: SessionId) =>
      Effect.gen(function* () {
        const there = plans.get(plan)
        plans.delete(plan)
        if (there !== undefined) yield* Scope.close(there.scope, Exit.void)
        yield* removeFile(engineFile(folder, plan))
      })

    return TaskEngine.of({
      elsewhere: false,
      rootOf: ({ root }) => root,
      work,
      start: (task) => Effect.flatMap(engineOf(task.plan), (engine) => engine.start(task)),
      signal: (key, decision) => Effect.flatMap(engineOf(key.plan), (engine) => engine.signal(key, decision)),
      cancel: (key) => Effect.flatMap(engineOf(key.plan), (engine) => engine.cancel(key)),
      outcomes: (plan) => Stream.unwrap(Effect.map(engineOf(plan), (engine) => engine.outcomes(plan))),
      forget: (plan) => gate.withPermits(1)(Effect.uninterruptible(forget(plan)))
    })
  })

/** Tasks in files of this folder; nothing is loaded or opened before the first. */
export const layer = (folder: string): Layer.Layer<TaskEngine> => Layer.scoped(TaskEngine, make(folder))
