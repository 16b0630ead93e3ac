/** Seals texts of sessions by AES-256-GCM, under a key that is kept where the API keys are. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { type Sealing, sealedMark } from "../shared/sealing.ts"
import type { KeyRing } from "./FileCredentials.ts"
import { closed, type SealKey, sealAlgorithm, sealKeys } from "./sealKeys.ts"

const sealOne = ({ id, key }: SealKey, text: string, place: string): string => {
  const iv = randomBytes(12)
  const cipher = createCipheriv(sealAlgorithm, key, iv)
  cipher.setAAD(Buffer.from(place))
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return `${sealedMark}${id}:${Buffer.concat([iv, cipher.getAuthTag(), data]).toString("base64")}`
}

const openOne = ({ id, key }: SealKey, text: string, place: string): string => {
  const [, by = "", data = ""] = text.split(":")
  if (by !== id) throw new Error(`it was sealed with another key (${by}, and this is ${id})`)
  const bytes = Buffer.from(data, "base64")
  const decipher = createDecipheriv(sealAlgorithm, key, bytes.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8")
}

/** Seals what is stored from now on if that is wanted, and opens what was sealed either way. */
export const textSealing = (ring: KeyRing, wanted: boolean): Sealing => {
  const keys = sealKeys(ring)
  return {
    seal: (texts, place) =>
      wanted ? Effect.map(keys.orNew, (key) => texts.map((text) => sealOne(key, text, place))) : Effect.succeed(texts),
    open: (texts, place) =>
      texts.some((text) => text.startsWith(sealedMark))
        ? Effect.flatMap(keys.existing, (key) =>
            Effect.try({
              try: () => texts.map((text) => (text.startsWith(sealedMark) ? openOne(key, text, place) : text)),
              catch: (error) =>
                closed(`what is stored of ${place} cannot be opened: ${error instanceof Error ? error.message : ""}`)
            })
          )
        : Effect.succeed(texts)
  }
}
