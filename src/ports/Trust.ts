/** What a person has trusted of the folders that code-mesh works in. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The place where answers are kept could not be read or written, or a folder's files could not be looked at. */
export class TrustFailed extends Schema.TaggedError<TrustFailed>()("TrustFailed", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `Whether ${this.path} is trusted cannot be told: ${this.reason}. Until it can, what the folder brings has no effect.`
  }
}

/** A person's answer for a folder. */
export type TrustAnswer = "trusted" | "refused"

/** A file that counts only where it is trusted. */
export interface TrustedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  /** SHA-256 of its content, in hex. */
  readonly hash: string
}

/** What a folder brings at this moment, and what the person has said to exactly that. */
export interface Looked {
  /** The folder's real path. */
  readonly root: string
  readonly files: ReadonlyArray<TrustedFile>
  /** One hash for all the files with their names. */
  readonly hash: string
  /** `nothing`: it brings nothing; `unknown`: nobody was asked yet; `changed`: somebody was, about other contents. */
  readonly state: "nothing" | "unknown" | "changed" | TrustAnswer
  /** A file's content as it was looked at, so that what is used is what was trusted. */
  readonly read: (path: string) => Uint8Array | undefined
}

/** An answer that is kept. */
export interface KeptAnswer {
  readonly root: string
  readonly answer: TrustAnswer
  readonly hash: string
  /** When it was given, in ISO 8601. */
  readonly at: string
}

/** What a person has trusted: by a folder's real path and by the content of all that it brings. */
export class Trust extends Context.Tag("code-mesh/ports/Trust")<
  Trust,
  {
    /** Looks at what a folder brings. Nothing of it takes effect by this. */
    readonly look: (root: string) => Effect.Effect<Looked, TrustFailed>
    /** Keeps the answer for exactly what was looked at. */
    readonly keep: (looked: Looked, answer: TrustAnswer) => Effect.Effect<void, TrustFailed>
    /** Forgets the answer for a folder; says whether there was one. */
    readonly forget: (root: string) => Effect.Effect<boolean, TrustFailed>
    /** All answers, sorted by folder. */
    readonly list: Effect.Effect<ReadonlyArray<KeptAnswer>, TrustFailed>
  }
>() {}
