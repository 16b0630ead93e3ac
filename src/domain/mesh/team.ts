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
import { boardText, emptyBoard, evolveBoard } from "./board.ts"
import {
  boardName,
  boxOf,
  type Draft,
  everybody,
  evolveMail,
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

/** Those who work together. */
export interface Team {
  /** An agent of this name takes part until the scope closes. It follows these topics. */
  readonly join: (name: string, topics?: ReadonlyArray<string>) => Effect.Effect<Teammate, WriteError, Scope.Scope>
}

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

/**
 * Brings the agents of a session together. `expected` are the names of agents that may still begin: what is sent to one of
 * them waits for it. What was said in earlier turns is there again.
 */
export const makeTeam = (handle: SessionHandle, expected: Effect.Effect<ReadonlySet<string>>) =>
  Effect.gen(function* () {
    const past = (yield* EventStore).read(handle.id)
    let { board, mail } = yield* Stream.runFold(past, { board: emptyBoard, mail: noMail }, (all, event) => ({
      board: evolveBoard(all.board, event),
      mail: evolveMail(all.mail, event)
    }))
    const lock = yield* Effect.makeSemaphore(1)
    const alone = lock.withPermits(1)
    const waiters = new Map<string, { readonly name: string; readonly answer: Deferred.Deferred<Sent> }>()
    const turn = Effect.map(handle.state, (state) => state.turn)

    /** Records facts and folds them; under the lock, so that each is decided on what is there. */
    const record = (facts: ReadonlyArray<Fact>) =>
      Effect.map(handle.record(facts), (events) => {
        for (const event of events) {
          board = evolveBoard(board, event)
          mail = evolveMail(mail, event)
        }
      }).pipe(Effect.uninterruptible)

    /** Sends under the lock. An answer that somebody waits for goes straight to them. */
    const post = (from: string, letter: Letter, deadline?: number) =>
      Effect.gen(function* () {
        const wrong = malformed(letter, mail.count)
        if (wrong !== undefined) return yield* notSent(wrong)
        const draft: Draft = { ...letter, from, deadline }
        const at = { expected: yield* expected, turn: yield* turn }
        const sent = yield* Either.match(sending(mail, draft, at), {
          onLeft: (reason) => notSent(reason),
          onRight: Effect.succeed
        })
        const waiter = waiters.get(letter.replyTo ?? "")
        const awaited = waiter !== undefined && letter.to.includes(waiter.name) ? waiter : undefined
        const given: ReadonlyArray<Fact> =
          awaited === undefined
            ? []
            : [{ type: "message.read", turn: at.turn, name: awaited.name, messages: [sent.id] }]
        yield* Effect.mapError(record([sent, ...given]), unsaid)
        if (awaited !== undefined) yield* Deferred.succeed(awaited.answer, sent)
        return sent
      })

    const send = (from: string, letter: Letter, deadline?: number) => alone(post(from, letter, deadline))

    const request = (from: string, letter: Letter, wait: number) =>
      Effect.gen(function* () {
        const [to = "", ...others] = letter.to
        if (others.length > 0 || to === everybody || to === boardName)
          return yield* notSent("An answer is waited for of one agent alone: name one, or leave wait_ms out.")
        const now = yield* Clock.currentTimeMillis
        const answer = yield* Deferred.make<Sent>()
        const ask = Effect.gen(function* () {
          const first = owed(mail, from, to, now)
          const { id } = yield* post(
            from,
            { ...letter, kind: "question" },
            first === undefined ? now + wait : undefined
          )
          if (first === undefined) waiters.set(id, { name: from, answer })
          return { first, id }
        })
        return yield* Effect.acquireUseRelease(
          alone(ask),
          ({ first, id }) => (first === undefined ? awaited(id, answer, wait) : Effect.succeed(circleText(id, first))),
          ({ id }) => alone(Effect.sync(() => waiters.delete(id)))
        )
      })

    const collect: (name: string) => Teammate["collect"] =
      (name) =>
      (take, rest = false) =>
        alone(
          Effect.gen(function* () {
            const box = boxOf(mail, name)
            if (rest && !box.waiting.some(urgent)) return
            const given = portion(box, portionSize)
            const [first, ...more] = given.map(({ id }) => id)
            const [one, ...others] = new Set(given.map(({ from }) => from))
            if (first === undefined || one === undefined) return
            const now = yield* Clock.currentTimeMillis
            yield* take(mailText(given, box.lost, now), [one, ...others])
            // What it has been given and is still in its mailbox is given once more, and never lost.
            const read: Fact = { type: "message.read", turn: yield* turn, name, messages: [first, ...more] }
            yield* Effect.ignoreLogged(record([read]))
          }).pipe(Effect.uninterruptible)
        )

    const opened = (name: string, topics: ReadonlyArray<string>) =>
      Effect.flatMap(turn, (now) =>
        record([{ type: "mailbox.opened", turn: now, name, topics: [...new Set(topics)].slice(0, most.topics) }])
      )

    const closed = (name: string) =>
      Effect.flatMap(turn, (now) => alone(record([{ type: "mailbox.closed", turn: now, name }]))).pipe(
        Effect.ignoreLogged
      )

    const teammate = (name: string): Teammate => ({
      send: (letter) => Effect.map(send(name, letter), sentText),
      request: (letter, wait) => request(name, letter, wait),
      note: (topic, text) => Effect.asVoid(send(name, { to: [boardName], kind: "notification", topic, text })),
      follow: (topics) =>
        alone(
          Effect.suspend(() => {
            const wrong = topics.map((topic) => malformed({ to: [], kind: "notification", text: "", topic }, 0))
            const reason = wrong.find((one) => one !== undefined)
            if (reason !== undefined) return notSent(reason)
            return Effect.mapError(opened(name, [...boxOf(mail, name).topics, ...topics]), unsaid)
          })
        ),
      board: Effect.map(handle.state, ({ plan }) => boardText(board, plan)),
      collect: collect(name)
    })

    const team: Team = {
      join: (name, topics = []) =>
        Effect.as(
          Effect.acquireRelease(alone(opened(name, topics)), () => closed(name)),
          teammate(name)
        )
    }
    return team
  })
