/** A whole log as one JSON text, and back. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Event } from "../model/Event.ts"
import { SessionId } from "../model/Ids.ts"
import { LogAltered } from "./chain.ts"

/** A text is not an exported log at all. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", { reason: Schema.String }) {
  override get message(): string {
    return `This is not an exported session: ${this.reason}. Give what \`session export --format json\` wrote.`
  }
}

const Exported = Schema.Struct({
  version: Schema.Literal(1),
  session: SessionId,
  events: Schema.Array(Schema.Unknown)
})

const decodeLog = Schema.decodeUnknownEither(Schema.parseJson(Exported))
// What is not known of an event is kept, so that its hash tells what was added to it.
const decodeEvent = Schema.decodeUnknownEither(Event, { onExcessProperty: "preserve" })

const first = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.message ?? "it has another shape"

/** The log as `session export --format json` writes it. */
export const formatLog = (session: SessionId, events: ReadonlyArray<Event>): string =>
  `${JSON.stringify({ version: 1, session, events }, undefined, 2)}\n`

/** The events of an exported log. One that is no event, or another session's, is altered; its hashes are not checked here. */
export const parseLog = (text: string): Effect.Effect<ReadonlyArray<Event>, NotALog | LogAltered> =>
  Effect.gen(function* () {
    const log = yield* Either.mapLeft(decodeLog(text), (error) => new NotALog({ reason: first(error) }))
    const events: Array<Event> = []
    for (const [index, raw] of log.events.entries()) {
      const altered = (reason: string) => new LogAltered({ session: log.session, seq: index + 1, reason })
      const event = yield* Either.mapLeft(decodeEvent(raw), (error) => altered(first(error)))
      if (event.session !== log.session) return yield* altered(`it is of ${event.session}`)
      events.push(event)
    }
    return events
  })
