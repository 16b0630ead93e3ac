/** The lines of keys in TOML, against the parser that reads the values. */
import { describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { parse, stringify } from "smol-toml"
import { tomlLines } from "../../../src/adapters/shared/tomlLines.ts"
import { equal, ok } from "../../support/contract.ts"

const text = `# a comment with = and [brackets]
[model]   # line 2
default = "a/b # not a comment"
long = """
[not.a.table]
no = "key" \\""" still
""""
other = '''x
'''
after = 1

[providers.'odd name'."x.y"]
api = "openai"
list = [ # comment ]
  "one, two",
  { a = 1, b.c = [2, 3] },
]
last = 2024-01-01T00:00:00Z
a.b.c = true
[[permission.rules]]
decision = "ask"
[[permission.rules]]
decision = "deny"
[permission.rules.examples]
match = []
`

const keysOf = (value: unknown, key: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value !== "object" || value === null || value instanceof Date
    ? [key]
    : Object.entries(value).flatMap(([name, inner]) => [[...key, name], ...keysOf(inner, [...key, name])])

describe("tomlLines", () => {
  it("finds keys behind every kind of string, list and table", () => {
    parse(text)
    const line = tomlLines(text)
    const expected: ReadonlyArray<readonly [ReadonlyArray<string>, number | undefined]> = [
      [["model"], 2],
      [["model", "default"], 3],
      [["model", "long"], 4],
      [["model", "no"], undefined],
      [["model", "other"], 8],
      [["model", "after"], 10],
      [["providers", "odd name", "x.y"], 12],
      [["providers", "odd name", "x.y", "api"], 13],
      [["providers", "odd name", "x.y", "list", "0"], 15],
      [["providers", "odd name", "x.y", "list", "1", "b", "c", "1"], 16],
      [["providers", "odd name", "x.y", "last"], 18],
      [["providers", "odd name", "x.y", "a", "b", "c"], 19],
      [["permission", "rules", "0", "decision"], 21],
      [["permission", "rules", "1", "decision"], 23],
      [["permission", "rules", "1", "examples", "match"], 25]
    ]
    equal(
      expected.map(([key]) => [key, line(key)]),
      expected
    )
  })

  it("knows the line of every key and value of any TOML", () => {
    const leaf = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.integer(),
      FastCheck.boolean(),
      FastCheck.array(FastCheck.string())
    )
    const name = FastCheck.string({ minLength: 1 }).filter((key) => key !== "__proto__")
    const table = FastCheck.dictionary(
      name,
      FastCheck.oneof(leaf, FastCheck.dictionary(name, leaf), FastCheck.array(FastCheck.dictionary(name, leaf)))
    )
    FastCheck.assert(
      FastCheck.property(table, (value) => {
        const written = stringify(value)
        const line = tomlLines(written)
        const lines = written.split("\n")
        for (const key of keysOf(parse(written))) {
          const name = key.at(-1) ?? ""
          // Tables that only stand in longer headers have a line of their own neither in the text nor here.
          const at = line(key)
          if (at === undefined || /^\d+$/.test(name)) continue
          ok(
            lines[at - 1]?.includes(/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name).slice(1, 2)) ?? false,
            `${name} at ${at}`
          )
        }
        for (const key of keysOf(parse(written)).filter((key) => typeof at(value, key) !== "object")) {
          ok(line(key) !== undefined, `no line for ${key.join("/")}`)
        }
      })
    )
  })

  it("ends on any text", () => {
    const piece = FastCheck.constantFrom(
      "[",
      "]",
      "{",
      "}",
      "=",
      '"',
      "'",
      '"""',
      "'''",
      "\\",
      ",",
      ".",
      "#",
      "\n",
      "a",
      " "
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(piece, { maxLength: 40 }), (pieces) => {
        tomlLines(pieces.join(""))(["a"])
      }),
      { numRuns: 2000 }
    )
  })
})

const at = (value: unknown, key: ReadonlyArray<string>): unknown =>
  key.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], value)
