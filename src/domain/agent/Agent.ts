/** Runs one turn of a session until it rests: ask the model, run its calls, again, until it is done or stopped. */

import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { Digest } from "../../ports/Digest.ts"
import { Host } from "../../ports/Host.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Shell } from "../../ports/Shell.ts"
import { type Copy, WorkingCopies } from "../../ports/WorkingCopies.ts"
import { compaction, type Frame, measure, nextRequest } from "../context/ContextWindow.ts"
import { assemble, systemFragments } from "../context/prompt.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import type { ApplyMode, Fact } from "../model/Event.ts"
import { canonical } from "../model/Json.ts"
import type { StopReason } from "../model/Message.ts"
import type { Model } from "../model/Model.ts"
import type { Rule } from "../model/Rule.ts"
import { closeCalls } from "../session/decide.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { type AnyTool, ToolFailure } from "../tools/Tool.ts"
import { offered, specOf, Toolbox } from "../tools/Toolbox.ts"
import { type DispatchInput, dispatch } from "./dispatch.ts"
import { step } from "./step.ts"
import {
  afterAnswer,
  ContextFull,
  failed,
  isLoop,
  LimitReached,
  LoopDetected,
  limitReached,
  ModelRefused,
  PermissionRefused
} from "./stop.ts"

/** What a turn finds around it: all of it is recorded when the turn starts, so that a replay finds the same. */
export interface Surroundings {
  readonly model: Model
  readonly mode: string
  readonly apply: ApplyMode
  readonly system: string
  readonly specs: ReadonlyArray<ToolSpec>
  readonly tools: ReadonlyArray<AnyTool>
  readonly rules: ReadonlyArray<Rule>
  /** How commands are confined in fact. */
  readonly confinement: string
  readonly home: string
  readonly prefix: string
}

/** A session with a prompt that waits for its answer, and how the turn is to be run. */
export interface AgentInput {
  readonly handle: SessionHandle
  readonly options: TurnOptions
  readonly config: Config
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
interface TurnWorld {
  readonly input: AgentInput
  readonly turn: number
  readonly frame: Frame
  readonly dispatch: DispatchInput
  readonly partial: Ref.Ref<string>
  readonly taken: Set<string>
}

/** Looks around: the model, the instructions, the tools, the rules and the sandbox that hold for a turn. */
const survey = ({ config, handle, options }: AgentInput) =>
  Effect.gen(function* () {
    const host = yield* Host
    const state = yield* handle.state
    const model = yield* (yield* LanguageModel).describe(options.model ?? state.model)
    const tools = offered((yield* Toolbox).tools, config)
    const specs = model.tools ? tools.map(specOf) : []
    const mode = options.mode ?? state.mode
    const instructions = yield* host.instructions(state.root)
    const system = assemble(systemFragments({ mode, platform: host.platform, root: state.root, instructions }))
    const confinement = yield* (yield* Shell).confinement(config.sandbox?.mode ?? "workspace")
    const prefix = yield* (yield* Digest).sha256(system + canonical(specs))
    const surroundings: Surroundings = {
      model,
      mode,
      apply: options.apply ?? state.apply,
      system,
      specs,
      tools,
      rules: [...rulesOf(config), ...(options.rules ?? [])],
      confinement: confinement.kind,
      home: host.home,
      prefix
    }
    return surroundings
  })

const frameOf = (config: Config, around: Surroundings): Frame => ({
  model: around.model,
  system: around.system,
  tools: around.specs,
  ...(config.model?.max_tokens === undefined ? {} : { maxOutput: config.model.max_tokens }),
  ...(config.model?.temperature === undefined ? {} : { temperature: config.model.temperature }),
  ...(config.context?.max === undefined ? {} : { cap: config.context.max })
})

const applyStaged = (handle: SessionHandle, copy: Copy, turn: number) =>
  Effect.gen(function* () {
    const changes = yield* copy.checkpoint
    if (changes.length > 0) yield* handle.record([{ type: "changes.staged", turn, changes }])
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

const startOf = (state: SessionState, around: Surroundings): ReadonlyArray<Fact> => {
  const name = around.model.name
  const { prefix, specs, system } = around
  return [
    ...(name === state.model
      ? []
      : [{ type: "model.switched" as const, from: state.model, to: name, reason: "the prompt names it" }]),
    {
      type: "turn.started",
      turn: state.turn,
      model: name,
      mode: around.mode,
      apply: around.apply,
      rules: around.rules,
      sandbox: around.confinement,
      home: around.home,
      described: around.model,
      prefix,
      ...(prefix === state.prefix ? {} : { frame: { system, tools: specs } })
    }
  ]
}

const open = (input: AgentInput) =>
  Effect.gen(function* () {
    const { config, handle, options } = input
    const around = input.recorded ?? (yield* survey(input))
    const copies = yield* WorkingCopies
    const state = yield* handle.state
    const copy = yield* copies.open(state.id, state.root)
    yield* handle.record(startOf(state, around))
    const world: TurnWorld = {
      input,
      turn: state.turn,
      frame: frameOf(config, around),
      partial: yield* Ref.make(""),
      taken: new Set(callIds(state)),
      dispatch: {
        handle,
        turn: state.turn,
        tools: around.tools,
        copy,
        policy: { root: state.root, home: around.home, mode: around.mode },
        rules: around.rules,
        sandbox: config.sandbox?.mode ?? "workspace",
        network: config.sandbox?.network ?? false,
        attended: options.attended ?? false,
        yes: options.yes ?? false,
        applyStaged: Effect.provideService(applyStaged(handle, copy, state.turn), WorkingCopies, copies)
      }
    }
    return { world, broke: brokeSince(state, around.prefix, around.model.name) }
  })

const callIds = (state: SessionState): ReadonlyArray<string> =>
  Chunk.toReadonlyArray(state.entries).flatMap(({ part }) => (part.type === "tool-call" ? [part.id] : []))

const brokeSince = (state: SessionState, prefix: string, model: string): string | undefined => {
  if (state.prefix === "") return undefined
  if (state.model !== model) return "the model was switched"
  return state.prefix === prefix ? undefined : "the system prompt or the tools changed"
}

/** Compacts where the window is nearly full; answers whether it did. */
const makeRoom = (world: TurnWorld) =>
  Effect.gen(function* () {
    const { handle } = world.input
    const state = yield* handle.state
    const { full } = yield* measure(state, world.frame)
    return full && world.input.config.memory?.auto_summarize !== false ? yield* compact(handle, world.frame) : false
  })

/** Replaces the older part of a conversation by its summary; answers whether there was anything to replace. */
const compact = (handle: SessionHandle, frame: Frame) =>
  Effect.gen(function* () {
    const fact = yield* compaction(yield* handle.state, frame)
    if (fact === undefined) return false
    yield* handle.record([fact])
    return true
  })

const request = (world: TurnWorld, number: number, broke: string | undefined) =>
  Effect.gen(function* () {
    const { handle } = world.input
    const { cut, request: next, tokens } = yield* nextRequest(yield* handle.state, world.frame)
    const why = broke ?? (cut ? "older messages were cut to fit the window" : undefined)
    const events = yield* handle.record([
      {
        type: "model.requested",
        turn: world.turn,
        step: number,
        model: world.frame.model.name,
        tokens,
        messages: next.messages.length,
        ...(why === undefined ? {} : { broke: why })
      }
    ])
    return { next, asked: events[0]?.seq ?? 0 }
  })

/** What the person said since a request was made. */
const steeredSince = (state: SessionState, asked: number): boolean =>
  Chunk.some(state.entries, (entry) => entry.from === "person" && entry.seq > asked)

const runCalls = (world: TurnWorld, calls: Parameters<typeof dispatch>[1], keys: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const settled = yield* dispatch(world.dispatch, calls)
    const refused = settled.find((one) => one.refusal !== undefined)
    if (refused?.refusal !== undefined)
      return yield* new PermissionRefused({ tool: refused.call.name, reason: refused.refusal.reason })
    const all = [...keys, ...settled.map(({ call, outcome }) => canonical([call.name, call.input, outcome]))].slice(-50)
    const last = settled[settled.length - 1]
    if (last !== undefined && isLoop(all)) return yield* new LoopDetected({ tool: last.call.name, times: 5 })
    return all
  })

const loop = (world: TurnWorld, first: string | undefined) =>
  Effect.gen(function* () {
    const { handle } = world.input
    let broke = first
    let keys: ReadonlyArray<string> = []
    let squeezed = false
    for (let number = 1; ; number++) {
      const limit = limitReached(yield* handle.state)
      if (limit !== undefined) return yield* limit
      if (yield* makeRoom(world)) broke = "the conversation was compacted"
      const { asked, next } = yield* request(world, number, broke)
      broke = undefined
      const { calls, stop } = yield* step(
        { handle, turn: world.turn, step: number, model: world.frame.model, request: next, partial: world.partial },
        world.taken
      )
      if (calls.length > 0) {
        keys = yield* runCalls(world, calls, keys)
        continue
      }
      const then = afterAnswer(stop)
      if (then === "refused") return yield* new ModelRefused({ model: world.frame.model.name })
      if (then === "full") {
        if (squeezed || !(yield* compact(handle, world.frame)))
          return yield* new ContextFull({ model: world.frame.model.name, window: world.frame.model.context })
        squeezed = true
        broke = "the conversation was compacted"
      } else if (then === "finished" && !steeredSince(yield* handle.state, asked)) return stop
    }
  })

const withTimeout = <A, E, R>(effect: Effect.Effect<A, E, R>, millis: number | undefined) =>
  millis === undefined
    ? effect
    : Effect.timeoutFail(effect, {
        duration: millis,
        onTimeout: () => new LimitReached({ limit: "timeout", value: millis })
      })

const stage = (world: TurnWorld) =>
  Effect.map(
    world.dispatch.copy.checkpoint,
    (changes): ReadonlyArray<Fact> =>
      changes.length === 0 ? [] : [{ type: "changes.staged", turn: world.turn, changes }]
  ).pipe(
    Effect.catchAll((error) =>
      Effect.succeed<ReadonlyArray<Fact>>([
        { type: "error.occurred", error: { name: error._tag, message: error.message } }
      ])
    )
  )

const cutShort = (world: TurnWorld) =>
  Effect.gen(function* () {
    const said = yield* Ref.get(world.partial)
    const state = yield* world.input.handle.state
    const partial: ReadonlyArray<Fact> =
      said === "" ? [] : [{ type: "part.text", turn: world.turn, text: said, partial: true }]
    return [
      ...partial,
      ...closeCalls(
        state,
        "The run was stopped while this call was running. Whether it had an effect is not known: look before doing it again.",
        "The run was stopped before this call was run. It had no effect."
      )
    ]
  })

/** An error that a turn can end with: its tag and its message. */
export type TurnError = { readonly _tag: string; readonly message: string }

const mistake = {
  _tag: "Defect",
  message: "The program made a mistake; what was recorded before holds. Please report it."
}

const endOf = (turn: number, exit: Exit.Exit<StopReason, TurnError>): Fact =>
  Exit.match(exit, {
    onSuccess: (stop) => ({ type: "turn.finished", turn, stop }),
    onFailure: (cause) => {
      if (Cause.isInterruptedOnly(cause)) return { type: "turn.interrupted", turn }
      return failed(
        turn,
        Option.getOrElse(Cause.failureOption(cause), () => mistake)
      )
    }
  })

/** Runs the turn that a prompt began. It always ends with one fact that says how, whatever happens. */
export const run = Effect.fn("Agent.turn")(function* (input: AgentInput) {
  const { handle } = input
  const state = yield* handle.state
  let world: TurnWorld | undefined
  const turn = Effect.gen(function* () {
    const opened = yield* open(input)
    world = opened.world
    return yield* loop(opened.world, opened.broke)
  })
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(restore(withTimeout(turn, state.limits.timeout)))
      const left = world === undefined ? [] : [...(yield* cutShort(world)), ...(yield* stage(world))]
      yield* handle.record([...left, endOf(state.turn, exit)])
      if (Exit.isFailure(exit) && Cause.isDie(exit.cause))
        yield* Effect.logError("A turn ended by a mistake", exit.cause)
    })
  )
})

/** Compacts a session that rests; answers whether there was anything to compact. */
export const compactNow = Effect.fn("Agent.compact")(function* (input: AgentInput) {
  return yield* compact(input.handle, frameOf(input.config, yield* survey(input)))
})
