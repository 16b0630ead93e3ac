/** An engine whose tasks are done on other machines, with their files; and the copies that those are done in. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { EventStore } from "../../../ports/EventStore.ts"
import { EngineFailed, type Task, TaskEngine, type TaskTurn, type TaskWorker } from "../../../ports/TaskEngine.ts"
import { type Copy, type CopyFailed, WorkingCopies } from "../../../ports/WorkingCopies.ts"
import * as Handover from "./Handover.ts"

const toldBy = (error: CopyFailed): EngineFailed =>
  new EngineFailed({
    kind: "other",
    reason: error.message,
    remedy: "See that the hub can be reached from this machine, by git and without a question."
  })

/** A hub that is away for a moment is asked again. */
const patience = Schedule.intersect(Schedule.exponential("200 millis"), Schedule.recurs(6))

/** Ends as one who is interrupted: the turn is taken elsewhere, and what came of it here must not be told. */
const overtaken = Effect.interrupt

const around = (handover: Handover.Handover, worker: TaskWorker, task: Task, n: number) =>
  Effect.gen(function* () {
    if (n === 1) yield* handover.sweep
    const here = yield* Effect.retry(handover.fetch(task), patience)
    const turn: TaskTurn = yield* worker.turn(here, n)
    const changes = turn.type === "ended" ? turn.outcome.changes : []
    const handed = yield* Effect.option(handover.publish(task.agent, changes))
    if (handed._tag === "None" && !(yield* Effect.orElseSucceed(handover.holds(task), () => false)))
      return yield* overtaken
    if (!(yield* Effect.retry(handover.holds(task), patience))) return yield* overtaken
    if (turn.type === "ended") yield* handover.release(task)
    return turn
  }).pipe(Effect.orDie)

const workerOf = (handover: Handover.Handover, worker: TaskWorker): TaskWorker => ({
  ...worker,
  turn: (task, n) => around(handover, worker, task, n),
  cancelled: (task) => Effect.ensuring(worker.cancelled(task), handover.release(task))
})

/** An engine that publishes what its tasks begin with, and brings home what they come to. */
export const engineOver = (engine: TaskEngine["Type"], handover: Handover.Handover): TaskEngine["Type"] => ({
  ...engine,
  rootOf: handover.rootOf,
  work: (worker) =>
    Effect.gen(function* () {
      yield* handover.sweep
      yield* Effect.addFinalizer(() => handover.sweep)
      yield* engine.work(workerOf(handover, worker))
    }),
  start: (task) => Effect.zipRight(Effect.mapError(handover.prepare(task), toldBy), engine.start(task)),
  outcomes: (plan) =>
    Stream.tap(engine.outcomes(plan), (outcome) => Effect.mapError(handover.collect(outcome), toldBy)),
  forget: (plan) => Effect.zipRight(engine.forget(plan), Effect.mapError(handover.forget(plan), toldBy))
})

const copyOver = (copy: Copy, handover: Handover.Handover): Copy => ({
  ...copy,
  checkpoint: (record) =>
    copy.checkpoint((changes) => Effect.zipRight(handover.publish(copy.session, changes), record(changes)))
})

/** Copies whose contents are published before a log names them, where a task's agent works in them. */
export const copiesOver = (copies: WorkingCopies["Type"], handover: Handover.Handover): WorkingCopies["Type"] => ({
  ...copies,
  open: (session, root) => Effect.map(copies.open(session, root), (copy) => copyOver(copy, handover))
})

/** The engine and the copies of this machine, with files handed over by a hub. */
export const layer = (
  options: Pick<Handover.HandoverOptions, "dataDir" | "hub" | "work">
): Layer.Layer<TaskEngine | WorkingCopies, never, TaskEngine | WorkingCopies | EventStore> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const [engine, copies, store] = yield* Effect.all([TaskEngine, WorkingCopies, EventStore])
      const handover = yield* Handover.make({ ...options, copies, store })
      return Context.make(TaskEngine, engineOver(engine, handover)).pipe(
        Context.add(WorkingCopies, copiesOver(copies, handover))
      )
    })
  )
