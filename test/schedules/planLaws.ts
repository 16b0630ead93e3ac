/** Laws of plans: what holds of a plan's logs, copies and files, however its agents were scheduled and whatever died. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { chainHolds, everyCallAnswered, type Violation } from "../../src/adapters/memory/invariants.ts"
import type { Change } from "../../src/domain/model/Change.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import { canonical } from "../../src/domain/model/Json.ts"
import type { StepId } from "../../src/domain/model/Plan.ts"
import { inOrder, predecessors } from "../../src/domain/planner/graph.ts"
import { stepOf } from "../../src/domain/session/evolvePlan.ts"
import { ofType } from "../support/mesh.ts"
import type { Played } from "./explore.ts"
import { type CaseStep, type Deed, done, type PlanCase, startFiles } from "./planCase.ts"

const planLog = ({ logs, plan }: Played): ReadonlyArray<Event> => logs.get(plan) ?? []

/** The steps that the person cancelled. */
const cancelledIn = (played: Played): ReadonlySet<StepId> =>
  new Set(ofType(planLog(played), "task.cancelled").map(({ step }) => step))

/** What was cancelled is not begun, merged or given up after that. */
const cancelledStays = (played: Played): Violation | undefined => {
  const cancelled = new Set<StepId>()
  for (const event of planLog(played)) {
    if (event.type === "task.cancelled") cancelled.add(event.step)
    const isMore = event.type === "task.started" || event.type === "task.finished" || event.type === "task.failed"
    if (isMore && cancelled.has(event.step))
      return { law: "what is cancelled stays so", seq: event.seq, what: `${event.type} of ${event.step}` }
  }
  return undefined
}

/** Without faults that are left, every step comes to its end, and each was merged once. */
const nothingLost = (played: Played): Violation | undefined => {
  const law = "no step is lost"
  const { state } = played
  const { plan } = state
  const cancelled = cancelledIn(played)
  if (plan === undefined || (plan.status !== "done" && cancelled.size === 0))
    return { law, what: `the plan is ${plan?.status}: ${state.last?.error?.message}` }
  const before = predecessors(plan.plan.steps)
  for (const { check, id } of plan.plan.steps) {
    const { phase } = stepOf(plan, id)
    if (cancelled.has(id)) {
      if (phase !== "cancelled") return { law, what: `${id} was cancelled and is ${phase}` }
      continue
    }
    if ([...(before.get(id) ?? [])].some((it) => cancelled.has(it))) {
      if (phase !== "waiting") return { law, what: `${id} needs a step that was cancelled and is ${phase}` }
      continue
    }
    const wanted = "run" in check ? "verified" : "unverified"
    if (phase !== wanted) return { law, what: `${id} is ${phase}` }
    const merges = ofType(planLog(played), "task.finished").filter(({ step }) => step === id).length
    if (merges !== 1) return { law, what: `${id} was merged ${merges} times` }
  }
  return undefined
}

const treeName = (changes: ReadonlyArray<Change>): string =>
  createHash("sha256")
    .update(canonical(changes.map(({ after, path }) => [path, after?.kind ?? "none", after?.hash ?? ""])))
    .digest("hex")

/** What is verified has a check that passed over exactly what was merged. */
const evidenced = (played: Played): Violation | undefined => {
  const events = planLog(played)
  for (const event of ofType(events, "task.finished")) {
    if (event.status !== "verified") continue
    const own = ofType(events, "check.recorded").filter(
      ({ agent, seq, step }) => step === event.step && agent === event.agent && seq < event.seq
    )
    const last = own[own.length - 1]
    const tree = treeName(event.changes)
    if (last?.ok !== true || last.tree !== tree)
      return {
        law: "nothing is verified without its record",
        seq: event.seq,
        what: `${event.step}: ${last?.tree} is not ${tree}`
      }
  }
  return undefined
}

/** Each step is merged once all before it in the plan's order were merged, given up, or can't be begun. */
const mergedInOrder = (played: Played): Violation | undefined => {
  const steps = inOrder(played.state.plan?.plan.steps ?? [])
  const before = predecessors(steps)
  const settled = new Set<StepId>()
  for (const event of planLog(played)) {
    if (event.type === "task.failed" || event.type === "task.cancelled") settled.add(event.step)
    if (event.type !== "task.finished") continue
    settled.add(event.step)
    const at = steps.findIndex(({ id }) => id === event.step)
    const early = steps
      .slice(0, at)
      .find(({ id }) => !settled.has(id) && ![...(before.get(id) ?? [])].some((it) => settled.has(it)))
    if (early !== undefined)
      return { law: "merged in the plan's order", seq: event.seq, what: `${event.step} before ${early.id}` }
    const open = [...(before.get(event.step) ?? [])].find((it) => !settled.has(it))
    if (open !== undefined)
      return { law: "merged in the plan's order", seq: event.seq, what: `${event.step} needs ${open}` }
  }
  return undefined
}

/** Every agent asked its model, or its task says why it came to nothing. */
const noIdleAgents = (played: Played): Violation | undefined => {
  const events = planLog(played)
  for (const { agent, step } of ofType(events, "task.started")) {
    const asked = (played.logs.get(agent) ?? []).some(({ type }) => type === "model.requested")
    const told = events.some((it) => (it.type === "task.failed" || it.type === "task.cancelled") && it.step === step)
    const begunAnew = ofType(events, "task.started").filter((it) => it.step === step).length > 1
    if (!asked && !told && !begunAnew) return { law: "no agent without calls", what: `${agent} of ${step}` }
  }
  return undefined
}

/** In an execution with a limit of calls, no more were answered than that. */
const budgetKept = (played: Played): Violation | undefined => {
  const events = planLog(played)
  for (const turn of ofType(events, "prompt.submitted")) {
    const most = turn.limits?.turns
    if (most === undefined) continue
    const end = events.find((it) => it.seq > turn.seq && /^turn\.(finished|failed|interrupted)$/.test(it.type))
    // Also those that are only asked: peers, voters, the coordinator, the reviewer.
    const agents = ofType(events, "agent.spawned").filter(
      (it) => it.seq > turn.seq && it.seq < (end?.seq ?? Number.POSITIVE_INFINITY)
    )
    const calls = agents.reduce(
      // One that a dead program was at goes on in the next execution, which has no limit.
      (sum, { agent }) =>
        sum + ofType(played.logs.get(agent) ?? [], "model.answered").filter(({ at }) => at <= (end?.at ?? at)).length,
      0
    )
    if (calls > most) return { law: "the budget is kept", seq: turn.seq, what: `${calls} calls of ${most}` }
  }
  return undefined
}

const nothingLeft = (played: Played): Violation | undefined => {
  const left = played.copies.find((session) => session !== played.plan)
  if (left !== undefined) return { law: "no copy is left behind", what: left }
  for (const { agent } of ofType(planLog(played), "task.started")) {
    const last = played.logs.get(agent)?.findLast((it) => /^turn\./.test(it.type))
    if (last?.type === "turn.started") return { law: "nothing runs on", what: agent }
  }
  return undefined
}

/** Every order in which two lists can be done, each in its own. */
const interleaved = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const [first, ...rest] = a
  const [other, ...others] = b
  if (first === undefined || other === undefined) return [[...a, ...b]]
  return [
    ...interleaved(rest, b).map((all) => [first, ...all]),
    ...interleaved(a, others).map((all) => [other, ...all])
  ]
}

/** Every order of steps in which each follows all that it depends on. */
const topological = (steps: ReadonlyArray<CaseStep>): ReadonlyArray<ReadonlyArray<CaseStep>> =>
  steps.length === 0
    ? [[]]
    : steps
        .filter(({ dependsOn }) => !steps.some(({ id }) => dependsOn.includes(id)))
        .flatMap((first) => topological(steps.filter((it) => it !== first)).map((rest) => [first, ...rest]))

const sequential = (order: ReadonlyArray<ReadonlyArray<Deed>>): string => {
  const tree: Record<string, string | undefined> = { ...startFiles }
  for (const deed of order.flat()) tree[deed.file] = done(tree[deed.file], deed)
  return canonical(
    Object.entries(tree)
      .filter(([, text]) => text !== undefined)
      .sort()
  )
}

/** The files are what the steps make one after another, as they were merged, and the person between; or a conflict is told. */
const asIfInOrder = (one: PlanCase, played: Played): Violation | undefined => {
  const law = "the tree is some order of the steps"
  const own = played.edited.map((deed) => [deed])
  // Whichever of those who compete was chosen, it is the same deed.
  const unsigned = Object.entries(played.tree).map(([path, text]) => [path, text.replaceAll(/~\d+$/gm, "")])
  const tree = canonical(unsigned.sort())
  const { plan } = played.state
  const merged = one.steps.filter(
    ({ id }) => plan !== undefined && ["verified", "unverified"].includes(stepOf(plan, id).phase)
  )
  if (planLog(played).some(({ type }) => type === "changes.conflicted")) {
    const kept = sequential(own)
    return tree === kept ? undefined : { law, what: `a conflict was told, and ${tree} is not the person's ${kept}` }
  }
  // A deed that found nothing to do left no change: so any order counts in which each step follows what it depends on.
  const found = topological(merged).some((steps) =>
    interleaved(
      steps.map(({ deeds }) => deeds),
      own
    ).some((order) => sequential(order) === tree)
  )
  return found ? undefined : { law, what: `${tree} is no order of the steps and the person's edits` }
}

/** A step that several compete for is begun by all of them or not at all, also where there is room for one only. */
const mostAtOnce = ({ strategy, width }: PlanCase): number =>
  strategy === "pipeline" ? 1 : strategy === "swarm" ? width + 1 : width

/** The first law that a case broke, or nothing. */
export const broken = async (one: PlanCase, played: Played): Promise<Violation | undefined> => {
  if (played.replayed !== played.state.hash)
    return { law: "a plan's log replays", what: `${played.replayed} is not ${played.state.hash}` }
  if (played.most > mostAtOnce(one))
    return { law: "no more agents than the width", what: `${played.most} of ${mostAtOnce(one)}` }
  for (const events of played.logs.values()) {
    const found = everyCallAnswered(events) ?? (await Effect.runPromise(chainHolds(events)))
    if (found !== undefined) return found
  }
  return (
    nothingLost(played) ??
    evidenced(played) ??
    mergedInOrder(played) ??
    cancelledStays(played) ??
    noIdleAgents(played) ??
    budgetKept(played) ??
    asIfInOrder(one, played) ??
    nothingLeft(played)
  )
}

/** What a case came to as one text, the same wherever the same case is played. */
export const story = ({ logs }: Played): string =>
  canonical(
    [...logs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([session, events]) => [session, events.map(({ hash, type }) => [type, hash])])
  )
