/** Keeps what fits: the last guard before a request is sent. Never splits a call from its result. */
import type { Message, Part } from "../model/Message.ts"
import { messageTokens } from "./budget.ts"

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

const cut = (text: string, keep: number): string => {
  if (text.length <= keep) return text
  const half = Math.max(0, Math.floor(keep / 2))
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out to fit the window …]\n${text.slice(text.length - half)}`
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
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]
    if (message === undefined) break
    sum += messageTokens(message, count)
    if (sum > room && from < messages.length) break
    if (startsExchange(message)) from = index
  }
  return messages.slice(from < messages.length ? from : 0)
}

const lastSteps = (
  messages: ReadonlyArray<Message>,
  room: number,
  count: (text: string) => number
): ReadonlyArray<Message> => {
  const [first, ...rest] = messages
  if (first === undefined) return messages
  let sum = messageTokens(first, count)
  let from = rest.length
  for (let index = rest.length - 1; index >= 0; index--) {
    const message = rest[index]
    if (message === undefined) break
    sum += messageTokens(message, count)
    if (sum > room) break
    if (message.role === "assistant") from = index
  }
  return [first, ...rest.slice(from)]
}

/**
 * The messages cut to `room` tokens by `count`: whole exchanges go first, oldest before newest; then older steps of the
 * last exchange; then long parts are shortened, more and more. Total: with any room at all the last person's words stay,
 * shortened.
 */
export const fitInto = (messages: ReadonlyArray<Message>, room: number, count: (text: string) => number): Fitted => {
  const all = total(messages, count)
  if (all <= room) return { messages, tokens: all, dropped: 0, shortened: 0 }
  let kept = tail(messages, room, count)
  let sum = total(kept, count)
  for (let keep = 16_000; sum > room && keep >= 1000; keep = Math.floor(keep / 2)) {
    const limit = keep
    kept = kept.map((message) => ({ ...message, parts: message.parts.map((part) => shorten(part, limit)) }))
    sum = total(kept, count)
  }
  if (sum > room) {
    kept = lastSteps(kept, room, count)
    sum = total(kept, count)
  }
  for (let keep = 500; sum > room && keep >= 1; keep = Math.floor(keep / 2)) {
    const limit = keep
    kept = kept.map((message) => ({ ...message, parts: message.parts.map((part) => shorten(part, limit)) }))
    sum = total(kept, count)
  }
  const parts = (list: ReadonlyArray<Message>) => list.flatMap((message) => message.parts)
  const shortened = parts(kept).filter((part) => !parts(messages).includes(part)).length
  return { messages: kept, tokens: sum, dropped: messages.length - kept.length, shortened }
}
