/**
 * The mailboxes of agents that work together, as a fold of their session's facts. Bounded; in the order of sending. In a full
 * mailbox the oldest progress makes room, then the oldest notification, though not for something that matters less: that is
 * not kept itself. Tasks, questions and results are never dropped: where there is no room for one, its sender is refused.
 */
import * as Either from "effect/Either"
import type { Event, FactOf } from "../model/Event.ts"
import type { MessageKind } from "../model/MeshFacts.ts"

/** A message as it was sent. */
export type Sent = FactOf<"message.sent">

/** The mailbox of one name. */
export interface Mailbox {
  /** An agent of this name is at work. */
  readonly open: boolean
  readonly topics: ReadonlyArray<string>
  /** What it has not been given yet, oldest first. */
  readonly waiting: ReadonlyArray<Sent>
  /** How many messages were not kept since it was last given some. */
  readonly lost: number
}

/** A question, and until when its sender waits for the answer. */
export type Awaited = Sent & { readonly deadline: number }

/** All mailboxes of a session, and the questions that somebody waits to be answered. */
export interface Mail {
  readonly boxes: ReadonlyMap<string, Mailbox>
  readonly questions: ReadonlyMap<string, Awaited>
  /** How many messages were sent. */
  readonly count: number
}

/** So many messages wait in a mailbox at most. */
export const mailboxRoom = 32

/** So many questions are remembered, the newest. */
const mostQuestions = 200

/** Where notes for all to read are sent: no mailbox, see the board. */
export const boardName = "board"

/** Everybody who is at work. */
export const everybody = "*"

/** Before any message. */
export const noMail: Mail = { boxes: new Map(), questions: new Map(), count: 0 }

const empty: Mailbox = { open: false, topics: [], waiting: [], lost: 0 }

/** The mailbox of a name. */
export const boxOf = ({ boxes }: Mail, name: string): Mailbox => boxes.get(name) ?? empty

const withBox = (mail: Mail, name: string, change: (box: Mailbox) => Mailbox): Mail => ({
  ...mail,
  boxes: new Map([...mail.boxes, [name, change(boxOf(mail, name))]])
})

/** What somebody wants to tell, and whom. */
export type Draft = Pick<Sent, "from" | "to" | "kind" | "text"> & {
  readonly topic?: string | undefined
  readonly replyTo?: string | undefined
  readonly deadline?: number | undefined
}

/** The names that a message is for: those it names; of everybody those at work, with a topic those who wait for that. */
export const recipients = (mail: Mail, { from, to, topic }: Pick<Draft, "from" | "to" | "topic">) =>
  to.includes(everybody)
    ? [...mail.boxes]
        .filter(([name, { open, topics }]) => open && name !== from && (topic === undefined || topics.includes(topic)))
        .map(([name]) => name)
    : [...new Set(to)].filter((name) => name !== boardName)

const weight: Readonly<Record<MessageKind, number>> = { progress: 0, notification: 1, result: 2, question: 2, task: 2 }

/** Who makes room in a mailbox for a message of a kind: nobody needs to, a message that waits, the new one itself, or nobody can. */
const roomFor = ({ waiting }: Mailbox, kind: MessageKind): Sent | "free" | "itself" | "none" => {
  if (waiting.length < mailboxRoom) return "free"
  const lighter = (of: MessageKind) =>
    weight[of] <= weight[kind] ? waiting.find((message) => message.kind === of) : undefined
  return lighter("progress") ?? lighter("notification") ?? (weight[kind] < 2 ? "itself" : "none")
}

const listed = (names: Iterable<string>): string => [...names].sort().join(", ")

/** Why a message cannot be sent to these names; nothing where it can. */
const fault = (mail: Mail, draft: Draft, names: ReadonlyArray<string>, expected: ReadonlySet<string>) => {
  const { from, kind, to, topic } = draft
  const known = new Set([...expected, ...mail.boxes.keys()])
  if (names.includes(from)) return "A message to yourself is not sent."
  if (to.includes(everybody) && names.length === 0)
    return topic === undefined ? "Nobody else is at work now." : `Nobody at work waits for ${JSON.stringify(topic)}.`
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length > 0) return `There is no agent ${listed(unknown)}. There are: ${listed(known)}.`
  // One that has not begun yet finds it when it begins; one that is gone reads nothing any more.
  const gone = names.filter((name) => !boxOf(mail, name).open && !expected.has(name))
  if (gone.length > 0) return `No longer at work: ${listed(gone)}.`
  const full = names.filter((name) => roomFor(boxOf(mail, name), kind) === "none")
  return full.length > 0 ? `The mailbox is full, and nothing was sent: ${listed(full)}. Try again later.` : undefined
}

/**
 * Sends a message: the fact that says so with what it costs, or why it cannot be sent. `expected` are the names that may
 * still begin.
 */
export const sending = (
  mail: Mail,
  draft: Draft,
  { expected, turn }: { readonly expected: ReadonlySet<string>; readonly turn: number }
): Either.Either<Sent, string> => {
  const names = recipients(mail, draft)
  const everywhere = fault(mail, draft, names, expected)
  if (everywhere !== undefined) return Either.left(everywhere)
  const { deadline, from, kind, replyTo, text, to, topic } = draft
  const id = `m${mail.count + 1}`
  const dropped = names.flatMap((name) => {
    const room = roomFor(boxOf(mail, name), kind)
    return room === "free" || room === "none" ? [] : [`${name}/${room === "itself" ? id : room.id}`]
  })
  return Either.right({
    type: "message.sent",
    turn,
    id,
    from,
    to,
    kind,
    ...(topic === undefined ? {} : { topic }),
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(dropped.length === 0 ? {} : { dropped })
  })
}

const put = (mail: Mail, sent: Sent): Mail => {
  const lost = new Set(sent.dropped)
  return recipients(mail, sent).reduce(
    (all, name) =>
      withBox(all, name, (box) => {
        const kept = [...box.waiting, sent].filter(({ id }) => !lost.has(`${name}/${id}`))
        return { ...box, waiting: kept, lost: box.lost + box.waiting.length + 1 - kept.length }
      }),
    mail
  )
}

const asking = (questions: Mail["questions"], sent: Sent): Mail["questions"] => {
  const open = [...questions].filter(([id]) => id !== sent.replyTo)
  const { deadline, id } = sent
  const all = deadline === undefined ? open : [...open, [id, { ...sent, deadline }] as const]
  return new Map(all.slice(-mostQuestions))
}

const read = (box: Mailbox, ids: ReadonlySet<string>): Mailbox => ({
  ...box,
  waiting: box.waiting.filter(({ id }) => !ids.has(id)),
  lost: 0
})

/** Folds an event into the mailboxes. A turn begins with nobody at work. */
export const evolveMail = (mail: Mail, event: Event): Mail => {
  switch (event.type) {
    case "mailbox.opened":
      return withBox(mail, event.name, (box) => ({ ...box, open: true, topics: event.topics }))
    case "mailbox.closed":
      return withBox(mail, event.name, (box) => ({ ...box, open: false }))
    case "message.read":
      return withBox(mail, event.name, (box) => read(box, new Set(event.messages)))
    case "message.sent":
      return { ...put(mail, event), questions: asking(mail.questions, event), count: mail.count + 1 }
    case "prompt.submitted":
      return { ...mail, boxes: new Map([...mail.boxes].map(([name, box]) => [name, { ...box, open: false }])) }
    default:
      return mail
  }
}

/**
 * The question that `from` has to answer before it may wait for an answer of `to`: waiting would close a circle, in which
 * each waits for the next.
 */
export const owed = (mail: Mail, from: string, to: string, now: number): Sent | undefined => {
  const waits = [...mail.questions.values()].filter(({ deadline }) => deadline >= now)
  const seen = new Set<string>()
  let ahead: ReadonlyArray<string> = [to]
  while (ahead.length > 0) {
    const next = waits.filter((question) => ahead.includes(question.from) && !seen.has(question.id))
    const mine = next.find((question) => question.to.includes(from))
    if (mine !== undefined) return mine
    for (const { id } of next) seen.add(id)
    ahead = next.flatMap((question) => question.to)
  }
  return undefined
}

/** The oldest messages of a mailbox that together are no longer than `most` characters, one at least. */
export const portion = ({ waiting }: Mailbox, most: number): ReadonlyArray<Sent> => {
  let left = most
  const end = waiting.findIndex(({ text }, index) => {
    left -= text.length
    return left < 0 && index > 0
  })
  return end === -1 ? waiting : waiting.slice(0, end)
}
