/** The key under which sessions and contents of changes are sealed: one of the entries beside the API keys. */
import { createHash, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CredentialsFailed } from "../../ports/Credentials.ts"
import { StoreFailed } from "../../ports/EventStore.ts"
import type { KeyRing } from "./FileCredentials.ts"

/** The key's name among the others; no provider can have it. */
const entryName = "code-mesh:sessions"

const SealEntry = Schema.Struct({ type: Schema.Literal("seal"), key: Schema.String })
const isSealEntry = Schema.is(SealEntry)

/** A key, and a short name that says which one it is without giving it away. */
export interface SealKey {
  readonly key: Buffer
  readonly id: string
}

/** How everything is sealed: what was changed does not open. */
export const sealAlgorithm = "aes-256-gcm"

const keyIn = (entries: Readonly<Record<string, unknown>>): SealKey | undefined => {
  const entry = Object.hasOwn(entries, entryName) ? entries[entryName] : undefined
  if (!isSealEntry(entry)) return undefined
  const key = Buffer.from(entry.key, "base64")
  return { key, id: createHash("sha256").update(key).digest("hex").slice(0, 12) }
}

/** What is sealed stays so, and why. */
export const closed = (reason: string): StoreFailed =>
  new StoreFailed({
    kind: "sealed",
    reason,
    remedy: "Nothing was changed. Give the passphrase, or set auth.store to where the key is."
  })

const fromKeys = (error: CredentialsFailed): StoreFailed =>
  closed(`the sessions are encrypted and their key at ${error.path} cannot be had: ${error.reason}`)

/** The ring's key, asked for once: the one that is there, or a new one where there is none. */
export const sealKeys = (
  ring: KeyRing
): {
  readonly existing: Effect.Effect<SealKey, StoreFailed>
  readonly orNew: Effect.Effect<SealKey, StoreFailed>
} => {
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
  return { existing, orNew }
}
