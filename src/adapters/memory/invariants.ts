/** Laws that every run keeps, as functions over what it left behind. Each answers the first breach, or nothing. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { budgetOf, frameTokens, messageTokens } from "../../domain/context/budget.ts"
import type { Event, FactOf } from "../../domain/model/Event.ts"
import { SessionId } from "../../domain/model/Ids.ts"
import { canonical } from "../../domain/model/Json.ts"
import type { Message } from "../../domain/model/Message.ts"
import { verify } from "../../domain/session/chain.ts"
import { closeCut } from "../../domain/session/decide.ts"
import { evolve } from "../../domain/session/evolve.ts"
import { isRaised } from "../../domain/session/raisedCall.ts"
import { initial, type SessionState } from "../../domain/session/State.ts"
import { transcript } from "../../domain/session/transcript.ts"
import type { ModelRequest } from "../../ports/LanguageModel.ts"
import { estimateTokens } from "../shared/estimateTokens.ts"
import * as WebDigest from "../shared/WebDigest.ts"

/** A law that does not hold: which, where in the log, and what was found. */
export interface Violation {
  readonly law: string
  readonly seq?: number
  readonly what: string
}

const none = SessionId.make(`ses_${"0".repeat(32)}`)

/** The state that events add up to. */
export const stateOf = (events: ReadonlyArray<Event>): SessionState =>
  events.reduce(evolve, initial(events[0]?.session ?? none))

/** A value as JSON that says all of it, whatever order a map grew in. */
const plain = (value: unknown): unknown => {
  if (Chunk.isChunk(value)) return Chunk.toReadonlyArray(value).map(plain)
  if (HashMap.isHashMap(value))
    return Array.from(HashMap.toEntries(value), ([key, one]) => canonical([key, plain(one)])).sort()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}

const outcomes: ReadonlySet<string> = new Set(["tool.finished", "tool.refused", "tool.unknown"])
const ends: ReadonlySet<string> = new Set(["turn.finished", "turn.failed", "turn.interrupted"])

/** Every call has exactly one outcome before its turn ends, and nothing has an outcome that was not called. */
export const everyCallAnswered = (events: ReadonlyArray<Event>): Violation | undefined => {
  const open = new Set<string>()
  const known = new Set<string>()
  for (const event of events) {
    const broken = (what: string): Violation => ({ law: "every call is answered once", seq: event.seq, what })
    if (event.type === "tool.called") {
      if (known.has(event.call)) return broken(`${event.call} is called twice`)
      known.add(event.call)
      open.add(event.call)
    } else if (outcomes.has(event.type) && "call" in event && typeof event.call === "string" && !isRaised(event.call)) {
      if (!open.delete(event.call)) return broken(`${event.type} of ${event.call}, which is not open`)
    } else if (ends.has(event.type) && open.size > 0)
      return broken(`the turn ends with ${[...open].join(", ")} unanswered`)
  }
  return undefined
}

const callsIn = (message: Message): ReadonlyArray<string> =>
  message.parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
const resultsIn = (message: Message): ReadonlyArray<string> =>
  message.parts.flatMap((part) => (part.type === "tool-result" ? [part.id] : []))

/** A conversation that any provider takes: it starts with the person, and results follow at once, call by call. */
export const conversationValid = (messages: ReadonlyArray<Message>): Violation | undefined => {
  const broken = (what: string): Violation => ({ law: "a conversation is valid", what })
  if (messages[0] !== undefined && messages[0].role !== "user") return broken("it starts with the model")
  let owed: ReadonlyArray<string> = []
  for (const [index, message] of messages.entries()) {
    const calls = callsIn(message)
    if (message.parts.length === 0) return broken(`message ${index} is empty`)
    if (calls.length > 0 && message.role === "user") return broken(`message ${index}: the person calls a tool`)
    if (canonical(resultsIn(message)) !== canonical(owed))
      return broken(`message ${index} answers [${resultsIn(message)}], but [${owed}] were called`)
    if (owed.length > 0 && message.role !== "user") return broken(`message ${index}: results from the model`)
    owed = calls
  }
  return owed.length > 0 ? broken(`[${owed}] are never answered`) : undefined
}

/** What a log comes to, cut anywhere: it opens, closes what was cut, and is a conversation that a provider takes. */
export const everyPrefixOpens = (events: ReadonlyArray<Event>): Violation | undefined => {
  let state = initial(events[0]?.session ?? none)
  for (const event of events) {
    state = evolve(state, event)
    // As opening does it; times and hashes do not matter to the fold.
    const closed = closeCut(state).reduce(
      (at, fact) => evolve(at, { ...event, ...fact, seq: at.seq + 1 } as Event),
      state
    )
    const breach = conversationValid(transcript(closed))
    if (breach !== undefined) return { law: "every prefix opens", seq: event.seq, what: breach.what }
    if (closed.running) return { law: "every prefix opens", seq: event.seq, what: "a turn is left running" }
  }
  return undefined
}

/** The live state is what the stored events add up to. */
export const stateIsReplayed = (events: ReadonlyArray<Event>, live: SessionState): Violation | undefined => {
  const folded = plain(stateOf(events)) as Readonly<Record<string, unknown>>
  const lived = plain(live) as Readonly<Record<string, unknown>>
  const keys = [...new Set([...Object.keys(folded), ...Object.keys(lived)])]
  const differs = keys.find((key) => canonical([folded[key]]) !== canonical([lived[key]]))
  return differs === undefined
    ? undefined
    : {
        law: "live state = replayed state",
        what: `${differs} is ${canonical([lived[differs]])}, but the log says ${canonical([folded[differs]])}`
      }
}

/** A message that says at least what another says; where an answer goes on, its message grows. */
const grown = (next: Message | undefined, before: Message): boolean =>
  next?.role === before.role && canonical(next.parts.slice(0, before.parts.length)) === canonical(before.parts)

const startsWith = (next: ModelRequest, before: ModelRequest): boolean =>
  next.model === before.model &&
  next.system === before.system &&
  canonical(next.tools) === canonical(before.tools) &&
  before.messages.every((message, index) =>
    index === before.messages.length - 1
      ? grown(next.messages[index], message)
      : canonical(message) === canonical(next.messages[index])
  )

/** Of each turn, the models that its ensemble names. */
const ensembles = (events: ReadonlyArray<Event>): ReadonlyMap<number, ReadonlySet<string>> =>
  new Map(
    events.flatMap((event) =>
      event.type === "turn.started"
        ? [[event.turn, new Set(event.ensemble?.models.map((model) => model.name))] as const]
        : []
    )
  )

/**
 * The requests that ask for the next step, each with its event. Those for a summary, a title or a judgement are left out, and
 * those that put the one before to another model of the turn's ensemble: they have no event of their own.
 */
const askedBy = (events: ReadonlyArray<Event>, requests: ReadonlyArray<ModelRequest>) => {
  const systems = new Set(events.flatMap((event) => (event.type === "turn.started" ? [event.frame?.system] : [])))
  const asked = events.filter((event): event is Event & FactOf<"model.requested"> => event.type === "model.requested")
  const others = ensembles(events)
  let at = -1
  let before: ModelRequest | undefined
  const isSame = (event: (typeof asked)[number] | undefined, request: ModelRequest): boolean =>
    event?.model === request.model && event.messages === request.messages.length
  const asksAlso = (request: ModelRequest): boolean => {
    const event = asked[at]
    return (
      event !== undefined &&
      event.model !== request.model &&
      others.get(event.turn)?.has(request.model) === true &&
      !isSame(asked[at + 1], request) &&
      canonical(before?.messages) === canonical(request.messages)
    )
  }
  return requests.flatMap((request) => {
    const isAside = request.tools.length === 0 && !systems.has(request.system)
    if (isAside || asksAlso(request)) return []
    const isRetry = before !== undefined && canonical(before) === canonical(request)
    before = request
    if (!isRetry) {
      at += 1
      // A request that was recorded may have been interrupted before it was sent.
      while (at < asked.length && asked[at]?.messages !== request.messages.length) at += 1
    }
    return [{ request, isRetry, event: asked[at] }]
  })
}

/** Whether an event after one request explains why the next does not start with it. */
const explained = (events: ReadonlyArray<Event>, after: number, upTo: number): boolean =>
  events.some(
    (event) =>
      event.seq > after &&
      event.seq <= upTo &&
      (event.type === "session.compacted" ||
        event.type === "model.switched" ||
        (event.type === "turn.started" && event.frame !== undefined) ||
        (event.type === "model.requested" && event.broke !== undefined))
  )

/** Request n+1 starts with request n, unless a named event explains why not. */
export const requestsExtend = (
  events: ReadonlyArray<Event>,
  requests: ReadonlyArray<ModelRequest>
): Violation | undefined => {
  const law = "a request starts with the one before"
  let before: ModelRequest | undefined
  let last = 0
  for (const { event, isRetry, request } of askedBy(events, requests)) {
    if (event === undefined) return { law, what: `a request of ${request.messages.length} messages has no event` }
    if (before !== undefined && !isRetry && !startsWith(request, before) && !explained(events, last, event.seq))
      return { law, seq: event.seq, what: "it does not, and no event explains it" }
    before = request
    last = event.seq
  }
  return undefined
}

/**
 * No request takes more than its model's budget as counted before it was sent, which goes by what the provider says of
 * the one before, nor more than the whole window as counted again here.
 */
export const windowKept = (
  events: ReadonlyArray<Event>,
  requests: ReadonlyArray<ModelRequest>
): Violation | undefined => {
  const law = "a window never exceeds its budget"
  let budget = Number.POSITIVE_INFINITY
  let window = Number.POSITIVE_INFINITY
  const windows = new Map<number, number>()
  for (const event of events) {
    const described = event.type === "turn.started" || event.type === "model.switched" ? event.described : undefined
    if (described !== undefined) {
      budget = budgetOf(described).input
      window = described.context
    }
    if (event.type !== "model.requested") continue
    windows.set(event.seq, window)
    if (event.tokens > budget) return { law, seq: event.seq, what: `${event.tokens} tokens of ${budget}` }
  }
  for (const { event, request } of askedBy(events, requests)) {
    const most = windows.get(event?.seq ?? 0) ?? Number.POSITIVE_INFINITY
    const tokens =
      frameTokens(request.system, request.tools, estimateTokens) +
      request.messages.reduce((sum, message) => sum + messageTokens(message, estimateTokens), 0)
    if (tokens > most) return { law, seq: event?.seq ?? 0, what: `${tokens} tokens of ${most}, counted again` }
  }
  return undefined
}

/** Every request is a conversation that a provider takes. */
export const requestsValid = (requests: ReadonlyArray<ModelRequest>): Violation | undefined => {
  for (const request of requests) {
    const breach = conversationValid(request.messages)
    if (breach !== undefined) return breach
  }
  return undefined
}

/** The events are numbered without a gap, and each matches its hash. */
export const chainHolds = (events: ReadonlyArray<Event>): Effect.Effect<Violation | undefined> =>
  verify(events).pipe(
    Effect.as(undefined),
    Effect.catchTag("LogAltered", ({ reason, seq }) =>
      Effect.succeed({ law: "the hash chain holds", seq, what: reason })
    ),
    Effect.provide(WebDigest.layer)
  )

/** Files by path. */
export type Tree = Readonly<Record<string, Uint8Array>>

/** Both trees hold the same paths with the same bytes. */
export const treeUntouched = (before: Tree, after: Tree): Violation | undefined => {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const touched = paths.find((path) => canonical([...(before[path] ?? [-1])]) !== canonical([...(after[path] ?? [-1])]))
  return touched === undefined ? undefined : { law: "the real tree is untouched", what: `${touched} differs` }
}
