/** A LanguageModel against a fake provider: what is needed to ask it once. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { layer, type ModelOptions } from "../../src/adapters/shared/model/HttpLanguageModel.ts"
import type { Api } from "../../src/domain/model/Config.ts"
import { Credentials } from "../../src/ports/Credentials.ts"
import { LanguageModel, type ModelPart, type ModelRequest } from "../../src/ports/LanguageModel.ts"

/** The key that the tests' provider has; it must never be seen in a message. */
export const testKey = "sk-test-9f8e7d6c5b4a"

const keyOf = (providers: ReadonlyArray<string>, provider: string) =>
  providers.includes(provider) ? Option.some({ provider, key: Redacted.make(testKey), source: "test" }) : Option.none()

/** Credentials with one key for each of the named providers. */
export const credentials = (...providers: ReadonlyArray<string>): Layer.Layer<Credentials> =>
  Layer.succeed(Credentials, {
    get: (provider) => Effect.succeed(keyOf(providers, provider)),
    find: (provider) => Effect.succeed(keyOf(providers, provider)),
    set: () => Effect.void,
    remove: () => Effect.succeed(false),
    choose: () => Effect.succeed(false),
    list: Effect.succeed([])
  })

/** A model whose provider `fake` speaks `api` at `url`. */
export const fakeModel = (api: Api, url: string, options: Partial<ModelOptions> = {}): Layer.Layer<LanguageModel> =>
  layer({
    providers: {
      fake: { api, baseUrl: api === "anthropic" ? url : `${url}/v1`, models: ["m"], apiKeyEnv: "FAKE_KEY" }
    },
    env: () => undefined,
    ...options
  }).pipe(Layer.provide(credentials("fake")))

/** A request of one prompt. */
export const promptOf = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "fake/m",
  system: "You are a test.",
  messages: [{ role: "user", parts: [{ type: "text", text }] }],
  tools: [],
  ...more
})

/** All parts of one answer. */
export const ask = (request: ModelRequest) =>
  Effect.flatMap(LanguageModel, (model) => Effect.map(Stream.runCollect(model.stream(request)), Chunk.toReadonlyArray))

/** The parts without their deltas. */
export const whole = (parts: ReadonlyArray<ModelPart>): ReadonlyArray<ModelPart> =>
  parts.filter((part) => !part.type.endsWith("-delta"))
