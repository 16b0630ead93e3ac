/** Which declared model stands in for one that does not answer, and after which errors. */
import type { ModelError } from "../../ports/LanguageModel.ts"
import type { Model, ModelName } from "../model/Model.ts"

// A request that is wrong, declined for what it says, or not paid for is not carried to others.
const stays: ReadonlySet<ModelError["kind"]> = new Set(["invalid", "budget"])

/** The declared models that may be asked after this error, in order: each once in a turn. */
export const standIns = (
  error: ModelError,
  declared: ReadonlyArray<ModelName>,
  tried: ReadonlySet<ModelName>
): ReadonlyArray<ModelName> => (stays.has(error.kind) ? [] : declared.filter((name) => !tried.has(name)))

/** Whether the model could do better: what is too long for one fits only a larger window. */
export const couldAnswer = (error: ModelError, before: Model, other: Model): boolean =>
  error.kind !== "too_long" || other.context > before.context
