/** One try of a step: a session of its own in a working copy of its own, and the check of what it did. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { runTurns, type SubmitError, type TurnChoices } from "../agent/carryOut.ts"
import { textOf } from "../context/budget.ts"
import type { Change } from "../model/Change.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import { durationOf } from "../model/Duration.ts"
import type { Fact } from "../model/Event.ts"
import { freshSessionId, type SessionId } from "../model/Ids.ts"
import { noUsage, type Usage } from "../model/Message.ts"
import type { Step } from "../model/Plan.ts"
import { presets } from "../planner/roles.ts"
import { begin } from "../session/begin.ts"
import type { PlanState } from "../session/PlanState.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { briefOf, failedCheck, strayed } from "./brief.ts"
import { checked } from "./evidence.ts"
import { stray } from "./stray.ts"

/** What the agents of a plan share. */
export interface PlanRun {
  /** The session that holds the plan; what the steps do is merged into its copy. */
  readonly handle: SessionHandle
  readonly config: Config
  readonly options: TurnOptions
  /** What every agent is told of the settings, and the budget that all of them share. */
  readonly choices: TurnChoices
  /** Begins a session of an agent's own; it is open until the scope closes. */
  readonly begin: (id: SessionId, title: string) => Effect.Effect<SessionHandle, WriteError, Scope.Scope>
}

/** What a try came to. */
export type Tried = {
  readonly agent: SessionId
  readonly attempt: number
  readonly usage: Usage
  /** What its agent said last. */
  readonly result: string
} & (
  | { readonly ok: true; readonly status: "verified" | "unverified"; readonly changes: ReadonlyArray<Change> }
  | { readonly ok: false; readonly reason: string }
)

/** Milliseconds that an agent may take for an answer and all it does for it, where nobody says otherwise. */
const usualTime = 300_000

/** How often an agent is told that its check failed, or that it strayed, before its step is given up. */
const mostRounds = 3

const lastWords = (state: SessionState): string => {
  const said = Chunk.findLast(state.entries, ({ from, part }) => from === "model" && part.type === "text")
  return said._tag === "Some" ? textOf(said.value.part).trim() : ""
}

/** One prompt of the agent, to its end; answers why it did not end well, where it did not. */
const prompted = (run: PlanRun, agent: SessionHandle, step: Step, text: string) =>
  Effect.gen(function* () {
    const readOnly = presets.get(step.role)?.readOnly === true
    const { rules, yes } = run.options
    const options: TurnOptions = {
      mode: readOnly ? "plan" : "build",
      apply: "stage",
      attended: false,
      ...(rules === undefined ? {} : { rules }),
      ...(yes === undefined ? {} : { yes })
    }
    const timeout = durationOf(run.config.agents?.timeout ?? "") ?? usualTime
    yield* agent.record(begin(yield* agent.state, [{ type: "text", text }], { timeout, ...step.budget }))
    yield* runTurns(agent, options, run.choices)
    const { last } = yield* agent.state
    return last?.status === "done" ? undefined : (last?.error?.message ?? `its turn ended ${last?.status ?? "early"}`)
  })

/** What is wrong with what the agent did: where it strayed, or how its check failed. */
const faultOf = (run: PlanRun, agent: SessionHandle, step: Step) =>
  Effect.gen(function* () {
    const state = yield* agent.state
    const changes = Staging.waiting(state)
    const others = stray(step, changes)
    if (others.length > 0) return { told: strayed(others, step), why: `it changed ${others.join(", ")}` }
    if (!("run" in step.check)) return undefined
    const { config, handle, options } = run
    const at = { session: agent.id, root: state.root, step: step.id, rules: options.rules ?? [] }
    const record = yield* checked({ ...at, command: step.check.run, changes, config })
    yield* handle.record([record])
    return record.ok
      ? undefined
      : { told: failedCheck(record.command, record.output), why: `its check failed: ${record.command}` }
  })

/** Its rounds: a prompt, the check, and what was wrong as the next prompt. Answers why it came to nothing, if it did. */
const rounds = (run: PlanRun, agent: SessionHandle, step: Step, first: string) =>
  Effect.gen(function* () {
    let text = first
    let why = ""
    for (let round = 1; round <= mostRounds; round++) {
      const failed = yield* prompted(run, agent, step, text)
      if (failed !== undefined) return failed
      const fault = yield* faultOf(run, agent, step)
      if (fault === undefined) return undefined
      text = fault.told
      why = fault.why
    }
    return `${why}, ${mostRounds} times`
  })

const worked = (run: PlanRun, agent: SessionHandle, step: Step, first: string) =>
  Effect.gen(function* () {
    const before = yield* run.handle.state
    const staged = Staging.waiting(before)
    const copies = yield* WorkingCopies
    if (staged.length > 0) yield* copies.merge(agent.id, before.root, staged, "copy")
    const reason = yield* rounds(run, agent, step, first)
    const state = yield* agent.state
    const end = { agent: agent.id, usage: state.usage, result: lastWords(state) }
    if (reason !== undefined) return { ...end, ok: false as const, reason }
    const status: "verified" | "unverified" = "run" in step.check ? "verified" : "unverified"
    return { ...end, ok: true as const, status, changes: Staging.waiting(state) }
  })

/** What was used by a try that somebody stopped is said all the same. */
const stopped = (run: PlanRun, agent: SessionHandle, { id: step }: Step, attempt: number) =>
  Effect.flatMap(agent.state, ({ id, usage }) =>
    run.handle.record([{ type: "task.failed", step, attempt, agent: id, reason: "the plan was stopped", usage }])
  ).pipe(Effect.ignore)

/** What an agent changed is the plan's now, or nobody's: nothing of it waits to be applied from its own session. */
const handOver = (agent: SessionHandle) =>
  Effect.flatMap(agent.state, (state) => {
    const paths = Staging.waiting(state).map(({ path }) => path)
    return paths.length === 0 ? Effect.succeed([]) : agent.record([{ type: "changes.discarded", paths }])
  })

/**
 * Tries a step once; `note` says what went wrong before. Whatever stops it, its copy is dropped when it is over: what it
 * changed is kept by its content.
 */
export const tryStep = (run: PlanRun, plan: PlanState, step: Step, attempt: number, note: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { handle } = run
      const { model, root } = yield* handle.state
      const id = yield* freshSessionId
      const started: Fact = { type: "task.started", step: step.id, attempt, agent: id, role: step.role, model }
      const agent = yield* run.begin(id, `${step.id}: ${step.title}`)
      // Whoever hears of the agent may follow it: its session is there by then.
      yield* handle.record([started])
      const copies = yield* WorkingCopies
      yield* Effect.addFinalizer(() => Effect.ignore(Effect.zipRight(handOver(agent), copies.drop(id, root))))
      yield* Effect.addFinalizer((exit) =>
        Exit.isInterrupted(exit) ? stopped(run, agent, step, attempt) : Effect.void
      )
      const brief = briefOf(plan, step)
      const done = yield* worked(
        run,
        agent,
        step,
        note === "" ? brief : `${brief}\n\n## What went wrong before\n${note}`
      )
      return { ...done, attempt }
    }).pipe(
      Effect.catchAll(
        (error: SubmitError): Effect.Effect<Tried> =>
          Effect.succeed({
            agent: run.handle.id,
            attempt,
            usage: noUsage,
            result: "",
            ok: false,
            reason: error.message
          })
      ),
      Effect.map((tried): Tried => tried)
    )
  )
