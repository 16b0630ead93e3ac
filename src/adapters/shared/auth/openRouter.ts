/** OpenRouter's sign-in: a code with PKCE, exchanged for an API key that the person can see and revoke there. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { withQuery } from "../../../domain/auth/authorizing.ts"
import { type Fetch, jsonCall } from "./jsonCall.ts"
import type { Proof } from "./oauth.ts"
import { SignInFailed } from "./signInFailed.ts"

/** The provider's name here. */
export const openRouter = "openrouter"

/** The address that the person opens; OpenRouter sends no state back, so that the redirect's path has to hold it. */
export const openRouterUrl = (baseUrl: string, redirectUri: string, { challenge }: Proof): string =>
  withQuery(`${new URL(baseUrl).origin}/auth`, {
    callback_url: redirectUri,
    code_challenge: challenge,
    code_challenge_method: "S256"
  })

const readKey = Schema.decodeUnknownOption(Schema.Struct({ key: Schema.NonEmptyString }))

const failed = (kind: SignInFailed["kind"], reason: string) => new SignInFailed({ provider: openRouter, kind, reason })

/** The API key for a code. */
export const openRouterKey = (
  fetch: Fetch,
  baseUrl: string,
  { code, proof }: { readonly code: string; readonly proof: Proof }
): Effect.Effect<Redacted.Redacted<string>, SignInFailed> =>
  Effect.gen(function* () {
    const given = { code, code_verifier: Redacted.value(proof.verifier), code_challenge_method: "S256" }
    const { body, status } = yield* jsonCall(fetch, `${baseUrl.replace(/\/+$/, "")}/auth/keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(given)
    }).pipe(Effect.mapError((error) => failed("unreachable", `OpenRouter could not be asked: ${error.message}`)))
    const read = readKey(body)
    if (status !== 200 || Option.isNone(read))
      return yield* failed("refused", `OpenRouter gave no key for the code (HTTP ${status})`)
    return Redacted.make(read.value.key)
  })
