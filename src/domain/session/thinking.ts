/** How long the person has been asked in a turn: the time in which they think is theirs, and not the agent's that asks. */
import * as HashMap from "effect/HashMap"
import type { Event } from "../model/Event.ts"

/** Milliseconds in which at least one question was open in the newest turn; since when one is. */
export interface Thinking {
  readonly before: number
  readonly since?: number
}

/** What is open in a session. */
interface Asking {
  readonly asked: HashMap.HashMap<unknown, unknown>
  readonly questions: HashMap.HashMap<unknown, unknown>
}

/** Nobody was asked yet. */
export const noThinking: Thinking = { before: 0 }

const isAsked = ({ asked, questions }: Asking): boolean => HashMap.size(asked) + HashMap.size(questions) > 0

/** The time up to this moment, in milliseconds since 1970. */
export const thought = ({ before, since }: Thinking, now: number): number =>
  since === undefined ? before : before + Math.max(0, now - since)

/** The same after an event, which may have asked or answered. */
export const thinkingAfter = (thinking: Thinking, next: Asking, event: Event): Thinking => {
  if (event.type === "prompt.submitted") return noThinking
  const asked = isAsked(next)
  if (asked === (thinking.since !== undefined)) return thinking
  const now = Date.parse(event.at)
  return asked ? { ...thinking, since: now } : { before: thought(thinking, now) }
}
