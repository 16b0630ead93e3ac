/** The tool that asks the person. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nothing } from "../model/Footprint.ts"
import { defineTool, ToolRun } from "./Tool.ts"

/** Puts one question to the person and waits for the answer. */
export const question = defineTool({
  name: "question",
  description: "Asks the user one question. Only for what you can neither find out nor safely decide.",
  input: Schema.Struct({
    question: Schema.String,
    options: Schema.optional(Schema.Array(Schema.String))
  }),
  prepare: ({ options = [], question: text }) =>
    Effect.succeed({
      footprint: nothing,
      preview: text,
      run: Effect.gen(function* () {
        const { ask } = yield* ToolRun
        return { output: yield* ask({ question: text, options }) }
      })
    })
})
