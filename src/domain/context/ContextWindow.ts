/** The state as the next request: counted, compacted when the window fills, and cut to fit whatever happens. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LanguageModel, type ModelRequest, type TokenUsage } from "../../ports/LanguageModel.ts"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { FactOf } from "../model/Event.ts"
import type { Message } from "../model/Message.ts"
import { type Model, priced, priceOf, type Reasoning } from "../model/Model.ts"
import type { Entry, SessionState } from "../session/State.ts"
import { transcript } from "../session/transcript.ts"
import { type Budget, budgetOf, frameTokens, messageTokens, partTokens, roughTokens, textOf } from "./budget.ts"
import { checkedSummary, cutPoint, fallbackSummary, hasOld, summaryRequest } from "./compact.ts"
import { fitInto } from "./window.ts"

/** What stays the same from request to request of a turn. */
export interface Frame {
  readonly model: Model
  readonly system: string
  readonly tools: ReadonlyArray<ToolSpec>
  readonly maxOutput?: number
  readonly temperature?: number
  readonly topP?: number
  readonly reasoning?: Reasoning
  /** `context.max` of the configuration. */
  readonly cap?: number
}

/** A request that fits, and what it took to make it so. */
export interface Windowed {
  readonly request: ModelRequest
  readonly tokens: number
  readonly cut: boolean
}

const counted = new WeakMap<object, number>()

/** A count of every text at hand: rough where even that is far from the limit, else by the tokenizer. */
const counter = (frame: Frame, messages: ReadonlyArray<Message>, limit: number) =>
  Effect.gen(function* () {
    const rough = messages.reduce((sum, message) => sum + messageTokens(message, roughTokens), 0)
    if (rough + frameTokens(frame.system, frame.tools, roughTokens) <= limit / 2) return roughTokens
    const tokenizer = yield* Tokenizer
    const known = new Map<string, number>()
    for (const part of messages.flatMap((message) => message.parts)) {
      const text = textOf(part)
      const tokens = counted.get(part) ?? (yield* tokenizer.count(frame.model.name, text))
      counted.set(part, tokens)
      known.set(text, tokens)
    }
    return (text: string) => known.get(text) ?? roughTokens(text)
  })

/**
 * Tokens of the next request: what the provider counted for the one before and its answer, and a count of what came
 * since; without such a number, a count of everything. Never less than three quarters of the full count: some providers
 * say too little, and the room kept for the answer makes up for the rest.
 */
const estimate = (
  state: SessionState,
  frame: Frame,
  messages: ReadonlyArray<Message>,
  count: (text: string) => number
): number => {
  const full =
    frameTokens(frame.system, frame.tools, count) +
    messages.reduce((sum, message) => sum + messageTokens(message, count), 0)
  const { measured } = state
  if (measured === undefined) return full
  let since = 0
  // What follows the newest answer that was counted, also what was said while it came.
  for (const entry of Chunk.reverse(state.entries)) {
    if (entry.from === "model" && entry.seq <= measured.upTo) break
    since += 4 + partTokens(entry.part, count)
  }
  return Math.max(measured.tokens + since, Math.floor((full * 3) / 4))
}

const budgetFor = (frame: Frame): Budget => budgetOf(frame.model, frame.cap)

/** How many tokens the next request would take, and whether the conversation is to be compacted first. */
export const measure = (state: SessionState, frame: Frame) =>
  Effect.gen(function* () {
    const messages = transcript(state)
    const budget = budgetFor(frame)
    const count = yield* counter(frame, messages, budget.compactAt)
    const tokens = estimate(state, frame, messages, count)
    return { tokens, messages, count, budget, full: tokens >= budget.compactAt && hasOld(state) }
  })

/** The next request; it never takes more than the budget. */
export const nextRequest = (state: SessionState, frame: Frame): Effect.Effect<Windowed, never, Tokenizer> =>
  Effect.gen(function* () {
    const { budget, count, messages, tokens } = yield* measure(state, frame)
    const room = budget.input - frameTokens(frame.system, frame.tools, count)
    const fitted =
      tokens <= budget.input ? { messages, tokens, dropped: 0, shortened: 0 } : fitInto(messages, room, count)
    const output = Math.min(frame.maxOutput ?? budget.output, budget.output)
    return {
      tokens: tokens <= budget.input ? tokens : fitted.tokens + budget.input - room,
      cut: fitted.dropped + fitted.shortened > 0,
      request: {
        model: frame.model.name,
        system: frame.system,
        messages: fitted.messages,
        tools: frame.tools,
        maxOutput: output,
        ...(frame.temperature === undefined ? {} : { temperature: frame.temperature }),
        ...(frame.topP === undefined ? {} : { topP: frame.topP }),
        ...(frame.reasoning === undefined ? {} : { reasoning: frame.reasoning })
      }
    }
  })

const narrate = (frame: Frame, old: ReadonlyArray<Entry>, room: number) =>
  Effect.gen(function* () {
    const { stream } = yield* LanguageModel
    let text = ""
    let usage: TokenUsage | undefined
    const words = Math.max(100, Math.min(800, Math.floor(room / 4)))
    const asked = fitInto([summaryRequest(old, words)], room, roughTokens).messages
    const request: ModelRequest = {
      model: frame.model.name,
      system: "You sum up conversations between a person and a coding agent.",
      messages: asked,
      tools: [],
      maxOutput: Math.min(frame.model.output, words * 4)
    }
    yield* Stream.runForEach(stream(request), (part) =>
      Effect.sync(() => {
        if (part.type === "text") text += part.text
        if (part.type === "finish") usage = part.usage
      })
    )
    return { text, usage }
  }).pipe(
    Effect.timeout("90 seconds"),
    Effect.catchAll(() => Effect.succeed({ text: "", usage: undefined }))
  )

/**
 * The fact of a compaction, or nothing where there is no place to cut. The model sums up; where it fails, says nothing
 * or too much, the pinned facts and a list of the last steps stand in.
 */
export const compaction = (
  state: SessionState,
  frame: Frame
): Effect.Effect<FactOf<"session.compacted"> | undefined, never, LanguageModel | Tokenizer> =>
  Effect.gen(function* () {
    const { budget, count, tokens } = yield* measure(state, frame)
    const entries = Chunk.toReadonlyArray(state.entries)
    const cut = cutPoint(entries, Math.floor(budget.input / 4), count)
    if (cut === undefined) return undefined
    const most = Math.min(16_000, Math.floor(budget.input / 4) * 2)
    const told = yield* narrate(frame, withSummary(state, cut.old), Math.floor(budget.input * 0.7))
    const checked = checkedSummary(state, cut.old, told.text, most)
    const old = cut.old.reduce((sum, entry) => sum + partTokens(entry.part, count), 0)
    const summary = checked ?? fallbackSummary(state, withSummary(state, cut.old), most)
    return {
      type: "session.compacted",
      turn: Math.max(1, state.turn),
      upTo: cut.upTo,
      summary,
      by: checked === undefined ? "fallback" : "model",
      before: tokens,
      after: Math.max(0, tokens - old) + count(summary),
      ...(told.usage === undefined ? {} : { usage: priced(told.usage, priceOf(frame.model)) })
    }
  })

/** The summary before this one is part of what is summed up now. */
const withSummary = (state: SessionState, old: ReadonlyArray<Entry>): ReadonlyArray<Entry> =>
  state.summary === undefined
    ? old
    : [{ seq: 0, turn: 0, from: "program", part: { type: "text", text: state.summary } }, ...old]
