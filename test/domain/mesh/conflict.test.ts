/** What the next try of a step is told where the one before could not be merged: both sides, and nothing dropped. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { type Contested, conflictText, type Side } from "../../../src/domain/mesh/conflict.ts"
import { clashes, merge } from "../../../src/domain/staging/threeWay.ts"

const side = (letter: string, text?: string): Side => ({
  blob: { hash: letter.repeat(64), size: 1, kind: "file" },
  ...(text === undefined ? {} : { text })
})

const told = (one: Omit<Contested, "path">, ...more: ReadonlyArray<Contested>) =>
  conflictText("ses_1", [{ path: "a.js", ...one }, ...more])

const base = "one\ntwo\nthree\n"

describe("A conflict", () => {
  it("is shown with both sides, what each content is called, and all that the try changed", () => {
    const text = told(
      {
        before: side("b", base),
        tried: side("c", "one\n2\nthree\n"),
        now: side("d", "one\nII\nthree\n"),
        reason: "content"
      },
      { path: "b.js", tried: side("e", "new\n") }
    )
    assert.match(text, /^The try before this one \(session ses_1\) .* meanwhile in a\.js\. /)
    assert.include(
      text,
      "### a.js: both changed the same lines\nIt was bbbbbbbbbbbb; that try made it cccccccccccc; there is now dddddddddddd."
    )
    assert.include(text, "Line 2:\n<<<<<<< that try\n2\n=======\nII\n>>>>>>> meanwhile")
    assert.include(text, "-two\n+2\n")
    assert.include(text, "--- /dev/null\n+++ b/b.js\n@@ -0,0 +1 @@\n+new")
  })

  it("says of each kind what happened", () => {
    const [before, tried, now] = [side("b", base), side("c", "mine\n"), side("d", "theirs")]
    assert.include(told({ before, now, reason: "content" }), "that try deleted it, and it was changed meanwhile")
    assert.include(told({ before, now, reason: "content" }), "+theirs\n")
    assert.include(told({ tried, now, reason: "exists" }), "both created it, and not alike")
    assert.include(told({ tried, now, reason: "exists" }), "<<<<<<< that try\nmine\n=======\ntheirs\n>>>>>>> meanwhile")
    assert.include(
      told({ before, tried, reason: "deleted" }),
      "it was deleted meanwhile\nIt was bbbbbbbbbbbb; that try made it cccccccccccc; there is now nothing."
    )
    for (const reason of ["type", "link"] as const)
      assert.include(told({ before, tried, reason }), "something of another kind stands there meanwhile")
    const binary = told({ before: side("b"), tried: side("c"), now: side("d"), reason: "binary" })
    assert.include(binary, "both changed it, and it is not text")
    assert.include(binary, "a.js: bbbbbbbbbbbb → cccccccccccc, not text")
    assert.include(told({ before: side("b"), now, reason: "binary" }), "a.js: bbbbbbbbbbbb → nothing, not text")
  })

  it("of modes alone names them", () => {
    const executable: Side = { ...side("b", base), blob: { ...side("b").blob, kind: "executable" } }
    assert.include(
      told({ before: side("b", base), tried: executable, now: side("d", "x\n"), reason: "content" }),
      "a.js: file → executable"
    )
    assert.include(told({ tried: side("b", ""), now: side("d", "x\n"), reason: "exists" }), "+++ b/a.js")
  })

  it("of a path that never was says so", () => {
    assert.include(told({}), "a.js: nothing → nothing")
  })

  it("is bounded, however much there is", () => {
    const long = (letter: string) => `${letter.repeat(80)}\n`.repeat(200)
    const all = Array.from({ length: 40 }, (_, index) => ({
      path: `src/${index}.js`,
      before: side("b", base),
      tried: side("c", long("c")),
      now: side("d", long("d")),
      reason: "content" as const
    }))
    const text = conflictText("ses_1", all)
    assert.isAtMost(text.length, 24_000)
    assert.include(text, "src/39.js")
  })
})

describe("Clashes", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 })
    .map((all) => all.map((it) => `${it}\n`).join(""))

  it("are as many as a merge marks, and hold lines of either side", () => {
    fc.assert(
      fc.property(text, text, text, (from, ours, theirs) => {
        const found = clashes(from, ours, theirs)
        assert.strictEqual(found.length, merge(from, ours, theirs).conflicts)
        for (const one of found) {
          assert.isTrue(
            ours
              .split("\n")
              .slice(one.line - 1)
              .join("\n")
              .startsWith(one.ours)
          )
          assert.include(theirs, one.theirs)
        }
      })
    )
  })
})
