/** How edits find their place, and what they leave alone. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { applyEdit, applyEdits } from "../../../src/domain/staging/replace.ts"

const edit = (text: string | undefined, oldText: string, newText: string, all = false): string =>
  Either.match(applyEdit(text, { oldText, newText, all }), { onLeft: (it) => `! ${it.kind}`, onRight: (it) => it })
const reason = (text: string, oldText: string): string =>
  Either.match(applyEdit(text, { oldText, newText: "other", all: false }), {
    onLeft: (it) => it.reason,
    onRight: () => "no error"
  })

describe("an edit finds its place", () => {
  it.each([
    ["exactly, inside a line", "foobar\n", "foo", "x", "xbar\n"],
    ["exactly, and puts dollar signs in as they are", "price\n", "price", "$& $1 $$ $` $'", "$& $1 $$ $` $'\n"],
    ["exactly, where a looser place stands before it", "a  \nb\n--\na\nb\n", "a\nb", "X\nb", "a  \nb\n--\nX\nb\n"],
    ["in a CRLF file asked for with LF", "a\r\nb\r\nc\r\n", "a\nb\n", "A\nB\nX\n", "A\r\nB\r\nX\r\nc\r\n"],
    ["in a CRLF file by one line that becomes two", "a\r\nb\r\n", "a", "a\nx", "a\r\nx\r\nb\r\n"],
    ["in an LF file asked for with CRLF", "a\nb\nc\n", "a\r\nb", "A\r\nB", "A\nB\nc\n"],
    ["in a file of lone carriage returns", "a\rb\rc", "a\nb", "A\nB", "A\rB\rc"],
    ["in a file of mixed endings, each kept", "a\r\nb\nc\r\n", "a\nb\nc", "a\nB\nc", "a\r\nB\nc\r\n"],
    ["and ends a last line as the others end", "a\r\nb", "b", "b\n", "a\r\nb\r\n"],
    ["and turns endings where only they differ", "a\r\nb\n", "a\r\n", "a\n", "a\nb\n"],
    ["with blanks at line ends that the file lacks", "a\nb\n", "a  \nb", "A\nb", "A\nb\n"],
    ["with blanks at line ends that only the file has", "a  \nb\t\nc\n", "a\nb\n", "a\nB\n", "a  \nB\nc\n"],
    ["one level out", "    a\n      b\n    c\n", "a\n  b\n", "A\n  B\n    C\n", "    A\n      B\n        C\n    c\n"],
    ["one level in", "a\n  b\n", "    a\n      b\n", "    a\n      B\n", "a\n  B\n"],
    ["one level out, over a blank line", "  a\n\n  b\n", "a\n\nb\n", "A\n\n\nB\n", "  A\n\n\n  B\n"],
    ["one level out, with typographic signs", "  “é”\n  b\n", '"é"\nb\n', '"é"\nB\n', "  “é”\n  B\n"],
    ["in a text that is one line, for several", "a", "a", "a\nb\n", "a\nb\n"],
    ["with spaces for tabs", "\tif x:\n\t\ty\n", "    if x:\n        y", "    if x:\n        z", "\tif x:\n\t\tz\n"],
    ["with tabs for spaces", "  if x:\n    y\n", "\tif x:\n\t\ty", "\tif x:\n\t\tz", "  if x:\n    z\n"],
    ["by plain signs for typographic ones", "say “hi” – now\n", 'say "hi" - now', "bye", "bye\n"],
    ["and keeps typographic signs in lines that it keeps", "“q”\nb\n", '"q"\nb', '"q"\nB', "“q”\nB\n"],
    ["and deletes only what it names", "a\nb\nc\n", "b\n", "", "a\nc\n"],
    ["and leaves the missing final newline", "a\nb", "b", "c", "a\nc"]
  ])("%s", (_name, text, oldText, newText, result) => {
    assert.strictEqual(edit(text, oldText, newText), result)
  })

  it.each([
    ["nothing like it", "a\nb\n", "z", "not_found"],
    ["another letter in a long block", "one\ntwo\nthree\nfour\n", "one\ntwo\nthrey\nfour", "not_found"],
    ["blanks inside a line", "foo( 1,  2 )\n", "foo(1, 2)", "not_found"],
    ["a zero-width space", "a\u200bb\n", "ab", "not_found"],
    ["another normal form of Unicode", "caf\u00e9\n", "cafe\u0301", "not_found"],
    ["the ending of a last line that has none", "  a\n  b", "a\nb\n", "not_found"],
    ["line numbers", "a\nb\n", "2\tb", "not_found"],
    ["blanks only, of another kind", "a\nb\n", " \t ", "not_found"],
    ["blanks that would have to stand in a word", "ab\n", "a ", "not_found"],
    ["lines indented as no shift explains", "a\n b\n   c\n", "  a\n  b\n  c\n", "not_found"],
    ["a blank line, where the blanks are others", "a\n\nb\n", " \t ", "not_found"],
    ["two exact places", "x\ny\nx\n", "x", "ambiguous"],
    ["two places that overlap", "aaa", "aa", "ambiguous"],
    ["two loose places", "  a\n  b\n--\n    a\n    b\n", "\ta\n\tb\n", "ambiguous"],
    ["two lines of a text of carriage returns", "a\rx\rb\rx\r", "x", "ambiguous"],
    ["itself", "other\n", "other", "no_change"],
    ["what is there already, spelled otherwise", "a\u00a0b\n", "a b", "no_change"],
    ["nothing, in a file that has something", "x\n", "", "exists"]
  ])("not for %s", (_name, text, oldText, result) => {
    assert.strictEqual(edit(text, oldText, result === "no_change" ? text.trim() : "other"), `! ${result}`)
  })

  it("a new line that stands further out than the file has room for is refused", () => {
    assert.strictEqual(edit("a\nb\n", "  a\n  b\n", "  a\nx\n"), "! not_found")
  })

  it("an empty old text fills a file that is missing or empty", () => {
    assert.deepStrictEqual([edit(undefined, "", "x"), edit("", "", "x")], ["x", "x"])
    assert.strictEqual(edit(undefined, "a", "b"), "! missing_file")
  })

  it("all places are replaced once each, whatever ends their lines", () => {
    assert.strictEqual(edit("a b a\n", "a", "aa", true), "aa b aa\n")
    assert.strictEqual(edit("a\r\nb\r\n--\na\nb\n", "a\nb", "a\nB", true), "a\r\nB\r\n--\na\nB\n")
    assert.strictEqual(edit("aaaa", "aa", "b", true), "bb")
    assert.strictEqual(edit("aaa", "aa", "b", true), "ba")
  })

  it("several edits build on one another, and one that fails undoes none", () => {
    const edits = [
      { oldText: "a", newText: "b", all: false },
      { oldText: "b", newText: "c", all: false }
    ]
    assert.deepStrictEqual(applyEdits("a\n", edits), Either.right("c\n"))
    const failed = applyEdits("a\nb\n", edits)
    assert.deepStrictEqual(Either.isLeft(failed) ? failed.left.kind : failed.right, "ambiguous")
  })

  it("errors name the lines, the nearest place and what differs there", () => {
    assert.include(reason("x\ny\nx\n", "x"), "lines 1, 3")
    const text = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join("")
    const asked = `${text.split("\n").slice(0, 20).join("\n")}\nlime 20\n`
    assert.include(reason(text, asked), 'Line 21 is "line 20", not "lime 20"')
    assert.include(reason("function total(items) {\n}\n", "function total(list) {"), "1\tfunction total(items) {")
    assert.include(reason("a\nb\n", "2\tb"), "line numbers")
  })

  it("replacing changes nothing beside the place, for any text", () => {
    const part = fc.array(fc.constantFrom("a", "b", " ", "\t", "\n", "\r\n", "\r", "é", "“", "-", "😀"), {
      maxLength: 12
    })
    const text = part.map((it) => it.join(""))
    fc.assert(
      fc.property(text, text, text, (before, after, put) => {
        const mark = `<${put.replaceAll("\n", "|").replaceAll("\r", "|")}>`
        assert.strictEqual(edit(`${before}MARK${after}`, "MARK", mark), `${before}${mark}${after}`)
      })
    )
  })

  it("large files of lines that nearly fit are answered at once", () => {
    const near = `${"a".repeat(60)}b\n`
    const started = performance.now()
    assert.strictEqual(edit(near.repeat(50_000), `${"a".repeat(61)}b`, "x"), "! not_found")
    assert.strictEqual(edit(near.repeat(50_000), `${near.repeat(2000)}x`, "x"), "! not_found")
    assert.strictEqual(edit(near.repeat(50_000), `  ${near.replaceAll("\n", "\n  ").repeat(500)}c`, "x"), "! not_found")
    assert.strictEqual(edit("a".repeat(4_000_000), `${"a".repeat(2000)}b`, "x"), "! not_found")
    assert.strictEqual(edit("a".repeat(4_000_000), "aa", "x"), "! ambiguous")
    // No measurement: a quadratic search would take minutes here.
    assert.isBelow(performance.now() - started, 20_000)
  })
})
