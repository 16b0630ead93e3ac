/** What a turn works with: looked up once when it starts, and recorded, so that a replay finds the same. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { Digest } from "../../ports/Digest.ts"
import { Host } from "../../ports/Host.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Shell } from "../../ports/Shell.ts"
import { type Copy, WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Frame } from "../context/ContextWindow.ts"
import { modeNamed } from "../context/modes.ts"
import { roleNames } from "../context/role.ts"
import { within } from "../context/within.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { TurnOptions } from "../model/Command.ts"
import { BaseMode, type Config } from "../model/Config.ts"
import type { Ensemble } from "../model/Ensemble.ts"
import type { ApplyMode, Fact } from "../model/Event.ts"
import { canonical } from "../model/Json.ts"
import type { SessionBudget } from "../model/Limits.ts"
import type { Model, ModelName } from "../model/Model.ts"
import type { Rule } from "../model/Rule.ts"
import type { Account } from "../session/Account.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { stagedFacts } from "../staging/unsaid.ts"
import { confinedBy, inForce } from "../tools/confined.ts"
import type { Teammate } from "../tools/Teammate.ts"
import { type AnyTool, ToolFailure } from "../tools/Tool.ts"
import { talk } from "../tools/talk.ts"
import { answersAs, chooseModel } from "./chosenModel.ts"
import { ensembleIn } from "./council.ts"
import { type Delegate, type Delegator, usualWidth } from "./Delegating.ts"
import { outfit } from "./outfit.ts"
import { affords, budgetIn } from "./payer.ts"
import type { DispatchInput } from "./permit.ts"

/** What a turn finds around it: all of it is recorded when the turn starts, so that a replay finds the same. */
export interface Surroundings {
  readonly model: Model
  readonly mode: string
  /** The built-in mode whose limits hold, where the mode is another one. */
  readonly base?: string
  readonly apply: ApplyMode
  readonly system: string
  readonly specs: ReadonlyArray<ToolSpec>
  readonly tools: ReadonlyArray<AnyTool>
  readonly rules: ReadonlyArray<Rule>
  /** How commands are confined in fact. */
  readonly confinement: string
  readonly home: string
  readonly prefix: string
  readonly compacts: boolean
  /** The declared models that may stand in where the model does not answer, and those that are asked as well. */
  readonly fallback: ReadonlyArray<ModelName>
  readonly ensemble?: Ensemble
  /** The route that chose the model, where one did. */
  readonly route?: string
  /** How the model is to answer, and what of that it does not take. */
  readonly answers: ReturnType<typeof answersAs>
  /** The budget that holds beside the limits of the prompt. */
  readonly budget?: SessionBudget
}

/** A session with a prompt that waits for its answer, and how the turn is to be run. */
export interface AgentInput {
  readonly handle: SessionHandle
  readonly options: TurnOptions
  readonly config: Config
  /** The budget of whoever began this agent: it pays as well. */
  readonly account?: Account
  /** The agents that it works with, where there are some. */
  readonly team?: Teammate
  /** How it gives work to other agents, where it can. */
  readonly delegate?: (from: Delegator) => Delegate
  /** What a log says of the turn, when it is replayed. */
  readonly recorded?: Surroundings
}

/** The rules of a configuration in one list. */
export const rulesOf = (config: Config): ReadonlyArray<Rule> => {
  const { allow = [], ask = [], deny = [], rules = [] } = config.permission ?? {}
  const as = (decision: Rule["decision"]) => (rule: string) => ({ decision, rule })
  return [...deny.map(as("deny")), ...ask.map(as("ask")), ...allow.map(as("allow")), ...rules]
}

/** What one turn works with. */
export interface TurnWorld {
  readonly input: AgentInput
  readonly compacts: boolean
  readonly turn: number
  readonly frame: Frame
  readonly budget: SessionBudget | undefined
  /** The frame for another model. */
  readonly frameFor: (model: Model) => Frame
  /** The models that may stand in, and those that were asked in this turn. */
  readonly fallback: ReadonlyArray<ModelName>
  readonly tried: ReadonlySet<ModelName>
  /** The models that are asked for their answers as well, where they are. */
  readonly ensemble: Ensemble | undefined
  readonly dispatch: DispatchInput
  readonly partial: Ref.Ref<string>
  readonly taken: Set<string>
}

/** A model with no more of a window than the settings give it. */
export const capped = (config: Config, model: Model): Model => ({
  ...model,
  context: Math.min(model.context, config.context?.max ?? model.context)
})

/** The sandbox that was asked for cannot start here: the run ends before it begins. */
export class SandboxUnavailable extends Schema.TaggedError<SandboxUnavailable>()("SandboxUnavailable", {
  mode: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `The sandbox that was asked for (${this.mode}) cannot start here, so nothing was run: ${this.reason}`
  }
}

/** What will confine commands, in words; a sandbox that somebody asked for is there, or the turn fails. */
const confine = (config: Config) =>
  Effect.gen(function* () {
    const { sandbox } = confinedBy(config)
    const { kind, note } = yield* (yield* Shell).confinement(sandbox)
    if (kind === "none" && (sandbox === "workspace" || sandbox === "strict"))
      return yield* new SandboxUnavailable({ mode: sandbox, reason: note })
    return inForce(config, kind)
  })

/** Looks around: the model, the instructions, the tools, the rules and the sandbox that hold for a turn. */
export const survey = ({ config, handle, options, team }: AgentInput) =>
  Effect.gen(function* () {
    const host = yield* Host
    const state = yield* handle.state
    const named = yield* modeNamed(config, options.mode ?? state.mode)
    const wanted = { mode: named, rules: [...rulesOf(config), ...named.rules, ...(options.rules ?? [])] }
    const { mode, rules } = options.within === undefined ? wanted : within(options.within, wanted)
    const { name, route } = yield* chooseModel(config, state, options, mode.model)
    const models = yield* LanguageModel
    const describe = (one: ModelName) => Effect.map(models.describe(one), (found) => capped(config, found))
    const model = yield* describe(name)
    const { specs, system, tools } = yield* outfit(state.root, config, mode, model, team === undefined ? [] : talk)
    const confinement = yield* confine(config)
    const prefix = yield* (yield* Digest).sha256(system + canonical(specs))
    const budget = budgetIn(config, state)
    yield* affords(budget, state, model)
    const surroundings: Surroundings = {
      model,
      compacts: config.memory?.auto_summarize !== false,
      mode: mode.name,
      ...(mode.base === mode.name ? {} : { base: mode.base }),
      apply: options.apply ?? state.apply,
      system,
      specs,
      tools,
      rules,
      confinement,
      home: host.home,
      prefix,
      ...(budget === undefined ? {} : { budget }),
      fallback: (config.model?.fallback ?? []).filter((other) => other !== name),
      ...(yield* ensembleIn(config.model?.ensemble ?? {}, model, describe)),
      ...(route === undefined ? {} : { route }),
      answers: answersAs(config, model, mode.name, options.options)
    }
    return surroundings
  })

/** What stays the same from request to request of a turn. */
export const frameOf = ({ answers, model, specs, system }: Surroundings): Frame => {
  const { maxOutputTokens, ...options } = answers.options
  const most = maxOutputTokens === undefined ? {} : { maxOutput: maxOutputTokens }
  return { model, system, tools: specs, ...most, ...options }
}

const applyStaged = (handle: SessionHandle, copy: Copy, turn: number) =>
  Effect.gen(function* () {
    yield* copy.checkpoint((changes) =>
      Effect.flatMap(handle.state, (state) => handle.record(stagedFacts(state, turn, changes)))
    )
    if (Staging.waiting(yield* handle.state).length === 0) return
    if (!(yield* Staging.apply(handle)))
      return yield* new ToolFailure({
        kind: "conflict",
        reason:
          "The staged changes conflict with what stands in the real files now; nothing was applied and the command was not run."
      })
  }).pipe(
    Effect.catchTags({
      CopyFailed: (error) => new ToolFailure({ kind: "copy", reason: error.message }),
      FileError: (error) => new ToolFailure({ kind: error.kind, reason: error.message })
    }),
    Effect.catchIf(
      (error) => error._tag !== "ToolFailure",
      (error) => new ToolFailure({ kind: "store", reason: error.message })
    )
  )

/** The switch that a turn begins with: to the model of a route or of the prompt, or back to the session's own. */
const switchedAtStart = (state: SessionState, to: ModelName, route: string | undefined): ReadonlyArray<Fact> => {
  const from = state.standIn ?? state.model
  if (from !== to && route !== undefined)
    return [{ type: "model.switched", from, to, reason: `the route ${JSON.stringify(route)} matches`, route }]
  const reason = to === state.model ? "each turn begins with the model that was chosen" : "the prompt names it"
  return from === to ? [] : [{ type: "model.switched", from, to, reason }]
}

const startOf = (state: SessionState, around: Surroundings, options: TurnOptions): ReadonlyArray<Fact> => {
  const name = around.model.name
  const { answers, fallback, prefix, route, specs, system } = around
  const dropped = canonical(answers.dropped)
  return [
    ...switchedAtStart(state, name, route),
    {
      type: "turn.started",
      turn: state.turn,
      model: name,
      mode: around.mode,
      ...(around.base === undefined ? {} : { base: around.base }),
      apply: around.apply,
      rules: around.rules,
      sandbox: around.confinement,
      home: around.home,
      described: around.model,
      attended: options.attended ?? false,
      yes: options.yes ?? false,
      compacts: around.compacts,
      ...(fallback.length === 0 ? {} : { fallback }),
      ...(around.ensemble === undefined ? {} : { ensemble: around.ensemble }),
      ...(route === undefined ? {} : { route }),
      ...(Object.keys(answers.options).length === 0 ? {} : { options: answers.options }),
      ...(answers.dropped.length === 0 || dropped === state.dropped ? {} : { dropped: answers.dropped }),
      ...(around.budget === undefined ? {} : { budget: around.budget }),
      prefix,
      ...(prefix === state.prefix ? {} : { frame: { system, tools: specs } })
    }
  ]
}

const isBase = Schema.is(BaseMode)

/** How this turn gives work to others, within its own rights. */
const delegateOf = (
  input: AgentInput,
  around: Surroundings,
  copy: Copy,
  turn: number
): Pick<DispatchInput, "delegate"> => {
  const { config, delegate, handle, options } = input
  if (delegate === undefined) return {}
  const base = around.base ?? around.mode
  const rights = {
    base: isBase(base) ? base : "build",
    tools: around.tools.map(({ name }) => name),
    rules: around.rules
  }
  const { attended = false, yes = false } = options
  return { delegate: delegate({ handle, copy, turn, config, rights, asking: { attended, yes } }) }
}

/** Looks around, opens the working copy and records how the turn starts. */
export const open = (input: AgentInput) =>
  Effect.gen(function* () {
    const { config, handle, options } = input
    const around = input.recorded ?? (yield* survey(input))
    const copies = yield* WorkingCopies
    const state = yield* handle.state
    const copy = yield* copies.open(state.id, state.root)
    yield* handle.record(startOf(state, around, options))
    const world: TurnWorld = {
      input,
      compacts: around.compacts,
      turn: state.turn,
      frame: frameOf(around),
      budget: around.budget,
      frameFor: (model) =>
        frameOf({ ...around, model, answers: answersAs(config, model, around.mode, options.options) }),
      fallback: around.fallback,
      tried: new Set([around.model.name]),
      ensemble: around.ensemble,
      partial: yield* Ref.make(""),
      taken: new Set(callIds(state)),
      dispatch: {
        handle,
        turn: state.turn,
        tools: around.tools,
        copy,
        policy: { root: state.root, home: around.home, mode: around.base ?? around.mode },
        rules: around.rules,
        ...confinedBy(config),
        attended: options.attended ?? false,
        yes: options.yes ?? false,
        roles: roleNames(config),
        width: config.agents?.max_count ?? usualWidth,
        ...delegateOf(input, around, copy, state.turn),
        ...(input.team === undefined ? {} : { team: input.team }),
        applyStaged: Effect.provideService(applyStaged(handle, copy, state.turn), WorkingCopies, copies)
      }
    }
    return { world, broke: brokeSince(state, around.prefix, around.model.name) }
  })

const callIds = (state: SessionState): ReadonlyArray<string> => [
  ...state.goneCalls,
  ...Chunk.toReadonlyArray(state.entries).flatMap(({ part }) => (part.type === "tool-call" ? [part.id] : []))
]

const brokeSince = (state: SessionState, prefix: string, model: string): string | undefined => {
  if (state.prefix === "") return undefined
  if ((state.standIn ?? state.model) !== model) return "the model was switched"
  return state.prefix === prefix ? undefined : "the system prompt or the tools changed"
}
