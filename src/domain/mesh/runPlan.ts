/** Carries out a plan: agents side by side, each in a copy of its own; what they did is checked, then merged in the plan's order. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { EngineFailed } from "../../ports/TaskEngine.ts"
import { endOf } from "../agent/close.ts"
import { raced } from "../agent/raced.ts"
import { LimitReached } from "../agent/stop.ts"
import { stepOf } from "../session/evolvePlan.ts"
import * as Staging from "../staging/Staging.ts"
import { finishPlan, inspected } from "./finishPlan.ts"
import { refurnish } from "./furnish.ts"
import { dropLeft } from "./leftCopies.ts"
import { type PlanRun, planOf } from "./PlanRun.ts"
import { proposeStep } from "./proposeStep.ts"
import { sharedBudget } from "./sharedBudget.ts"
import { wayOf } from "./strategies.ts"
import { type Desk, openDesk, stopAll, supervise } from "./supervise.ts"
import { surfaced } from "./surfaced.ts"
import type { Company } from "./TaskWork.ts"
import { makeTeam } from "./team.ts"

/** A plan that is to be carried out. */
export interface PlanOrder extends Omit<PlanRun, "team"> {
  /** Somebody does tasks from then on. */
  readonly working: Effect.Effect<void, EngineFailed>
  /** Those who do its tasks in this process find here what the plan gives them, while it runs. */
  readonly companies: Map<string, Company>
}

/** Applies what the plan came to, where nobody wants to be asked. */
const applied = ({ handle, options }: PlanOrder) =>
  Effect.flatMap(handle.state, (state) =>
    state.last?.status === "done" && (options.apply ?? state.apply) === "auto" && Staging.waiting(state).length > 0
      ? Effect.asVoid(Staging.apply(handle))
      : Effect.void
  )

/** The names of agents that may still begin. */
const expected = (order: PlanOrder) =>
  Effect.map(
    Effect.orDie(planOf(order)),
    (plan) =>
      new Set(
        plan.plan.steps.map(({ id }) => id).filter((id) => ["waiting", "running"].includes(stepOf(plan, id).phase))
      )
  )

/**
 * What the plan gives to whoever does one of its tasks here: its account, who answers its questions, and where its strategy
 * has them talk, the others.
 */
const companyOf = (run: PlanRun): Company => {
  const { choices, config, handle, options, strategy, team } = run
  return {
    choices,
    beside: (task, agent) =>
      Effect.gen(function* () {
        if (options.attended === true) yield* surfaced(handle, agent, task.parent.path.at(-1) ?? task.step)
        if (!wayOf(strategy, config).talks) return choices
        const name = [task.step, ...(task.candidate === undefined ? [] : [task.candidate])].join("/")
        const teammate = yield* team.join(name, [task.parent.role])
        return { ...choices, team: { ...teammate, propose: proposeStep(run, task.step) } }
      }).pipe(Effect.catchAll(() => Effect.succeed(choices)))
  }
}

/** The agents at work, until nothing is left to do and the whole holds, or nothing more can be done about it. */
const work = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    for (;;) {
      yield* supervise(run, desk)
      const { goesOn, reason } = yield* inspected(run)
      if (!goesOn) return yield* finishPlan(run, reason)
    }
  })

/** The same, until a budget that the agents share is used up, or their time. */
const bounded = (run: PlanRun, desk: Desk, usedUp: Effect.Effect<never, LimitReached>) => {
  const { timeout } = run.options.limits ?? {}
  const paid = raced(work(run, desk), usedUp)
  if (timeout === undefined) return paid
  const late = new LimitReached({ limit: "timeout", value: timeout })
  return Effect.timeoutFail(paid, { duration: timeout, onTimeout: () => late })
}

const opened = (order: PlanOrder) =>
  Effect.gen(function* () {
    const { companies, config, handle, strategy } = order
    yield* order.working
    yield* Effect.ignore(dropLeft)
    const { account, usedUp } = yield* sharedBudget(order)
    const team = yield* makeTeam(handle, expected(order))
    const run: PlanRun = { ...order, team, choices: { ...order.choices, account } }
    // Who goes on with a plan goes on from its log.
    if ((yield* planOf(run)).steps.size > 0) yield* refurnish(yield* handle.state)
    const desk = yield* openDesk(run)
    const { turn } = yield* handle.state
    yield* Effect.acquireRelease(
      Effect.sync(() => companies.set(handle.id, companyOf(run))),
      () => Effect.sync(() => companies.delete(handle.id))
    )
    yield* handle.record([{ type: "plan.started", turn, strategy, width: wayOf(strategy, config).width }])
    yield* Effect.onError(Effect.interruptible(bounded(run, desk, usedUp)), () => stopAll(run, desk))
    yield* Effect.ignoreLogged(run.engine.forget(handle.id))
  })

/** Runs the turn in which a plan is carried out; it always ends with one fact that says how, whoever stops it. */
export const runPlan = (order: PlanOrder) =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.scoped(opened(order)))
      if (Exit.isSuccess(exit)) return yield* applied(order)
      const { turn } = yield* order.handle.state
      yield* order.handle.record([endOf(turn, exit.cause)])
      if (Cause.isDie(exit.cause)) yield* Effect.logError("A plan ended by a mistake", exit.cause)
    })
  )
