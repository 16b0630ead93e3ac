/** Keeps what fits: the last guard before a request is sent. Never splits a call from its result. */
import type { Message, Part } from "../model/Message.ts"
import { messageTokens, textOf } from "./budget.ts"

/** Messages that fit, and what was left out to make them. */
export interface Fitted {
  readonly messages: ReadonlyArray<Message>
  readonly tokens: number
  /** Messages left out, and parts shortened. */
  readonly dropped: number
  readonly shortened: number
}

const startsExchange = (message: Message): boolean =>
  message.role === "user" && !message.parts.some((part) => part.type === "tool-result")

/** Head and tail of a text; the text itself where that is no longer. */
const cut = (text: string, keep: number): string => {
  const half = Math.floor(keep / 2)
  const short = `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out to fit the window …]\n${text.slice(text.length - half)}`
  return short.length < text.length ? short : text
}

const shorten = (part: Part, keep: number): Part => {
  switch (part.type) {
    case "text":
      return { ...part, text: cut(part.text, keep) }
    case "tool-result": {
      const { images: _images, ...rest } = part
      return { ...rest, text: cut(part.text, keep) }
    }
    case "file":
      return part.text === undefined
        ? { type: "text", text: `[file ${part.name} left out to fit the window]` }
        : { ...part, text: cut(part.text, keep) }
    case "image":
      return { type: "text", text: "[image left out to fit the window]" }
    case "tool-call":
      return part.input.length <= keep ? part : { ...part, input: "{}" }
    case "reasoning":
      return part
  }
}

const total = (messages: ReadonlyArray<Message>, count: (text: string) => number): number =>
  messages.reduce((sum, message) => sum + messageTokens(message, count), 0)

/** The messages from the first one that may begin a conversation and leaves at most `room` tokens; the last exchange always. */
const tail = (
  messages: ReadonlyArray<Message>,
  room: number,
  count: (text: string) => number
): ReadonlyArray<Message> => {
  let sum = 0
  let from = messages.length
  for (const [index, message] of Array.from(messages.entries()).reverse()) {
    sum += messageTokens(message, count)
    if (sum > room && from < messages.length) break
    if (startsExchange(message)) from = index
  }
  return messages.slice(from)
}

/** What began an exchange, and as many of its last steps as fit. */
const lastSteps = (
  messages: ReadonlyArray<Message>,
  room: number,
  count: (text: string) => number
): ReadonlyArray<Message> => {
  const first = messages.slice(0, 1)
  const rest = messages.slice(1)
  let sum = total(first, count)
  let from = rest.length
  for (const [index, message] of Array.from(rest.entries()).reverse()) {
    sum += messageTokens(message, count)
    // The newest step stays in any case: a model that never sees what came of its call makes it again.
    if (sum > room && from < rest.length) break
    if (message.role === "assistant") from = index
  }
  return [...first, ...rest.slice(from)]
}

/** Parts shortened to `most` characters, half of that, and so on down to `least`, until all fits. */
const squeeze = (
  messages: ReadonlyArray<Message>,
  sizes: { readonly most: number; readonly least: number },
  room: number,
  count: (text: string) => number
): ReadonlyArray<Message> => {
  let kept = messages
  for (let keep = sizes.most; total(kept, count) > room && keep >= sizes.least; keep = Math.floor(keep / 2))
    kept = kept.map((message) => ({ ...message, parts: message.parts.map((part) => shorten(part, keep)) }))
  return kept
}

/** The first message alone, as one text: what is left where its parts are too many. */
const inOne = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages
    .slice(0, 1)
    .map(({ parts, role }) => ({ role, parts: [{ type: "text", text: parts.map(textOf).join("\n") }] }))

/**
 * The messages cut to `room` tokens by `count`: whole exchanges go first, oldest before newest; then long parts are
 * shortened; then older steps of the last exchange go; then parts are shortened more and more. Total: with room for a
 * line the last person's words stay, shortened. A conversation that nobody began is left out.
 */
export const fitInto = (messages: ReadonlyArray<Message>, room: number, count: (text: string) => number): Fitted => {
  const all = total(messages, count)
  if (all <= room) return { messages, tokens: all, dropped: 0, shortened: 0 }
  let kept = squeeze(tail(messages, room, count), { most: 16_000, least: 1000 }, room, count)
  if (total(kept, count) > room) kept = squeeze(lastSteps(kept, room, count), { most: 500, least: 1 }, room, count)
  if (total(kept, count) > room) kept = kept.slice(0, 1)
  if (total(kept, count) > room) kept = squeeze(inOne(kept), { most: 2 * Math.max(0, room), least: 1 }, room, count)
  const before = new Set(messages.flatMap((message) => message.parts))
  const shortened = kept.flatMap((message) => message.parts).filter((part) => !before.has(part)).length
  return { messages: kept, tokens: total(kept, count), dropped: messages.length - kept.length, shortened }
}
