/** Folds the facts of tool calls into the state: from a call to its outcome. */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type { Event, FactOf } from "../model/Event.ts"
import type { CallId } from "../model/Ids.ts"
import type { Part } from "../model/Message.ts"
import { pinOutcome } from "./pins.ts"
import { isRaised } from "./raisedCall.ts"
import type { SessionState } from "./State.ts"
import { say } from "./say.ts"

/** Another agent's call is no part of the conversation here: only its question is. */
const settled = (
  state: SessionState,
  event: Event & FactOf<"tool.finished" | "tool.refused" | "tool.unknown">,
  part: Part
) => ({
  ...state,
  entries: isRaised(event.call) ? state.entries : say(state, event, "tool", part),
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

/** Folds a fact of a tool call into the state. */
export const evolveCalls = (state: SessionState, event: Event): SessionState => {
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
          ...(signature === undefined ? {} : { signature, by: state.standIn ?? state.model })
        }),
        open: HashMap.set(state.open, id, { id, name, input, phase: "called" })
      }
    }
    case "tool.asked":
    case "tool.started":
      return phase(state, event)
    case "tool.spawned": {
      const { host, pid, started } = event
      return {
        ...state,
        open: HashMap.modify(state.open, event.call, (call) => ({
          ...call,
          processes: [...(call.processes ?? []), { pid, host, started }]
        }))
      }
    }
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
        pins: Option.match(HashMap.get(state.open, event.call), {
          onNone: () => state.pins,
          onSome: (call) => pinOutcome(state.pins, call, event.ok, event.output)
        }),
        seen: (event.seen ?? []).reduce((seen, file) => HashMap.set(seen, file.path, file.hash), state.seen)
      }
    default:
      return state
  }
}
