/** An engine whose tasks are fibers of this process and end with it: for browsers, for libraries, and for tests. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { SessionId } from "../../domain/model/Ids.ts"
import { type Outcome, type Task, TaskEngine, type TaskWorker, taskName } from "../../ports/TaskEngine.ts"

interface Running {
  readonly task: Task
  readonly fiber: Fiber.RuntimeFiber<void>
  outcome?: Outcome
}

const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const ended = yield* PubSub.unbounded<Outcome>()
  let worker = yield* Deferred.make<TaskWorker>()
  const tasks = new Map<string, Running>()

  const report = (name: string, outcome: Outcome) =>
    Effect.suspend(() => {
      const running = tasks.get(name)
      // The first outcome of a task is its outcome, whoever comes later.
      if (running === undefined || running.outcome !== undefined) return Effect.void
      running.outcome = outcome
      return Effect.asVoid(PubSub.publish(ended, outcome))
    })

  const turns = (task: Task) =>
    Effect.gen(function* () {
      const { turn } = yield* Deferred.await(worker)
      for (let n = 1; ; n++) {
        const done = yield* turn(task, n)
        if (done.type === "ended") return yield* report(taskName(task), done.outcome)
      }
    }).pipe(Effect.catchAllDefect((defect) => broken(task, defect)))

  /** A turn that ended by a mistake of the program is no task that runs for ever. */
  const broken = (task: Task, defect: unknown) =>
    Effect.gen(function* () {
      yield* Effect.logError("A task ended by a mistake", defect)
      const outcome = yield* (yield* Deferred.await(worker)).cancelled(task)
      const reason = "The program made a mistake; what was recorded before holds. Please report it."
      yield* report(taskName(task), { ...outcome, status: "failed", reason })
    })

  return TaskEngine.of({
    elsewhere: false,
    rootOf: ({ root }) => root,
    // Its tasks end with the worker: what they did is in their agents' own logs, and a later start goes on with it.
    work: (one) =>
      Effect.acquireRelease(
        Effect.suspend(() => Effect.asVoid(Deferred.succeed(worker, one))),
        () =>
          Effect.suspend(() => {
            const fibers = [...tasks.values()].map(({ fiber }) => fiber)
            tasks.clear()
            worker = Deferred.unsafeMake(FiberId.none)
            return Fiber.interruptAll(fibers)
          })
      ),
    start: (task) =>
      Effect.suspend(() => {
        if (tasks.has(taskName(task))) return Effect.void
        return Effect.map(Effect.forkIn(Effect.interruptible(turns(task)), scope), (fiber) => {
          tasks.set(taskName(task), { task, fiber })
        })
      }).pipe(Effect.uninterruptible),
    signal: (key, decision) =>
      Effect.flatMap(Deferred.await(worker), ({ decided }) => {
        const running = tasks.get(taskName(key))
        return running === undefined ? Effect.void : decided(running.task, decision)
      }),
    cancel: (key) =>
      Effect.suspend(() => {
        const running = tasks.get(taskName(key))
        if (running === undefined || running.outcome !== undefined) return Effect.void
        return Effect.gen(function* () {
          yield* Fiber.interrupt(running.fiber)
          const { cancelled } = yield* Deferred.await(worker)
          if (running.outcome === undefined) yield* report(taskName(key), yield* cancelled(running.task))
        })
      }).pipe(Effect.uninterruptible),
    outcomes: (plan) =>
      Stream.unwrapScoped(
        Effect.map(PubSub.subscribe(ended), (news) => {
          const past = [...tasks.values()].flatMap(({ outcome }) => (outcome?.plan === plan ? [outcome] : []))
          const live = Stream.filter(Stream.fromQueue(news), (outcome) => outcome.plan === plan)
          return Stream.concat(Stream.fromIterable(past), live)
        })
      ),
    forget: (plan: SessionId) =>
      Effect.sync(() => {
        for (const [name, { task }] of tasks) if (task.plan === plan) tasks.delete(name)
      })
  })
})

/** Tasks as fibers: nothing of them outlives the process. */
export const layer: Layer.Layer<TaskEngine> = Layer.scoped(TaskEngine, make)
