/** A language model that also plays scripts: `scripted/FILE` is a file, all else goes to the model behind. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as ScriptedModel from "../adapters/memory/ScriptedModel.ts"
import { type ModelName, modelOf, providerOf } from "../domain/model/Model.ts"
import { LanguageModel, ModelError } from "../ports/LanguageModel.ts"

/** Reads the script of a model, undecoded. */
export type ReadScript = (name: ModelName) => Effect.Effect<unknown, ModelError>

const player = (name: ModelName, read: ReadScript) =>
  Effect.gen(function* () {
    const script = yield* Effect.mapError(
      ScriptedModel.parseScript(yield* read(name)),
      (fault) => new ModelError({ kind: "missing_model", model: name, reason: `the script is not one: ${fault}` })
    )
    return yield* Effect.provide(LanguageModel, ScriptedModel.layer(script, modelOf(name)))
  })

/** Adds scripts to a model. A script begins anew in each process, and goes on from request to request in it. */
export const withScripts = <E, R>(
  behind: Layer.Layer<LanguageModel, E, R>,
  read: ReadScript
): Layer.Layer<LanguageModel, E, R> =>
  Layer.effect(
    LanguageModel,
    Effect.gen(function* () {
      const models = yield* LanguageModel
      const players = new Map<ModelName, LanguageModel["Type"]>()
      const find = (name: ModelName): Effect.Effect<LanguageModel["Type"], ModelError> =>
        Effect.suspend(() => {
          if (providerOf(name) !== "scripted") return Effect.succeed(models)
          const known = players.get(name)
          return known !== undefined
            ? Effect.succeed(known)
            : Effect.tap(player(name, read), (made) => Effect.sync(() => players.set(name, made)))
        })
      return {
        available: models.available,
        describe: (name) => Effect.flatMap(find(name), (model) => model.describe(name)),
        stream: (request) => Stream.unwrap(Effect.map(find(request.model), (model) => model.stream(request)))
      }
    })
  ).pipe(Layer.provide(behind))
