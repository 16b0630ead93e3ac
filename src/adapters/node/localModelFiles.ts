/** A language model that also runs model files inside the process: `local/PATH.gguf`; all else goes to the model behind. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Config } from "../../domain/model/Config.ts"
import { ModelName, providerOf } from "../../domain/model/Model.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import type { LlamaOptions } from "./llama/LlamaModel.ts"

/** Whether a model is a file. */
const isFile = (name: ModelName): boolean => providerOf(name) === "local"

const isList = (value: unknown): value is ReadonlyArray<string> => Array.isArray(value)

/** The model files that the settings name, the default one first. */
export const configuredFiles = ({ model = {}, providers }: Config): ReadonlyArray<ModelName> => {
  const models = providers?.local?.models ?? []
  const offered = (isList(models) ? models : Object.keys(models)).map((path) => `local/${path}`)
  const named = [
    model.default,
    model.small,
    ...(model.fallback ?? []),
    ...Object.values(model.routes ?? {}),
    ...offered
  ]
  return [...new Set(named.filter(Schema.is(ModelName)))].filter(isFile)
}

/** Adds model files to a model. What runs them is loaded when the first is asked for anything. */
export const withModelFiles = <E, R>(
  behind: Layer.Layer<LanguageModel, E, R>,
  options: LlamaOptions
): Layer.Layer<LanguageModel, E, R> =>
  Layer.scoped(
    LanguageModel,
    Effect.gen(function* () {
      const models = yield* LanguageModel
      const scope = yield* Effect.scope
      const files = yield* Effect.cached(
        Effect.flatMap(
          Effect.promise(() => import("./llama/LlamaModel.ts")),
          ({ make }) => Scope.extend(make(options), scope)
        )
      )
      const mine = Effect.flatMap(files, ({ available }) => available)
      return {
        available:
          options.models.length === 0
            ? models.available
            : Effect.map(Effect.all([models.available, mine], { concurrency: 2 }), (both) => both.flat()),
        describe: (name) => (isFile(name) ? Effect.flatMap(files, (it) => it.describe(name)) : models.describe(name)),
        stream: (request) =>
          isFile(request.model) ? Stream.unwrap(Effect.map(files, (it) => it.stream(request))) : models.stream(request)
      }
    })
  ).pipe(Layer.provide(behind))
