/**
 * GitHub Copilot, as editors sign in to it: a GitHub token from the device flow, exchanged for one that holds half an
 * hour. Unofficial; nothing here is called before the person has said yes.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { margin } from "../../../domain/auth/expiry.ts"
import { copilot } from "../../../domain/auth/unofficial.ts"
import type { OAuthEntry } from "../../../domain/model/AuthEntry.ts"
import { copilotHeaders } from "./asEditor.ts"
import { type Fetch, jsonCall } from "./jsonCall.ts"
import { isLoopbackAddress } from "./loopbackAddress.ts"
import type { OAuthServer } from "./oauth.ts"
import { SignInFailed } from "./signInFailed.ts"

/** GitHub's device flow, with the client that editors use: there is no other for Copilot. */
export const github: OAuthServer & { readonly deviceUrl: string } = {
  deviceUrl: "https://github.com/login/device/code",
  tokenUrl: "https://github.com/login/oauth/access_token",
  clientId: "Iv1.b507a08c87ecfe98",
  scope: "read:user"
}

const exchangeUrl = "https://api.github.com/copilot_internal/v2/token"

const Answer = Schema.Struct({
  token: Schema.NonEmptyString,
  /** Seconds since 1970, by GitHub's clock. */
  expires_at: Schema.Number,
  /** Seconds from now. */
  refresh_in: Schema.optional(Schema.Number),
  endpoints: Schema.optional(Schema.Struct({ api: Schema.optional(Schema.String) }))
})
const readAnswer = Schema.decodeUnknownOption(Answer)

const failed = (kind: SignInFailed["kind"], reason: string) => new SignInFailed({ provider: copilot, kind, reason })

const refusal = (status: number): SignInFailed =>
  status === 401
    ? failed("over", "GitHub no longer knows the sign-in")
    : failed("refused", `GitHub gives this account no token for Copilot (HTTP ${status}); does it have a subscription?`)

/** The token for Copilot that a GitHub token is good for, and where it is used. */
export const copilotToken = (fetch: Fetch, token: Redacted.Redacted<string>): Effect.Effect<OAuthEntry, SignInFailed> =>
  Effect.gen(function* () {
    const headers = { ...copilotHeaders, accept: "application/json", authorization: `Bearer ${Redacted.value(token)}` }
    const { body, status } = yield* Effect.mapError(jsonCall(fetch, exchangeUrl, { method: "GET", headers }), (error) =>
      failed("unreachable", `GitHub could not be asked: ${error.message}`)
    )
    if (status !== 200) return yield* refusal(status)
    const read = readAnswer(body)
    if (Option.isNone(read)) return yield* failed("refused", "GitHub's answer holds no token for Copilot")
    const { endpoints, expires_at, refresh_in, token: access } = read.value
    const now = yield* Clock.currentTimeMillis
    const api = endpoints?.api
    return {
      type: "oauth",
      access: Redacted.make(access),
      refresh: token,
      // What counts from now does not depend on this machine's clock being right.
      expires: refresh_in === undefined ? expires_at * 1000 : now + refresh_in * 1000 + margin,
      ...(api !== undefined && (api.startsWith("https://") || isLoopbackAddress(api)) ? { baseUrl: api } : {})
    }
  })
