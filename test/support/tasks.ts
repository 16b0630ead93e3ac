/** Tasks for tests of engines, and workers that say what they are asked. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Decision } from "../../src/domain/model/Command.ts"
import { CallId, type SessionId } from "../../src/domain/model/Ids.ts"
import { noUsage } from "../../src/domain/model/Message.ts"
import type { Outcome, Task, TaskTurn, TaskWorker } from "../../src/ports/TaskEngine.ts"
import { sessionId } from "./events.ts"

/** The plan of tests that have one. */
export const aPlan = sessionId(7)

/** A task of a plan: what an agent is to do does not matter to an engine. */
export const taskOf = (step: string, plan: SessionId = aPlan): Task => ({
  ...{
    plan,
    step,
    attempt: 1,
    agent: sessionId(100),
    root: "/work/project",
    model: "scripted/demo",
    brief: `do ${step}`
  },
  parent: { session: plan, role: "coder", path: [`${step} (coder)`], step, attempt: 1 },
  what: {
    id: step,
    title: step,
    task: "",
    role: "coder",
    inputs: [],
    files: [],
    check: { none: "a test" },
    dependsOn: []
  },
  ...{ options: {}, limits: {}, staged: [], inherits: [] }
})

/** What a task came to. */
export const outcomeOf = ({ agent, attempt, candidate, plan, step }: Task, result: string): Outcome => ({
  ...{ plan, step, attempt, ...(candidate === undefined ? {} : { candidate }) },
  ...{ agent, result, status: result === "cancelled" ? "cancelled" : "unverified" },
  ...{ changes: [], checks: [], usage: noUsage, calls: 1 }
})

/** The last turn of a task. */
export const ended = (task: Task, result = "done"): TaskTurn => ({ type: "ended", outcome: outcomeOf(task, result) })

/** A yes to the question of a call. */
export const yes = (call: string): Decision => ({ type: "Reply", call: CallId.make(call), reply: "once" })

/** A worker whose turns are done by a function, and all that it was asked, in order. */
export const workerOf = (turn: (task: Task, n: number) => Effect.Effect<TaskTurn>) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const decisions = yield* Queue.unbounded<string>()
    const worker: TaskWorker = {
      turn: (task, n) =>
        Effect.suspend(() => {
          asked.push(`${task.step} ${n}`)
          return turn(task, n)
        }),
      cancelled: (task) => Effect.sync(() => outcomeOf(task, "cancelled")),
      decided: (task, { call }) => Effect.asVoid(Queue.offer(decisions, `${task.step} ${call}`))
    }
    return { worker, asked, decisions }
  })

/** A turn that says that it runs, and goes on until it is interrupted, which it says as well. */
export const endless = Effect.map(
  Effect.all([Deferred.make<void>(), Deferred.make<void>()]),
  ([running, interrupted]) => ({
    ...{ running, interrupted },
    turn: Effect.onInterrupt(Effect.zipRight(Deferred.succeed(running, undefined), Effect.never), () =>
      Deferred.succeed(interrupted, undefined)
    )
  })
)
