/** Whether two globs may name the same file. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { globOf } from "../../../src/adapters/shared/globs.ts"
import { mayOverlap } from "../../../src/domain/planner/overlap.ts"

const rows: ReadonlyArray<readonly [string, string, boolean]> = [
  ["src/a.ts", "src/a.ts", true],
  ["src/a.ts", "src/b.ts", false],
  ["src/*.ts", "src/a.ts", true],
  ["src/*.ts", "src/a.js", false],
  ["src/**", "src/deep/a.ts", true],
  ["src/**", "test/**", false],
  ["**/*.md", "docs/**", true],
  ["**", "any/thing", true],
  ["src/", "src/a/b.ts", true],
  ["./src/a.ts", "src/a.ts", true],
  ["src/{a,b}.ts", "src/b.ts", true],
  ["src/{a,b}.ts", "src/c.ts", false],
  ["a*b*c", "*xbyc", true],
  ["a*b*c", "ac", false],
  ["?.ts", "a.ts", true],
  ["?.ts", "ab.ts", false],
  ["[ab].ts", "c.ts", true],
  ["src/*", "src/a/b", false],
  ["src/\\*.ts", "src/a.ts", false],
  ["src/\\a.ts", "src/a.ts", true],
  ["a/./b", "a/b", true],
  ["", "", true],
  ["", "a", false]
]

const matches = (pattern: string, path: string): boolean => {
  const glob = globOf(pattern)
  return typeof glob !== "string" && glob.matches(path)
}

describe("Two globs", () => {
  for (const [a, b, expected] of rows)
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)} ${expected ? "may" : "cannot"} name the same file`, () => {
      assert.strictEqual(mayOverlap(a, b), expected)
      assert.strictEqual(mayOverlap(b, a), expected)
    })

  it("with more choices than can be looked at may name anything", () => {
    assert.isTrue(mayOverlap("{a,b}".repeat(12), "c"))
  })

  const piece = fc.constantFrom("a", "b", "*", "?", "{a,b}", "**", "c.ts")
  const glob = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("/"))
  const path = fc
    .array(fc.constantFrom("a", "b", "c.ts", "d"), { minLength: 1, maxLength: 4 })
    .map((it) => it.join("/"))

  it("that both match some path are said to overlap (property)", () => {
    fc.assert(
      fc.property(glob, glob, path, (a, b, file) => {
        fc.pre(matches(a, file) && matches(b, file))
        assert.isTrue(mayOverlap(a, b))
      }),
      { numRuns: 300 }
    )
  })
})
