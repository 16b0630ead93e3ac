/** Folds one event into the state. Total: an event out of place changes what it can and nothing else. */
import * as Chunk from "effect/Chunk"
import * as HashMap from "effect/HashMap"
import type { Event, FactOf } from "../model/Event.ts"
import { canonical } from "../model/Json.ts"
import { noUsage } from "../model/Message.ts"
import { called, evolveBudget, settleLeft, spent, timed } from "./evolveBudget.ts"
import { evolveCalls } from "./evolveCalls.ts"
import { evolveChanges } from "./evolveChanges.ts"
import { evolveAgents, evolvePlan } from "./evolvePlan.ts"
import { learned } from "./learned.ts"
import { pinPrompt } from "./pins.ts"
import type { Entry, SessionState, TurnEnd } from "./State.ts"
import { say } from "./say.ts"
import { thinkingAfter } from "./thinking.ts"

/** What the person said while the model was answering follows the answer. */
const answered = (state: SessionState): SessionState => ({
  ...state,
  answering: false,
  entries: Chunk.appendAll(state.entries, Chunk.unsafeFromArray(state.steered)),
  steered: []
})

const ended = (state: SessionState, event: Event, last: TurnEnd): SessionState => ({
  ...answered(settleLeft(state)),
  ...timed(state, event.at),
  running: false,
  last,
  open: HashMap.empty(),
  asked: HashMap.empty(),
  questions: HashMap.empty()
})

const turn = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "prompt.submitted":
      return {
        ...state,
        turn: event.turn,
        running: true,
        queue: [],
        limits: event.limits ?? {},
        turnUsage: noUsage,
        turnSteps: 0,
        beganAt: event.at,
        pins: pinPrompt(state.pins, event.parts),
        entries: say(state, event, "person", ...event.parts)
      }
    case "prompt.queued":
      return {
        ...state,
        queue: [...state.queue, { parts: event.parts, ...(event.limits === undefined ? {} : { limits: event.limits }) }]
      }
    case "prompt.steered": {
      const from = event.from === undefined ? "person" : "agent"
      const said = event.parts.map((part): Entry => ({ seq: event.seq, turn: event.turn, from, part }))
      // What another agent says is nothing that the person wants kept.
      const pins = from === "agent" ? state.pins : pinPrompt(state.pins, event.parts)
      return state.answering
        ? { ...state, pins, steered: [...state.steered, ...said] }
        : { ...state, pins, entries: Chunk.appendAll(state.entries, Chunk.unsafeFromArray(said)) }
    }
    case "turn.started": {
      const { standIn: _before, ...rest } = state
      return {
        ...rest,
        running: true,
        turn: event.turn,
        // A route is for one turn: the session's own model stays.
        ...(event.route === undefined ? { model: event.model } : { standIn: event.model }),
        mode: event.mode,
        apply: event.apply,
        prefix: event.prefix,
        ...(event.dropped === undefined ? {} : { dropped: canonical(event.dropped) })
      }
    }
    case "turn.finished":
      return ended(state, event, { turn: event.turn, status: "done", stop: event.stop })
    case "turn.failed":
      return ended(state, event, { turn: event.turn, status: event.reason, error: event.error })
    case "turn.interrupted":
      return { ...ended(state, event, { turn: event.turn, status: "interrupted" }), cuts: state.cuts + 1 }
    default:
      return state
  }
}

const cut = (entry: Entry): Entry => ({ ...entry, cut: true })

/** A try more, unless the request itself is made anew: then that says so. */
const triedAgain = (state: SessionState, event: FactOf<"model.retried">) =>
  event.kind === "too_long" ? {} : called(state)

/** One of several answers, or a vote. The turn's own model was asked by the request itself. */
const alsoAnswered = (state: SessionState, { candidate, usage }: FactOf<"model.answered">): SessionState => ({
  ...state,
  ...(candidate?.model === (state.standIn ?? state.model) ? {} : called(state)),
  ...spent(state, usage)
})

/** What a provider's count of a request says about ours. */
const taught = ({ ratios }: SessionState, counted: SessionState["counted"], provider: number) => {
  const ratio = counted === undefined ? undefined : learned(ratios[counted.model], provider, counted.tokens)
  return counted === undefined || ratio === undefined ? {} : { ratios: { ...ratios, [counted.model]: ratio } }
}

const requested = (state: SessionState, event: FactOf<"model.requested"> & { readonly seq: number }): SessionState => {
  const { counted: _earlier, measured, ...rest } = state
  const { aged, broke, counted, model } = event
  return {
    ...rest,
    ...called(state),
    answering: true,
    cut: event.cut ?? false,
    // What was counted for a request with results that are left out now says nothing of the next.
    ...(aged === undefined ? {} : { aged }),
    ...(measured === undefined || aged !== undefined ? {} : { measured }),
    ...(counted === undefined ? {} : { counted: { model, tokens: counted } }),
    ...(broke === undefined ? {} : { broke: { why: broke, seq: event.seq } })
  }
}

const answer = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "model.answered": {
      if (event.vote !== undefined || event.candidate !== undefined) return alsoAnswered(state, event)
      const { cacheRead, cacheWrite, input, output } = event.usage
      const { counted, measured: _before, ...rest } = answered(state)
      return {
        ...rest,
        ...taught(state, counted, input + cacheRead + cacheWrite),
        // What was counted for a request that was cut says nothing of the whole conversation.
        ...(state.cut || input + cacheRead + cacheWrite === 0
          ? {}
          : { measured: { tokens: input + cacheRead + cacheWrite + output, upTo: event.seq } }),
        ...spent(state, event.usage),
        turnSteps: event.step
      }
    }
    case "model.retried":
      return {
        ...state,
        ...triedAgain(state, event),
        ...(event.usage === undefined ? {} : spent(state, event.usage))
      }
    case "model.requested":
      return requested(state, event)
    case "model.switched": {
      const { measured: _before, standIn: _other, ...rest } = state
      if (event.route !== undefined) return { ...rest, standIn: event.to }
      return event.kind === undefined ? { ...rest, model: event.to } : { ...rest, standIn: event.to }
    }
    case "part.text": {
      const entries = say(state, event, "model", { type: "text", text: event.text })
      return {
        ...state,
        entries: event.partial === true ? Chunk.modify(entries, Chunk.size(entries) - 1, cut) : entries
      }
    }
    case "part.reasoning": {
      const { redacted, signature } = event
      return {
        ...state,
        entries: say(state, event, "model", {
          type: "reasoning",
          text: event.text,
          by: event.by,
          ...(signature === undefined ? {} : { signature }),
          ...(redacted === undefined ? {} : { redacted })
        })
      }
    }
    case "part.image":
      return { ...state, entries: say(state, event, "model", { type: "image", mime: event.mime, data: event.data }) }
    default:
      return state
  }
}

const session = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "session.created":
      return {
        ...state,
        root: event.root,
        model: event.model,
        mode: event.mode,
        apply: event.apply,
        createdAt: event.at,
        ...(event.parent === undefined ? {} : { parent: event.parent })
      }
    case "session.titled":
      return {
        ...state,
        title: event.title,
        ...(event.usage === undefined ? {} : { usage: spent(state, event.usage).usage })
      }
    case "session.compacted": {
      const { measured: _before, ...rest } = state
      const gone = Chunk.toReadonlyArray(state.entries).filter((entry) => entry.seq <= event.upTo)
      return {
        ...rest,
        goneCalls: [...state.goneCalls, ...gone.flatMap(({ part }) => (part.type === "tool-call" ? [part.id] : []))],
        summary: event.summary,
        ...(event.usage === undefined ? {} : { ...called(state), ...spent(state, event.usage) }),
        compactions: state.compactions + 1,
        entries: Chunk.filter(state.entries, (entry) => entry.seq > event.upTo)
      }
    }
    case "todo.updated":
      return { ...state, todos: event.todos }
    case "question.asked":
      return { ...state, questions: HashMap.set(state.questions, event.call, event.question) }
    case "question.answered":
      return { ...state, questions: HashMap.remove(state.questions, event.call) }
    default:
      return state
  }
}

const fold: Record<string, (state: SessionState, event: Event) => SessionState> = {
  session,
  todo: session,
  question: session,
  prompt: turn,
  turn,
  model: answer,
  part: answer,
  tool: evolveCalls,
  changes: evolveChanges,
  plan: evolvePlan,
  task: evolvePlan,
  agent: evolveAgents,
  check: evolveAgents,
  budget: evolveBudget
}

/** Folds one event into the state. */
export const evolve = (state: SessionState, event: Event): SessionState => {
  const next = fold[event.type.slice(0, event.type.indexOf("."))]?.(state, event) ?? state
  const thinking = thinkingAfter(state.thinking, next, event)
  return { ...next, thinking, seq: event.seq, hash: event.hash, updatedAt: event.at }
}
