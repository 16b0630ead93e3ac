/** With a person at the terminal: questions are put there, and Ctrl-C at one stops the turn. Needs `script` for a terminal. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk } from "./cli.ts"
import { noTerminal, atTerminal as runAtTerminal, type Typed } from "./terminal.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const atTerminal = (args: ReadonlyArray<string>, model: string, typed: ReadonlyArray<Typed>) =>
  runAtTerminal(it_, args, typed, { env: { CODE_MESH_MODEL: model } })

const touch = { calls: [call("bash", { command: "touch made.txt" })] }

describe.skipIf(noTerminal)("a person at the terminal (script)", () => {
  it("is shown the command, its effects and the rule of always, and is asked before changes are applied", async () => {
    const { code, screen } = await atTerminal(["run", "go"], it_.script([touch, { text: "Done." }]), [
      ["Allow? [y/a/n] ", "what\n"],
      ["Allow? [y/a/n] ", "y\n"],
      ["Apply these changes to the real files? [y/n] ", "y\n"]
    ])
    assert.strictEqual(code, 0, screen)
    assert.include(screen, "touch made.txt")
    assert.match(screen, /\x1b\[2K[\d,]+ tokens\r/)
    assert.match(screen, /\x1b\[2K[\d,]+ tokens\r?\n/)
    assert.include(screen, "a = always in this session (bash(touch made.txt))")
    assert.isTrue(existsSync(join(it_.root, "made.txt")))
  })

  it("is shown which of the last calls the rule of always would have allowed", async () => {
    const other = { calls: [call("bash", { command: "touch other.txt" })] }
    const { code, screen } = await atTerminal(
      ["run", "go", "--apply", "stage"],
      it_.script([touch, other, touch, { text: "Done." }]),
      [
        ["Allow? [y/a/n] ", "y\n"],
        ["Allow? [y/a/n] ", "y\n"],
        ["Allow? [y/a/n] ", "y\n"]
      ]
    )
    assert.strictEqual(code, 0, screen)
    assert.include(screen, "of the last 1 call it would have allowed none")
    assert.match(screen, /of the last 2 calls it would have allowed 1:\r?\n +bash touch made\.txt/)
  })

  it("may say always once for equal calls", async () => {
    const again = { calls: [{ ...call("bash", { command: "touch made.txt" }) }] }
    const { code, screen } = await atTerminal(
      ["run", "go", "--apply", "stage"],
      it_.script([touch, again, { text: "Done." }]),
      [["Allow? [y/a/n] ", "a\n"]]
    )
    assert.strictEqual(code, 0, screen)
    assert.strictEqual(screen.split("Allow?").length, 2)
    assert.notInclude(screen, "Apply these changes")
  })

  it("may say no, which is exit 5", async () => {
    const { code } = await atTerminal(["run", "go"], it_.script([touch, { text: "Done." }]), [
      ["Allow? [y/a/n] ", "n\n"]
    ])
    assert.strictEqual(code, 5)
    assert.isFalse(existsSync(join(it_.root, "made.txt")))
  })

  it("answers the model's question by number", async () => {
    const ask = { calls: [call("question", { question: "Which?", options: ["one", "two"] })] }
    const { code, screen } = await atTerminal(["run", "go"], it_.script([ask, { text: "Done." }]), [["> ", "2\n"]])
    assert.strictEqual(code, 0, screen)
    assert.match(screen, /ok: two/)
  })

  it("is asked what an agent of a plan asks, and is told which one", async () => {
    const step = { id: "make", title: "Make it", task: "", role: "coder", files: ["made.txt"], check: null }
    const steps = [{ ...step, why_no_check: "only looks can tell", depends_on: [] }]
    const { code, screen } = await atTerminal(
      ["plan", "--execute", "Make it"],
      it_.script([
        { calls: [call("plan", { goal: "Make it", steps })] },
        { text: "One step." },
        touch,
        { calls: [call("question", { question: "Which?", options: ["one", "two"] })] },
        { text: "Made." }
      ]),
      [
        ["Approve plan? [y/n, or what is wrong with it] ", "y\n"],
        ["Allow? [y/a/n] ", "y\n"],
        ["> ", "2\n"],
        ["Apply these changes to the real files? [y/n] ", "y\n"]
      ]
    )
    assert.strictEqual(code, 0, screen)
    assert.match(screen, /make \(coder\) asks: bash asks for permission/)
    assert.match(screen, /make \(coder\) asks: Which\?\r?\n {2}1\. one/)
    assert.isTrue(existsSync(join(it_.root, "made.txt")))
  })

  it("may refuse to apply, and the changes stay staged", async () => {
    const { code, screen } = await atTerminal(
      ["run", "go"],
      it_.script([
        { calls: [call("write", { file_path: join(it_.root, "w.txt"), content: "w\n" })] },
        { text: "Done." }
      ]),
      [["[y/n] ", "n\n"]]
    )
    assert.strictEqual(code, 0)
    assert.match(screen, /\+w\r?\n[\s\S]*code-mesh apply ses_/)
    assert.isFalse(existsSync(join(it_.root, "w.txt")))
  })

  it("stops the turn with Ctrl-C at a question", async () => {
    const { code, screen } = await atTerminal(["run", "go"], it_.script([touch]), [["Allow? [y/a/n] ", "\u0003"]])
    assert.strictEqual(code, 130, screen)
  })

  it("types a key that is not shown", async () => {
    const { code, screen } = await atTerminal(["auth", "login", "openai"], "a/b", [["(not shown): ", "sk-unseen\r"]])
    assert.strictEqual(code, 0, screen)
    assert.notInclude(screen, "sk-unseen")
    assert.isTrue(existsSync(join(it_.home, "auth.json")))
  })
})
