/** Renews a sign-in with whoever gave it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { endOf } from "../../../domain/auth/expiry.ts"
import { copilot } from "../../../domain/auth/unofficial.ts"
import type { OAuthEntry } from "../../../domain/model/AuthEntry.ts"
import type { Renew } from "./freshEntry.ts"
import type { Fetch } from "./jsonCall.ts"
import { exchangeRefresh, type Grant, type OAuthFault, type OAuthServer } from "./oauth.ts"
import { SignInFailed } from "./signInFailed.ts"

/** A grant as it is kept. A server that sends no new refresh token goes on with the one there was. */
export const granted = (server: OAuthServer, grant: Grant, old?: OAuthEntry): Effect.Effect<OAuthEntry> =>
  Effect.map(Clock.currentTimeMillis, (now) => ({
    ...old,
    type: "oauth",
    access: grant.access,
    refresh: grant.refresh ?? old?.refresh ?? Redacted.make(""),
    expires: endOf(now, grant.expiresIn),
    tokenUrl: server.tokenUrl,
    clientId: server.clientId
  }))

/** What an OAuth server's no means to a person. */
export const signInFailed = (provider: string, { error, kind }: OAuthFault): SignInFailed =>
  kind === "unreachable"
    ? new SignInFailed({ provider, kind, reason: `the sign-in server could not be asked: ${error}` })
    : new SignInFailed({ provider, kind: error === "invalid_grant" ? "over" : "refused", reason: `it said ${error}` })

const over = (provider: string, reason: string) => new SignInFailed({ provider, kind: "over", reason })

/** Renews sign-ins through this fetch. */
export const renewing =
  (fetch: Fetch): Renew =>
  (provider, entry) =>
    Effect.gen(function* () {
      if (Redacted.value(entry.refresh) === "") return yield* over(provider, "it came without anything to renew it by")
      if (provider === copilot) {
        const { copilotToken } = yield* Effect.promise(() => import("./copilot.ts"))
        return { ...entry, ...(yield* copilotToken(fetch, entry.refresh)) }
      }
      const { clientId, tokenUrl } = entry
      if (clientId === undefined || tokenUrl === undefined)
        return yield* over(provider, "it is not known where to renew it")
      const server = { clientId, tokenUrl }
      const grant = yield* Effect.mapError(exchangeRefresh(fetch, server, entry.refresh), (fault) =>
        signInFailed(provider, fault)
      )
      return yield* granted(server, grant, entry)
    })
