/** LanguageModel over HTTP: Anthropic, OpenAI, Google, and every endpoint that speaks one of their protocols. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ProviderConfig } from "../../../domain/model/Config.ts"
import { type Model, ModelName, modelOf, providerOf as providerPart } from "../../../domain/model/Model.ts"
import { Credentials } from "../../../ports/Credentials.ts"
import { LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../../ports/LanguageModel.ts"
import * as Anthropic from "./AnthropicMessages.ts"
import { factsOf } from "./catalog.ts"
import { type Endpoint, openAnthropic, openChat, openGemini, openResponses } from "./clients.ts"
import * as Gemini from "./GoogleGemini.ts"
import { localModels } from "./localModels.ts"
import * as Chat from "./OpenAiChat.ts"
import * as Responses from "./OpenAiResponses.ts"
import { allProviders, type Env, type Provider, providerOf } from "./providers.ts"
import { type Exchange, exchangeStream, type IdleTimeout } from "./transport.ts"

/** What the models are reached with. */
export interface ModelOptions {
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly env: Env
  /** All requests go through it; the platform's own where absent. */
  readonly fetch?: typeof globalThis.fetch
  /** Milliseconds of silence: 120 s before the first byte and 60 s after it where absent. */
  readonly idleTimeout?: IdleTimeout
  /** How long a local server may take to say which models it has; 300 ms where absent. */
  readonly probeTimeout?: Duration.DurationInput
}

const idleTimeout: IdleTimeout = { first: 120_000, between: 60_000 }

const unknownProvider = (model: string, provider: string): ModelError =>
  new ModelError({
    kind: "unconfigured",
    model,
    reason: `the provider ${provider} is not known`,
    remedy: `Name it in the configuration with providers.${provider} = { api, baseUrl, apiKeyEnv }, or choose a model that \`code-mesh models\` lists.`
  })

const noCredential = (model: string, provider: Provider): ModelError =>
  new ModelError({
    kind: "unconfigured",
    model,
    reason: `there is no key for ${provider.id}`,
    remedy: `Store one with \`code-mesh auth login ${provider.id}\`${provider.keyEnv === undefined ? "" : ` or set ${provider.keyEnv}`}.`
  })

type Protocol = Pick<Exchange, "fold" | "textTools"> & { readonly send: (endpoint: Endpoint) => Promise<Response> }

const protocolOf = (provider: Provider, request: ModelRequest): Protocol => {
  const facts = factsOf(request.model)
  if (provider.api === "anthropic") {
    const body = Anthropic.toBody(request, { maxOutput: facts.output })
    return { fold: Anthropic.fold, textTools: [], send: (endpoint) => openAnthropic(endpoint, body) }
  }
  if (provider.api === "openai-responses") {
    const body = Responses.toBody(request, { reasoning: facts.reasoning })
    return { fold: Responses.fold, textTools: [], send: (endpoint) => openResponses(endpoint, body) }
  }
  if (provider.api === "google") {
    const body = Gemini.toBody(request, { reasoning: facts.reasoning })
    const send = (endpoint: Endpoint) => openGemini(endpoint, modelOf(request.model), body)
    return { fold: Gemini.fold, textTools: [], send }
  }
  const dialect = Chat.dialectOf(provider.baseUrl)
  const body = Chat.toBody(request, dialect)
  const textTools = dialect.official ? [] : request.tools
  return { fold: Chat.fold, textTools, send: (endpoint) => openChat(endpoint, body) }
}

const answer = (
  provider: Provider,
  key: string | undefined,
  request: ModelRequest,
  options: ModelOptions
): Stream.Stream<ModelPart, ModelError> => {
  const { fold, send, textTools } = protocolOf(provider, request)
  const { baseUrl, headers } = provider
  const secrets = [...(key === undefined ? [] : [key]), ...Object.values(headers)]
  return exchangeStream({
    origin: { model: request.model, provider: provider.id, secrets },
    // A page's fetch must be called on the page.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    idle: options.idleTimeout ?? idleTimeout,
    fold,
    textTools,
    open: (fetch) => send({ baseUrl, key, headers, fetch })
  })
}

const unknownPath: ReadonlySet<number | undefined> = new Set([404, 405, 501])

/** Asks again in the other protocol where the endpoint does not know the first one; if that fails too, the first error holds. */
const answerEither = (
  provider: Provider,
  key: string | undefined,
  request: ModelRequest,
  options: ModelOptions
): Stream.Stream<ModelPart, ModelError> => {
  const { otherApi: api, ...rest } = provider
  const first = answer(provider, key, request, options)
  if (api === undefined) return first
  return Stream.catchAll(first, (error) =>
    unknownPath.has(error.status)
      ? Stream.catchAll(answer({ ...rest, api }, key, request, options), () => Stream.fail(error))
      : Stream.fail(error)
  )
}

/** The models that HTTP reaches, with the secrets of the Credentials port. */
export const make = (options: ModelOptions) =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    const find = (model: ModelName): Effect.Effect<Provider, ModelError> => {
      const id = providerPart(model)
      const provider = providerOf(id, options.providers, options.env)
      return provider === undefined ? Effect.fail(unknownProvider(model, id)) : Effect.succeed(provider)
    }
    const keyOf = (provider: Provider) =>
      credentials
        .get(provider.id, provider.keyEnv)
        .pipe(Effect.map(Option.map((credential) => Redacted.value(credential.key))))
    const keyFor = (provider: Provider, model: string) =>
      keyOf(provider).pipe(
        Effect.mapError(
          (failed) => new ModelError({ kind: "unconfigured", model, reason: failed.message.replace(/\.$/, "") })
        ),
        Effect.filterOrFail(
          (key) => Option.isSome(key) || provider.local || hasOwnAuth(provider),
          () => noCredential(model, provider)
        )
      )
    const offered = (provider: Provider): Effect.Effect<ReadonlyArray<string>> => {
      if (provider.local) return localModels(provider, options)
      const usable = Effect.map(keyOf(provider), (key) => Option.isSome(key) || hasOwnAuth(provider))
      return Effect.map(
        Effect.orElseSucceed(usable, () => false),
        (yes) => (yes ? provider.models : [])
      )
    }
    return LanguageModel.of({
      stream: (request) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const provider = yield* find(request.model)
            const key = yield* keyFor(provider, request.model)
            return answerEither(provider, Option.getOrUndefined(key), request, options)
          })
        ),
      describe: (model) => Effect.as(find(model), factsOf(model)),
      available: Effect.forEach(
        allProviders(options.providers, options.env),
        (provider) => Effect.map(offered(provider), (models) => models.flatMap((model) => modelNamed(provider, model))),
        { concurrency: "unbounded" }
      ).pipe(Effect.map((all) => all.flat()))
    })
  })

const hasOwnAuth = (provider: Provider): boolean =>
  Object.keys(provider.headers).some((name) => /^(authorization|x-api-key|api-key|x-goog-api-key)$/i.test(name))

const isName = Schema.is(ModelName)

const modelNamed = (provider: Provider, model: string): ReadonlyArray<Model> => {
  const name = `${provider.id}/${model}`
  return isName(name) ? [factsOf(name)] : []
}

/** The models that HTTP reaches. */
export const layer = (options: ModelOptions): Layer.Layer<LanguageModel, never, Credentials> =>
  Layer.effect(LanguageModel, make(options))
