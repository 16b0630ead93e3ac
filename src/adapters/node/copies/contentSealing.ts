/** Seals contents of changes and what copies note about themselves, under the key that seals sessions. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { StoreFailed } from "../../../ports/EventStore.ts"
import type { KeyRing } from "../FileCredentials.ts"
import { closed, type SealKey, sealAlgorithm, sealKeys } from "../sealKeys.ts"

/** Seals bytes and opens them again; `place` is what sealed bytes are bound to, so that none can stand elsewhere. */
export interface Box {
  /** Which key it is. */
  readonly id: string
  /** A content's name as it stands on disk: it tells nobody without the key what the content is. */
  readonly nameOf: (hash: string) => string
  readonly seal: (bytes: Uint8Array, place: string) => Uint8Array
  /** Throws where the bytes are not whole, were changed, or were sealed for another place. */
  readonly open: (sealed: Uint8Array, place: string) => Uint8Array
  /** Seals a file of any size into a new one. */
  readonly sealFile: (from: string, to: string, place: string) => void
}

/** How many bytes longer what is sealed is. */
export const sealedBy = 28

const ivBytes = 12
const tagBytes = 16
/** A file is sealed in parts of this size. */
const part = 1 << 20

const derived = (key: Buffer, use: string): Buffer =>
  Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), `code-mesh ${use}`, 32))

const cipherFor = (key: Buffer, place: string) => {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(sealAlgorithm, key, iv)
  cipher.setAAD(Buffer.from(place))
  return { iv, cipher }
}

/** What one key seals and opens. */
export const boxOf = ({ id, key }: SealKey): Box => {
  const contents = derived(key, "contents")
  const names = derived(key, "names")
  return {
    id,
    nameOf: (hash) => createHmac("sha256", names).update(hash).digest("hex"),
    seal: (bytes, place) => {
      const { cipher, iv } = cipherFor(contents, place)
      return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    },
    open: (sealed, place) => {
      if (sealed.length < sealedBy) throw new Error(`${place} is not whole`)
      const decipher = createDecipheriv(sealAlgorithm, contents, sealed.subarray(0, ivBytes), {
        authTagLength: tagBytes
      })
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()])
      } catch {
        throw new Error(`${place} does not open: it is not whole, or it was changed`)
      }
    },
    sealFile: (from, to, place) => {
      const { cipher, iv } = cipherFor(contents, place)
      const bytes = Buffer.allocUnsafe(part)
      const source = fs.openSync(from, "r")
      try {
        fs.writeFileSync(to, iv, { flag: "wx", mode: 0o600 })
        for (let got = fs.readSync(source, bytes); got > 0; got = fs.readSync(source, bytes))
          fs.appendFileSync(to, cipher.update(bytes.subarray(0, got)))
        fs.appendFileSync(to, Buffer.concat([cipher.final(), cipher.getAuthTag()]))
      } finally {
        fs.closeSync(source)
      }
    }
  }
}

/** Whether new contents are sealed, and the key once it is had. */
export interface ContentSealing {
  readonly wanted: boolean
  /**
   * Gets the key: where new contents are sealed it must be had; else only where something is `sealed` already, and where
   * it cannot be had then, only what is sealed stays closed.
   */
  readonly unlock: (sealed: () => boolean) => Effect.Effect<void, StoreFailed>
  readonly box: () => Box | undefined
  /** Throws with the reason why there is no key. */
  readonly need: () => Box
}

/** Seals nothing, and there is nothing sealed. */
export const openContents: ContentSealing = {
  wanted: false,
  unlock: () => Effect.void,
  box: () => undefined,
  need: () => {
    throw new Error("it is encrypted, and nothing here has its key")
  }
}

/** Seals what is kept from now on if that is wanted, and opens what was sealed either way. */
export const contentSealing = (ring: KeyRing, wanted: boolean): ContentSealing => {
  const keys = sealKeys(ring)
  let box: Box | undefined
  let refused: StoreFailed | undefined
  const had = (key: SealKey): void => {
    box = boxOf(key)
  }
  return {
    wanted,
    unlock: (sealed) =>
      Effect.suspend(() => {
        if (box !== undefined) return Effect.void
        if (wanted) return Effect.map(keys.orNew, had)
        if (refused !== undefined || !sealed()) return Effect.void
        return Effect.match(keys.existing, {
          onSuccess: had,
          onFailure: (error) => {
            refused = error
          }
        })
      }),
    box: () => box,
    need: () => {
      if (box !== undefined) return box
      throw refused ?? closed("it is encrypted, and its key was not asked for")
    }
  }
}
