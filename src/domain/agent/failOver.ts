/** Goes over to a declared model where the one that was asked does not answer, and says so in the log. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { LanguageModel, type ModelError } from "../../ports/LanguageModel.ts"
import type { Model, ModelName } from "../model/Model.ts"
import { couldAnswer, standIns } from "./standIn.ts"
import { recordBroken } from "./step.ts"
import { capped, type TurnWorld } from "./turnWorld.ts"

/** The first of them that there is and that could do better. */
const firstAble = (world: TurnWorld, error: ModelError, names: ReadonlyArray<ModelName>) =>
  Effect.gen(function* () {
    const models = yield* LanguageModel
    const { config, handle } = world.input
    for (const name of names) {
      const found = yield* Effect.either(models.describe(name))
      if (found._tag === "Left") {
        const text = `${name} cannot stand in: ${found.left.reason}`
        yield* handle.progress({ type: "progress.note", session: handle.id, turn: world.turn, text })
      } else if (couldAnswer(error, world.frame.model, found.right)) return Option.some(capped(config, found.right))
    }
    return Option.none<Model>()
  })

/** The turn with the next declared model in the place of the one that failed; fails as that did where there is none. */
export const failOver = (world: TurnWorld, error: ModelError) =>
  Effect.gen(function* () {
    const { frame, input, tried } = world
    const able = yield* firstAble(world, error, standIns(error, world.fallback, tried))
    if (Option.isNone(able)) return yield* error
    const described = able.value
    const { kind, reason } = error
    const { name: from } = frame.model
    yield* recordBroken(
      { handle: input.handle, partial: world.partial },
      { type: "model.switched", from, to: described.name, reason, kind, described }
    )
    return { ...world, frame: world.frameFor(described), tried: new Set([...tried, described.name]) }
  })
