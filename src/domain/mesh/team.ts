/** The agents of one session that work together: their mailboxes and their board, over that session's log. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { EventStore } from "../../ports/EventStore.ts"
import type { Fact } from "../model/Event.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import { type Letter, NotSent, type Teammate } from "../tools/Teammate.ts"
import { type Board, boardText, emptyBoard, evolveBoard } from "./board.ts"
import {
  boardName,
  boxOf,
  everybody,
  evolveMail,
  type Mail,
  noMail,
  owed,
  portion,
  type Sent,
  sending
} from "./mailbox.ts"
import { letterText, mailText, untrusted } from "./mailText.ts"

/** Characters of messages that an agent is given at once; the rest follows with the request after. */
const portionSize = 12_000

/** Topics that one agent follows, and characters of one. */
const most = { topics: 16, topic: 80 }

const notSent = (reason: string): NotSent => new NotSent({ reason })

const unsaid = (error: WriteError): NotSent => notSent(error.message)

const urgent = ({ kind }: Sent): boolean => kind === "question" || kind === "task"

/** What the sender is told. */
const sentText = ({ dropped = [], id }: Sent): string => {
  const cost = dropped.length === 0 ? "" : ` Mailboxes were full; not kept (mailbox/message): ${dropped.join(", ")}.`
  return `Sent as ${id}.${cost}`
}

/** What is wrong with a letter, whatever the mailboxes hold. */
const malformed = ({ replyTo, topic }: Letter, count: number): string | undefined => {
  if (topic !== undefined && (topic.trim() === "" || topic.length > most.topic))
    return `A topic has 1 to ${most.topic} characters.`
  const number = replyTo === undefined ? undefined : Number(/^m([1-9]\d*)$/.exec(replyTo)?.[1] ?? "0")
  return number === undefined || (number > 0 && number <= count) ? undefined : `There is no message ${replyTo}.`
}

const circleText = (id: string, first: Sent): string =>
  `Asked as ${id}, and not waited: ${first.from} waits for your answer to ${first.id}, which you are given next. The answer to ${id} reaches you as a message.`

/** Waits for an answer; one that comes just as the wait ends is an answer all the same. */
const awaited = (id: string, answer: Deferred.Deferred<Sent>, wait: number) =>
  Effect.gen(function* () {
    yield* Effect.timeoutOption(Deferred.await(answer), wait)
    if (yield* Deferred.isDone(answer)) return `${untrusted}\n\n${letterText(yield* Deferred.await(answer), 0)}`
    return `Asked as ${id}. There was no answer by the deadline (${wait} ms); one that still comes reaches you as a message. Go on without it.`
  })

/** Where the messages of a session are kept and passed on. */
interface Office {
  readonly handle: SessionHandle
  readonly expected: Effect.Effect<ReadonlySet<string>>
  /** Each message is decided on what is there: one after the other. */
  readonly alone: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly waiters: Map<string, { readonly name: string; readonly answer: Deferred.Deferred<Sent> }>
  mail: Mail
  board: Board
}

const openOffice = (handle: SessionHandle, expected: Office["expected"]) =>
  Effect.gen(function* () {
    const past = (yield* EventStore).read(handle.id)
    const begin = { board: emptyBoard, mail: noMail }
    const all = yield* Stream.runFold(past, begin, ({ board, mail }, event) => ({
      board: evolveBoard(board, event),
      mail: evolveMail(mail, event)
    }))
    const office: Office = {
      ...all,
      handle,
      expected,
      alone: (yield* Effect.makeSemaphore(1)).withPermits(1),
      waiters: new Map()
    }
    return office
  })

const turnOf = ({ handle }: Office) => Effect.map(handle.state, (state) => state.turn)

/** Records facts and folds them. */
const record = (office: Office, facts: ReadonlyArray<Fact>) =>
  Effect.map(office.handle.record(facts), (events) => {
    for (const event of events) {
      office.board = evolveBoard(office.board, event)
      office.mail = evolveMail(office.mail, event)
    }
  }).pipe(Effect.uninterruptible)

/** Sends a letter. An answer that somebody waits for goes straight to them. */
const post = (office: Office, from: string, letter: Letter, deadline?: number) =>
  Effect.gen(function* () {
    const wrong = malformed(letter, office.mail.count)
    if (wrong !== undefined) return yield* notSent(wrong)
    const at = { expected: yield* office.expected, turn: yield* turnOf(office) }
    const sent = yield* Either.match(sending(office.mail, { ...letter, from, deadline }, at), {
      onLeft: notSent,
      onRight: Effect.succeed
    })
    const waiter = office.waiters.get(letter.replyTo ?? "")
    const awaited = waiter !== undefined && letter.to.includes(waiter.name) ? waiter : undefined
    const given: ReadonlyArray<Fact> =
      awaited === undefined ? [] : [{ type: "message.read", turn: at.turn, name: awaited.name, messages: [sent.id] }]
    yield* Effect.mapError(record(office, [sent, ...given]), unsaid)
    if (awaited !== undefined) yield* Deferred.succeed(awaited.answer, sent)
    return sent
  })

const request = (office: Office, from: string, letter: Letter, wait: number) =>
  Effect.gen(function* () {
    const [to = "", ...others] = letter.to
    if (others.length > 0 || to === everybody || to === boardName)
      return yield* notSent("An answer is waited for of one agent alone: name one, or leave wait_ms out.")
    const now = yield* Clock.currentTimeMillis
    const answer = yield* Deferred.make<Sent>()
    const ask = Effect.gen(function* () {
      const first = owed(office.mail, from, to, now)
      const question: Letter = { ...letter, kind: "question" }
      const { id } = yield* post(office, from, question, first === undefined ? now + wait : undefined)
      if (first === undefined) office.waiters.set(id, { name: from, answer })
      return { first, id }
    })
    return yield* Effect.acquireUseRelease(
      office.alone(ask),
      ({ first, id }) => (first === undefined ? awaited(id, answer, wait) : Effect.succeed(circleText(id, first))),
      ({ id }) => office.alone(Effect.sync(() => office.waiters.delete(id)))
    )
  })

const collect =
  (office: Office, name: string): Teammate["collect"] =>
  (take, rest = false) =>
    Effect.gen(function* () {
      const box = boxOf(office.mail, name)
      if (rest && !box.waiting.some(urgent)) return
      const given = portion(box, portionSize)
      const [first, ...more] = given.map(({ id }) => id)
      const [one, ...others] = new Set(given.map(({ from }) => from))
      if (first === undefined || one === undefined) return
      yield* take(mailText(given, box.lost, yield* Clock.currentTimeMillis), [one, ...others])
      // Where a program dies between the two, it is given once more, and not lost.
      const read: Fact = { type: "message.read", turn: yield* turnOf(office), name, messages: [first, ...more] }
      yield* Effect.ignoreLogged(record(office, [read]))
    }).pipe(Effect.uninterruptible, office.alone)

const opened = (office: Office, name: string, topics: ReadonlyArray<string>) =>
  Effect.flatMap(turnOf(office), (turn) =>
    record(office, [{ type: "mailbox.opened", turn, name, topics: [...new Set(topics)].slice(0, most.topics) }])
  )

const closed = (office: Office, name: string) =>
  Effect.flatMap(turnOf(office), (turn) => record(office, [{ type: "mailbox.closed", turn, name }])).pipe(
    office.alone,
    Effect.ignoreLogged
  )

const follow = (office: Office, name: string, topics: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const wrong = topics.map((topic) => malformed({ to: [], kind: "notification", text: "", topic }, 0))
    const reason = wrong.find((one) => one !== undefined)
    if (reason !== undefined) return yield* notSent(reason)
    yield* Effect.mapError(opened(office, name, [...boxOf(office.mail, name).topics, ...topics]), unsaid)
  }).pipe(office.alone)

const teammate = (office: Office, name: string): Teammate => {
  const send = (letter: Letter) => office.alone(post(office, name, letter))
  return {
    send: (letter) => Effect.map(send(letter), sentText),
    request: (letter, wait) => request(office, name, letter, wait),
    note: (topic, text) => Effect.asVoid(send({ to: [boardName], kind: "notification", topic, text })),
    follow: (topics) => follow(office, name, topics),
    board: Effect.map(office.handle.state, ({ plan }) => boardText(office.board, plan)),
    collect: collect(office, name)
  }
}

/** Those who work together. */
export interface Team {
  /** An agent of this name takes part until the scope closes. It follows these topics. */
  readonly join: (name: string, topics?: ReadonlyArray<string>) => Effect.Effect<Teammate, WriteError, Scope.Scope>
}

/**
 * Brings the agents of a session together. `expected` are the names of agents that may still begin: what is sent to one of
 * them waits for it. What was said in earlier turns is there again.
 */
export const makeTeam = (handle: SessionHandle, expected: Effect.Effect<ReadonlySet<string>>) =>
  Effect.map(
    openOffice(handle, expected),
    (office): Team => ({
      join: (name, topics = []) =>
        Effect.as(
          Effect.acquireRelease(office.alone(opened(office, name, topics)), () => closed(office, name)),
          teammate(office, name)
        )
    })
  )
