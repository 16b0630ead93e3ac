/** The grammar that a model in the process is held to: it allows each call that a tool takes, and none that lacks something. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { callGrammar, valueGrammar } from "../../../../src/adapters/node/llama/callGrammar.ts"
import { portable, shell, web } from "../../../../src/domain/tools/sets.ts"
import { specOf } from "../../../../src/domain/tools/Toolbox.ts"
import { gbnf } from "../../../support/gbnf.ts"

const tools = [...portable, ...shell, ...web]

/** The keys of a value in the order of its schema, which a grammar wants. */
const ordered = (value: unknown, schema: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => ordered(one, (schema as { readonly items?: unknown }).items))
  if (typeof value !== "object" || value === null) return value
  const { properties = {} } = (schema ?? {}) as { readonly properties?: Readonly<Record<string, unknown>> }
  const given = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.keys(properties).flatMap((key) =>
      given[key] === undefined ? [] : [[key, ordered(given[key], properties[key])]]
    )
  )
}

const called = (name: string, input: unknown): string => `{"tool": "${name}", "arguments": ${JSON.stringify(input)}}`

const utf8 = (text: string): boolean => !/\\ud[89a-f]/.test(text)

describe("the grammar of calls", () => {
  it("allows every input of every built-in tool, and words", () => {
    const allows = gbnf(callGrammar(tools.map(specOf)))
    for (const tool of tools) {
      const { input: schema, name } = specOf(tool)
      const encode = Schema.encodeSync(tool.input as Schema.Schema<unknown>)
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(tool.input as Schema.Schema<unknown>), (input) => {
          const text = called(name, ordered(encode(input), schema))
          FastCheck.pre(utf8(text))
          assert.isTrue(allows(text), text)
        }),
        { numRuns: 10 }
      )
    }
    FastCheck.assert(
      FastCheck.property(FastCheck.fullUnicodeString(), (words) =>
        assert.isTrue(allows(`{"say": ${JSON.stringify(words)}}`), words)
      ),
      { numRuns: 50 }
    )
  })

  it("allows no call that lacks an argument, has an unknown one, or is of no tool, and no bare words", () => {
    const allows = gbnf(callGrammar(tools.map(specOf)))
    assert.isTrue(allows(called("read", { file_path: "a" })))
    for (const text of [
      called("read", {}),
      called("read", { file_path: 7 }),
      called("read", { file_path: "a", colour: "red" }),
      called("fly", {}),
      "hello",
      "",
      '{"say": "a"} and more',
      '{"say": 1}'
    ])
      assert.isFalse(allows(text), text)
  })

  it("follows schemas that hold themselves, choices, lists and constants, and leaves free what it does not know", () => {
    const tree = {
      $defs: {
        "No de": {
          type: "object",
          properties: { v: { type: "integer" }, next: { $ref: "#/$defs/No de" } },
          required: ["v"]
        }
      },
      type: "object",
      properties: {
        tree: { $ref: "#/$defs/No de" },
        kind: { enum: ["a", 'b"', null] },
        one: { const: 1 },
        any: { anyOf: [{ type: "string" }, { type: "array", items: { type: "boolean" }, minItems: 1 }] },
        free: { description: "what you like" },
        odd: { type: ["null", "number"] }
      },
      required: []
    }
    const allows = gbnf(valueGrammar(tree))
    for (const value of [
      {},
      { tree: { v: 1, next: { v: -2 } }, kind: 'b"' },
      { kind: null, one: 1, any: [true, false], free: { x: [1, "y", null] }, odd: 1.5e-7 },
      { any: "text", odd: null }
    ])
      assert.isTrue(allows(JSON.stringify(value)), JSON.stringify(value))
    for (const value of [{ tree: {} }, { kind: "c" }, { one: 2 }, { any: [] }, { odd: "1" }])
      assert.isFalse(allows(JSON.stringify(value)), JSON.stringify(value))
  })
})
