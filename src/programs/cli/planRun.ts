/** `plan`: a goal becomes steps, a person approves them, agents carry them out. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { reportLines } from "../../domain/mesh/planReport.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { PromptPart } from "../../domain/model/Message.ts"
import { planLines } from "../../domain/planner/planLines.ts"
import { stepOf } from "../../domain/session/evolvePlan.ts"
import { detach, groundOf, inOwn, ownBackground, pipedOnce } from "./background.ts"
import { cassette } from "./cassettes.ts"
import { conclude, early } from "./conclude.ts"
import { Io } from "./Io.ts"
import { openSession } from "./openSession.ts"
import { promptParts } from "./promptParts.ts"
import { CliError, exit, usage } from "./report.ts"
import { tellOthers } from "./running.ts"
import { chosen, type RunChoices, type RunFlags } from "./runOptions.ts"
import { namedOrFirst } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { watchedTurn } from "./watchedTurn.ts"
import { jsonLine } from "./words.ts"
import { inWorld, type Phases, type State } from "./world.ts"

/** What `run` has and `plan` has not. */
type OnlyRun = "mode" | "agent" | "last" | "session" | "fork" | "record" | "replay" | "plan" | "noPlan"

/** The flags of `plan`. */
export interface PlanFlags extends Omit<RunFlags, OnlyRun> {
  readonly execute: boolean
}

const asRun = (flags: Omit<PlanFlags, "execute">): RunFlags => ({
  ...flags,
  mode: Option.none(),
  agent: Option.none(),
  last: false,
  session: Option.none(),
  fork: false,
  record: Option.none(),
  replay: Option.none(),
  plan: true,
  noPlan: false
})

type Parts = readonly [PromptPart, ...ReadonlyArray<PromptPart>]

/** A session that has a plan. */
export type HasPlan = State & { readonly plan: NonNullable<State["plan"]> }

/** Whether a session has a plan. */
export const hasPlan = (state: State): state is HasPlan => state.plan !== undefined

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
export const askPlan = (
  id: SessionId,
  choices: Pick<RunChoices, "attended" | "options">,
  question = "Approve plan? [y/n, or what is wrong with it] "
) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    if (choices.options.yes === true) {
      yield* mesh.submit(id, { type: "ApprovePlan", by: "yes" })
      return true
    }
    if (!choices.attended) return undefined
    const line = Option.getOrElse(yield* io.ask(question), () => "n").trim()
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

/** What a plan came to that was shown to somebody: it may be carried out, or all is said. */
type Shown = { readonly approved: SessionId } | { readonly code: number }

/** Approves a plan where that is still to be done. */
const approved = (state: State, choices: RunChoices) =>
  Effect.gen(function* () {
    const said = state.plan?.status === "proposed" ? yield* askPlan(state.id, choices) : true
    if (said === undefined) return yield* Effect.fail(nobody(state.id))
    return (said ? { approved: state.id } : { code: exit.refused }) satisfies Shown
  })

const proposed = (flags: RunFlags, execute: boolean, choices: RunChoices, parts: Parts, root: string, phases: Phases) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const began = io.uptime()
    const session = yield* openSession(flags, choices, root)
    yield* tellOthers(root, session.id)
    const options = session.named ? { ...choices.options, model: session.model } : choices.options
    const prompt = { type: "Prompt" as const, parts, options, whenBusy: "refuse" as const }
    const watched = yield* watchedTurn(session, prompt, choices, phases)
    const state = yield* mesh.show(session.id)
    if (!hasPlan(state)) {
      if (state.last?.status !== "done") return { code: yield* conclude(session.id, choices, watched, began) }
      yield* io.err(`${visible(watched.answer.join(""))}\n`)
      return yield* Effect.fail(
        new CliError("The model proposed no plan.", "Say more of the goal, or choose another model.", exit.failed)
      )
    }
    yield* tell(state, choices)
    if (execute) return yield* approved(state, choices)
    const said = yield* askPlan(session.id, choices)
    if (said !== false) yield* io.err(goOn(session.id))
    return { code: said === false ? exit.refused : exit.done }
  })

/** Makes a plan, or takes the one of the session that this process was started for. */
const made = (flags: RunFlags, execute: boolean, choices: RunChoices, parts: Parts, own: SessionId | undefined) => {
  const anew = (root: string, phases: Phases) => proposed(flags, execute, choices, parts, root, phases)
  if (own === undefined) return anew
  return (root: string, phases: Phases) =>
    Effect.gen(function* () {
      const state = yield* (yield* CodeMesh).show(own)
      return hasPlan(state) ? yield* approved(state, choices) : yield* anew(root, phases)
    })
}

/** A plan that is made in a process of its own is begun there; one that a person approves is carried out there. */
const away = (flags: RunFlags, execute: boolean, choices: RunChoices, call: Invocation) =>
  Effect.gen(function* () {
    const { io, text } = yield* pipedOnce(call.operands.length === 0 && flags.files.length === 0)
    const parts = yield* Effect.provideService(promptParts(call.operands, flags.files), Io, io)
    const tape = yield* cassette(flags)
    const asks = execute && choices.options.yes !== true
    const ground = yield* inWorld(call, { ...tape, flags: choices.settings }, (root, phases) =>
      Effect.gen(function* () {
        if (!asks) return yield* groundOf((yield* openSession(flags, choices, root)).id, root)
        const shown = yield* proposed(flags, execute, choices, parts, root, phases)
        return "approved" in shown ? yield* groundOf(shown.approved, root) : shown.code
      })
    )
    return typeof ground === "number" ? ground : yield* detach(ground, text, choices, call)
  })

/** Makes a plan of a prompt, here or in the background; `execute` carries it out once it is approved. */
export const planned = (given: RunFlags, execute: boolean, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const own = yield* ownBackground
    const flags = own === undefined ? given : inOwn(given, own)
    const choices = yield* chosen(flags, io.attended)
    if (flags.background && own === undefined)
      return yield* Effect.catchAll(away(flags, execute, choices, call), early(choices))
    const parts = yield* promptParts(call.operands, flags.files)
    const tape = yield* cassette(flags)
    return yield* inWorld(call, { ...tape, flags: choices.settings }, (root, phases) =>
      Effect.gen(function* () {
        const began = io.uptime()
        const shown = yield* made(flags, execute, choices, parts, own)(root, phases)
        return "approved" in shown ? yield* carryOut(shown.approved, choices, phases, began) : shown.code
      }).pipe(Effect.catchAll(early(choices)))
    )
  })

/** Makes a plan; `--execute` carries it out once it is approved. */
export const plan = ({ execute, ...flags }: PlanFlags, call: Invocation) => planned(asRun(flags), execute, call)

/** The named session with its plan, else the newest of the folder that has one. */
export const planOf = (word: string | undefined, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const state = yield* mesh.show(yield* namedOrFirst(word, root, hasPlan))
    if (hasPlan(state)) return state
    return yield* Effect.fail(usage(`${state.id} has no plan.`, "`code-mesh plan GOAL` makes one."))
  })

/** Carries out a plan that was proposed, or goes on with one that was stopped or failed; here or in the background. */
export const resume = (flags: Omit<PlanFlags, "execute" | "files" | "model" | "reasoning">, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const own = yield* ownBackground
    const none = { model: Option.none(), reasoning: Option.none(), files: [] }
    const choices = yield* chosen(asRun({ ...flags, ...none }), io.attended)
    const ready = (root: string) =>
      Effect.gen(function* () {
        const state = yield* planOf(own ?? call.operands[0], root)
        if (state.plan.status === "proposed") yield* io.err(visible(shownPlan(state)))
        return yield* approved(state, choices)
      })
    if (flags.background && own === undefined) {
      const ground = yield* inWorld(call, { flags: choices.settings }, (root) =>
        Effect.gen(function* () {
          const shown = yield* ready(root)
          return "approved" in shown ? yield* groundOf(shown.approved, root) : shown.code
        })
      )
      return typeof ground === "number" ? ground : yield* detach(ground, "", choices, call)
    }
    return yield* inWorld(call, { flags: choices.settings }, (root, phases) =>
      Effect.gen(function* () {
        const shown = yield* ready(root)
        return "approved" in shown ? yield* carryOut(shown.approved, choices, phases, io.uptime()) : shown.code
      })
    )
  })
