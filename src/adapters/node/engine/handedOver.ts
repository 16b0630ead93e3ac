/** A turn of a task on whatever machine: its files are fetched before it, and what it changed is published after it. */
import * as Effect from "effect/Effect"
import type { Change } from "../../../domain/model/Change.ts"
import { noUsage } from "../../../domain/model/Message.ts"
import { keyOf, type Outcome, type Task, type TaskTurn } from "../../../ports/TaskEngine.ts"

/** Why files could not be handed on; its message says what to do. */
interface HandOverFailed {
  readonly message: string
}

/** How files get from machine to machine. */
export interface HandOver {
  /** Brings the task's files here; answers their folder on this machine. */
  readonly fetch: (task: Task) => Effect.Effect<string, HandOverFailed>
  /** Hands on what was changed up to this turn. One that was published by somebody else meanwhile stays. */
  readonly publish: (task: Task, n: number, changes: ReadonlyArray<Change>) => Effect.Effect<unknown, HandOverFailed>
  /** Brings the contents of what a task came to here. */
  readonly collect: (outcome: Outcome) => Effect.Effect<void, HandOverFailed>
}

const unfetched = (task: Task, { message }: HandOverFailed): TaskTurn => ({
  type: "ended",
  outcome: {
    ...{ ...keyOf(task), agent: task.agent, status: "failed", result: "", reason: message },
    ...{ changes: [], checks: [], usage: noUsage, calls: 0 }
  }
})

/** Takes turns where the files are those of a hub; as it stands where there is none. */
export const handedOver =
  (hub: HandOver | undefined) =>
  (task: Task, n: number, turn: (here: Task) => Effect.Effect<TaskTurn>): Effect.Effect<TaskTurn> =>
    hub === undefined
      ? turn(task)
      : Effect.gen(function* () {
          const done = yield* turn({ ...task, root: yield* hub.fetch(task) })
          if (done.type === "ended") yield* hub.publish(task, n, done.outcome.changes)
          return done
        }).pipe(Effect.catchAll((error) => Effect.succeed(unfetched(task, error))))
