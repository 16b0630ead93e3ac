/** Folds one event into the state. Total: an event out of place changes what it can and nothing else. */
import * as Chunk from "effect/Chunk"
import * as HashMap from "effect/HashMap"
import type { Event, FactOf } from "../model/Event.ts"
import type { CallId } from "../model/Ids.ts"
import { addUsage, noUsage, type Part } from "../model/Message.ts"
import type { Batch, Entry, SessionState, TurnEnd } from "./State.ts"

/** Undo reaches back so many batches of changes. */
export const undoDepth = 200

const say = (
  state: SessionState,
  event: Event & { turn: number },
  from: Entry["from"],
  ...parts: ReadonlyArray<Part>
) =>
  Chunk.appendAll(
    state.entries,
    Chunk.unsafeFromArray(parts.map((part): Entry => ({ seq: event.seq, turn: event.turn, from, part })))
  )

const note = (state: SessionState, event: Event, text: string) =>
  Chunk.append(state.entries, {
    seq: event.seq,
    turn: state.turn,
    from: "program" as const,
    part: { type: "text" as const, text }
  })

/** What the person said while the model was answering follows the answer. */
const answered = (state: SessionState): SessionState => ({
  ...state,
  answering: false,
  entries: Chunk.appendAll(state.entries, Chunk.unsafeFromArray(state.steered)),
  steered: []
})

const ended = (state: SessionState, last: TurnEnd): SessionState => ({
  ...answered(state),
  running: false,
  last,
  open: HashMap.empty(),
  asked: HashMap.empty(),
  questions: HashMap.empty()
})

const listed = (changes: ReadonlyArray<{ readonly path: string }>): string => changes.map((it) => it.path).join(", ")

const settled = (
  state: SessionState,
  event: Event & FactOf<"tool.finished" | "tool.refused" | "tool.unknown">,
  part: Part
) => ({
  ...state,
  entries: say(state, event, "tool", part),
  open: HashMap.remove(state.open, event.call),
  asked: HashMap.remove(state.asked, event.call),
  questions: HashMap.remove(state.questions, event.call)
})

const phase = (state: SessionState, event: FactOf<"tool.asked" | "tool.allowed" | "tool.started">): SessionState => ({
  ...state,
  open: HashMap.modify(state.open, event.call, (call) => ({
    ...call,
    phase: event.type === "tool.asked" ? "asked" : event.type === "tool.allowed" ? "allowed" : "started"
  })),
  asked:
    event.type === "tool.asked" ? HashMap.set(state.asked, event.call, event) : HashMap.remove(state.asked, event.call)
})

const nameOf = (state: SessionState, call: CallId): string => {
  const found = HashMap.get(state.open, call)
  return found._tag === "Some" ? found.value.name : "tool"
}

const tool = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "tool.called": {
      const { call: id, input, name, signature } = event
      return {
        ...state,
        entries: say(state, event, "model", {
          type: "tool-call",
          id,
          name,
          input,
          ...(signature === undefined ? {} : { signature })
        }),
        open: HashMap.set(state.open, id, { id, name, input, phase: "called" })
      }
    }
    case "tool.asked":
    case "tool.started":
      return phase(state, event)
    case "tool.allowed":
      return {
        ...phase(state, event),
        rules: event.always === true ? [...state.rules, { decision: "allow", rule: event.rule }] : state.rules
      }
    case "tool.refused":
      return settled(state, event, {
        type: "tool-result",
        id: event.call,
        name: nameOf(state, event.call),
        ok: false,
        text: event.reason
      })
    case "tool.unknown":
      return settled(state, event, {
        type: "tool-result",
        id: event.call,
        name: nameOf(state, event.call),
        ok: false,
        text: event.reason
      })
    case "tool.finished":
      return {
        ...settled(state, event, {
          type: "tool-result",
          id: event.call,
          name: nameOf(state, event.call),
          ok: event.ok,
          text: event.output,
          ...(event.images === undefined ? {} : { images: event.images })
        }),
        seen: (event.seen ?? []).reduce((seen, file) => HashMap.set(seen, file.path, file.hash), state.seen)
      }
    default:
      return state
  }
}

/** Splits batches in the copy by path: what was taken goes to `where`, the rest stays. */
const move = (
  batches: ReadonlyArray<Batch>,
  paths: ReadonlySet<string>,
  where: Batch["where"] | "gone"
): ReadonlyArray<Batch> =>
  batches.flatMap((batch) => {
    if (batch.where !== "copy") return [batch]
    const taken = batch.changes.filter((change) => paths.has(change.path))
    const rest = batch.changes.filter((change) => !paths.has(change.path))
    return [
      ...(taken.length > 0 && where !== "gone" ? [{ ...batch, where, changes: taken }] : []),
      ...(rest.length > 0 ? [{ ...batch, changes: rest }] : [])
    ]
  })

const changes = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "changes.staged":
      return event.changes.length === 0
        ? state
        : {
            ...state,
            batches: [...state.batches, { turn: event.turn, changes: event.changes, where: "copy" as const }].slice(
              -undoDepth
            ),
            undone: []
          }
    case "changes.applied": {
      if (event.redone !== undefined) {
        const back = state.undone.filter((batch) => batch.turn === event.redone)
        return {
          ...state,
          batches: [...state.batches, ...back],
          undone: state.undone.filter((batch) => batch.turn !== event.redone),
          entries: note(
            state,
            event,
            `(The person put the file changes of turn ${event.redone} back: ${listed(event.changes)}.)`
          )
        }
      }
      return { ...state, batches: move(state.batches, new Set(event.changes.map((it) => it.path)), "root") }
    }
    case "changes.discarded":
      return {
        ...state,
        batches: move(state.batches, new Set(event.paths), "gone"),
        entries: note(state, event, `(The person discarded the staged changes of: ${event.paths.join(", ")}.)`)
      }
    case "changes.undone": {
      const back = state.batches.filter((batch) => batch.turn === event.turn)
      return {
        ...state,
        batches: state.batches.filter((batch) => batch.turn !== event.turn),
        undone: [...state.undone, ...back],
        entries: note(
          state,
          event,
          `(The person took the file changes of turn ${event.turn} back: ${listed(event.changes)}.)`
        )
      }
    }
    default:
      return state
  }
}

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
        entries: say(state, event, "person", ...event.parts)
      }
    case "prompt.queued":
      return {
        ...state,
        queue: [...state.queue, { parts: event.parts, ...(event.limits === undefined ? {} : { limits: event.limits }) }]
      }
    case "prompt.steered": {
      const said = event.parts.map((part): Entry => ({ seq: event.seq, turn: event.turn, from: "person", part }))
      return state.answering
        ? { ...state, steered: [...state.steered, ...said] }
        : { ...state, entries: Chunk.appendAll(state.entries, Chunk.unsafeFromArray(said)) }
    }
    case "turn.started":
      return {
        ...state,
        running: true,
        turn: event.turn,
        model: event.model,
        mode: event.mode,
        apply: event.apply,
        prefix: event.prefix
      }
    case "turn.finished":
      return ended(state, { turn: event.turn, status: "done", stop: event.stop })
    case "turn.failed":
      return ended(state, { turn: event.turn, status: event.reason, error: event.error })
    case "turn.interrupted":
      return ended(state, { turn: event.turn, status: "interrupted" })
    default:
      return state
  }
}

const answer = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "model.answered": {
      const { cacheRead, cacheWrite, input, output } = event.usage
      const { measured: _before, ...rest } = answered(state)
      return {
        ...rest,
        ...(input + cacheRead + cacheWrite === 0
          ? {}
          : { measured: { tokens: input + cacheRead + cacheWrite + output, upTo: event.seq } }),
        usage: addUsage(state.usage, event.usage),
        turnUsage: addUsage(state.turnUsage, event.usage),
        turnSteps: event.step
      }
    }
    case "model.requested":
      return { ...state, answering: true }
    case "model.switched": {
      const { measured: _before, ...rest } = state
      return { ...rest, model: event.to }
    }
    case "part.text":
      return { ...state, entries: say(state, event, "model", { type: "text", text: event.text }) }
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
        createdAt: event.at
      }
    case "session.titled":
      return { ...state, title: event.title }
    case "session.compacted": {
      const { measured: _before, ...rest } = state
      return {
        ...rest,
        summary: event.summary,
        usage: event.usage === undefined ? state.usage : addUsage(state.usage, event.usage),
        turnUsage: event.usage === undefined ? state.turnUsage : addUsage(state.turnUsage, event.usage),
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
  tool,
  changes
}

/** Folds one event into the state. */
export const evolve = (state: SessionState, event: Event): SessionState => {
  const next = fold[event.type.slice(0, event.type.indexOf("."))]?.(state, event) ?? state
  return { ...next, seq: event.seq, hash: event.hash, updatedAt: event.at }
}
