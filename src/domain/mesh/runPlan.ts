/** Carries out a plan: agents side by side, each in a copy of its own; what they did is checked, then merged in the plan's order. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { endOf } from "../agent/close.ts"
import { LimitReached } from "../agent/stop.ts"
import type { Fact } from "../model/Event.ts"
import type { Step, StepId } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import * as Staging from "../staging/Staging.ts"
import { checked } from "./evidence.ts"
import { reportLines } from "./planReport.ts"
import { mergeNext, startable } from "./schedule.ts"
import { sharedBudget } from "./sharedBudget.ts"
import { type PlanRun, type Tried, tryStep } from "./stepAgent.ts"

/** How many agents work at once where nobody says otherwise. */
const usualWidth = 8

/** How often a step is begun before it is given up. */
const mostAttempts = 2

interface Waiting {
  readonly step: Step
  readonly tried: Tried
}

const planOf = (run: PlanRun) =>
  Effect.flatMap(run.handle.state, ({ plan }) =>
    plan === undefined ? Effect.dieMessage("a plan is carried out that nobody proposed") : Effect.succeed(plan)
  )

const failed = (step: StepId, { agent, attempt, usage }: Tried, reason: string): Fact => ({
  type: "task.failed",
  step,
  attempt,
  agent,
  reason,
  usage
})

/** Merges what a step did into the plan's own copy; where that conflicts, the conflict is why the try failed. */
const merged = (run: PlanRun, step: Step, tried: Extract<Tried, { ok: true }>) =>
  Effect.gen(function* () {
    const state = yield* run.handle.state
    const { agent, attempt, changes, result, status, usage } = tried
    const done = { type: "task.finished" as const, step: step.id, attempt, agent, status, result, changes, usage }
    const outcome = yield* (yield* WorkingCopies).merge(state.id, state.root, changes, "copy")
    if (!outcome.ok) {
      const where = outcome.conflicts.map(({ path }) => path).join(", ")
      return [failed(step.id, tried, `what it did conflicts with what other steps did meanwhile: ${where}`)]
    }
    const staged: ReadonlyArray<Fact> =
      outcome.changes.length === 0 ? [] : [{ type: "changes.staged", turn: state.turn, changes: outcome.changes }]
    return [...staged, done]
  }).pipe(
    Effect.catchTags({
      CopyFailed: (error) => Effect.succeed([failed(step.id, tried, error.message)]),
      FileError: (error) => Effect.succeed([failed(step.id, tried, error.message)])
    })
  )

/** What became of a step is recorded once its turn to be merged has come; a try that failed is given up or made again. */
const settle = (run: PlanRun, { step, tried }: Waiting) =>
  Effect.gen(function* () {
    const facts = tried.ok ? yield* merged(run, step, tried) : [failed(step.id, tried, tried.reason)]
    yield* run.handle.record(facts)
    const [last] = facts.slice(-1)
    return last?.type === "task.failed" ? last.reason : undefined
  })

/** The checks of all steps once more, over all that was merged: steps that hold alone may not hold together. */
const together = (run: PlanRun, plan: PlanState) =>
  Effect.gen(function* () {
    const commands = [...new Set(plan.plan.steps.flatMap(({ check }) => ("run" in check ? [check.run] : [])))]
    const failures: Array<string> = []
    for (const command of commands) {
      const state = yield* run.handle.state
      const { config, options } = run
      const at = {
        session: state.id,
        root: state.root,
        changes: Staging.waiting(state),
        rules: options.rules ?? [],
        config
      }
      const record = yield* checked({ ...at, command })
      yield* run.handle.record([record])
      if (!record.ok) failures.push(command)
    }
    return failures
  })

const isDone = (plan: PlanState): boolean =>
  plan.plan.steps.every(({ id }) => ["verified", "unverified"].includes(stepOf(plan, id).phase))

/** How the whole ended, as facts: the plan's end, the report, the turn's end. */
const finish = (run: PlanRun) =>
  Effect.gen(function* () {
    const plan = yield* planOf(run)
    const { turn } = yield* run.handle.state
    const failures = isDone(plan) ? yield* together(run, plan) : []
    const reason =
      failures.length > 0
        ? `The steps hold alone, and not together: ${failures.join(", ")} failed.`
        : "Not every step could be done."
    const well = isDone(plan) && failures.length === 0
    const end: Fact = well
      ? { type: "plan.finished", status: "done" }
      : { type: "plan.finished", status: "failed", reason }
    const text = [...reportLines(plan), ...(well ? [] : [reason])].join("\n")
    const last: Fact = well
      ? { type: "turn.finished", turn, stop: "end_turn" }
      : { type: "turn.failed", turn, reason: "failed", error: { name: "PlanFailed", message: reason } }
    yield* run.handle.record([{ type: "part.text", turn, text }, end, last])
  })

const failedSteps = (plan: PlanState): ReadonlyArray<StepId> =>
  plan.plan.steps.map(({ id }) => id).filter((id) => stepOf(plan, id).phase === "failed")

/** Begins what may begin, waits for one to end, merges what may be merged; until nothing runs and nothing may begin. */
const supervise = (run: PlanRun) =>
  Effect.gen(function* () {
    const ended = yield* Queue.unbounded<Waiting>()
    const running = new Set<StepId>()
    const waiting = new Map<StepId, Waiting>()
    const notes = new Map<StepId, string>()
    // Who goes on with a plan wants what failed to be tried again.
    const again = new Set(failedSteps(yield* planOf(run)))
    const width = run.config.agents?.max_count ?? usualWidth
    const start = (plan: PlanState, step: Step) =>
      Effect.suspend(() => {
        running.add(step.id)
        again.delete(step.id)
        const attempt = stepOf(plan, step.id).attempts + 1
        const trial = tryStep(run, plan, step, attempt, notes.get(step.id) ?? "")
        return Effect.forkScoped(Effect.flatMap(trial, (tried) => Queue.offer(ended, { step, tried })))
      })
    for (;;) {
      const plan = yield* planOf(run)
      const busy = new Set([...running, ...waiting.keys()])
      for (const step of startable(plan, { again, busy }, width - running.size)) yield* start(plan, step)
      if (running.size === 0 && waiting.size === 0) return
      if (running.size > 0) {
        const one = yield* Queue.take(ended)
        running.delete(one.step.id)
        waiting.set(one.step.id, one)
      }
      for (let next = mergeNext(yield* planOf(run), again, new Set(waiting.keys())); next !== undefined; ) {
        const one = waiting.get(next)
        waiting.delete(next)
        const reason = one === undefined ? undefined : yield* settle(run, one)
        if (one !== undefined && reason !== undefined && one.tried.attempt < mostAttempts) {
          notes.set(next, reason)
          again.add(next)
        }
        next = mergeNext(yield* planOf(run), again, new Set(waiting.keys()))
      }
    }
  })

/** Applies what the plan came to, where nobody wants to be asked. */
const applied = (run: PlanRun) =>
  Effect.flatMap(run.handle.state, (state) =>
    state.last?.status === "done" && (run.options.apply ?? state.apply) === "auto" && Staging.waiting(state).length > 0
      ? Effect.asVoid(Staging.apply(run.handle))
      : Effect.void
  )

/** The agents at work, until all is done, or until a budget that they share is used up, or their time. */
const bounded = (run: PlanRun) =>
  Effect.gen(function* () {
    const { account, usedUp } = yield* sharedBudget(run)
    const work = supervise({ ...run, choices: { ...run.choices, account } })
    const { timeout } = run.options.limits ?? {}
    const paid = Effect.raceFirst(work, usedUp)
    if (timeout === undefined) return yield* paid
    const late = new LimitReached({ limit: "timeout", value: timeout })
    return yield* Effect.timeoutFail(paid, { duration: timeout, onTimeout: () => late })
  })

/** Runs the turn in which a plan is carried out; it always ends with one fact that says how, whoever stops it. */
export const runPlan = (run: PlanRun) =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const work = Effect.scoped(Effect.zipRight(bounded(run), finish(run)))
      const exit = yield* Effect.exit(Effect.interruptible(work))
      if (Exit.isSuccess(exit)) return yield* applied(run)
      const { turn } = yield* run.handle.state
      yield* run.handle.record([endOf(turn, exit.cause)])
      if (Cause.isDie(exit.cause)) yield* Effect.logError("A plan ended by a mistake", exit.cause)
    })
  )
