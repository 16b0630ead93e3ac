/** What is kept of one account at a provider, in the shape of opencode's `auth.json`. */
import * as Schema from "effect/Schema"

const Secret = Schema.Redacted(Schema.String)

/** A key that holds until it is taken back. */
export const ApiEntry = Schema.Struct({ type: Schema.Literal("api"), key: Secret })

/** A sign-in: a token that holds for a while, and what renews it. */
export const OAuthEntry = Schema.Struct({
  type: Schema.Literal("oauth"),
  access: Secret,
  /** Empty where the sign-in cannot be renewed. */
  refresh: Secret,
  /** When `access` ends, in milliseconds since 1970; 0 where nobody said. */
  expires: Schema.Number,
  /** The only address that `refresh` is ever sent to, and as whom; absent where the provider's own code knows it. */
  tokenUrl: Schema.optional(Schema.String),
  clientId: Schema.optional(Schema.String),
  /** Where requests go, where the provider said so with the token. */
  baseUrl: Schema.optional(Schema.String),
  /** The person was told that the provider offers this to its own programs only, and said yes. */
  unofficial: Schema.optional(Schema.Literal(true))
})
/** A sign-in. */
export type OAuthEntry = typeof OAuthEntry.Type

/** A token that an organisation gave for the environment variable `key`. */
export const WellKnownEntry = Schema.Struct({ type: Schema.Literal("wellknown"), key: Schema.String, token: Secret })

/** What is kept of one account. */
export const AuthEntry = Schema.Union(ApiEntry, OAuthEntry, WellKnownEntry)
/** What is kept of one account. */
export type AuthEntry = typeof AuthEntry.Type
