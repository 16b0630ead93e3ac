/** Scripts that a program was given by name. */
import * as Effect from "effect/Effect"
import type { Script } from "../adapters/memory/ScriptedModel.ts"
import { modelOf } from "../domain/model/Model.ts"
import { ModelError } from "../ports/LanguageModel.ts"
import type { ReadScript } from "./withScripts.ts"

/** Finds `scripted/NAME` among given scripts, and asks `otherwise` for those that are not there. */
export const scriptNamed =
  (scripts: Readonly<Record<string, Script>>, otherwise?: ReadScript): ReadScript =>
  (name) =>
    Effect.suspend(() => {
      const script = Object.hasOwn(scripts, modelOf(name)) ? scripts[modelOf(name)] : undefined
      if (script !== undefined) return Effect.succeed(script)
      if (otherwise !== undefined) return otherwise(name)
      return Effect.fail(new ModelError({ kind: "missing_model", model: name, reason: "there is no such script" }))
    })
