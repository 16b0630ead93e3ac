/**
 * Events as lines of JSON, as `EventJson` has them. That schema prepares all types of events before it reads the first
 * one; here each is prepared when one of its type comes, and most runs know a dozen of them.
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Envelope, type Event, Fact } from "./Event.ts"

interface Codec {
  readonly decode: (value: unknown) => Either.Either<Event, ParseResult.ParseError>
  readonly encode: (event: Event) => Either.Either<unknown, ParseResult.ParseError>
}

const codecs = new Map<unknown, Codec | undefined>()

const make = (type: unknown): Codec | undefined => {
  const member = Fact.members.find(({ fields }) => fields.type.literals[0] === type)
  if (member === undefined) return undefined
  const schema = Schema.make<Event>(Schema.extend(Envelope, member).ast)
  return { decode: Schema.decodeUnknownEither(schema), encode: Schema.encodeEither(schema) }
}

const codecOf = (type: unknown): Codec | undefined => {
  // Only known types are remembered: the others are anybody's text.
  const known = codecs.get(type) ?? make(type)
  if (known !== undefined) codecs.set(type, known)
  return known
}

const firstLine = ({ message }: ParseResult.ParseError): string => message.split("\n", 1)[0] ?? ""

/** An event's line; or why it is no event. Members that events do not have are left out. */
export const eventText = (event: Event): Either.Either<string, string> => {
  const codec = codecOf(event.type)
  if (codec === undefined) return Either.left(`there is no event ${event.type}`)
  return Either.mapBoth(codec.encode(event), { onLeft: firstLine, onRight: (value) => JSON.stringify(value) })
}

const parse = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: () => JSON.parse(text), catch: () => "it is not JSON" })

/** The event of a line; or why it is none. Members that events do not have are left out. */
export const readEvent = (text: string): Either.Either<Event, string> =>
  Either.flatMap(parse(text), (value) => {
    const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined
    const codec = codecOf(type)
    if (codec === undefined) return Either.left("there is no event of this type")
    return Either.mapLeft(codec.decode(value), firstLine)
  })
