/** A provider's answer as a stream, in whichever protocol it speaks: all that a first request needs, the SDKs apart. */
import * as Stream from "effect/Stream"
import type { Model } from "../../../domain/model/Model.ts"
import type { ModelError, ModelPart, ModelRequest } from "../../../ports/LanguageModel.ts"
import { protocolOf } from "./protocol.ts"
import type { Provider } from "./providers.ts"
import { exchangeStream, type IdleTimeout } from "./transport.ts"

const idleTimeout: IdleTimeout = { first: 120_000, between: 60_000 }

/** One question: whom it goes to, and what is known of the model. */
export interface Asked {
  readonly provider: Provider
  readonly key: string | undefined
  readonly request: ModelRequest
  readonly facts: Model
  /** See the same fields of `ModelOptions`. */
  readonly options: { readonly fetch?: typeof globalThis.fetch; readonly idleTimeout?: IdleTimeout }
}

const answer = ({ facts, key, options, provider, request }: Asked): Stream.Stream<ModelPart, ModelError> => {
  const { open, ...reading } = protocolOf(provider, request, facts)
  const { baseUrl, headers } = provider
  const secrets = [...(key === undefined ? [] : [key]), ...Object.values(headers)]
  return exchangeStream({
    origin: { model: request.model, provider: provider.id, secrets },
    // A page's fetch must be called on the page.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    idle: options.idleTimeout ?? idleTimeout,
    ...reading,
    open: (fetch) => open({ baseUrl, key, headers, fetch })
  })
}

const noTools = /does not support (tools|function)|tool (use|calling) is not supported|--jinja/i

/** Asks again with the tools in words where the model turns out to have no calls of its own. */
const answerAnyway = (asked: Asked): Stream.Stream<ModelPart, ModelError> =>
  Stream.catchAll(answer(asked), (error) =>
    asked.facts.tools && asked.request.tools.length > 0 && noTools.test(error.reason)
      ? answer({ ...asked, facts: { ...asked.facts, tools: false } })
      : Stream.fail(error)
  )

const unknownPath: ReadonlySet<number | undefined> = new Set([404, 405, 501])

/** Asks again in the other protocol where the endpoint does not know the first one; if that fails too, the first error holds. */
export const answering = (asked: Asked): Stream.Stream<ModelPart, ModelError> => {
  const { otherApi: api, ...rest } = asked.provider
  const first = answerAnyway(asked)
  if (api === undefined) return first
  return Stream.catchAll(first, (error) =>
    unknownPath.has(error.status) || error.kind === "protocol"
      ? Stream.catchAll(answerAnyway({ ...asked, provider: { ...rest, api } }), () => Stream.fail(error))
      : Stream.fail(error)
  )
}
