/** Carries the tasks of plans: each is done by one agent, turn after turn, here or on another machine. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { Change } from "../domain/model/Change.ts"
import { type Decision, TurnOptions } from "../domain/model/Command.ts"
import { SessionId } from "../domain/model/Ids.ts"
import { Allowance, Limits } from "../domain/model/Limits.ts"
import { CheckRecorded, Parent } from "../domain/model/MeshFacts.ts"
import { Usage } from "../domain/model/Message.ts"
import { ModelName } from "../domain/model/Model.ts"
import { Attempt, Step, StepId } from "../domain/model/Plan.ts"

/** One try of one step; of several candidates that try it at once, which one. */
export const TaskKey = Schema.Struct({
  plan: SessionId,
  step: StepId,
  attempt: Attempt,
  candidate: Schema.optional(Attempt)
})
/** One try of one step. */
export type TaskKey = typeof TaskKey.Type

/** A task's key as one word, the same for the same task everywhere. */
export const taskName = ({ attempt, candidate, plan, step }: TaskKey): string =>
  [plan, step, attempt, ...(candidate === undefined ? [] : [candidate])].join("/")

/** The key of a task or an outcome, and nothing else of it. */
export const keyOf = ({ attempt, candidate, plan, step }: TaskKey): TaskKey => ({
  plan,
  step,
  attempt,
  ...(candidate === undefined ? {} : { candidate })
})

/** All that an agent anywhere needs to begin a try of a step, or to go on with it. Plain data, without contents of files. */
export const Task = Schema.Struct({
  ...TaskKey.fields,
  /** The session in which the agent works; its id is chosen before it begins. */
  agent: SessionId,
  parent: Parent,
  /** The project's root, as it is named where the plan was begun. */
  root: Schema.String,
  model: ModelName,
  what: Step,
  /** The first prompt. */
  brief: Schema.String,
  options: TurnOptions,
  limits: Limits,
  /** What the plan had left when the task began: who does it where nobody has the plan's budget uses no more, in all its turns. */
  allowance: Schema.optional(Allowance),
  /** What was staged in the plan's copy when the task began: the agent's copy begins with it. */
  staged: Schema.Array(Change),
  /** What an earlier try of the step left that is to be mended: it counts as the agent's own. */
  inherits: Schema.Array(Change)
})
/** All that an agent needs to begin a try of a step. */
export type Task = typeof Task.Type

/** What a try came to. */
export const Outcome = Schema.Struct({
  ...TaskKey.fields,
  agent: SessionId,
  status: Schema.Literal("verified", "unverified", "failed", "cancelled"),
  /** What the agent said last. */
  result: Schema.String,
  /** Why it failed or was cancelled. */
  reason: Schema.optional(Schema.String),
  changes: Schema.Array(Change),
  /** The checks that were run on its work, oldest first. */
  checks: Schema.Array(CheckRecorded),
  usage: Usage,
  /** Model calls. */
  calls: Schema.Int
})
/** What a try came to. */
export type Outcome = typeof Outcome.Type

/** What a turn of a task came to: it ended, or it has another turn to take. */
export type TaskTurn = { readonly type: "again" } | { readonly type: "ended"; readonly outcome: Outcome }

/** Who does tasks in this process. */
export interface TaskWorker {
  /**
   * Takes the turn `n` of a task, from 1. It may be asked for the same turn again, where the process that took it died or
   * its answer was lost: what the agent's own log says is done is not done again.
   */
  readonly turn: (task: Task, n: number) => Effect.Effect<TaskTurn>
  /** What became of a task that was cancelled; its turn does not run any more. */
  readonly cancelled: (task: Task) => Effect.Effect<Outcome>
  /** Passes on what a person decided, to the agent that asks. One that nobody waits for any more is nothing. */
  readonly decided: (task: Task, decision: Decision) => Effect.Effect<void>
}

/**
 * The engine cannot carry tasks; those that it has are kept. `busy`: another process has it; `unreachable`: its database is
 * not to be had; `other`: see the message.
 */
export class EngineFailed extends Schema.TaggedError<EngineFailed>()("EngineFailed", {
  kind: Schema.Literal("busy", "unreachable", "other"),
  reason: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `The engine of tasks failed: ${this.reason}. ${this.remedy}`
  }
}

/** Carries tasks to their end, each once, whoever dies meanwhile. */
export class TaskEngine extends Context.Tag("code-mesh/ports/TaskEngine")<
  TaskEngine,
  {
    /** Tasks may be done by other processes: what they write to cannot be open here. */
    readonly elsewhere: boolean
    /** The project's root as it is named where a task is done. */
    readonly rootOf: (task: Task) => string
    /** Does tasks in this process until the scope closes: running turns are then interrupted, and taken again elsewhere. */
    readonly work: (worker: TaskWorker) => Effect.Effect<void, EngineFailed, Scope.Scope>
    /** Begins a task, or goes on with it; one that was begun under the same key is the same task. */
    readonly start: (task: Task) => Effect.Effect<void, EngineFailed>
    /** Passes a decision on to whoever does the task, wherever that is. */
    readonly signal: (key: TaskKey, decision: Decision) => Effect.Effect<void, EngineFailed>
    /** Asks for a task's end: its running turn is interrupted, and its outcome says what became of it. */
    readonly cancel: (key: TaskKey) => Effect.Effect<void, EngineFailed>
    /** The outcomes of a plan's tasks, those that there are first, then live; each at least once. */
    readonly outcomes: (plan: SessionId) => Stream.Stream<Outcome, EngineFailed>
    /** Forgets the tasks of a plan that is over. */
    readonly forget: (plan: SessionId) => Effect.Effect<void, EngineFailed>
  }
>() {}
