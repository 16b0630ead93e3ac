/** Seals texts of sessions by AES-256-GCM, under a key that is kept where the API keys are. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CredentialsFailed } from "../../ports/Credentials.ts"
import { StoreFailed } from "../../ports/EventStore.ts"
import { type Sealing, sealedMark } from "../shared/sealing.ts"
import type { Entries, KeyRing } from "./FileCredentials.ts"

/** The key's name among the others; no provider can have it. */
const entryName = "code-mesh:sessions"

const SealEntry = Schema.Struct({ type: Schema.Literal("seal"), key: Schema.String })
const isSealEntry = Schema.is(SealEntry)

interface SealKey {
  readonly key: Buffer
  /** Says which key it is, without giving it away. */
  readonly id: string
}

const algorithm = "aes-256-gcm"

const keyIn = (entries: Entries): SealKey | undefined => {
  const entry = Object.hasOwn(entries, entryName) ? entries[entryName] : undefined
  if (!isSealEntry(entry)) return undefined
  const key = Buffer.from(entry.key, "base64")
  return { key, id: createHash("sha256").update(key).digest("hex").slice(0, 12) }
}

const closed = (reason: string): StoreFailed =>
  new StoreFailed({
    kind: "sealed",
    reason,
    remedy: "Nothing was changed. Give the passphrase, or set auth.store to where the key is."
  })

const fromKeys = (error: CredentialsFailed): StoreFailed =>
  closed(`the sessions are encrypted and their key at ${error.path} cannot be had: ${error.reason}`)

const sealOne = ({ id, key }: SealKey, text: string, place: string): string => {
  const iv = randomBytes(12)
  const cipher = createCipheriv(algorithm, key, iv)
  cipher.setAAD(Buffer.from(place))
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return `${sealedMark}${id}:${Buffer.concat([iv, cipher.getAuthTag(), data]).toString("base64")}`
}

const openOne = ({ id, key }: SealKey, text: string, place: string): string => {
  const [, by = "", data = ""] = text.split(":")
  if (by !== id) throw new Error(`it was sealed with another key (${by}, and this is ${id})`)
  const bytes = Buffer.from(data, "base64")
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8")
}

/** Seals what is stored from now on if that is wanted, and opens what was sealed either way. */
export const textSealing = (ring: KeyRing, wanted: boolean): Sealing => {
  let known: SealKey | undefined
  const existing = Effect.suspend(() => {
    if (known !== undefined) return Effect.succeed(known)
    return Effect.flatMap(
      Effect.mapError(
        ring.change((entries) => [entries, keyIn(entries)]),
        fromKeys
      ),
      (found) =>
        found === undefined
          ? Effect.fail(closed(`the sessions are encrypted and there is no key for them at ${ring.name}`))
          : Effect.sync(() => {
              known = found
              return found
            })
    )
  })
  const orNew = Effect.suspend(() => {
    if (known !== undefined) return Effect.succeed(known)
    const made = { [entryName]: { type: "seal", key: randomBytes(32).toString("base64") } }
    return ring
      .change((entries) => (keyIn(entries) === undefined ? [{ ...entries, ...made }, undefined] : [entries, undefined]))
      .pipe(Effect.mapError(fromKeys), Effect.zipRight(existing))
  })
  return {
    seal: (texts, place) =>
      wanted ? Effect.map(orNew, (key) => texts.map((text) => sealOne(key, text, place))) : Effect.succeed(texts),
    open: (texts, place) =>
      texts.some((text) => text.startsWith(sealedMark))
        ? Effect.flatMap(existing, (key) =>
            Effect.try({
              try: () => texts.map((text) => (text.startsWith(sealedMark) ? openOne(key, text, place) : text)),
              catch: (error) =>
                closed(`what is stored of ${place} cannot be opened: ${error instanceof Error ? error.message : ""}`)
            })
          )
        : Effect.succeed(texts)
  }
}
