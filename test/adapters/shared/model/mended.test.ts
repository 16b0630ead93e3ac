/** Broken JSON of calls: what is mended, what never is, and that what the model wrote stays known. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { mended } from "../../../../src/adapters/shared/model/mended.ts"
import type { ModelPart } from "../../../../src/ports/LanguageModel.ts"

const part = (input: string): ModelPart => ({ type: "call", name: "edit", input })
const mend = (input: string) => Effect.map(mended(part(input)), (one) => (one.type === "call" ? one : assert.fail()))

const mendedRows: ReadonlyArray<readonly [string, string, unknown]> = [
  ["a comma too many", '{"a":1,}', { a: 1 }],
  ["single quotes", "{'a':'b'}", { a: "b" }],
  ["names without quotes, and Python's words", "{a: True, b: None}", { a: true, b: null }],
  ["line breaks in a text", '{"a":"x\ny"}', { a: "x\ny" }],
  ["a fence around it", '```json\n{"a":1}\n```', { a: 1 }],
  ["a missing comma", '{"a":1 "b":2}', { a: 1, b: 2 }],
  ["a comment", '{"a":1 /* one */}', { a: 1 }],
  ["quotes within a text", '{"command":"echo "hi""}', { command: 'echo "hi"' }]
]

const leftRows: ReadonlyArray<readonly [string, string]> = [
  ["a text that was cut", '{"path": "a'],
  ["a bracket that was cut", '{"path": "a", "edits": [{"old": "x"}'],
  ["a text that was cut after a bracket of its own", '{"content":"function f() {}'],
  ["an escape that JSON does not have, which would lose its backslash", '{"pattern":"\\d+",}'],
  ["half an escape", '{"a":"\\u12",}'],
  ["words", "read the file a"],
  ["a list", "[1,2,]"],
  ["two objects", '{"a":1}{"b":2}'],
  ["words behind", '{"a":1} as you wish']
]

describe("a call's input", () => {
  for (const [what, input, value] of mendedRows)
    it.effect(`is mended: ${what}`, () =>
      Effect.map(mend(input), (call) => {
        assert.deepStrictEqual(JSON.parse(call.input), value)
        assert.strictEqual(call.wrote, input)
      })
    )
  for (const [what, input] of leftRows)
    it.effect(`is left: ${what}`, () => Effect.map(mend(input), (call) => assert.deepStrictEqual(call, part(input))))

  it.effect("that is JSON is left byte for byte, whatever it holds, and nothing but calls is looked at", () =>
    Effect.gen(function* () {
      for (const input of FastCheck.sample(FastCheck.json(), 100))
        assert.deepStrictEqual(yield* mend(input), part(input))
      const text: ModelPart = { type: "text", text: "{a:1,}" }
      assert.strictEqual(yield* mended(text), text)
      assert.deepStrictEqual(yield* mend(" "), part(" "))
    })
  )
  it.effect("that was cut anywhere is never completed", () =>
    Effect.gen(function* () {
      const whole = '{"path":"a/b.ts","edits":[{"old":"f({})","new":"g(\\"x\\")"}],"all":false}'
      for (let end = 1; end < whole.length; end += 1)
        assert.deepStrictEqual(yield* mend(whole.slice(0, end)), part(whole.slice(0, end)))
    })
  )
})
