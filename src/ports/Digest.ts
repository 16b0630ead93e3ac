/** SHA-256, which the domain has no host global for. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** SHA-256. */
export class Digest extends Context.Tag("code-mesh/ports/Digest")<
  Digest,
  {
    /** The SHA-256 of bytes, or of a text's UTF-8, in lower-case hex. */
    readonly sha256: (input: string | Uint8Array) => Effect.Effect<string>
  }
>() {}
