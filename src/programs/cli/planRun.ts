/** `plan`: a goal becomes steps, a person approves them, agents carry them out. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { reportLines } from "../../domain/mesh/planReport.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { PromptPart } from "../../domain/model/Message.ts"
import { planLines } from "../../domain/planner/planLines.ts"
import { stepOf } from "../../domain/session/evolvePlan.ts"
import { conclude, early } from "./conclude.ts"
import { Io } from "./Io.ts"
import { openSession } from "./openSession.ts"
import { promptParts } from "./promptParts.ts"
import { CliError, exit, usage } from "./report.ts"
import { chosen, type RunChoices, type RunFlags } from "./runOptions.ts"
import { namedOrFirst } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { watchedTurn } from "./watchedTurn.ts"
import { jsonLine } from "./words.ts"
import { inWorld, type Phases, type State } from "./world.ts"

/** The flags of `plan`. */
export interface PlanFlags
  extends Omit<RunFlags, "mode" | "agent" | "last" | "session" | "fork" | "record" | "replay"> {
  readonly execute: boolean
}

const asRun = (flags: PlanFlags): RunFlags => ({
  ...flags,
  mode: Option.some("plan"),
  agent: Option.none(),
  last: false,
  session: Option.none(),
  fork: false,
  record: Option.none(),
  replay: Option.none()
})

/** A session that has a plan. */
export type HasPlan = State & { readonly plan: NonNullable<State["plan"]> }

const hasPlan = (state: State): state is HasPlan => state.plan !== undefined

/** A plan as programs read it. */
export const planJson = (state: HasPlan) => ({
  session: state.id,
  status: state.plan.status,
  goal: state.plan.plan.goal,
  steps: state.plan.plan.steps.map((step) => {
    const { agent, attempts, phase, result, usage: used } = stepOf(state.plan, step.id)
    return { ...step, phase, attempts, agent: agent ?? null, result: result ?? null, usage: used }
  })
})

/** A plan as people read it: its steps, or what became of them. */
export const shownPlan = (state: HasPlan): string =>
  `${[
    `Goal: ${state.plan.plan.goal}`,
    ...(state.plan.steps.size === 0 ? planLines(state.plan.plan) : reportLines(state.plan)),
    `Plan: ${state.plan.status}`
  ].join("\n")}\n`

/** A plan after its proposal: on stdout, where the answer of a run would be. */
const tell = (state: HasPlan, choices: RunChoices) =>
  Effect.flatMap(Io, (io) => {
    if (choices.format === "text") return io.out(visible(shownPlan(state)))
    return io.out(jsonLine(choices.format === "json" ? planJson(state) : { type: "plan", ...planJson(state) }))
  })

const goOn = (id: SessionId): string => `\`code-mesh plan resume ${id}\` carries it out.\n`

/** What is said of a plan that waits: yes, no, or why not. Nothing where nobody is there. */
const asked = (id: SessionId, choices: RunChoices) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    if (choices.options.yes === true) {
      yield* mesh.submit(id, { type: "ApprovePlan", by: "yes" })
      return true
    }
    if (!choices.attended) return undefined
    const line = Option.getOrElse(yield* io.ask("Approve plan? [y/n, or what is wrong with it] "), () => "n").trim()
    if (/^y(es)?$/i.test(line)) {
      yield* mesh.submit(id, { type: "ApprovePlan" })
      return true
    }
    const reason = /^(no?)?$/i.test(line) ? {} : { reason: line }
    yield* mesh.submit(id, { type: "RejectPlan", ...reason })
    yield* io.err("The plan is rejected; nothing was changed.\n")
    return false
  })

const nobody = (id: SessionId) =>
  new CliError(
    "The plan was not approved: nobody is at the terminal to be asked.",
    `\`code-mesh plan resume ${id} --yes\` approves it and carries it out.`,
    exit.refused
  )

const carryOut = (id: SessionId, choices: RunChoices, phases: Phases, began: number) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { seq: after } = yield* mesh.show(id)
    const { mode: _mode, ...options } = choices.options
    const watched = yield* watchedTurn({ id, after }, { type: "ExecutePlan", options }, choices, phases)
    return yield* conclude(id, choices, watched, began)
  })

/** Approves where that is still to be done, and carries out; answers the exit code. */
const approvedAndDone = (state: State, choices: RunChoices, phases: Phases, began: number) =>
  Effect.gen(function* () {
    const said = state.plan?.status === "proposed" ? yield* asked(state.id, choices) : true
    if (said === undefined) return yield* Effect.fail(nobody(state.id))
    return said ? yield* carryOut(state.id, choices, phases, began) : exit.refused
  })

const proposed = (
  flags: PlanFlags,
  choices: RunChoices,
  parts: readonly [PromptPart, ...ReadonlyArray<PromptPart>],
  root: string,
  phases: Phases
) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const began = io.uptime()
    const session = yield* openSession(asRun(flags), choices, root)
    const options = session.named ? { ...choices.options, model: session.model } : choices.options
    const prompt = { type: "Prompt" as const, parts, options, whenBusy: "refuse" as const }
    const watched = yield* watchedTurn(session, prompt, choices, phases)
    const state = yield* mesh.show(session.id)
    if (!hasPlan(state)) {
      if (state.last?.status !== "done") return yield* conclude(session.id, choices, watched, began)
      yield* io.err(`${visible(watched.answer.join(""))}\n`)
      return yield* Effect.fail(
        new CliError("The model proposed no plan.", "Say more of the goal, or choose another model.", exit.failed)
      )
    }
    yield* tell(state, choices)
    if (flags.execute) return yield* approvedAndDone(state, choices, phases, began)
    const said = yield* asked(session.id, choices)
    if (said !== false) yield* io.err(goOn(session.id))
    return said === false ? exit.refused : exit.done
  })

/** Makes a plan; `--execute` carries it out once it is approved. */
export const plan = (flags: PlanFlags, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const choices = yield* chosen(asRun(flags), io.attended)
    const parts = yield* promptParts(call.operands, flags.files)
    return yield* inWorld(call, { flags: choices.settings }, (root, phases) =>
      Effect.catchAll(proposed(flags, choices, parts, root, phases), early(choices))
    )
  })

/** The named session with its plan, else the newest of the folder that has one. */
export const planOf = (word: string | undefined, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const state = yield* mesh.show(yield* namedOrFirst(word, root, hasPlan))
    if (hasPlan(state)) return state
    return yield* Effect.fail(usage(`${state.id} has no plan.`, "`code-mesh plan GOAL` makes one."))
  })

/** Carries out a plan that was proposed, or goes on with one that was stopped or failed. */
export const resume = (flags: Omit<PlanFlags, "execute" | "files" | "model" | "reasoning">, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const none = { model: Option.none(), reasoning: Option.none(), files: [], execute: true }
    const choices = yield* chosen(asRun({ ...flags, ...none }), io.attended)
    return yield* inWorld(call, { flags: choices.settings }, (root, phases) =>
      Effect.gen(function* () {
        const state = yield* planOf(call.operands[0], root)
        if (state.plan.status === "proposed") yield* io.err(visible(shownPlan(state)))
        return yield* approvedAndDone(state, choices, phases, io.uptime())
      })
    )
  })
