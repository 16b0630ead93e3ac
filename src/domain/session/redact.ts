/** Takes known secrets out of what is recorded, sent and shown. Pure. */
import * as Redacted from "effect/Redacted"
import type { KnownSecret } from "../../ports/Secrets.ts"

/** The text with each known secret named instead of shown. */
export type Hide = (text: string) => string

/** Shorter ones are words that stand in many texts. */
const shortest = 8

const lines = (secrets: ReadonlyArray<KnownSecret>) =>
  secrets
    .map(({ name, value }) => ({ text: Redacted.value(value), instead: `[redacted: ${name}]` }))
    .filter(({ text }) => text.length >= shortest)
    // One may be the beginning of another.
    .sort((a, b) => b.text.length - a.text.length)

/** Takes these secrets out of texts. */
export const hiding = (secrets: ReadonlyArray<KnownSecret>): Hide => {
  const known = lines(secrets)
  if (known.length === 0) return (text) => text
  return (text) => known.reduce((all, { instead, text: one }) => all.replaceAll(one, () => instead), text)
}

/** Members that name things of this program, and contents that are no text. */
const kept: ReadonlySet<string> = new Set([
  "type",
  "call",
  "model",
  "session",
  "from",
  "to",
  "mode",
  "apply",
  "by",
  "kind",
  "hash",
  "signature",
  "redacted",
  "data"
])

const deep = (value: unknown, hide: Hide): unknown => {
  if (typeof value === "string") return hide(value)
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) {
    const items: ReadonlyArray<unknown> = value
    const hidden = items.map((item) => deep(item, hide))
    return hidden.some((item, index) => item !== items[index]) ? hidden : items
  }
  const entries = Object.entries(value)
  const hidden = entries.map(([key, inner]) => [hide(key), kept.has(key) ? inner : deep(inner, hide)] as const)
  const same = hidden.every(([key, inner], index) => key === entries[index]?.[0] && inner === entries[index]?.[1])
  return same ? value : Object.fromEntries(hidden)
}

/** The same value, plain data as facts are, without secrets in its texts; the very same one where there are none. */
export const withoutSecrets = <A extends object>(value: A, hide: Hide): A => deep(value, hide) as A

/** How much of the text's end could be the beginning of a secret. */
const open = (text: string, secrets: ReadonlyArray<string>): number => {
  const longest = secrets.reduce((most, secret) => Math.max(most, secret.length - 1), 0)
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length)
    if (secrets.some((secret) => secret.startsWith(end))) return length
  }
  return 0
}

/** A text that comes in pieces: what may be the beginning of a secret waits for the next piece of the same text. */
export const hidingPieces = () => {
  const waiting = new Map<string, string>()
  return (secrets: ReadonlyArray<KnownSecret>, stream: string, piece: string): string => {
    const text = hiding(secrets)(`${waiting.get(stream) ?? ""}${piece}`)
    const held = open(
      text,
      lines(secrets).map((one) => one.text)
    )
    if (held === 0) waiting.delete(stream)
    else waiting.set(stream, text.slice(-held))
    return text.slice(0, text.length - held)
  }
}
