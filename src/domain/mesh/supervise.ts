/** Keeps the agents of a plan at work: begins what may begin, merges what may be merged, until there is nothing more to do. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { type EngineFailed, keyOf, type Outcome, type Task, taskName } from "../../ports/TaskEngine.ts"
import type { Fact } from "../model/Event.ts"
import { freshSessionId } from "../model/Ids.ts"
import type { Step, StepId } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import type { SessionState } from "../session/State.ts"
import { allotted, charged } from "./allowance.ts"
import { chosenOf } from "./candidates.ts"
import { type Claim, claims } from "./claims.ts"
import { coordinated } from "./coordinate.ts"
import { type PlanRun, planOf, recordOf } from "./PlanRun.ts"
import { mergeNext, startable } from "./schedule.ts"
import { agentEnded, dismissed, settle } from "./settle.ts"
import { wayOf } from "./strategies.ts"
import { type Try, taskOf, triesOf } from "./taskOf.ts"

/** What the supervisor hears. */
type News = "ended" | "changed" | { readonly failed: EngineFailed }

/** The tasks that run, and the outcomes of steps that wait to be merged. */
export interface Desk {
  readonly running: Map<string, Task>
  readonly ended: Map<StepId, ReadonlyArray<Outcome>>
  /** How many tries each step has from here on, where it is not what its role says. */
  readonly tries: Map<StepId, number>
  readonly news: Queue.Queue<News>
  /** Outcomes that were delivered, and are not in the log yet: whoever is stopped meanwhile leaves them here. */
  readonly inbox: Array<Outcome>
  /** What was cancelled already, and the steps that the coordinator decided about. */
  readonly cancelled: Set<string>
  readonly coordinated: Set<StepId>
}

/** Runs beside the plan until the scope closes; a plan runs where nothing interrupts. */
const beside = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkScoped(Effect.interruptible(effect))

/** A desk that hears of the plan's tasks until the scope closes. */
export const openDesk = (run: PlanRun) =>
  Effect.gen(function* () {
    const news = yield* Queue.unbounded<News>()
    const plan = yield* planOf(run)
    const inbox: Array<Outcome> = []
    const outcomes = Stream.runForEach(run.engine.outcomes(run.handle.id), (outcome) => {
      inbox.push(outcome)
      return Queue.offer(news, "ended")
    })
    yield* beside(Effect.catchAll(outcomes, (failed) => Queue.offer(news, { failed })))
    const events = yield* run.handle.subscribe
    const changes = Stream.filter(events, ({ type }) => type === "task.cancelled" || type === "plan.updated")
    yield* beside(Stream.runForEach(changes, () => Queue.offer(news, "changed")))
    // Who goes on with a plan wants what failed to be tried again.
    const tries = new Map(
      plan.plan.steps
        .filter(({ id }) => stepOf(plan, id).phase === "failed")
        .map((step) => [step.id, stepOf(plan, step.id).attempts + triesOf(run.config, step)])
    )
    const desk: Desk = {
      running: new Map(),
      ended: new Map(),
      tries,
      news,
      inbox,
      cancelled: new Set(),
      coordinated: new Set()
    }
    return desk
  })

const stepsOf = ({ running }: Desk): ReadonlySet<StepId> => new Set([...running.values()].map(({ step }) => step))

/** The steps that failed and have a try left. */
const againOf = (run: PlanRun, desk: Desk, plan: PlanState): ReadonlySet<StepId> =>
  new Set(
    plan.plan.steps
      .filter((step) => {
        const { attempts, phase } = stepOf(plan, step.id)
        return phase === "failed" && attempts < (desk.tries.get(step.id) ?? triesOf(run.config, step))
      })
      .map(({ id }) => id)
  )

const spawned = (state: SessionState, task: Task): ReadonlyArray<Fact> => {
  const { agent, attempt, candidate, model, parent, step } = task
  const which = { step, attempt, ...(candidate === undefined ? {} : { candidate }) }
  const { path, role } = parent
  return [
    { type: "agent.spawned", turn: state.turn, agent, role, model, path, ...which },
    { type: "task.started", ...which, agent, role, model }
  ]
}

/** A try that begins: its agent's session is there before anybody hears of it. Answers whether its step is still wanted. */
const announced = (run: PlanRun, state: SessionState, task: Task) =>
  Effect.gen(function* () {
    const { agent: id, model, parent, what } = task
    const root = run.engine.rootOf(task)
    const title = `${parent.path[0] ?? what.id}: ${what.title}`
    yield* run.sessions.announce({ id, title, root, model, parent })
    return yield* recordOf(run, what.id, spawned(state, task))
  })

/** Begins one try: it is in the log before it is anywhere else. */
const begin = (run: PlanRun, desk: Desk, one: Try) =>
  Effect.gen(function* () {
    const state = yield* run.handle.state
    const allowance = yield* allotted(run)
    const task: Task = {
      ...taskOf(state, yield* planOf(run), one, run),
      ...(allowance === undefined ? {} : { allowance })
    }
    // A try that a dead program was at goes on, as the same agent.
    if (!state.agents.has(one.agent) && !(yield* announced(run, state, task))) return
    desk.running.set(taskName(task), task)
    yield* run.engine.start(task)
  })

/**
 * The agents that a program which died had at a step, under the try that was running; also those that had ended, where what
 * they did was not merged yet: they say again what they came to.
 */
const orphans = (state: SessionState, plan: PlanState, { id }: Step) => {
  const { attempts, phase } = stepOf(plan, id)
  if (phase !== "running") return []
  return [...state.agents.values()].flatMap(({ spawned: agent }) =>
    agent.step === id && agent.attempt === attempts ? [agent] : []
  )
}

/** Begins a step: as many who try it as the strategy wants, or those who were at it. */
const beginStep = (run: PlanRun, desk: Desk, step: Step, by?: string) =>
  Effect.gen(function* () {
    const state = yield* run.handle.state
    const plan = yield* planOf(run)
    const way = wayOf(run.strategy, run.config)
    const known = orphans(state, plan, step)
    const claimedBy = by === undefined ? {} : { by }
    const base = { step, handsOver: way.handsOver, ...claimedBy }
    if (known.length > 0) {
      for (const { agent, attempt = 1, candidate } of known)
        yield* begin(run, desk, { ...base, agent, attempt, ...(candidate === undefined ? {} : { candidate }) })
      return
    }
    const attempt = stepOf(plan, step.id).attempts + 1
    const many = step.files.length === 0 ? 1 : way.candidates
    for (let candidate = 1; candidate <= many; candidate++) {
      const agent = yield* freshSessionId
      yield* begin(run, desk, { ...base, agent, attempt, ...(many === 1 ? {} : { candidate }) })
    }
  })

/** The peers that have nothing to do. */
const freePeers = (desk: Desk, width: number): ReadonlyArray<string> => {
  const busy = new Set([...desk.running.values()].map(({ parent }) => / by (\S+)/.exec(parent.path[0] ?? "")?.[1]))
  return Array.from({ length: width }, (_, index) => `peer-${index + 1}`).filter((name) => !busy.has(name))
}

/** Begins what may begin; answers whether there was anything. */
const beginReady = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    const plan = yield* planOf(run)
    const { candidates, claims: claiming, width } = wayOf(run.strategy, run.config)
    const busy = new Set([...stepsOf(desk), ...desk.ended.keys()])
    const room = Math.ceil((width - desk.running.size) / candidates)
    const free = (now: PlanState) => startable(now, { again: againOf(run, desk, now), busy }, room)
    const steps = free(plan)
    if (steps.length === 0) return false
    const given: ReadonlyArray<Claim | { readonly step: Step; readonly peer?: never }> = claiming
      ? yield* claims(run, plan, steps, freePeers(desk, width))
      : steps.map((step) => ({ step }))
    // While the peers thought about it, the person may have changed or cancelled it.
    const wanted = free(yield* planOf(run))
    for (const { peer, step } of given) {
      const now = wanted.find(({ id }) => id === step.id)
      if (now !== undefined) yield* beginStep(run, desk, now, peer)
    }
    return true
  })

/** The steps that nobody works on any more, and that wait for their turn to be merged. */
const waitingOf = (desk: Desk): ReadonlySet<StepId> => {
  const busy = stepsOf(desk)
  return new Set([...desk.ended.keys()].filter((id) => !busy.has(id)))
}

/** A step that has no try left is the coordinator's, where there is one: once. */
const rescued = (run: PlanRun, desk: Desk, step: Step) =>
  Effect.gen(function* () {
    const plan = yield* planOf(run)
    const { attempts, phase } = stepOf(plan, step.id)
    const isLast = phase === "failed" && !againOf(run, desk, plan).has(step.id)
    if (!isLast || desk.coordinated.has(step.id) || !wayOf(run.strategy, run.config).coordinates) return
    desk.coordinated.add(step.id)
    if (yield* coordinated(run, step)) desk.tries.set(step.id, attempts + 1)
  })

/** Settles the step whose turn it is; answers whether there was one. */
const settleNext = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    const plan = yield* planOf(run)
    const next = mergeNext(plan, againOf(run, desk, plan), waitingOf(desk))
    const step = plan.plan.steps.find(({ id }) => id === next)
    const [first, ...rest] = desk.ended.get(next ?? "") ?? []
    if (step === undefined || first === undefined) return false
    const outcomes = [first, ...rest] as const
    yield* settle(run, yield* chosenOf(run, step, outcomes), outcomes)
    desk.ended.delete(step.id)
    yield* Effect.forEach(outcomes, (one) => dismissed(run, one), { discard: true })
    yield* rescued(run, desk, step)
    return true
  })

const byCandidate = (a: Outcome, b: Outcome): number => (a.candidate ?? 0) - (b.candidate ?? 0)

/** Takes an outcome in; told more than once, it counts once. */
const heard = (run: PlanRun, desk: Desk, outcome: Outcome) =>
  Effect.gen(function* () {
    if (!desk.running.has(taskName(outcome))) return
    const state = yield* run.handle.state
    yield* charged(run, state, outcome)
    yield* run.handle.record(agentEnded(state, outcome))
    desk.running.delete(taskName(outcome))
    const { phase } = stepOf(yield* planOf(run), outcome.step)
    if (phase === "cancelled") return yield* dismissed(run, outcome)
    desk.ended.set(outcome.step, [...(desk.ended.get(outcome.step) ?? []), outcome].sort(byCandidate))
  }).pipe(Effect.uninterruptible)

/** Takes in what was delivered. */
const hearAll = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    for (let [next] = desk.inbox; next !== undefined; [next] = desk.inbox) {
      yield* heard(run, desk, next)
      desk.inbox.shift()
    }
  })

/** Ends the tasks of steps that were cancelled. */
const cancelSteps = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    const plan = yield* planOf(run)
    for (const [name, task] of desk.running) {
      if (stepOf(plan, task.step).phase !== "cancelled" || desk.cancelled.has(name)) continue
      desk.cancelled.add(name)
      yield* run.engine.cancel(keyOf(task))
    }
    for (const [id, outcomes] of desk.ended) {
      if (stepOf(plan, id).phase !== "cancelled") continue
      desk.ended.delete(id)
      yield* Effect.forEach(outcomes, (one) => dismissed(run, one), { discard: true })
    }
  })

const listen = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    const news = yield* Queue.take(desk.news)
    if (news === "changed") return yield* cancelSteps(run, desk)
    if (news !== "ended") return yield* news.failed
    yield* hearAll(run, desk)
  })

/** Keeps the agents at work until nothing runs and nothing may begin. */
export const supervise = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    for (;;) {
      if (yield* settleNext(run, desk)) continue
      if (yield* beginReady(run, desk)) continue
      if (desk.running.size === 0) return
      yield* listen(run, desk)
    }
  })

/** Milliseconds that agents have to end when the plan is stopped. */
const partingTime = 30_000

/** Ends all agents of a plan that is stopped; what each used is said, and what it did can be begun again. */
export const stopAll = (run: PlanRun, desk: Desk) =>
  Effect.gen(function* () {
    const tasks = [...desk.running.values()]
    yield* Effect.forEach(tasks, (task) => Effect.ignore(run.engine.cancel(keyOf(task))), {
      concurrency: "unbounded",
      discard: true
    })
    const drained = Effect.gen(function* () {
      for (;;) {
        yield* hearAll(run, desk)
        if (desk.running.size === 0) return
        yield* Queue.take(desk.news)
      }
    })
    yield* Effect.timeoutOption(Effect.interruptible(drained), partingTime)
    for (const [, outcomes] of desk.ended) {
      const [first] = outcomes
      if (first === undefined) continue
      yield* settle(run, { ...first, status: "failed", reason: "the plan was stopped" }, outcomes)
      yield* Effect.forEach(outcomes, (one) => dismissed(run, one), { discard: true })
    }
  }).pipe(Effect.ignoreLogged)
