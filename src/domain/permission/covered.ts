/** Which calls of a session a further rule would have allowed, so that a person sees how far it reaches. */
import type { Event } from "../model/Event.ts"
import type { CallId } from "../model/Ids.ts"
import type { Rule } from "../model/Rule.ts"
import { evaluate, type Policy, type Request } from "./evaluate.ts"

/** So many calls are looked at, the newest. */
const most = 20

/** The calls that were judged so far, the oldest first; of all but `now`, what they would touch is known. */
export const judgedCalls = (events: ReadonlyArray<Event>, now: CallId): ReadonlyArray<Request> => {
  const names = new Map<CallId, string>()
  const calls = new Map<CallId, Request>()
  for (const event of events) {
    if (event.type === "tool.called") names.set(event.call, event.name)
    if (event.type !== "tool.asked" && event.type !== "tool.allowed" && event.type !== "tool.refused") continue
    const { call, footprint, subjects = [] } = event
    const tool = names.get(call)
    if (footprint !== undefined && tool !== undefined && call !== now) calls.set(call, { tool, footprint, subjects })
  }
  return [...calls.values()].slice(-most)
}

/** What was in force in the newest turn, and the rules that were added to the session since. */
export const policyThen = (events: ReadonlyArray<Event>): Omit<Policy, "grammar"> => {
  let policy: Omit<Policy, "grammar"> = { root: "", home: "", mode: "build", rules: [] }
  const added: Array<Rule> = []
  for (const event of events) {
    if (event.type === "session.created") policy = { ...policy, root: event.root }
    if (event.type === "turn.started")
      policy = { ...policy, home: event.home, mode: event.base ?? event.mode, rules: event.rules }
    if (event.type === "tool.allowed" && event.always === true) added.push({ decision: "allow", rule: event.rule })
  }
  return { ...policy, rules: [...policy.rules, ...added] }
}

/** Of these calls, those that would be allowed with a further rule and are not without it. */
export const covered = (rule: string, calls: ReadonlyArray<Request>, policy: Policy): ReadonlyArray<Request> => {
  const further: Policy = { ...policy, rules: [...policy.rules, { decision: "allow", rule }] }
  return calls.filter(
    (call) => evaluate(call, further).decision === "allow" && evaluate(call, policy).decision !== "allow"
  )
}
