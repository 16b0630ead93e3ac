/** A task as a workflow: turn after turn, each an activity of its own, and last the one that tells the outcome. */
import { EntityId } from "@effect/cluster/EntityId"
import { Sharding } from "@effect/cluster/Sharding"
import * as Activity from "@effect/workflow/Activity"
import * as Workflow from "@effect/workflow/Workflow"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { noUsage } from "../../../domain/model/Message.ts"
import { Outcome, Task, type TaskTurn, taskName } from "../../../ports/TaskEngine.ts"

/** What the engine keeps of a task: what it is, and which execution it has. Its name has a version: steps are found by name. */
export const AgentTask = Workflow.make({
  name: "AgentTask.v1",
  payload: { task: Task },
  idempotencyKey: ({ task }) => taskName(task)
})

const Taken = Schema.Union(
  Schema.Struct({ type: Schema.Literal("again") }),
  Schema.Struct({ type: Schema.Literal("ended"), outcome: Outcome })
)

/** What is done for tasks in this process. */
export interface Duty {
  readonly turn: (task: Task, n: number) => Effect.Effect<TaskTurn>
  /** Keeps the outcome where all can read it; kept already, it stays as it is. */
  readonly report: (task: Task, outcome: Outcome) => Effect.Effect<void>
}

/** Lets a runner that closes ask for its end before the workflow is begun again on it. */
const yielding = "100 millis"

/**
 * Ends the execution here, with nothing stored, where another runner is to go on with it. Without that it would wait for
 * its next turn on a runner that takes none.
 */
const staying = (execution: string) =>
  Effect.flatMap(Sharding, (sharding) =>
    sharding.hasShardId(sharding.getShardId(EntityId.make(execution), "default"))
      ? Effect.void
      : Effect.zipRight(Effect.sleep(yielding), Effect.interrupt)
  )

/** A task whose worker broke ends all the same: its plan waits for an outcome. */
const broken = ({ agent, attempt, candidate, plan, step }: Task, cause: Cause.Cause<never>): TaskTurn => ({
  type: "ended",
  outcome: {
    ...{ plan, step, attempt, ...(candidate === undefined ? {} : { candidate }) },
    ...{ agent, status: "failed", result: "", reason: `its worker broke: ${Cause.pretty(cause).split("\n", 1)[0]}` },
    ...{ changes: [], checks: [], usage: noUsage, calls: 0 }
  }
})

const taken = (task: Task, n: number, duty: Duty) =>
  Effect.catchAllCause(Activity.make({ name: `turn-${n}`, success: Taken, execute: duty.turn(task, n) }), (cause) =>
    Cause.isInterrupted(cause) ? Effect.failCause(cause) : Effect.succeed(broken(task, cause))
  )

/** Does tasks on this runner. Never two things at once, and never waiting for a signal: that is left to the turn. */
export const layer = (duty: Duty) =>
  AgentTask.toLayer(({ task }, execution) =>
    Effect.gen(function* () {
      for (let n = 1; ; n++) {
        yield* staying(execution)
        const turn = yield* taken(task, n, duty)
        if (turn.type === "ended")
          return yield* Activity.make({ name: "report", execute: duty.report(task, turn.outcome) })
      }
    })
  )
