/** Keeps the secrets that providers want. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** The place of the secrets could not be read or written. */
export class CredentialsFailed extends Schema.TaggedError<CredentialsFailed>()("CredentialsFailed", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `Credentials at ${this.path} could not be used: ${this.reason}. No key was changed.`
  }
}

/** Where requests with a key go, and what they carry beside it, where the provider said so when it gave the key. */
export interface CredentialEndpoint {
  readonly baseUrl?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A key, and where it came from. */
export interface Credential {
  readonly provider: string
  /** What a request carries: an API key, or an access token that holds for a while yet. */
  readonly key: Redacted.Redacted<string>
  /** `environment NAME` or the file's path. */
  readonly source: string
  /** Counts before the provider's own address and headers. */
  readonly endpoint?: CredentialEndpoint
}

/** Keeps the secrets that providers want: one API key a provider. */
export class Credentials extends Context.Tag("code-mesh/ports/Credentials")<
  Credentials,
  {
    /** The key for a provider; where the environment variable `env` holds one, it wins over what is stored. */
    readonly get: (provider: string, env?: string) => Effect.Effect<Option.Option<Credential>, CredentialsFailed>
    /** Stores a key, readable by the person alone. */
    readonly set: (provider: string, key: Redacted.Redacted<string>) => Effect.Effect<void, CredentialsFailed>
    /** Forgets a stored key; answers whether there was one. */
    readonly remove: (provider: string) => Effect.Effect<boolean, CredentialsFailed>
    /** The providers with a stored key, sorted. */
    readonly list: Effect.Effect<ReadonlyArray<Credential>, CredentialsFailed>
  }
>() {}
