/**
 * How a call is named where its question surfaces: calls of several agents may have one id, and the name says the way down
 * to the one that asks.
 */
import { CallId, type SessionId } from "../model/Ids.ts"

/** An agent's call, in the session that the agent works for. */
export const raised = (agent: SessionId, call: CallId): CallId => CallId.make(`${agent}/${call}`)

/** Whether a call is another agent's. */
export const isRaised = (call: string): boolean => /^ses_[0-9a-f]{32}\/./.test(call)

/** A call as the agent that makes it names it, however deep it works. */
export const ownCall = (call: CallId): CallId => CallId.make(call.replace(/^(?:ses_[0-9a-f]{32}\/)+(?=.)/, ""))

/** The call as the agent itself names it; nothing where it is not this agent's. */
export const lowered = (agent: SessionId, call: CallId): CallId | undefined =>
  isRaised(call) && call.startsWith(`${agent}/`) ? CallId.make(call.slice(agent.length + 1)) : undefined
