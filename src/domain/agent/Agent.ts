/** Runs one turn of a session until it rests: ask the model, run its calls, again, until it is done or stopped. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ModelError, ModelRequest } from "../../ports/LanguageModel.ts"
import { compaction, type Frame, nextRequest, roomFor, withAged } from "../context/ContextWindow.ts"
import type { Fact } from "../model/Event.ts"
import { canonical } from "../model/Json.ts"
import type { StopReason } from "../model/Message.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import { thought } from "../session/thinking.ts"
import { cutShort, endOf, finish, recordStaged } from "./close.ts"
import { dispatch } from "./dispatch.ts"
import { failOver } from "./failOver.ts"
import { budgetIn, paid, timeOf } from "./payer.ts"
import { raced } from "./raced.ts"
import { step } from "./step.ts"
import {
  afterAnswer,
  ContextFull,
  limitReached,
  longestRound,
  loopIn,
  type Made,
  ModelRefused,
  mostPauses,
  mostRounds,
  PausedTooOften,
  PermissionRefused
} from "./stop.ts"
import { type AgentInput, frameOf, open, survey, type TurnWorld } from "./turnWorld.ts"

/** What was done where the window was nearly full: old results of tools give way first, then the conversation is summed up. */
interface Room {
  readonly broke?: string
  /** Results up to this event are left out from now on. */
  readonly aged?: number
}

const makeRoom = (world: TurnWorld) =>
  Effect.gen(function* () {
    const { handle } = world.input
    const room = yield* roomFor(yield* handle.state, world.frame)
    const made: Room = room.aged === undefined ? {} : { broke: agedOut, aged: room.aged }
    if (!room.full || !world.compacts) return made
    return (yield* compact(handle, world.frame)) ? { broke: compacted } : made
  })

/** Replaces the older part of a conversation by its summary; answers whether there was anything to replace. */
const compact = (handle: SessionHandle, frame: Frame) =>
  Effect.gen(function* () {
    const fact = yield* compaction(yield* handle.state, frame)
    if (fact === undefined) return false
    yield* handle.record([fact])
    return true
  })

const request = (world: TurnWorld, number: number, { aged, broke }: Room) =>
  Effect.gen(function* () {
    const { handle } = world.input
    for (;;) {
      const state = yield* handle.state
      const { counted, cut, request: next, tokens } = yield* nextRequest(withAged(state, aged), world.frame)
      const why = broke ?? (cut ? cutNow : state.cut ? wasCut : undefined)
      const fact: Fact = {
        type: "model.requested",
        turn: world.turn,
        step: number,
        model: world.frame.model.name,
        tokens,
        messages: next.messages.length,
        ...(cut ? { cut } : {}),
        ...(aged === undefined ? {} : { aged }),
        ...(counted === undefined ? {} : { counted }),
        ...(why === undefined ? {} : { broke: why })
      }
      // Something may have been said while the request was built: then it is built again.
      const [event] = yield* handle.record([fact], state.seq)
      if (event !== undefined) return { next, asked: event.seq }
    }
  })

const runCalls = (world: TurnWorld, calls: Parameters<typeof dispatch>[1], before: ReadonlyArray<Made>) =>
  Effect.gen(function* () {
    const settled = yield* dispatch(world.dispatch, calls)
    const refused = settled.find((one) => one.refusal !== undefined)
    if (refused?.refusal !== undefined)
      return yield* new PermissionRefused({ tool: refused.call.name, reason: refused.refusal.reason })
    const now = settled.map(
      ({ call, outcome }): Made => ({ tool: call.name, key: canonical([call.name, call.input, outcome]) })
    )
    const made = [...before, ...now].slice(-longestRound * mostRounds)
    const looping = loopIn(made)
    return looping === undefined ? made : yield* looping
  })

/** Gives the agent what others have told it, as words that follow; before it rests, only what cannot wait. */
const hear = ({ input, turn }: TurnWorld, rest = false) =>
  input.team?.collect(
    (text, from) => input.handle.record([{ type: "prompt.steered", turn, parts: [{ type: "text", text }], from }]),
    rest
  ) ?? Effect.void

/** What follows an answer without calls; answers why the next request breaks with this one, or that the turn is over. */
const afterWords = (world: TurnWorld, asked: number, stop: StopReason, squeezed: boolean) =>
  Effect.gen(function* () {
    const { model } = world.frame
    switch (afterAnswer(stop)) {
      case "refused":
        return yield* new ModelRefused({ model: model.name })
      case "again":
        return "again" as const
      case "full":
        if (squeezed || !(yield* compact(world.input.handle, world.frame)))
          return yield* new ContextFull({ model: model.name, window: model.context })
        return "compacted" as const
      case "finished":
        yield* hear(world, true)
        return (yield* finish(world, asked, stop)) ? ("over" as const) : ("again" as const)
    }
  })

const prepare = (world: TurnWorld, number: number, broke: string | undefined) =>
  Effect.gen(function* () {
    yield* hear(world)
    const limit = limitReached(yield* world.input.handle.state)
    if (limit !== undefined) return yield* limit
    const before: Room = broke === undefined ? {} : { broke }
    return yield* request(world, number, { ...before, ...(yield* makeRoom(world)) })
  })

/** What is asked: the request, its number in the turn, and what came before it. */
interface Asked {
  readonly number: number
  readonly next: ModelRequest
  /** The conversation was compacted for it. */
  readonly squeezed: boolean
  /** Tools have been called in this turn. */
  readonly called: boolean
}

/** Whether the turn is about its answer alone: it may not change anything, or has called no tool. */
const onlyAnswers = ({ dispatch }: TurnWorld, called: boolean): boolean =>
  !called || dispatch.policy.mode === "plan" || dispatch.policy.mode === "chat"

/**
 * Asks the model; a request that its provider finds too long is made again, once, after a compaction. Where the model does
 * not answer, answers the turn as it goes on with a declared one.
 */
const ask = (world: TurnWorld, { called, next, number, squeezed }: Asked) => {
  const { ensemble, fallback, frame, input, partial, taken, tried, turn } = world
  const spare = fallback.some((name) => !tried.has(name))
  const others = ensemble !== undefined && onlyAnswers(world, called) ? { ensemble } : {}
  const { handle } = input
  const asked = { handle, turn, step: number, model: frame.model, request: next, partial, spare, ...others }
  return step(asked, taken).pipe(
    Effect.catchIf(
      (error) => error._tag === "ModelError" && error.kind === "too_long" && world.compacts && !squeezed,
      (error) => squeeze(world, number, error)
    ),
    Effect.catchTag("ModelError", (error) => failOver(world, error))
  )
}

const squeeze = (world: TurnWorld, number: number, error: ModelError | WriteError) =>
  Effect.gen(function* () {
    const { handle } = world.input
    const fact = error._tag === "ModelError" ? yield* compaction(yield* handle.state, world.frame) : undefined
    if (fact === undefined || error._tag !== "ModelError") return yield* error
    const { kind, reason: message } = error
    yield* handle.record([
      { type: "model.retried", turn: world.turn, step: number, attempt: 1, kind, message, delay: 0 },
      fact
    ])
    return "squeezed" as const
  })

const loop = (opened: TurnWorld, first: string | undefined) =>
  Effect.gen(function* () {
    let world = opened
    let broke = first
    let made: ReadonlyArray<Made> = []
    let squeezed = false
    let pauses = 0
    for (let number = 1; ; number++) {
      const { asked, next } = yield* prepare(world, number, broke)
      const answer = yield* ask(world, { number, next, squeezed, called: made.length > 0 })
      if (answer === "squeezed") {
        squeezed = true
        broke = compacted
        continue
      }
      if ("frame" in answer) {
        world = answer
        squeezed = false
        broke = stoodIn
        continue
      }
      const { calls, stop } = answer
      broke = undefined
      pauses = stop === "pause" ? pauses + 1 : 0
      if (pauses > mostPauses) return yield* new PausedTooOften({ model: world.frame.model.name, times: pauses })
      if (calls.length > 0) {
        made = yield* runCalls(world, calls, made)
        continue
      }
      const then = yield* afterWords(world, asked, stop, squeezed)
      if (then === "over") return
      if (then === "compacted") {
        squeezed = true
        broke = compacted
      }
    }
  })

const compacted = "the conversation was compacted"
const agedOut = "old results of tools were left out"
const stoodIn = "the model was switched"
const cutNow = "older messages were cut to fit the window"
const wasCut = "what was cut before fits again"

/** Ends with the turn's time. An agent that works for another one gets back the time in which the person was asked. */
const timeUp = (handle: SessionHandle, { millis, reached }: NonNullable<ReturnType<typeof timeOf>>) =>
  Effect.gen(function* () {
    yield* Effect.sleep(millis)
    for (let given = 0; ; ) {
      const { parent, thinking } = yield* handle.state
      const more = thought(thinking, yield* Clock.currentTimeMillis) - given
      if (parent === undefined || more <= 0) return yield* reached
      given += more
      yield* Effect.sleep(more)
    }
  })

const withTimeout = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  handle: SessionHandle,
  time: ReturnType<typeof timeOf>
) => (time === undefined ? effect : raced(effect, timeUp(handle, time)))

/** Runs the turn that a prompt began. It always ends with one fact that says how, whatever happens. */
export const run = Effect.fn("Agent.turn")(function* (input: AgentInput) {
  const { handle } = input
  const state = yield* handle.state
  let world: TurnWorld | undefined
  const turn = Effect.gen(function* () {
    const opened = yield* open(input)
    world = opened.world
    const turns = loop(opened.world, opened.broke)
    // A log holds what its budgets did: run again, they are not asked.
    if (input.recorded !== undefined) return yield* turns
    const { budget, frame } = opened.world
    return yield* paid({ handle, above: input.account, budget, model: frame.model }, turns)
  })
  const budget = input.recorded === undefined ? budgetIn(input.config, state) : input.recorded.budget
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(restore(withTimeout(turn, handle, timeOf(state.limits, budget))))
      if (Exit.isSuccess(exit)) return
      const end = endOf(state.turn, exit.cause)
      if (world === undefined) yield* handle.record([end])
      else {
        const left = yield* cutShort(world)
        yield* recordStaged(handle, world.dispatch.copy, state.turn, (staged) =>
          handle.record([...left, ...staged, end])
        )
      }
      if (Cause.isDie(exit.cause)) yield* Effect.logError("A turn ended by a mistake", exit.cause)
    })
  )
})

/** Compacts a session that rests; answers whether there was anything to compact. */
export const compactNow = Effect.fn("Agent.compact")(function* (input: AgentInput) {
  const { handle } = input
  const around = yield* survey(input)
  const { budget, model } = around
  return yield* paid({ handle, above: input.account, budget, model }, compact(handle, frameOf(around)))
})
