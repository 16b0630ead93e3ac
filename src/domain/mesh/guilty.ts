/** Finds the step with which a check first fails, where every step passed and all together do not. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { EventStore } from "../../ports/EventStore.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Change } from "../model/Change.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import type { Event } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import type { Plan, StepId } from "../model/Plan.ts"
import { evolve } from "../session/evolve.ts"
import type { SessionHandle } from "../session/Session.ts"
import { initial } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { bisect, type Probe } from "./bisect.ts"
import { checked } from "./evidence.ts"
import { furnish } from "./furnish.ts"

/** A tree on the way: all that waited in the plan's copy once this step was merged. */
export interface Merge {
  readonly step: StepId
  readonly agent: SessionId
  readonly changes: ReadonlyArray<Change>
}

/** The trees of a plan's log, one a merge, oldest first. */
export const mergesOf = (events: ReadonlyArray<Event>): ReadonlyArray<Merge> => {
  const [first] = events
  if (first === undefined) return []
  const merges: Array<Merge> = []
  let state = initial(first.session)
  for (const event of events) {
    state = evolve(state, event)
    if (event.type === "plan.proposed") merges.length = 0
    if (event.type === "task.finished")
      merges.push({ step: event.step, agent: event.agent, changes: Staging.waiting(state) })
  }
  return merges
}

/** Before the first step that names a check it says nothing; one that none names is asked of the bare tree too. */
export const meaningfulFrom = (plan: Plan, merges: ReadonlyArray<Merge>, command: string): number => {
  const naming = new Set(plan.steps.flatMap(({ check, id }) => ("run" in check && check.run === command ? [id] : [])))
  return merges.findIndex(({ step }) => naming.has(step)) + 1
}

/** What a bisection came to: the step with which the check first fails, and which trees were looked at on the way. */
export interface Blame {
  /** Absent where the check fails before any step, or where a tree could not be put together again. */
  readonly step?: StepId
  readonly ran: ReadonlyArray<{ readonly after?: StepId; readonly ok: boolean }>
}

interface Wanted {
  readonly handle: SessionHandle
  readonly config: Config
  readonly options: TurnOptions
}

/**
 * Runs the check over one tree. It is put together in the copy of the agent whose work it ends with, which is over: so
 * whoever cleans up after a program that died finds this copy too.
 */
const probe = ({ config, handle, options }: Wanted, tree: Merge, command: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { root } = yield* handle.state
      const copies = yield* WorkingCopies
      const { agent: session, changes } = tree
      yield* Effect.addFinalizer(() => Effect.ignore(copies.drop(session, root)))
      yield* furnish(session, root, changes)
      return (yield* checked({ session, root, command, changes, config, rules: options.rules ?? [] })).ok
    })
  ).pipe(Effect.catchTags({ CopyFailed: () => Effect.succeed(undefined), FileError: () => Effect.succeed(undefined) }))

const logOf = (session: SessionId) =>
  Effect.flatMap(EventStore, (store) => Effect.map(Stream.runCollect(store.read(session)), Chunk.toReadonlyArray))

/** The step with which `command` first fails; it has just failed over all of them. */
export const guilty = (wanted: Wanted, plan: Plan, command: string) =>
  Effect.gen(function* () {
    const merges = mergesOf(yield* logOf(wanted.handle.id))
    const from = meaningfulFrom(plan, merges, command)
    const probes: Array<Probe> = []
    const ran: Array<Blame["ran"][number]> = []
    for (;;) {
      const next = bisect(from, merges.length, probes)
      const [last] = merges.slice(-1)
      if (last === undefined) return { ran } satisfies Blame
      if ("first" in next) {
        const step = merges[next.first - 1]?.step
        return { ran, ...(step === undefined ? {} : { step }) } satisfies Blame
      }
      const tree = next.run === 0 ? { ...last, changes: [] } : (merges[next.run - 1] ?? last)
      const ok = yield* probe(wanted, tree, command)
      if (ok === undefined) return { ran } satisfies Blame
      probes.push({ steps: next.run, ok })
      ran.push({ ok, ...(next.run === 0 ? {} : { after: tree.step }) })
    }
  })

/** A bisection in one sentence. */
export const blameText = (command: string, { ran, step }: Blame): string => {
  const looked = ran.map(
    ({ after, ok }) => `${after === undefined ? "before all steps" : `after ${after}`} it ${ok ? "passes" : "fails"}`
  )
  const how = looked.length === 0 ? "" : ` (${looked.join(", ")})`
  return step === undefined
    ? `${command} fails, and no step is to blame for it${how}.`
    : `${command} first fails with ${step}${how}.`
}
