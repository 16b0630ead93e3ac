/** Signing in, step by step: by a browser that comes back with a code, or by a code that is typed elsewhere. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { authorizationUrl, pasted, type Returned, returned } from "../../../domain/auth/authorizing.ts"
import { afterAnswer, polling } from "../../../domain/auth/devicePolling.ts"
import type { OAuthEntry } from "../../../domain/model/AuthEntry.ts"
import type { Fetch } from "./jsonCall.ts"
import {
  askDevice,
  type DeviceCode,
  exchangeCode,
  type Grant,
  type OAuthServer,
  type Proof,
  proof,
  startDevice
} from "./oauth.ts"
import { openRouter, openRouterKey, openRouterUrl } from "./openRouter.ts"
import { granted, signInFailed } from "./renew.ts"
import { SignInFailed } from "./signInFailed.ts"

/** Where a browser comes back to. */
export interface Redirects {
  readonly port: number
  /** The first redirect that is one of this sign-in; others are answered, and change nothing. */
  readonly first: Effect.Effect<Exclude<Returned, { readonly kind: "wrong" }>>
}

/** What a sign-in needs of the host and of the person. */
export interface SignInHost {
  readonly fetch: Fetch
  /** Listens on this machine alone until the scope ends; fails where it cannot. */
  readonly listen: (judge: (address: string) => Returned) => Effect.Effect<Redirects, string, Scope.Scope>
  /** Shows the address to open. */
  readonly show: (url: string) => Effect.Effect<void>
  /** What the person pasted, after a word on why the last paste was of no use; none where nobody will. */
  readonly paste: (complaint?: string) => Effect.Effect<Option.Option<string>>
}

const refused = (provider: string, reason: string) => new SignInFailed({ provider, kind: "refused", reason })

/** How long a person has. */
const deadline = "10 minutes"

const pastedCode = (host: SignInHost, state: string) => {
  const again = (complaint?: string): Effect.Effect<Exclude<Returned, { readonly kind: "wrong" }>> =>
    Effect.flatMap(
      host.paste(complaint),
      Option.match({
        // Nobody pastes: what is left is the redirect.
        onNone: () => Effect.never,
        onSome: (text) => {
          const got = pasted(text, state)
          return got.kind === "wrong" ? again(got.reason) : Effect.succeed(got)
        }
      })
    )
  return again()
}

/** The code that the browser came back with, or that the person brought. */
const codeFrom = (provider: string, host: SignInHost, state: string, urlAt: (port: number) => string) =>
  Effect.gen(function* () {
    const redirects = yield* Effect.mapError(
      host.listen((address) => returned(address, state)),
      (reason) => refused(provider, `this machine cannot be come back to: ${reason}`)
    )
    yield* host.show(urlAt(redirects.port))
    const got = yield* Effect.raceFirst(redirects.first, pastedCode(host, state))
    return got.kind === "code"
      ? { code: got.code, port: redirects.port }
      : yield* refused(provider, got.error === "access_denied" ? "you said no" : `the provider said ${got.error}`)
  }).pipe(
    Effect.scoped,
    Effect.timeoutFail({
      duration: deadline,
      onTimeout: () => refused(provider, "nobody signed in within 10 minutes")
    })
  )

const backAt = (port: number): string => `http://127.0.0.1:${port}/callback`

/** Signs in by a browser. */
export const byBrowser = (
  provider: string,
  server: OAuthServer & { readonly authorizeUrl: string },
  host: SignInHost
): Effect.Effect<OAuthEntry, SignInFailed> =>
  Effect.gen(function* () {
    const mine = yield* proof
    const { authorizeUrl, clientId, scope } = server
    const { code, port } = yield* codeFrom(provider, host, mine.state, (at) =>
      authorizationUrl({
        authorizeUrl,
        clientId,
        redirectUri: backAt(at),
        state: mine.state,
        challenge: mine.challenge,
        ...(scope === undefined ? {} : { scope })
      })
    )
    const grant = yield* Effect.mapError(
      exchangeCode(host.fetch, server, { code, redirectUri: backAt(port), proof: mine }),
      (fault) => signInFailed(provider, fault)
    )
    return yield* granted(server, grant)
  })

// OpenRouter wants the name, and takes any port with it.
const openRouterBack = (port: number, { state }: Proof): string => `http://localhost:${port}/callback/${state}`

/** Signs in at OpenRouter by a browser; answers an API key. */
export const atOpenRouter = (
  baseUrl: string,
  host: SignInHost
): Effect.Effect<Redacted.Redacted<string>, SignInFailed> =>
  Effect.gen(function* () {
    const mine = yield* proof
    const { code } = yield* codeFrom(openRouter, host, mine.state, (port) =>
      openRouterUrl(baseUrl, openRouterBack(port, mine), mine)
    )
    return yield* openRouterKey(host.fetch, baseUrl, { code, proof: mine })
  })

/** Signs in by a code that the person types on any machine. Ends with the code; interrupting it asks no more. */
export const byDevice = (
  provider: string,
  server: OAuthServer,
  host: { readonly fetch: Fetch; readonly show: (code: DeviceCode) => Effect.Effect<void> }
): Effect.Effect<Grant, SignInFailed> =>
  Effect.gen(function* () {
    const started = yield* Effect.mapError(startDevice(host.fetch, server), (fault) => signInFailed(provider, fault))
    yield* host.show(started)
    let at = polling(yield* Clock.currentTimeMillis, started)
    for (;;) {
      yield* Effect.sleep(at.interval * 1000)
      const answer = yield* askDevice(host.fetch, server, started.device)
      const step = afterAnswer(yield* Clock.currentTimeMillis, at, answer)
      if (step.kind === "granted") return step.value
      if (step.kind === "over") return yield* refused(provider, step.reason)
      at = step.polling
    }
  })
