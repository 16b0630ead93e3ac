/**
 * OAuth 2 for programs without a secret of their own: code with PKCE, device code, renewal. For providers, and for
 * whatever else a person signs in to. Nothing of it is loaded before somebody does.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as oauth4webapi from "oauth4webapi"
import type { DeviceAnswer } from "../../../domain/auth/devicePolling.ts"
import { type Fetch, patience, Unreachable, whyUnreachable } from "./jsonCall.ts"
import { isLoopbackAddress } from "./loopbackAddress.ts"

/** Where an authorization server is, and as whom this program asks it. */
export interface OAuthServer {
  readonly tokenUrl: string
  readonly clientId: string
  readonly authorizeUrl?: string
  readonly deviceUrl?: string
  readonly scope?: string
}

/** What a server granted. */
export interface Grant {
  readonly access: Redacted.Redacted<string>
  /** Absent where the one there was goes on to count, or there is none. */
  readonly refresh?: Redacted.Redacted<string>
  /** Seconds. */
  readonly expiresIn?: number
}

/** The server said no, in the words of its `error`; or nothing came that could be read. */
export class OAuthFault extends Data.TaggedError("OAuthFault")<{
  readonly kind: "refused" | "unreachable"
  /** An error code of the protocol, or why nothing could be read. Never a text of the server: it may hold a token. */
  readonly error: string
  /** Seconds that the server would have between questions from now on. */
  readonly interval?: number
}> {}

const isJsonError = (text: string): boolean => {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === "object" && body !== null && "error" in body && typeof body.error === "string"
  } catch {
    return false
  }
}

/** Our fetch as the library wants it: with a real Response, and errors as errors where a server calls them 200. */
const bridged =
  (fetch: Fetch) =>
  async (url: string, init: oauth4webapi.CustomFetchOptions<string, unknown>): Promise<Response> => {
    const { body, headers, method, signal } = init
    const answer = await fetch(url, {
      method,
      headers: { ...headers, accept: "application/json" },
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      ...(signal === undefined ? {} : { signal })
    })
    const text = await answer.text()
    if (answer.status >= 500 || answer.status === 429) throw new Unreachable(`it answered with HTTP ${answer.status}`)
    const status = answer.status === 200 && isJsonError(text) ? 400 : answer.status
    return new Response(text, { status, headers: { "content-type": "application/json" } })
  }

type Library = typeof oauth4webapi

const code = (text: unknown): string => (/^[\w.-]{1,64}$/.test(String(text)) ? String(text) : "an error of its own")

const faultOf = (library: Library, error: unknown): OAuthFault => {
  if (error instanceof library.ResponseBodyError) {
    const { interval } = error.cause as { readonly interval?: unknown }
    return new OAuthFault({
      kind: "refused",
      error: code(error.error),
      ...(typeof interval === "number" ? { interval } : {})
    })
  }
  if (error instanceof library.OperationProcessingError || error instanceof library.UnsupportedOperationError)
    return new OAuthFault({
      kind: error.code === library.HTTP_REQUEST_FORBIDDEN ? "refused" : "unreachable",
      error:
        error.code === library.HTTP_REQUEST_FORBIDDEN
          ? "its address is not https"
          : "its answer is not one that OAuth knows"
    })
  return new OAuthFault({ kind: "unreachable", error: whyUnreachable(error) })
}

/** What the library is asked with. */
interface Asking {
  readonly library: Library
  readonly server: oauth4webapi.AuthorizationServer
  readonly client: oauth4webapi.Client
  readonly options: oauth4webapi.HttpRequestOptions<"POST", URLSearchParams>
  readonly signal: AbortSignal
}

const asked = <A>(
  fetch: Fetch,
  given: OAuthServer,
  ask: (asking: Asking) => Promise<A>
): Effect.Effect<A, OAuthFault> =>
  Effect.flatMap(
    Effect.promise(() => import("oauth4webapi")),
    (library) =>
      Effect.tryPromise({
        try: (signal) => {
          const server: oauth4webapi.AuthorizationServer = {
            issuer: new URL(given.tokenUrl).origin,
            token_endpoint: given.tokenUrl,
            ...(given.deviceUrl === undefined ? {} : { device_authorization_endpoint: given.deviceUrl })
          }
          const options = {
            [library.customFetch]: bridged(fetch),
            // A token goes over the wire unencrypted on this machine alone.
            [library.allowInsecureRequests]: isLoopbackAddress(given.tokenUrl),
            signal
          }
          return ask({ library, server, client: { client_id: given.clientId }, options, signal })
        },
        catch: (error) => faultOf(library, error)
      })
  ).pipe(
    Effect.timeoutFail({
      duration: patience,
      onTimeout: () => new OAuthFault({ kind: "unreachable", error: "it did not answer in time" })
    })
  )

const grantOf = (answer: oauth4webapi.TokenEndpointResponse): Grant => ({
  access: Redacted.make(answer.access_token),
  ...(answer.refresh_token === undefined ? {} : { refresh: Redacted.make(answer.refresh_token) }),
  ...(answer.expires_in === undefined ? {} : { expiresIn: answer.expires_in })
})

/** What one sign-in is recognized by. */
export interface Proof {
  readonly state: string
  readonly verifier: Redacted.Redacted<string>
  readonly challenge: string
}

/** A fresh proof. */
export const proof: Effect.Effect<Proof> = Effect.promise(async () => {
  const library = await import("oauth4webapi")
  const verifier = library.generateRandomCodeVerifier()
  return {
    state: library.generateRandomState(),
    verifier: Redacted.make(verifier),
    challenge: await library.calculatePKCECodeChallenge(verifier)
  }
})

/** What the code of a redirect is exchanged with. */
export interface CodeGiven {
  readonly code: string
  readonly redirectUri: string
  readonly proof: Proof
}

/** Exchanges a code. */
export const exchangeCode = (fetch: Fetch, given: OAuthServer, { code: held, proof: mine, redirectUri }: CodeGiven) =>
  asked(fetch, given, async ({ client, library, options, server }) => {
    const returned = new URLSearchParams({ code: held, state: mine.state })
    const checked = library.validateAuthResponse(server, client, returned, mine.state)
    const verifier = Redacted.value(mine.verifier)
    const answer = await library.authorizationCodeGrantRequest(
      server,
      client,
      library.None(),
      checked,
      redirectUri,
      verifier,
      options
    )
    return grantOf(await library.processAuthorizationCodeResponse(server, client, answer))
  })

/** Renews a grant. */
export const exchangeRefresh = (fetch: Fetch, given: OAuthServer, refresh: Redacted.Redacted<string>) =>
  asked(fetch, given, async ({ client, library, options, server }) => {
    const held = Redacted.value(refresh)
    const answer = await library.refreshTokenGrantRequest(server, client, library.None(), held, options)
    return grantOf(await library.processRefreshTokenResponse(server, client, answer))
  })

/** What a person is shown, and what the polling goes by. */
export interface DeviceCode {
  readonly device: Redacted.Redacted<string>
  readonly userCode: string
  readonly uri: string
  readonly uriComplete?: string
  /** Seconds. */
  readonly interval?: number
  readonly expiresIn: number
}

/** Asks for a code that the person types elsewhere. */
export const startDevice = (fetch: Fetch, given: OAuthServer): Effect.Effect<DeviceCode, OAuthFault> =>
  asked(fetch, given, async ({ client, library, options, server }) => {
    const parameters = new URLSearchParams(given.scope === undefined ? {} : { scope: given.scope })
    const answer = await library.deviceAuthorizationRequest(server, client, library.None(), parameters, options)
    const said = await library.processDeviceAuthorizationResponse(server, client, answer)
    return {
      device: Redacted.make(said.device_code),
      userCode: said.user_code,
      uri: said.verification_uri,
      ...(said.verification_uri_complete === undefined ? {} : { uriComplete: said.verification_uri_complete }),
      ...(said.interval === undefined ? {} : { interval: said.interval }),
      expiresIn: said.expires_in
    }
  })

/** Asks once whether the person has typed it. */
export const askDevice = (
  fetch: Fetch,
  given: OAuthServer,
  device: Redacted.Redacted<string>
): Effect.Effect<DeviceAnswer<Grant>> =>
  asked(fetch, given, async ({ client, library, options, server }) => {
    const held = Redacted.value(device)
    const answer = await library.deviceCodeGrantRequest(server, client, library.None(), held, options)
    return grantOf(await library.processDeviceCodeResponse(server, client, answer))
  }).pipe(
    Effect.match({
      onSuccess: (value): DeviceAnswer<Grant> => ({ kind: "granted", value }),
      onFailure: ({ error, interval, kind }): DeviceAnswer<Grant> =>
        kind === "unreachable"
          ? { kind, reason: error }
          : { kind, error, ...(interval === undefined ? {} : { interval }) }
    })
  )
