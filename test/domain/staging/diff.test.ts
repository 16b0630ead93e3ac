/** Laws of comparing, hunks and their text. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { compare } from "../../../src/domain/staging/compare.ts"
import { unified } from "../../../src/domain/staging/diff.ts"
import { applyHunks, countHunks, hunksOf, invertHunks } from "../../../src/domain/staging/hunk.ts"
import { linesOf } from "../../../src/domain/staging/lines.ts"

const piece = fc.constantFrom("a\n", "b\n", "c\r\n", "d\r\n", "\n", "  a\n", "x", "\r", "é\u2028\n")
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""))

describe("diff", () => {
  it("lines put together again are the text", () => {
    fc.assert(fc.property(text, (it) => linesOf(it).join("") === it))
  })

  it("applying the hunks of a change gives its target, and inverting them gives its source", () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        // Lone carriage returns end lines only in a text of nothing else, so that both sides must agree on it.
        fc.pre(before.includes("\n") === after.includes("\n"))
        const hunks = hunksOf(before, after, context)
        assert.deepStrictEqual(applyHunks(before, hunks), Either.right(after))
        assert.deepStrictEqual(applyHunks(after, invertHunks(hunks)), Either.right(before))
      }),
      { numRuns: 500 }
    )
  })

  it("hunks do not fit a text that lacks their lines", () => {
    const hunks = hunksOf("a\nb\nc\n", "a\nB\nc\n")
    assert.deepStrictEqual(applyHunks("a\nx\nc\n", hunks), Either.left({ line: 2 }))
    assert.deepStrictEqual(applyHunks("", hunks), Either.left({ line: 1 }))
  })

  it("the shortest script is found where it is cheap", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 })
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
        for (let i = a.length - 1; i >= 0; i--) {
          for (let j = b.length - 1; j >= 0; j--) {
            const row = table[i] ?? []
            const next = table[i + 1] ?? []
            row[j] = a[i] === b[j] ? 1 + (next[j + 1] ?? 0) : Math.max(next[j] ?? 0, row[j + 1] ?? 0)
          }
        }
        const common = table[0]?.[0] ?? 0
        const cost = compare(a, b).reduce((sum, s) => sum + s.oldEnd - s.oldStart + s.newEnd - s.newStart, 0)
        assert.strictEqual(cost, a.length + b.length - 2 * common)
      })
    )
  })

  it("spells a change as git does", () => {
    const before = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"
    const after = "one\ntwo\nTHREE\nfour\nfive\nsix\nseven\neight\nnine"
    assert.deepStrictEqual(unified({ path: "f.txt", before, after }, 1), {
      text:
        "--- a/f.txt\n+++ b/f.txt\n@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four\n" +
        "@@ -8 +8,2 @@\n eight\n+nine\n\\ No newline at end of file\n",
      added: 2,
      removed: 1
    })
  })

  it("names what does not exist /dev/null, and says nothing where nothing changed", () => {
    assert.strictEqual(
      unified({ path: "n", before: undefined, after: "x\n" }).text,
      "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
    )
    assert.strictEqual(
      unified({ path: "n", before: "x\n", after: undefined }).text,
      "--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert.strictEqual(unified({ path: "n", before: undefined, after: "" }).text, "--- /dev/null\n+++ b/n\n")
    assert.deepStrictEqual(unified({ path: "n", before: "x", after: "x" }), { text: "", added: 0, removed: 0 })
  })

  it("says where a file moves to", () => {
    assert.strictEqual(
      unified({ path: "a", movedTo: "b", before: "x\n", after: "x\n" }).text,
      "rename from a\nrename to b\n"
    )
    assert.strictEqual(
      unified({ path: "a", movedTo: "b", before: "x\n", after: "y\n" }).text,
      "rename from a\nrename to b\n--- a/a\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n"
    )
  })

  it("shows lines that end with a carriage return alone", () => {
    assert.include(unified({ path: "f", before: "a\rb\r", after: "a\rc\r" }).text, "@@ -1,2 +1,2 @@\n a\n-b\n+c\n")
  })

  it("hunks that overlap or stand beyond the end do not fit", () => {
    const [hunk] = hunksOf("a\n", "b\n")
    if (hunk === undefined) throw new Error("no hunk")
    assert.deepStrictEqual(applyHunks("a\n", [hunk, hunk]), Either.left({ line: 1 }))
    assert.deepStrictEqual(applyHunks("a\n", [{ ...hunk, oldStart: 5 }]), Either.left({ line: 6 }))
  })

  it("texts that have nothing in common, or everything twice, still come back as hunks that apply", () => {
    const far = (seed: number) => Array.from({ length: 20_000 }, (_, i) => `${(i * 7919 + seed) % 30_011}\n`).join("")
    const same = (every: number) => Array.from({ length: 20_000 }, (_, i) => (i % every === 0 ? "x\n" : "y\n")).join("")
    // Blocks of lines in another order, and a line that all have between parts that nearly repeat.
    const blocks = (order: ReadonlyArray<number>) =>
      order.map((block) => Array.from({ length: 3000 }, (_, i) => `${block} ${i}\n`).join("")).join("")
    for (const [a, b] of [
      [blocks([1, 2, 3, 4]), blocks([3, 4, 1, 2])],
      [`${same(2)}middle\n${same(3)}`, `${same(3)}middle\n${same(5)}`],
      [far(1), far(2)],
      [same(2), same(3)]
    ] as const) {
      const hunks = hunksOf(a, b)
      assert.deepStrictEqual(applyHunks(a, hunks), Either.right(b))
      assert.isTrue(countHunks(hunks).added > 0)
    }
  })
})
