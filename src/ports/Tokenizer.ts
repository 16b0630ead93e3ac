/** Counts tokens as a model would. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ModelName } from "../domain/model/Model.ts"

/** Counts tokens as a model would. */
export class Tokenizer extends Context.Tag("code-mesh/ports/Tokenizer")<
  Tokenizer,
  {
    /** Exact for OpenAI's published encodings; for others an estimate that does not fall short on code or JSON. */
    readonly count: (model: ModelName, text: string) => Effect.Effect<number>
  }
>() {}
