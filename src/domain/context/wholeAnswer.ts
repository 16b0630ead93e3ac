/** Asks a model beside the steps of a turn: for a summary, a title, a vote. Nobody watches such an answer come. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LanguageModel, type ModelError, type ModelPart, type ModelRequest } from "../../ports/LanguageModel.ts"

/** An answer once it is whole: its words, how many tools it asks for, and its end where it said one. */
export interface WholeAnswer {
  readonly text: string
  readonly calls: number
  readonly end?: Extract<ModelPart, { type: "finish" }>
}

const unheard: WholeAnswer = { text: "", calls: 0 }

/** Sends a request and gathers the answer. */
export const wholeAnswer = (request: ModelRequest): Effect.Effect<WholeAnswer, ModelError, LanguageModel> =>
  Effect.flatMap(LanguageModel, ({ stream }) =>
    Stream.runFold(stream(request), unheard, (answer, part) => {
      if (part.type === "text") return { ...answer, text: answer.text + part.text }
      if (part.type === "call") return { ...answer, calls: answer.calls + 1 }
      return part.type === "finish" ? { ...answer, end: part } : answer
    })
  )
