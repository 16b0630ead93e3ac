/** What a line of a chat means. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { chatHelp, joined, meant } from "../../../src/programs/cli/chatInput.ts"

const wrong = (line: string): string => {
  const what = meant(line)
  return what.type === "wrong" ? `${what.wrong} ${what.remedy}` : what.type
}

describe("meant", () => {
  it("takes a word after / or : for a command, in any case, with what follows it", () => {
    assert.deepStrictEqual(meant("/plan  Show the\nweather "), {
      type: "command",
      name: "plan",
      rest: "Show the\nweather"
    })
    assert.deepStrictEqual(meant(":Diff"), { type: "command", name: "diff", rest: "" })
    assert.deepStrictEqual(meant("/switch-model a/b"), { type: "command", name: "model", rest: "a/b" })
    assert.deepStrictEqual(meant("/rename It"), { type: "command", name: "title", rest: "It" })
    for (const line of ["/exit", ":quit"]) assert.deepStrictEqual(meant(line), { type: "end" })
  })

  it("takes everything else for a prompt: paths, smileys, and a command with a blank before it", () => {
    for (const line of ["fix it", "/src/api.js is broken", ":) thanks", "/", " /help", " !ls", "a /help"])
      assert.deepStrictEqual(meant(line), { type: "prompt", text: line.trim() })
    for (const line of ["", " \t"]) assert.deepStrictEqual(meant(line), { type: "nothing" })
  })

  it("names the nearest command of one that there is not, and the list where none is near", () => {
    assert.match(wrong("/hlep"), /no command \/hlep\. Did you mean \/help\? A blank before it/)
    assert.match(wrong(":xyzzy"), /no command :xyzzy\. \/help lists/)
    for (const line of ["/constructor", "/toString"]) assert.match(wrong(line), /no command/)
  })

  it("says of what comes later that it does", () => {
    assert.match(wrong("!ls"), /Shell lines .* later version/)
    assert.match(wrong("/theme dark"), /^\/theme comes in a later version/)
  })

  it("says which words are missing or too many", () => {
    assert.match(wrong("/undo everything"), /no use for "everything"/)
    assert.match(wrong("/exit now"), /no use for "now"/)
    assert.match(wrong("/title"), /needs a name/)
  })

  it("reads any line", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (line) => meant(line).type.length > 0))
  })
})

describe("joined", () => {
  it("goes on after an odd number of backslashes at the end, and keeps all others", () => {
    assert.deepStrictEqual(joined("", "one\\"), { text: "one\n", more: true })
    assert.deepStrictEqual(joined("one\n", "two"), { text: "one\ntwo", more: false })
    assert.deepStrictEqual(joined("", "C:\\\\"), { text: "C:\\\\", more: false })
    assert.deepStrictEqual(joined("", "a\\\\\\"), { text: "a\\\\\n", more: true })
  })
})

describe("help", () => {
  it("lists each command on a line, as it is written", () => {
    for (const line of ["/plan [GOAL] ", "/title NAME ", "/exit "]) assert.include(chatHelp, `\n${line}`)
  })
})
