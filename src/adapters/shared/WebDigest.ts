/** SHA-256 by WebCrypto: in pages, workers, and every other host that has `crypto.subtle`. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Digest } from "../../ports/Digest.ts"

const hex = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0")
  return text
}

/** SHA-256 by WebCrypto; where a page has no secure context there is none, and using it is a defect. */
export const layer: Layer.Layer<Digest> = Layer.sync(Digest, () => {
  const encoder = new TextEncoder()
  return {
    sha256: (input) =>
      Effect.promise(async () => {
        // A copy, since WebCrypto takes no view on shared memory and must not see later writes.
        const bytes = typeof input === "string" ? encoder.encode(input) : new Uint8Array(input)
        return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))
      })
  }
})
