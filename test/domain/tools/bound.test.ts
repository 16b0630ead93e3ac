/** Long outputs are cut in the middle, and say so. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { bound } from "../../../src/domain/tools/bound.ts"

const parse = (text: string) => {
  const found = /(\n?)\[… (\d+) characters \(\d+ lines\) left out …\]\n/.exec(text)
  assert(found !== null)
  const tail = text.slice(found.index + found[0].length)
  const missing = Number(found[2])
  // A line end before the notice is the text's own where the head ends with a whole line.
  const own = text.slice(0, found.index + (found[1] ?? "").length)
  return { own, bare: text.slice(0, found.index), missing, tail }
}

describe("bound", () => {
  it("leaves a text that fits as it is", () => {
    assert.deepStrictEqual(bound("a\nb\n", 1000), { text: "a\nb\n", cut: false })
  })

  it("keeps whole lines of the start and the end, and counts what is missing", () => {
    const rows = Array.from({ length: 1000 }, (_, index) => `line ${index}`)
    const { text, cut } = bound(`${rows.join("\n")}\n`, 400)
    assert.isTrue(cut)
    const shown = text.trimEnd().split("\n")
    const at = shown.findIndex((row) => row.startsWith("[…"))
    assert.deepStrictEqual(shown.slice(0, at), rows.slice(0, at))
    const after = shown.slice(at + 1)
    assert.deepStrictEqual(after, rows.slice(-after.length))
    assert.include(shown[at], `(${1000 - at - after.length} lines)`)
  })

  it("cuts one endless line where it must", () => {
    const { text } = bound("x".repeat(100_000), 1000)
    assert.isAtMost(text.length, 1000)
    assert.match(text, /^x{300,}\n\[… \d+ characters \(1 lines\) left out …\]\nx{300,}$/)
  })

  it("splits no character at either cut", () => {
    for (const before of ["", "a"])
      for (const after of ["", "a"]) {
        const { text } = bound(`${before}${"😀".repeat(500)}${after}`, 401)
        assert.notMatch(text, /\p{Cs}/u)
        assert.isAtLeast(text.length, 300)
      }
  })

  it("says what the caller wants said about the rest", () => {
    assert.include(bound("x".repeat(1000), 300, "; all of it is in /a/b").text, "left out; all of it is in /a/b …]")
  })

  it("never exceeds the limit, never splits a surrogate pair, and shows only a true start and end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.fullUnicodeString({ maxLength: 40 }), fc.constant("\n"), fc.constant("😀")), {
          maxLength: 60
        }),
        fc.integer({ min: 200, max: 600 }),
        (parts, limit) => {
          const whole = parts.join("")
          const { text, cut } = bound(whole, limit)
          assert.isAtMost(text.length, limit)
          assert.notMatch(text, /\p{Cs}/u)
          assert.strictEqual(cut, whole.length > limit)
          if (!cut) return assert.strictEqual(text, whole)
          const { own, bare, missing, tail } = parse(text)
          const head = whole.length - missing - tail.length === own.length ? own : bare
          assert.isTrue(whole.startsWith(head) && whole.endsWith(tail))
          assert.strictEqual(head.length + missing + tail.length, whole.length)
        }
      ),
      { numRuns: 300 }
    )
  })
})
