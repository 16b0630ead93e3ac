/** LanguageModel over HTTP: Anthropic, OpenAI, Google, Ollama, and every endpoint that speaks one of their protocols. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { messageTokens, roughTokens } from "../../../domain/context/budget.ts"
import type { ProviderConfig } from "../../../domain/model/Config.ts"
import { ModelName, providerOf as providerPart } from "../../../domain/model/Model.ts"
import { Credentials } from "../../../ports/Credentials.ts"
import { LanguageModel, ModelError, type ModelRequest } from "../../../ports/LanguageModel.ts"
import type { Endpoints } from "./Endpoints.ts"
import { makeFacts } from "./modelFacts.ts"
import { allProviders, type Env, missingAddress, type Provider, providerOf } from "./providers.ts"
import { takesOf } from "./takes.ts"
import type { IdleTimeout } from "./transport.ts"

/** What the models are reached with. */
export interface ModelOptions {
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly env: Env
  /** All requests go through it; the platform's own where absent. */
  readonly fetch?: typeof globalThis.fetch
  /** Milliseconds of silence: 120 s before the first byte and 60 s after it where absent. */
  readonly idleTimeout?: IdleTimeout
  /** Milliseconds that one whole answer may take; half an hour where absent. */
  readonly deadline?: number
  /** How long a server may take to say which models it has; 300 ms where absent, 4 s for one that is not local. */
  readonly probeTimeout?: Duration.DurationInput
  /** A newer catalog of models than the one that is shipped, as text, where there is one. */
  readonly catalog?: () => Promise<string | undefined>
}

const mostAnswerTime = 1_800_000

const unknownProvider = (model: string, provider: string): ModelError =>
  new ModelError({
    kind: "unconfigured",
    model,
    reason: `the provider ${provider} is not known`,
    remedy: `Name it in the configuration with providers.${provider} = { api, baseUrl, apiKeyEnv }, or choose a model that \`code-mesh models\` lists.`
  })

const noAddress = (model: string, provider: string, variable: string): ModelError =>
  new ModelError({
    kind: "unconfigured",
    model,
    reason: `${provider} has no address yet`,
    remedy: `Set ${variable}, or providers.${provider}.baseUrl in the configuration.`
  })

const noCredential = (model: string, provider: Provider): ModelError =>
  new ModelError({
    kind: "unconfigured",
    model,
    reason: `there is no key for ${provider.id}`,
    remedy: `Store one with \`code-mesh auth login ${provider.id}\`${provider.keyEnv === undefined ? "" : ` or set ${provider.keyEnv}`}.`
  })

/** How requests are made and answers read, and what they share: loaded when the first request is made. */
const loaded = Effect.promise(async () => {
  const [{ answering }, { makeEndpoints }] = await Promise.all([import("./answering.ts"), import("./Endpoints.ts")])
  return { answering, makeEndpoints }
})

type Fetch = typeof globalThis.fetch

/** A fetch whose responses' headers are heard. A page's fetch must be called on the page. */
const heardFetch =
  (inner: Fetch | undefined, hear: (headers: Headers) => void): Fetch =>
  async (...request) => {
    const response = await (inner === undefined ? globalThis.fetch(...request) : inner(...request))
    hear(response.headers)
    return response
  }

/** About how many tokens a request takes: rather too few than too many, as it is only held against what is left of a limit. */
const sizeOf = (request: ModelRequest): number =>
  Math.floor(request.messages.reduce((sum, message) => sum + messageTokens(message, roughTokens), 0) / 2)

/** The models that HTTP reaches, with the secrets of the Credentials port. */
export const make = (options: ModelOptions) =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    const find = (model: ModelName): Effect.Effect<Provider, ModelError> => {
      const id = providerPart(model)
      const provider = providerOf(id, options.providers, options.env)
      if (provider !== undefined) return Effect.succeed(provider)
      const needs = missingAddress(id)
      return Effect.fail(needs === undefined ? unknownProvider(model, id) : noAddress(model, id, needs))
    }
    const keyFor = (provider: Provider, model: string) =>
      credentials.get(provider.id, provider.keyEnv).pipe(
        Effect.mapError(
          // A sign-in that could not be renewed for want of an answer is worth another try.
          (failed) =>
            new ModelError({
              kind: failed.kind === "unreachable" ? "network" : "unconfigured",
              model,
              reason: failed.message.replace(/\.$/, "")
            })
        ),
        Effect.filterOrFail(
          (key) => Option.isSome(key) || provider.local || hasOwnAuth(provider),
          () => noCredential(model, provider)
        )
      )
    let endpoints: Endpoints | undefined
    const facts = makeFacts(options)
    const offered = (provider: Provider): Effect.Effect<ReadonlyArray<string>> => {
      if (provider.local)
        return Effect.map(facts.offered(provider), (found) => [
          ...new Set([...provider.models, ...found.map(({ id }) => id)])
        ])
      const usable = Effect.map(
        credentials.find(provider.id, provider.keyEnv),
        (key) => Option.isSome(key) || hasOwnAuth(provider)
      )
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
            const credential = Option.getOrUndefined(yield* keyFor(provider, request.model))
            // Ollama's window goes into each request; others' was asked for when a turn began.
            const asking = provider.api === "ollama" ? facts.asked : facts.of
            const described = yield* asking(provider, request.model)
            const { answering, makeEndpoints } = yield* loaded
            endpoints ??= makeEndpoints()
            const key = credential === undefined ? undefined : Redacted.value(credential.key)
            const keyEndpoint = credential?.endpoint === undefined ? {} : { keyEndpoint: credential.endpoint }
            const asked = { provider, key, ...keyEndpoint, request, facts: described }
            const concurrency = options.providers[provider.id]?.concurrency
            const caller = {
              endpoint: provider.baseUrl,
              model: request.model,
              tokens: sizeOf(request),
              deadline: options.deadline ?? mostAnswerTime,
              ...(concurrency === undefined ? {} : { concurrency })
            }
            return endpoints.guard(caller, (hear) =>
              answering({ ...asked, options: { ...options, fetch: heardFetch(options.fetch, hear) } })
            )
          })
        ),
      describe: (model) =>
        Effect.flatMap(find(model), (provider) =>
          Effect.map(facts.asked(provider, model), (known) => ({ ...known, takes: takesOf(provider, known) }))
        ),
      available: Effect.forEach(
        allProviders(options.providers, options.env),
        (provider) =>
          Effect.flatMap(offered(provider), (models) =>
            Effect.forEach(named(provider, models), (name) => facts.of(provider, name))
          ),
        { concurrency: "unbounded" }
      ).pipe(Effect.map((all) => all.flat()))
    })
  })

const hasOwnAuth = (provider: Provider): boolean =>
  provider.aws !== undefined ||
  Object.keys(provider.headers).some((name) => /^(authorization|x-api-key|api-key|x-goog-api-key)$/i.test(name))

const isName = Schema.is(ModelName)

const named = (provider: Provider, models: ReadonlyArray<string>): ReadonlyArray<ModelName> =>
  models.map((model) => `${provider.id}/${model}`).filter(isName)

/** The models that HTTP reaches. */
export const layer = (options: ModelOptions): Layer.Layer<LanguageModel, never, Credentials> =>
  Layer.effect(LanguageModel, make(options))
