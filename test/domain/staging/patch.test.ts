/** The patch language: reading, writing, and finding the place of each chunk. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { applyChunks } from "../../../src/domain/staging/fit.ts"
import { type FileOperation, parsePatch, printPatch } from "../../../src/domain/staging/grammar.ts"
import { hunksOf } from "../../../src/domain/staging/hunk.ts"
import { bodyOf } from "../../../src/domain/staging/lines.ts"

const wrap = (...lines: ReadonlyArray<string>): string => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n")

/** The file after one update by these chunk lines, or the kind of error. */
const update = (text: string, ...lines: ReadonlyArray<string>): string => {
  const patch = parsePatch(wrap("*** Update File: f", ...lines))
  if (Either.isLeft(patch)) return `! line ${patch.left.line}`
  const first = patch.right[0]
  const done = applyChunks(text, first.op === "update" ? first.chunks : [])
  return Either.match(done, { onLeft: (it) => `! ${it.kind}`, onRight: (it) => it })
}

const line = fc.string({ maxLength: 12 }).map((it) => it.replace(/[\r\n]/g, ""))
const name = fc.stringMatching(/^[a-z*@+-][a-z /.*@-]{0,10}[a-z]$/)
const header = fc.stringMatching(/^ {0,4}[a-zA-Z(){}@*][a-z @*+-]{0,9}[a-z]$/)
const chunk = fc.record({
  headers: fc.array(header, { maxLength: 3 }),
  lines: fc.array(fc.record({ kind: fc.constantFrom(" " as const, "-" as const, "+" as const), text: line }), {
    minLength: 1,
    maxLength: 5
  }),
  endOfFile: fc.boolean()
})
const operation: fc.Arbitrary<FileOperation> = fc.oneof(
  fc.record({ op: fc.constant("add" as const), path: name, lines: fc.array(line, { maxLength: 4 }) }),
  fc.record({ op: fc.constant("delete" as const), path: name }),
  fc.record({
    op: fc.constant("update" as const),
    path: name,
    chunks: fc.array(chunk, { minLength: 1, maxLength: 3 })
  }),
  fc.record({ op: fc.constant("update" as const), path: name, moveTo: name, chunks: fc.array(chunk, { maxLength: 3 }) })
)

describe("a patch", () => {
  it("reads back as it was printed", () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        const [first, ...others] = operations
        if (first === undefined) return
        assert.deepStrictEqual(parsePatch(printPatch(operations)), Either.right([first, ...others]))
      }),
      { numRuns: 500 }
    )
  })

  it.each([
    ["prose and a fence around it", `Here:\n\`\`\`\n${wrap("*** Delete File: a")}\n\`\`\`\n`],
    ["a here-document around it", `apply_patch <<'EOF'\n${wrap("*** Delete File: a")}\nEOF\n`],
    ["carriage returns", wrap("*** Delete File: a").replaceAll("\n", "\r\n")],
    ["padded markers", " *** Begin Patch \n  *** Delete File: a  \n *** End Patch \n"],
    ["blank lines between", wrap("", "*** Delete File: a", "")]
  ])("is read with %s", (_name, text) => {
    assert.deepStrictEqual(parsePatch(text), Either.right([{ op: "delete", path: "a" }]))
  })

  it("made of a change gives its target, where lines differ from one another", () => {
    const deeds = fc.array(fc.constantFrom("keep", "keep", "drop", "add", "change"), { maxLength: 30 })
    fc.assert(
      fc.property(deeds, fc.constantFrom("\n", "\r\n"), fc.boolean(), (list, eol, open) => {
        const text = (lines: ReadonlyArray<string>) => lines.join(eol) + (open || lines.length === 0 ? "" : eol)
        const before = text(list.map((_, i) => `line ${i}`))
        const after = text(
          list.flatMap((it, i) =>
            it === "drop"
              ? []
              : it === "add"
                ? [`line ${i}`, `new ${i}`]
                : it === "change"
                  ? [`other ${i}`]
                  : [`line ${i}`]
          )
        )
        // A text without a line's end does not tell how lines end.
        fc.pre(before.includes(eol) && after !== "")
        const chunks = hunksOf(before, after).map((hunk) => ({
          headers: [],
          endOfFile: false,
          lines: hunk.lines.map(({ kind, text: line }) => ({ kind, text: bodyOf(line) }))
        }))
        assert.deepStrictEqual(applyChunks(before, chunks), Either.right(after))
      })
    )
  })

  it("may move a file and say nothing of its lines", () => {
    assert.deepStrictEqual(
      parsePatch(wrap("*** Update File: a", "*** Move to: b", "", "*** Delete File: c")),
      Either.right([
        { op: "update", path: "a", moveTo: "b", chunks: [] },
        { op: "delete", path: "c" }
      ])
    )
  })

  it.each([
    ["an empty text", "", 1],
    ["no operations", wrap(), 1],
    ["no end", "*** Begin Patch\n*** Delete File: a", 2],
    ["only an end in its context", "*** Begin Patch\n*** Update File: a\n@@\n-a\n *** End Patch\n+b", 6],
    ["a unified diff", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n", 1],
    ["an unknown operation", wrap("*** Rename File: a"), 2],
    ["an operation without a path", wrap("*** Add File:"), 2],
    ["an update without hunks", wrap("*** Update File: a", "*** Delete File: b"), 2],
    ["a hunk without lines", wrap("*** Update File: a", "@@ x"), 4],
    ["a hunk line without a mark", wrap("*** Update File: a", "@@", "-a", "b"), 5],
    ["an added line without a mark", wrap("*** Add File: a", "+a", "b"), 4],
    ["an unknown marker in an update", wrap("*** Update File: a", "@@", "-a", "***b"), 5],
    ["a move to nowhere", wrap("*** Update File: a", "*** Move to:", "@@", "-a"), 3],
    ["two envelopes", `${wrap("*** Delete File: a")}\n${wrap("*** Delete File: b")}`, 3]
  ])("is refused for %s, at its line", (_name, text, at) => {
    assert.strictEqual(Either.match(parsePatch(text), { onLeft: (it) => it.line, onRight: () => 0 }), at)
  })

  it.each([
    ["replaces a line", "a\nb\nc\n", ["@@", " a", "-b", "+B", " c"], "a\nB\nc\n"],
    ["needs no @@ at its first chunk", "a\nb\n", ["-b", "+B"], "a\nB\n"],
    ["goes forward through the same lines", "x\nx\n", ["@@", "-x", "+1", "@@", "-x", "+2"], "1\n2\n"],
    ["refuses hunks out of order", "a\nb\n", ["@@", "-b", "+B", "@@", "-a", "+A"], "! not_found"],
    ["finds the place below a header", "f:\n  x\ng:\n  x\n", ["@@ g:", "-  x", "+  y"], "f:\n  x\ng:\n  y\n"],
    [
      "follows a chain of headers",
      "class A\n def f\n  x\nclass B\n def f\n  x\n",
      ["@@ class B", "@@  def f", "-  x", "+  y"],
      "class A\n def f\n  x\nclass B\n def f\n  y\n"
    ],
    ["lets a header come again as context", "a\ng:\n  x\n", ["@@ g:", " g:", "-  x", "+  y"], "a\ng:\n  y\n"],
    ["refuses a header that is nowhere", "a\n", ["@@ zzz", "-a", "+b"], "! not_found"],
    ["puts added lines after their header", "f\ng\n", ["@@ f", "+x"], "f\nx\ng\n"],
    ["puts added lines without a header at the end", "a\nb\n", ["@@", "+c"], "a\nb\nc\n"],
    ["adds to an empty file", "", ["@@", "+c"], "c\n"],
    ["keeps the missing final newline", "a\nb", ["@@", "-b", "+B"], "a\nB"],
    ["keeps it when it adds at the end", "a\nb", ["@@", "+c"], "a\nb\nc"],
    ["empties a file", "a\nb\n", ["@@", "-a", "-b"], ""],
    [
      "takes the last of equal places at the end of the file",
      "x\ny\nx\n",
      ["@@", "-x", "+z", "*** End of File"],
      "x\ny\nz\n"
    ],
    ["refuses what is not at the end of the file", "x\ny\n", ["@@", "-x", "+z", "*** End of File"], "! not_found"],
    ["keeps CRLF", "a\r\nb\r\n", ["@@", " a", "-b", "+B", "+C"], "a\r\nB\r\nC\r\n"],
    ["keeps each ending of mixed ones", "a\r\nb\nc\r\n", ["@@", " a", "-b", "+B", " c"], "a\r\nB\nc\r\n"],
    ["keeps trailing blanks of context", "a  \nb\n", ["@@", " a", "-b", "+B"], "a  \nB\n"],
    ["keeps typographic context", "1–2\nb\n", ["@@", " 1-2", "-b", "+B"], "1–2\nB\n"],
    ["moves to the file's indentation", "    a\n    b\n", ["@@", " a", "-b", "+B"], "    a\n    B\n"],
    ["refuses two loose places", "a  \nb\na  \nb\n", ["@@", "-a", "+A"], "! ambiguous"],
    ["passes over a blank line before the next marker", "a\nb\n", ["@@", "-a", "+A", ""], "A\nb\n"],
    ["takes a header that is closed", "g:\nx\n", ["@@ g: @@", "-x", "+y"], "g:\ny\n"],
    ["takes a line range for no header", "a\nb\n", ["@@ -1,2 +1,2 @@", "-a", "+A", " b"], "A\nb\n"],
    ["passes over git's remark on a missing newline", "a", ["@@", "-a", "\\ No newline at end of file", "+b"], "b"],
    ["moves what it adds as far as there is room", "a\nb\n", ["@@", "     a", "-    b", "+    c", "+d"], "a\nc\nd\n"],
    ["leaves added blank lines blank", "    a\n", ["@@", " a", "+", "+b"], "    a\n\n    b\n"],
    ["takes lines copied with their carriage return", "a\r\nb\r\n", ["@@", " a\r", "-b\r", "+B\r"], "a\r\nB\r\n"],
    ["takes out what starts with a dash", "-a\nb\n", ["@@", "--a", "+c", " b"], "c\nb\n"],
    ["puts in what looks like a marker", "a\n", ["@@", " a", "+*** End Patch", "+@@ x"], "a\n*** End Patch\n@@ x\n"]
  ])("%s", (_name, text, lines, result) => {
    assert.strictEqual(update(text, ...lines), result)
  })
})
