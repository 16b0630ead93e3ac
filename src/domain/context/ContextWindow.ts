/** The state as the next request: counted, compacted when the window fills, and cut to fit whatever happens. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type { LanguageModel, ModelRequest } from "../../ports/LanguageModel.ts"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import type { ToolSpec } from "../model/Call.ts"
import type { FactOf } from "../model/Event.ts"
import type { Message } from "../model/Message.ts"
import { type Model, priced, priceOf, type Reasoning } from "../model/Model.ts"
import { calibrated } from "../session/learned.ts"
import type { Entry, SessionState } from "../session/State.ts"
import { transcript } from "../session/transcript.ts"
import { ageUpTo } from "./age.ts"
import {
  type Budget,
  budgetOf,
  frameTokens,
  messageTokens,
  partTokens,
  roughTokens,
  textOf,
  toolTexts
} from "./budget.ts"
import { checkedSummary, cutPoint, fallbackSummary, hasOld, pinned, summaryRequest } from "./compact.ts"
import { newestFrom, tokensByLength } from "./newest.ts"
import { summaryPrompt } from "./prompts/summaryPrompt.ts"
import { wholeAnswer } from "./wholeAnswer.ts"
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
  /** Our own count of all of it, where that was made by the tokenizer. */
  readonly counted?: number
}

/** Tokens of texts by one model's encoding; parts never change. */
const counted = new WeakMap<object, { readonly model: string; readonly tokens: number }>()

/** A count of texts as the provider would have it, our own that it is made from, and whether the tokenizer made all of that. */
interface Counter {
  readonly count: (text: string) => number
  readonly own: (text: string) => number
  readonly exact: boolean
}

/**
 * A count of every text at hand: rough where even that is far from the limit, else by the tokenizer, from the newest back
 * until twice the limit is reached. What stands before that cannot be sent anyway, and is counted roughly.
 */
const counter = (state: SessionState, frame: Frame, messages: ReadonlyArray<Message>, limit: number) =>
  Effect.gen(function* () {
    const { name } = frame.model
    const ratio = state.ratios[name]
    const rough = totalOf(frame, messages, roughTokens)
    const byRule: Counter = { count: roughTokens, own: roughTokens, exact: false }
    if (calibrated(ratio, rough) <= limit / 2) return byRule
    const tokenizer = yield* Tokenizer
    const known = new Map<string, number>()
    const learn = (text: string, of?: object) =>
      Effect.gen(function* () {
        const before = of === undefined ? undefined : counted.get(of)
        const tokens = before?.model === name ? before.tokens : yield* tokenizer.count(name, text)
        if (of !== undefined) counted.set(of, { model: name, tokens })
        known.set(text, tokens)
        return tokens
      })
    yield* learn(frame.system)
    for (const text of toolTexts(frame.tools)) yield* learn(text)
    let sum = 0
    let exact = true
    for (const part of messages.toReversed().flatMap((message) => message.parts.toReversed())) {
      exact = sum <= 2 * limit
      if (!exact) break
      sum += yield* learn(textOf(part), part)
    }
    const own = (text: string) => known.get(text) ?? roughTokens(text)
    const count = (text: string) => {
      const tokens = known.get(text)
      return tokens === undefined ? roughTokens(text) : calibrated(ratio, tokens)
    }
    const byTokenizer: Counter = { count, own, exact }
    return byTokenizer
  })

const totalOf = (frame: Frame, messages: ReadonlyArray<Message>, count: (text: string) => number): number =>
  frameTokens(frame.system, frame.tools, count) +
  messages.reduce((sum, message) => sum + messageTokens(message, count), 0)

/**
 * Tokens of the next request: what the provider counted for the one before and its answer, and a count of what came
 * since; without such a number, a count of everything, `full`. Never less than three quarters of that, or of our own
 * count where that is more: some providers say too little, and the room kept for the answer makes up for the rest. What
 * was learned from such a number may not take off a quarter more.
 */
const estimate = (
  state: SessionState,
  { full, own }: { readonly full: number; readonly own: number },
  count: (text: string) => number
): number => {
  const { measured } = state
  if (measured === undefined) return full
  let since = 0
  // What follows the newest answer that was counted, also what was said while it came.
  Chunk.toReadonlyArray(state.entries).findLast((entry) => {
    if (entry.from === "model" && entry.seq <= measured.upTo) return true
    since += 4 + partTokens(entry.part, count)
    return false
  })
  return Math.max(measured.tokens + since, Math.floor((Math.max(full, own) * 3) / 4))
}

const budgetFor = (frame: Frame): Budget => budgetOf(frame.model, frame.cap)

/**
 * How many tokens the next request would take. Of a conversation that takes many times the limit only the newest end is
 * looked at, from `from` on: more of it, until that alone is counted as too much by far, so that nothing else changes.
 */
const measure = (state: SessionState, frame: Frame) =>
  Effect.gen(function* () {
    const budget = budgetFor(frame)
    const entries = Chunk.toReadonlyArray(state.entries)
    for (let room = 8 * budget.compactAt; ; room *= 4) {
      const from = newestFrom(entries, state.aged, room)
      const messages = transcript(state, from)
      const by = yield* counter(state, frame, messages, budget.compactAt)
      const full = totalOf(frame, messages, by.count)
      if (from > 0 && full <= 4 * budget.compactAt) continue
      const own = totalOf(frame, messages, by.own)
      return { ...by, budget, from, messages, tokens: estimate(state, { full, own }, by.count) }
    }
  })

/** The state as it is once results up to an event are left out. */
export const withAged = (state: SessionState, aged: number | undefined): SessionState => {
  if (aged === undefined) return state
  const { measured: _measured, ...rest } = state
  return { ...rest, aged }
}

/**
 * Whether the window is nearly full: `aged` says up to where results of tools are to be left out first, `full` that what
 * is left is still too much, so that the conversation is to be compacted.
 */
export const roomFor = (state: SessionState, frame: Frame) =>
  Effect.gen(function* () {
    const { budget, count, tokens } = yield* measure(state, frame)
    if (tokens < budget.compactAt) return { full: false }
    const old = ageUpTo(state, budget.input, count)
    if (old === undefined) return { full: hasOld(state) }
    const left = yield* measure(withAged(state, old), frame)
    return { aged: old, full: left.tokens >= budget.compactAt && hasOld(state) }
  })

/** What no cut may lose, as a message of its own; none where there is nothing, or no room for it. */
const pinnedMessage = (state: SessionState, room: number, count: (text: string) => number): ReadonlyArray<Message> => {
  const text = pinned(state, [], Math.floor(room / 4))
  const message: Message = { role: "user", parts: [{ type: "text", text: `What still holds:\n\n${text}` }] }
  return text === "" || messageTokens(message, count) > room / 3 ? [] : [message]
}

/** The messages within the room: what does not fit is left out, but what is pinned is told again. */
const fitted = (
  state: SessionState,
  messages: ReadonlyArray<Message>,
  room: number,
  count: (text: string) => number
) => {
  const pins = pinnedMessage(state, room, count)
  const taken = pins.reduce((sum, message) => sum + messageTokens(message, count), 0)
  const fit = fitInto(messages, room - taken, count)
  const cut = fit.dropped + fit.shortened > 0
  return cut
    ? { messages: [...pins, ...fit.messages], tokens: fit.tokens + taken, cut }
    : { messages: fit.messages, tokens: fit.tokens, cut }
}

/** The next request; it never takes more than the budget. */
export const nextRequest = (state: SessionState, frame: Frame): Effect.Effect<Windowed, never, Tokenizer> =>
  Effect.gen(function* () {
    const { budget, count, exact, messages, own, tokens } = yield* measure(state, frame)
    const before = frameTokens(frame.system, frame.tools, count)
    const fits = tokens <= budget.input
    const fit = fits ? { messages, tokens, cut: false } : fitted(state, messages, budget.input - before, count)
    const output = Math.min(frame.maxOutput ?? budget.output, budget.output)
    return {
      tokens: fits ? tokens : fit.tokens + before,
      cut: fit.cut,
      ...(exact && !fit.cut ? { counted: totalOf(frame, fit.messages, own) } : {}),
      request: {
        model: frame.model.name,
        session: state.id,
        system: frame.system,
        messages: fit.messages,
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
    const words = Math.max(100, Math.min(800, Math.floor(room / 4)))
    const asked = fitInto([summaryRequest(old, words, 3 * room)], room, roughTokens).messages
    const request: ModelRequest = {
      model: frame.model.name,
      system: summaryPrompt,
      messages: asked,
      tools: [],
      maxOutput: Math.min(frame.model.output, words * 4)
    }
    const { end, text } = yield* wholeAnswer(request)
    return { text, usage: end?.usage }
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
    const { budget, count, from, tokens } = yield* measure(state, frame)
    const entries = Chunk.toReadonlyArray(state.entries)
    const cut = cutPoint(entries, Math.floor(budget.input / 4), count)
    if (cut === undefined) return undefined
    const most = Math.min(16_000, Math.floor(budget.input / 4) * 2)
    const told = yield* narrate(frame, withSummary(state, cut.old), Math.floor(budget.input * 0.7))
    const checked = checkedSummary(state, cut.old, told.text, most)
    const left = entries.slice(cut.old.length).reduce((sum, entry) => sum + partTokens(entry.part, count), 0)
    const summary = checked ?? fallbackSummary(state, withSummary(state, cut.old), most)
    return {
      type: "session.compacted",
      turn: Math.max(1, state.turn),
      upTo: cut.upTo,
      summary,
      by: checked === undefined ? "fallback" : "model",
      before: tokens + tokensByLength(entries.slice(0, from)),
      after: frameTokens(frame.system, frame.tools, count) + left + count(summary),
      ...(told.usage === undefined ? {} : { usage: priced(told.usage, priceOf(frame.model)) })
    }
  })

/** The summary before this one is part of what is summed up now. */
const withSummary = (state: SessionState, old: ReadonlyArray<Entry>): ReadonlyArray<Entry> =>
  state.summary === undefined
    ? old
    : [{ seq: 0, turn: 0, from: "program", part: { type: "text", text: state.summary } }, ...old]
