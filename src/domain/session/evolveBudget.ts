/** Folds what was held and used of budgets into the state, so that what a call used counts also where nothing else tells of it. */
import type { Event } from "../model/Event.ts"
import { addUsage, type Usage } from "../model/Message.ts"
import type { SessionState } from "./State.ts"

/** Adds a usage to the turn's and the session's. */
export const spent = (state: SessionState, usage: Usage): Pick<SessionState, "usage" | "turnUsage"> => ({
  usage: addUsage(state.usage, usage),
  turnUsage: addUsage(state.turnUsage, usage)
})

/** One more model call. */
export const called = (state: SessionState): Pick<SessionState, "calls"> => ({ calls: state.calls + 1 })

/** Takes what was held and never settled for used: the program died before it could say. */
export const settleLeft = (state: SessionState): SessionState =>
  state.held.length === 0
    ? state
    : { ...state, ...spent(state, state.held.map(({ most }) => most).reduce(addUsage)), held: [] }

/** The session's turns took so much longer, up to this moment. */
export const timed = ({ beganAt, elapsed }: SessionState, at: string): Pick<SessionState, "elapsed"> => {
  const took = Date.parse(at) - Date.parse(beganAt)
  return { elapsed: took > 0 ? elapsed + took : elapsed }
}

/** Folds one event of a budget. */
export const evolveBudget = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "budget.reserved":
      return { ...state, held: [...state.held, { call: event.call, most: event.most }] }
    case "budget.settled": {
      const held = state.held.filter(({ call }) => call !== event.call)
      return { ...state, held, ...(event.exact ? {} : spent(state, event.usage)) }
    }
    default:
      return state
  }
}
