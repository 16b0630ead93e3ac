/** The hash chain over a session's events: what is hashed, and where a log first differs from its hashes. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Digest } from "../../ports/Digest.ts"
import type { Envelope, Event, Fact } from "../model/Event.ts"
import { SessionId } from "../model/Ids.ts"
import { canonical } from "../model/Json.ts"

/** A log does not say what was written: its first event that differs from its own hash. */
export class LogAltered extends Schema.TaggedError<LogAltered>()("LogAltered", {
  session: SessionId,
  seq: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    return `The log of ${this.session} was changed at event ${this.seq}: ${this.reason}. Nothing after it can be trusted.`
  }
}

/** An event that has no hash yet. */
export type Unhashed = Omit<Envelope, "hash"> & Fact

/** What the chain hashes of an event: version, type, number and payload, without times, whose session it is, and the hash. */
export const hashed = (event: Unhashed): string => {
  const { at: _at, seq, session: _session, type, v, hash: _hash, ...payload } = event as Event
  return canonical({ v, type, seq, payload })
}

/** The hash of the chain after an event. */
export const link = (before: string, event: Unhashed): Effect.Effect<string, never, Digest> =>
  Effect.flatMap(Digest, (digest) => digest.sha256(before + hashed(event)))

/** Checks numbers and hashes of a whole log; answers the hash at its end. */
export const verify = (events: Iterable<Event>): Effect.Effect<string, LogAltered, Digest> =>
  Effect.gen(function* () {
    let before = ""
    let seq = 0
    for (const event of events) {
      seq += 1
      const broken = (reason: string) => new LogAltered({ session: event.session, seq, reason })
      if (event.seq !== seq) return yield* broken(`it is numbered ${event.seq}`)
      const hash = yield* link(before, event)
      if (hash !== event.hash) return yield* broken("its content does not match its hash")
      before = hash
    }
    return before
  })
