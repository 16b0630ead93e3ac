/** What becomes of a try once its turn to be merged has come: merged into the plan's copy, or failed with all that the next try should know. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../ports/TaskEngine.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import { addUsage, noUsage } from "../model/Message.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { agentEnd } from "./agentEnd.ts"
import { conflictNote } from "./conflicted.ts"
import { refurnish } from "./furnish.ts"
import { type PlanRun, recordOf } from "./PlanRun.ts"

const isCheckFailure = ({ checks }: Outcome): boolean => checks.at(-1)?.ok === false

/** A try that came to nothing. What it left is kept for the next one where a check says that it is to be mended. */
const failedTry = (outcome: Outcome, usage: Outcome["usage"]): FactOf<"task.failed"> => {
  const { agent, attempt, changes, reason = "it was stopped", step } = outcome
  const left = isCheckFailure(outcome) && changes.length > 0 ? { changes } : {}
  return { type: "task.failed", step, attempt, agent, reason, usage, ...left }
}

/** What was done is the plan's; where it conflicts, both sides are why the try failed, and nothing of it is lost. */
const mergedTry = (run: PlanRun, outcome: Outcome, status: "verified" | "unverified", usage: Outcome["usage"]) =>
  Effect.gen(function* () {
    const state = yield* run.handle.state
    const { agent, attempt, candidate, changes, result, step } = outcome
    const merged = yield* (yield* WorkingCopies).merge(state.id, state.root, changes, "copy")
    if (!merged.ok) {
      const reason = yield* conflictNote(state, { agent, changes, conflicts: merged.conflicts })
      const conflicted: FactOf<"task.failed"> = { type: "task.failed", step, attempt, agent, reason, usage }
      return [conflicted]
    }
    const staged: ReadonlyArray<Fact> =
      merged.changes.length === 0 ? [] : [{ type: "changes.staged", turn: state.turn, changes: merged.changes }]
    const done: FactOf<"task.finished"> = {
      type: "task.finished",
      step,
      attempt,
      ...(candidate === undefined ? {} : { candidate }),
      agent,
      status,
      result,
      changes,
      usage
    }
    return [...staged, done]
  }).pipe(
    Effect.catchTags({
      CopyFailed: (error) => Effect.succeed([failedTry({ ...outcome, reason: error.message }, usage)]),
      FileError: (error) => Effect.succeed([failedTry({ ...outcome, reason: error.message }, usage)])
    })
  )

/** What was used by all who tried a step at once. */
const together = (outcomes: ReadonlyArray<Outcome>): Outcome["usage"] =>
  outcomes.reduce((sum, { usage }) => addUsage(sum, usage), noUsage)

/** Records what became of a step: of all who tried it, `chosen` is the one that counts. One that was cancelled stays so. */
export const settle = (run: PlanRun, chosen: Outcome, outcomes: ReadonlyArray<Outcome>) =>
  Effect.gen(function* () {
    const usage = together(outcomes)
    const { status } = chosen
    const facts: ReadonlyArray<Fact> =
      status === "verified" || status === "unverified"
        ? yield* mergedTry(run, chosen, status, usage)
        : [failedTry(chosen, usage)]
    if (yield* recordOf(run, chosen.step, facts)) return
    // Cancelled while it was chosen or merged: the plan's copy holds what the log says.
    yield* refurnish(yield* run.handle.state)
  })

/** The end of an agent, as the session tells it that it works for. */
export const agentEnded = (state: SessionState, outcome: Outcome): ReadonlyArray<Fact> => {
  const { ended, spawned } = state.agents.get(outcome.agent) ?? {}
  // Told again after a program died, it is in the log already.
  if (spawned === undefined || ended !== undefined) return []
  const { agent, checks, status: result } = outcome
  return [...checks.map((check) => ({ ...check, agent })), agentEnd(spawned, { ...outcome, result })]
}

/** What an agent changed is the plan's now, or nobody's: nothing waits to be applied from its session, and its copy is gone. */
export const dismissed = (run: PlanRun, { agent: id }: Pick<Outcome, "agent">) =>
  Effect.scoped(
    Effect.gen(function* () {
      const agent = yield* run.sessions.open(id)
      const { root } = yield* agent.state
      const paths = Staging.waiting(yield* agent.state).map(({ path }) => path)
      if (paths.length > 0) yield* agent.record([{ type: "changes.discarded", paths }])
      yield* (yield* WorkingCopies).drop(id, root)
    })
  ).pipe(Effect.ignoreLogged)
