/**
 * Events as lines of JSON, as `EventJson` has them. That schema prepares all types of events before it reads the first
 * one; here each is prepared when one of its type is read, and most runs read a few of them.
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Envelope, type Event, Fact } from "./Event.ts"

type Decode = (value: unknown) => Either.Either<Event, ParseResult.ParseError>

const decoders = new Map<unknown, Decode>()

const make = (type: unknown): Decode | undefined => {
  const member = Fact.members.find(({ fields }) => fields.type.literals[0] === type)
  if (member === undefined) return undefined
  return Schema.decodeUnknownEither(Schema.make<Event>(Schema.extend(Envelope, member).ast))
}

const decoderOf = (type: unknown): Decode | undefined => {
  // Only known types are remembered: the others are anybody's text.
  const known = decoders.get(type) ?? make(type)
  if (known !== undefined) decoders.set(type, known)
  return known
}

const firstLine = ({ message }: ParseResult.ParseError): string => message.replace(/\n[\s\S]*$/, "")

const isJson = (value: unknown): boolean => {
  if (typeof value === "number") return Number.isFinite(value)
  return typeof value !== "object" || value === null || Object.values(value).every(isJson)
}

/** An event's line; or why it has none. What is in memory is an event already and JSON as it is, but for odd numbers. */
export const eventText = (event: Event): Either.Either<string, string> =>
  isJson(event) ? Either.right(JSON.stringify(event)) : Either.left("it has a number that is not finite")

const parse = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: () => JSON.parse(text), catch: () => "it is not JSON" })

/** The event of a line; or why it is none. Members that events do not have are left out. */
export const readEvent = (text: string): Either.Either<Event, string> =>
  Either.flatMap(parse(text), (value) => {
    const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined
    const decode = decoderOf(type)
    if (decode === undefined) return Either.left("there is no event of this type")
    return Either.mapLeft(decode(value), firstLine)
  })
