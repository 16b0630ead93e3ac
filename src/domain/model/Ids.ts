/** Names of things: branded strings and numbers, and how the one random id is spelled. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

/** A session's id: `ses_` and a UUIDv7 without dashes, so that ids sort by age. */
export const SessionId = Schema.String.pipe(Schema.pattern(/^ses_[0-9a-f]{32}$/), Schema.brand("SessionId"))
/** A session's id: `ses_` and a UUIDv7 without dashes. */
export type SessionId = typeof SessionId.Type

/** The position of an event in its session's log, from 1. */
export const Seq = Schema.Int.pipe(Schema.positive())

/** A turn's number in its session, from 1: one prompt and all that follows from it. */
export const Turn = Schema.Int.pipe(Schema.positive())

/** A tool call's id, unique in its session; the provider's own where it gives one. */
export const CallId = Schema.NonEmptyString.pipe(Schema.brand("CallId"))
/** A tool call's id, unique in its session. */
export type CallId = typeof CallId.Type

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** UUIDv7 (RFC 9562) as 32 hex digits, from 48 bits of milliseconds and 74 random bits. */
export const uuidV7Hex = (millis: number, random: ReadonlyArray<number>): string => {
  const at = (index: number) => random[index] ?? 0
  return (
    hex(Math.floor(millis), 12) +
    hex(0x7000 | (at(0) & 0xfff), 4) +
    hex(0x8000 | (at(1) & 0x3fff), 4) +
    hex(at(2) & 0xffff, 4) +
    hex(at(3) & 0xffff, 4) +
    hex(at(4) & 0xffff, 4)
  )
}

/** Draws a fresh session id from the clock and the random service. */
export const freshSessionId: Effect.Effect<SessionId> = Effect.gen(function* () {
  const millis = yield* Clock.currentTimeMillis
  const random = yield* Effect.all(Array.from({ length: 5 }, () => Random.nextIntBetween(0, 0x10000)))
  return SessionId.make(`ses_${uuidV7Hex(millis, random)}`)
})
