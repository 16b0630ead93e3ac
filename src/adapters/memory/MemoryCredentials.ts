/** Keys in memory: for tests, headless worlds, and pages that keep nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Entries } from "../../domain/auth/accounts.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { type CredentialOptions, credentialsOver } from "../shared/auth/credentialsOver.ts"
import { SignInFailed } from "../shared/auth/signInFailed.ts"

const cannotRenew: CredentialOptions["renew"] = (provider) =>
  Effect.fail(new SignInFailed({ provider, kind: "over", reason: "this world renews nothing" }))

/** Keys in memory, beside the environment that is given; both may be empty. */
export const layer = (
  options: Partial<CredentialOptions> & { readonly keys?: Readonly<Record<string, string>> } = {}
): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    let entries: Entries = Object.fromEntries(
      Object.entries(options.keys ?? {}).map(([provider, key]) => [provider, { type: "api", key }])
    )
    const place = {
      name: "memory",
      entries: Effect.sync(() => entries),
      change: <A>(edit: (entries: Entries) => readonly [Entries, A]) =>
        Effect.sync(() => {
          const [after, answer] = edit(entries)
          entries = after
          return answer
        }),
      alone: <A, E>(_: string, body: Effect.Effect<A, E>) => body
    }
    return credentialsOver(place, { renew: cannotRenew, ...options })
  })
