/** Settings at the top of a text. */
import { assert, describe, it } from "@effect/vitest"
import { frontMatter } from "../../../src/adapters/shared/frontMatter.ts"

const read = (text: string) => {
  const it = frontMatter(text)
  return it._tag === "Right" ? { fields: it.fields, body: it.body, lines: [...it.lines] } : it
}

describe("front matter", () => {
  it("is words, numbers, switches and lists, on a line or an item a line", () => {
    const text = [
      "\uFEFF---",
      "# a remark",
      "base: plan",
      'description: "a: b"',
      "n: 12",
      "on: true",
      'tools: [read, "a, b", bash(x, y)]',
      "deny:",
      "  - bash(git push:*)",
      "  - 'edit'",
      "empty:",
      "---",
      "",
      "Look for races.",
      "--- and more",
      ""
    ].join("\r\n")
    assert.deepStrictEqual(read(text), {
      fields: {
        base: "plan",
        description: "a: b",
        n: 12,
        on: true,
        tools: ["read", "a, b", "bash(x, y)"],
        deny: ["bash(git push:*)", "edit"],
        empty: []
      },
      body: "Look for races.\n--- and more",
      lines: [
        ["base", 3],
        ["description", 4],
        ["n", 5],
        ["on", 6],
        ["tools", 7],
        ["deny", 8],
        ["empty", 11]
      ]
    })
  })
  it("may be absent: then all is body", () => {
    assert.deepStrictEqual(read(" Look.\n---\n"), { fields: {}, body: "Look.\n---", lines: [] })
    assert.deepStrictEqual(read(""), { fields: {}, body: "", lines: [] })
    assert.deepStrictEqual(read("---\ntools: []\n---"), { fields: { tools: [] }, body: "", lines: [["tools", 2]] })
  })
  it("that cannot be read says where", () => {
    assert.deepInclude(read("---\na: 1\n"), { _tag: "Wrong", line: 1 })
    for (const bad of ["nonsense", "- item", "a: 1\na: 2", "a: b\n- item"])
      assert.deepInclude(read(`---\n${bad}\n---`), { _tag: "Wrong", line: 1 + bad.split("\n").length })
  })
})
