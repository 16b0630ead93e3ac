/** The engine of tasks over one database of workflows, wherever that is. Loaded when the first task is begun. */
import type { Sharding } from "@effect/cluster/Sharding"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { WorkflowEngine } from "@effect/workflow/WorkflowEngine"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SessionId } from "../../../domain/model/Ids.ts"
import {
  type EngineFailed,
  type Outcome,
  type Task,
  type TaskEngine,
  type TaskTurn,
  type TaskWorker,
  taskName
} from "../../../ports/TaskEngine.ts"
import { once } from "../../shared/eventRows.ts"
import { AgentTask, layer as agentTasks, type Duty } from "./AgentTask.ts"
import { apart } from "./apart.ts"
import {
  decisionsFor,
  isCancelled,
  noteCancelled,
  noteDecision,
  noteOutcome,
  noteTask,
  outcomesAfter
} from "./taskTables.ts"
import type { Wake } from "./wake.ts"

/** What runs workflows. */
export type Workflows = WorkflowEngine | Sharding

/** A database of workflows, and what this process may be in it. */
export interface Place {
  readonly sql: SqlClient
  readonly wake: Wake
  /** Does tasks. */
  readonly runner: Layer.Layer<Workflows, unknown>
  /** Only begins them. */
  readonly client: Layer.Layer<Workflows, unknown>
  /** What a failure of the database means to people. */
  readonly failed: (cause: unknown) => EngineFailed
  readonly forget: (plan: SessionId) => Effect.Effect<void, SqlError>
}

/** An engine of tasks, wherever it does them. */
export type Engine = Omit<typeof TaskEngine.Service, "elsewhere" | "rootOf">

/** Tries again until the database answers: what has happened must not be lost for a restart of it. */
const patient = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A> =>
  Effect.orDie(
    Effect.retry(effect, Schedule.exponential("50 millis").pipe(Schedule.union(Schedule.spaced("2 seconds"))))
  )

/** Ends when the task is to end; until then passes on what people decide. Each decision again and again: the agent may ask later. */
const watching = ({ sql, wake }: Place, worker: TaskWorker, task: Task): Effect.Effect<void> =>
  Effect.scoped(
    Effect.gen(function* () {
      const name = taskName(task)
      const next = yield* wake.news
      while (!(yield* patient(isCancelled(sql, name)))) {
        yield* Effect.forEach(yield* patient(decisionsFor(sql, name)), (one) => worker.decided(task, one))
        yield* next
      }
    })
  )

/** How long the engine takes at most to end here what another machine has taken over. */
const takeover = "30 seconds"

/** A worker that ends as if interrupted has found that another machine is at the task: this one is about to lose it. */
const yielding = (turn: Effect.Effect<TaskTurn>): Effect.Effect<TaskTurn> =>
  Effect.catchAllCause(turn, (cause) =>
    Cause.isInterruptedOnly(cause) ? Effect.zipRight(Effect.sleep(takeover), Effect.interrupt) : Effect.failCause(cause)
  )

const turnOf = (place: Place, worker: TaskWorker, task: Task, n: number): Effect.Effect<TaskTurn> =>
  Effect.gen(function* () {
    const ended = (outcome: Outcome): TaskTurn => ({ type: "ended", outcome })
    const begun = !(yield* patient(isCancelled(place.sql, taskName(task))))
    const turn = yielding(worker.turn(task, n))
    const done = begun
      ? yield* Effect.raceFirst(Effect.asSome(turn), Effect.as(watching(place, worker, task), Option.none<TaskTurn>()))
      : Option.none<TaskTurn>()
    return Option.isSome(done) ? done.value : ended(yield* worker.cancelled(task))
  })

const dutyOf = (place: Place, worker: TaskWorker): Duty => ({
  turn: (task, n) => turnOf(place, worker, task, n),
  report: (task, outcome) => Effect.zipRight(patient(noteOutcome(place.sql, task, outcome)), place.wake.ping)
})

/** Failures of all kinds, since the engine's layers throw what they should fail with. */
const guarded = <A, R>({ failed }: Place, effect: Effect.Effect<A, unknown, R>): Effect.Effect<A, EngineFailed, R> =>
  Effect.catchAllCause(apart(effect), (cause) =>
    Cause.isInterruptedOnly(cause) ? Effect.interrupt : Effect.fail(failed(Cause.squash(cause)))
  )

const outcomesOf = (place: Place, plan: SessionId): Stream.Stream<Outcome, EngineFailed> =>
  Stream.unwrapScoped(
    Effect.map(place.wake.news, (next) =>
      Stream.paginateChunkEffect(0, (after) =>
        Effect.gen(function* () {
          const told = yield* guarded(place, outcomesAfter(place.sql, plan, after))
          if (told.length === 0) yield* next
          const outcomes = Chunk.fromIterable(told.map(({ outcome }) => outcome))
          return [outcomes, Option.some(told.at(-1)?.seq ?? after)] as const
        })
      )
    )
  )

/** The engine over a database; what it opens is closed with the scope. */
export const make = (place: Place): Effect.Effect<Engine, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    let runner: Context.Context<Workflows> | undefined
    const client = yield* once(guarded(place, Layer.buildWithScope(place.client, scope)))
    const opened = Effect.suspend(() => (runner === undefined ? client : Effect.succeed(runner)))

    const work = (worker: TaskWorker) =>
      Effect.gen(function* () {
        const all = agentTasks(dutyOf(place, worker)).pipe(Layer.provideMerge(place.runner))
        // It ends with the engine, whose database it needs, or before it.
        const until = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        yield* Effect.addFinalizer(() =>
          Effect.suspend(() => {
            runner = undefined
            return Scope.close(until, Exit.void)
          })
        )
        runner = yield* guarded(place, Layer.buildWithScope(all, until))
      })

    const start = (task: Task) =>
      Effect.gen(function* () {
        const execution = yield* AgentTask.executionId({ task })
        yield* noteTask(place.sql, task, execution)
        yield* Effect.provide(AgentTask.execute({ task }, { discard: true }), yield* opened)
      })

    return {
      work,
      start: (task) => guarded(place, start(task)),
      signal: (key, decision) =>
        guarded(place, Effect.zipRight(noteDecision(place.sql, key, decision), place.wake.ping)),
      cancel: (key) => guarded(place, Effect.zipRight(noteCancelled(place.sql, key), place.wake.ping)),
      outcomes: (plan) => outcomesOf(place, plan),
      forget: (plan) => guarded(place, place.forget(plan))
    }
  })
