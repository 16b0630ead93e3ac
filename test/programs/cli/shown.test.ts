/** Whatever a model, a tool or a file's name holds, a terminal that shows it is told nothing by it. */
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { harmless, harmlessJson } from "../../../src/programs/cli/visible.ts"
import { call, type Desk, desk, type Ended } from "./cli.ts"

const acted = /\r(?!\n)|[^\P{Cc}\t\n\r]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u

/** A title, a link, a cleared screen, a line drawn over, a right-to-left override, and a one-byte CSI. */
const nasty = "\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\\x1b[2J\r\u202egpj.exe\u009b31m"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const quiet = (what: string, { stderr, stdout }: Ended) => {
  assert.notMatch(stdout, acted, `stdout of ${what}`)
  assert.notMatch(stderr, acted, `stderr of ${what}`)
}

describe("what is shown", () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(..."\x1b\x07\r\n\t\u009b\u202e\u2066"))
  )

  it("holds nothing that a terminal acts on, and all else as it was", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("")
        const shown = harmless(text)
        assert.notMatch(shown, acted)
        if (!acted.test(text)) assert.strictEqual(shown, text)
        assert.strictEqual(harmless(shown), shown)
        const json = harmlessJson(JSON.stringify({ text }))
        assert.notMatch(json, acted)
        assert.deepStrictEqual(JSON.parse(json), { text })
      })
    )
  })

  it("joined letters stay joined", () => {
    assert.strictEqual(harmless("👨‍👩‍👧 می‌خواهم\r\n"), "👨‍👩‍👧 می‌خواهم\r\n")
  })

  it("is harmless in every format of a run, and wherever the session is shown later", async () => {
    const turns = [
      {
        text: `thinking ${nasty}`,
        calls: [
          call("write", { file_path: `n${nasty.replaceAll("/", "")}.txt`, content: nasty }),
          call("bash", { command: `printf '%s' '${nasty}'`, description: nasty }),
          call(`odd${nasty}`, {}),
          call("read", { file_path: `missing${nasty}` }),
          call("question", { question: nasty, options: [nasty] }),
          call("todo", { todos: [{ content: nasty, status: "pending" }] })
        ]
      },
      { text: `answer ${nasty}` }
    ]
    for (const format of ["text", "json", "stream-json"]) {
      const ended = await it_.play(turns, ["go", nasty, "--yes", "--format", format, "--print-logs"])
      quiet(`run --format ${format}`, ended)
      assert.include(ended.stdout, "answer ")
    }
    await it_.play(turns, ["go", "--apply", "stage", "--allow", "bash"])
    for (const args of [
      ["session", "show"],
      ["session", "show", "--format", "json"],
      ["session", "list"],
      ["session", "search", "go"],
      ["session", "export"],
      ["session", "export", "--audit"],
      ["session", "export", "--format", "markdown"],
      ["diff"],
      ["status", "--detailed"],
      ["apply"],
      ["undo"],
      ["run", `--${nasty}`],
      ["session", "show", nasty],
      ["permission", "check", `bash(echo ${nasty})`],
      ["permission", "check", `read(${nasty})`, "--format", "json"],
      ["debug", "tool", "bash", "--params", JSON.stringify({ command: `echo '${nasty}'` })],
      ["config", "get", nasty]
    ])
      quiet(args.join(" "), await it_.run(args))
  })

  it("is harmless where a provider's error or a config file brings it", async () => {
    quiet("an error", await it_.play([{ error: { kind: "invalid", reason: nasty } }], ["go"]))
    it_.put(
      "code-mesh.toml",
      `"x${JSON.stringify(nasty).slice(1, -1).replaceAll("\u009b", "\\u009b").replaceAll("\u202e", "\\u202e")}" = 1\n`
    )
    quiet("a wrong config", await it_.run(["config", "check"]))
    quiet("trust", await it_.run(["trust", "--show"]))
  })
})
