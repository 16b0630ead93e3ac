/** Keeps the secrets that providers want. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { AuthEntry } from "../domain/model/AuthEntry.ts"

/** The secrets could not be read, written or renewed. */
export class CredentialsFailed extends Schema.TaggedError<CredentialsFailed>()("CredentialsFailed", {
  path: Schema.String,
  reason: Schema.String,
  /** `unreachable`: what renews a sign-in did not answer; trying again later may help. */
  kind: Schema.optional(Schema.Literal("unreachable"))
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
  /** Which of the provider's accounts it is; `default` is the one that has no name. Absent where the environment gave it. */
  readonly account?: string
  readonly kind?: AuthEntry["type"]
  /** When a sign-in's token ends, in milliseconds since 1970; it is renewed before. */
  readonly expires?: number
}

/** Keeps the secrets that providers want: keys and sign-ins, one or several accounts a provider. */
export class Credentials extends Context.Tag("code-mesh/ports/Credentials")<
  Credentials,
  {
    /**
     * The key of the account that counts, renewed where it had to be. The environment variable `env` wins over what is
     * stored, unless the settings name an account.
     */
    readonly get: (provider: string, env?: string) => Effect.Effect<Option.Option<Credential>, CredentialsFailed>
    /** The same as it is stored: its token may have ended. For telling people, and whether there is one at all. */
    readonly find: (provider: string, env?: string) => Effect.Effect<Option.Option<Credential>, CredentialsFailed>
    /** Stores a key or a sign-in, readable by the person alone; `account` is the unnamed one where absent. */
    readonly set: (
      provider: string,
      secret: Redacted.Redacted<string> | AuthEntry,
      account?: string
    ) => Effect.Effect<void, CredentialsFailed>
    /** Forgets an account, the unnamed one where absent; answers whether there was one. */
    readonly remove: (provider: string, account?: string) => Effect.Effect<boolean, CredentialsFailed>
    /** Makes this account the one that counts; answers whether there is one of that name. */
    readonly choose: (provider: string, account: string) => Effect.Effect<boolean, CredentialsFailed>
    /** All accounts, sorted, those of a provider with the one that counts first. Nothing is renewed. */
    readonly list: Effect.Effect<ReadonlyArray<Credential>, CredentialsFailed>
  }
>() {}
