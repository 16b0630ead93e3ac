/** A provider's answer as a stream, in whichever protocol it speaks: all that a first request needs, the SDKs apart. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Model } from "../../../domain/model/Model.ts"
import type { CredentialEndpoint } from "../../../ports/Credentials.ts"
import type { ModelError, ModelPart, ModelRequest } from "../../../ports/LanguageModel.ts"
import { signing } from "./awsSigned.ts"
import type { Endpoint } from "./clients.ts"
import { copilotHeaders } from "./copilotHeaders.ts"
import { hasPictures, withoutPictures } from "./fitted.ts"
import { mended } from "./mended.ts"
import { protocolOf } from "./protocol.ts"
import type { Provider } from "./providers.ts"
import { exchangeStream, type IdleTimeout } from "./transport.ts"

const idleTimeout: IdleTimeout = { first: 120_000, between: 60_000 }

/** One question: whom it goes to, and what is known of the model. */
export interface Asked {
  readonly provider: Provider
  readonly key: string | undefined
  /** Where the key says that it is to be used. */
  readonly keyEndpoint?: CredentialEndpoint
  readonly request: ModelRequest
  readonly facts: Model
  /** See the same fields of `ModelOptions`. */
  readonly options: { readonly fetch?: typeof globalThis.fetch; readonly idleTimeout?: IdleTimeout }
}

const headersOf = ({ keyEndpoint, provider, request }: Asked): Readonly<Record<string, string>> => ({
  ...(provider.quirks.copilotHeaders === true ? copilotHeaders(request) : {}),
  ...provider.headers,
  ...keyEndpoint?.headers
})

const endpointOf = (asked: Asked, now: () => number) => {
  const { key, keyEndpoint, provider, request } = asked
  const { auth, aws, query } = provider
  const model = request.model.slice(request.model.indexOf("/") + 1)
  return (fetch: typeof globalThis.fetch): Endpoint => ({
    baseUrl: (keyEndpoint?.baseUrl ?? provider.baseUrl).replaceAll("{model}", encodeURIComponent(model)),
    ...(query === undefined ? {} : { query }),
    ...(auth === undefined ? {} : { auth }),
    key,
    headers: headersOf(asked),
    fetch: key === undefined && aws !== undefined ? signing(fetch, aws, now) : fetch
  })
}

const secretsOf = ({ key, provider }: Asked): ReadonlyArray<string> => [
  ...(key === undefined ? [] : [key]),
  ...(provider.aws === undefined ? [] : [provider.aws.secret, provider.aws.token ?? ""]),
  ...Object.values(provider.headers)
]

const answer = (asked: Asked): Stream.Stream<ModelPart, ModelError> =>
  Stream.unwrap(
    Effect.map(Effect.clock, (clock) => {
      const { facts, options, provider, request } = asked
      const { open, ...reading } = protocolOf(provider, request, facts)
      const endpoint = endpointOf(asked, () => clock.unsafeCurrentTimeMillis())
      return exchangeStream({
        origin: { model: request.model, provider: provider.id, secrets: secretsOf(asked) },
        // A page's fetch must be called on the page.
        fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
        idle: options.idleTimeout ?? idleTimeout,
        ...reading,
        open: (fetch) => open(endpoint(fetch))
      })
    })
  )

const noTools = /does not support (tools|function)|tool (use|calling) is not supported|--jinja/i
const noPictures =
  /(does not|doesn't|not) support (image|vision|multi-?modal)|image(s| input| content)? (is|are)( currently)? not supported|no endpoints found that support image|image_url[^.]{0,40}(not supported|unsupported|only supported)|--mmproj|missing data required for image input/i

/** The same question without what the model turns out not to take; nothing where that is not what is wrong. */
const lessOf = (asked: Asked, error: ModelError): Asked | undefined => {
  const { facts, request } = asked
  if (facts.tools && request.tools.length > 0 && noTools.test(error.reason))
    return { ...asked, facts: { ...facts, tools: false } }
  return hasPictures(request) && noPictures.test(error.reason)
    ? { ...asked, request: withoutPictures(request) }
    : undefined
}

/** Asks again, with the tools or the pictures in words, where the model turns out to take none. */
const answerAnyway = (asked: Asked): Stream.Stream<ModelPart, ModelError> =>
  Stream.catchAll(answer(asked), (error) => {
    const less = lessOf(asked, error)
    return less === undefined ? Stream.fail(error) : answerAnyway(less)
  })

const unknownPath: ReadonlySet<number | undefined> = new Set([404, 405, 501])
const otherPath =
  /unsupported_api_for_model|not accessible via|only (supported|available) (in|via|through) [^.]{0,20}responses/i

const isOtherApi = (error: ModelError): boolean =>
  unknownPath.has(error.status) || error.kind === "protocol" || otherPath.test(error.reason)

/** Asks again in the other protocol where the endpoint does not know the first one; if that fails too, the first error holds. */
export const answering = (asked: Asked): Stream.Stream<ModelPart, ModelError> => {
  const { otherApi: api, ...rest } = asked.provider
  const first = answerAnyway(asked)
  const all =
    api === undefined
      ? first
      : Stream.catchAll(first, (error) =>
          isOtherApi(error)
            ? Stream.catchAll(answerAnyway({ ...asked, provider: { ...rest, api } }), () => Stream.fail(error))
            : Stream.fail(error)
        )
  return Stream.mapEffect(all, mended)
}
