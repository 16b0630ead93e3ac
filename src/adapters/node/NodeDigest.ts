/** SHA-256 by Node's own crypto, without waiting. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Digest } from "../../ports/Digest.ts"

/** SHA-256 by Node's own crypto. */
export const layer: Layer.Layer<Digest> = Layer.succeed(Digest, {
  sha256: (input) =>
    Effect.sync(() =>
      typeof input === "string"
        ? createHash("sha256").update(input, "utf8").digest("hex")
        : createHash("sha256").update(input).digest("hex")
    )
})
