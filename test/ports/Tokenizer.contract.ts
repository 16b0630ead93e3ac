/** What every Tokenizer promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { Tokenizer } from "../../src/ports/Tokenizer.ts"

/** The contract. */
export const tokenizerContract = (name: string, layer: Layer.Layer<Tokenizer>): void => {
  const count = (model: string, text: string) => Effect.flatMap(Tokenizer, (tokenizer) => tokenizer.count(model, text))
  const models = ["openai/gpt-5.6", "openai/gpt-4", "anthropic/claude-sonnet-5-5", "nobody/knows"]

  describe(`Tokenizer: ${name}`, () => {
    it.effect("no text is no tokens, and any text is at least one", () =>
      Effect.gen(function* () {
        for (const model of models) {
          assert.strictEqual(yield* count(model, ""), 0)
          for (const text of [" ", "\n", "a", "漢", "👩‍👩‍👧", "\0", "{}"])
            assert.isAtLeast(yield* count(model, text), 1)
        }
      }).pipe(Effect.provide(layer))
    )
    it.effect("text that looks like a special token is text", () =>
      Effect.gen(function* () {
        for (const model of models) assert.isAbove(yield* count(model, "<|endoftext|>"), 1)
      }).pipe(Effect.provide(layer))
    )
    it.effect("more text is never fewer tokens, in steps of lines", () =>
      Effect.gen(function* () {
        for (const model of models) {
          let before = 0
          for (let lines = 1; lines < 40; lines += 7) {
            const now = yield* count(model, "const x = { a: [1, 2.5], b: 'text' }\n".repeat(lines))
            assert.isAbove(now, before)
            before = now
          }
        }
      }).pipe(Effect.provide(layer))
    )
  })
}
