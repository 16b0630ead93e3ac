/** Events for tests: well-formed envelopes round the facts that a test cares about. */
import type { Event, Fact, FactOf } from "../../src/domain/model/Event.ts"
import { SessionId } from "../../src/domain/model/Ids.ts"

/** A session's id from a small number. */
export const sessionId = (n: number): SessionId => SessionId.make(`ses_${n.toString(16).padStart(32, "0")}`)

/** The time of the event with this number: one second apart. */
export const timeOf = (seq: number): string => new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString()

/** Wraps a fact in an envelope. The hash is a placeholder of the right shape: stores do not check it. */
export const eventOf = (session: SessionId, seq: number, fact: Fact): Event => ({
  v: 1,
  session,
  seq,
  at: timeOf(seq),
  hash: seq.toString(16).padStart(64, "0"),
  ...fact
})

/** The fact that starts a log. */
export const created = (root = "/work/project"): FactOf<"session.created"> => ({
  type: "session.created",
  root,
  model: "scripted/demo",
  mode: "build",
  apply: "stage",
  program: "code-mesh 0.1.0"
})

/** A fact with a text in it. */
export const said = (text: string): Fact => ({ type: "part.text", turn: 1, text })

/** A log of `count` events: one that creates the session, then texts. */
export const logOf = (session: SessionId, count: number, root?: string): ReadonlyArray<Event> =>
  Array.from({ length: count }, (_, i) => eventOf(session, i + 1, i === 0 ? created(root) : said(`text ${i + 1}`)))
