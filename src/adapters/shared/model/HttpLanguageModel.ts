/** LanguageModel over HTTP: Anthropic, OpenAI, Google, Ollama, and every endpoint that speaks one of their protocols. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ProviderConfig } from "../../../domain/model/Config.ts"
import { type Model, ModelName, providerOf as providerPart } from "../../../domain/model/Model.ts"
import { Credentials } from "../../../ports/Credentials.ts"
import { LanguageModel, ModelError } from "../../../ports/LanguageModel.ts"
import { factsOf } from "./catalog.ts"
import { localModels, shownModel } from "./localModels.ts"
import { allProviders, type Env, type Provider, providerOf } from "./providers.ts"
import type { IdleTimeout } from "./transport.ts"

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

/** How requests are made and answers read: loaded when the first request is made. */
const loaded = Effect.promise(() => import("./answering.ts"))

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
    const shown = new Map<ModelName, Model>()
    const known = (provider: Provider, model: ModelName): Effect.Effect<Model> => {
      const facts = shown.get(model) ?? factsOf(model)
      if (provider.api !== "ollama" || shown.has(model)) return Effect.succeed(facts)
      return Effect.map(shownModel(provider, facts, options), (found) => {
        if (found !== undefined) shown.set(model, found)
        return found ?? facts
      })
    }
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
            const facts = yield* known(provider, request.model)
            const { answering } = yield* loaded
            return answering({ provider, key: Option.getOrUndefined(key), request, facts, options })
          })
        ),
      describe: (model) => Effect.flatMap(find(model), (provider) => known(provider, model)),
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
