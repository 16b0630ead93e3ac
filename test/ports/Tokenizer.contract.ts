/** What every Tokenizer promises. */
import * as Effect from "effect/Effect"
import { Tokenizer } from "../../src/ports/Tokenizer.ts"
import { type Contract, equal, ok } from "../support/contract.ts"

const count = (model: string, text: string) => Effect.flatMap(Tokenizer, (tokenizer) => tokenizer.count(model, text))
const models = ["openai/gpt-5.6", "openai/gpt-4", "anthropic/claude-sonnet-5-5", "nobody/knows"]

/** What every Tokenizer promises. */
export const tokenizerContract: Contract<Tokenizer> = {
  name: "Tokenizer",
  tests: [
    {
      name: "no text is no tokens, and any text is at least one",
      run: Effect.gen(function* () {
        for (const model of models) {
          equal(yield* count(model, ""), 0)
          for (const text of [" ", "\n", "a", "漢", "👩‍👩‍👧", "\0", "{}"])
            ok((yield* count(model, text)) >= 1, `${model} counts none in ${JSON.stringify(text)}`)
        }
      })
    },
    {
      name: "text that looks like a special token is text",
      run: Effect.gen(function* () {
        for (const model of models) ok((yield* count(model, "<|endoftext|>")) > 1, `${model} takes it for a token`)
      })
    },
    {
      name: "more text is never fewer tokens, in steps of lines",
      run: Effect.gen(function* () {
        for (const model of models) {
          let before = 0
          for (let lines = 1; lines < 40; lines += 7) {
            const now = yield* count(model, "const x = { a: [1, 2.5], b: 'text' }\n".repeat(lines))
            ok(now > before, `${model} counts ${now} after ${before}`)
            before = now
          }
        }
      })
    }
  ]
}
