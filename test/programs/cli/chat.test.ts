/** `chat --plain` by the whole program: piped lines, a plan with its approval, commands, and Ctrl-C at a terminal. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk, type Given } from "./cli.ts"
import { atTerminal, noTerminal } from "./terminal.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const step = {
  id: "api",
  title: "Endpoint",
  task: "",
  role: "coder",
  files: ["src/api.js"],
  check: "grep good src/api.js",
  why_no_check: null,
  depends_on: []
}

const chat = (turns: ReadonlyArray<unknown>, lines: ReadonlyArray<string>, args: ReadonlyArray<string> = []) => {
  const given: Given = { stdin: lines.map((line) => `${line}\n`).join(""), env: { CODE_MESH_MODEL: it_.script(turns) } }
  return it_.run(["chat", "--plain", ...args], given)
}

const write = (file_path: string, content: string) => ({ calls: [call("write", { file_path, content })] })

const inOrder = (text: string, wanted: ReadonlyArray<string>): void => {
  let at = 0
  for (const one of wanted) {
    const found = text.indexOf(one, at)
    assert.isAtLeast(found, 0, `${one} in ${text}`)
    at = found + one.length
  }
}

describe("code-mesh chat --plain", () => {
  it("answers prompts, carries a plan out once it is approved, and does what commands say", async () => {
    const { code, stderr, stdout } = await chat(
      [
        { text: "Hello \u001b[31mthere." },
        { calls: [call("plan", { goal: "Show the weather", steps: [step] })] },
        { text: "One step." },
        write("src/api.js", "good\n"),
        { text: "Endpoint written." },
        { text: "All is well." }
      ],
      [
        "say hello \\",
        "twice",
        "/plan Show the weather",
        "y",
        "/diff",
        "/apply",
        "/hlep",
        "/title Weather",
        "/exit",
        "never"
      ]
    )
    assert.strictEqual(code, 0, stderr)
    inOrder(stdout, ["Hello \\u{1b}[31mthere.\n", "One step.\n", "Goal: Show the weather", "Plan: proposed\n"])
    inOrder(stdout, ["✓ api [coder]", "+good\n", "applied 1 file:\n  src/api.js"])
    inOrder(stderr, ["> say hello \\\n. twice\n[agent] model ", "[planner] model ", "[planner] plan Show the weather"])
    inOrder(stderr, ["Approve plan? (y/n) y\n[team] The plan is carried out", "[coder] api: begun"])
    inOrder(stderr, [
      "[coder] api: grep good src/api.js passed",
      "[coder] (src/api.js) api: verified … done",
      "1 file staged"
    ])
    inOrder(stderr, ["There is no command /hlep.\nDid you mean /help?", "> /exit\n"])
    assert.notMatch(stdout + stderr, /\x1b|\r|never/)
    assert.strictEqual(it_.get("src/api.js"), "good\n")
    assert.match((await it_.run(["session", "list"])).stdout, /Weather\n$/)
  })

  it("keeps commands until a question is answered; the end of input is a no", async () => {
    const { code, stderr, stdout } = await chat(
      [write("a.txt", "a\n"), { text: "Written." }],
      ["write", "/diff", "what", "n", "/discard"],
      ["--apply", "ask"]
    )
    assert.strictEqual(code, 0, stderr)
    inOrder(stderr, [
      "(y/n) /diff\n/diff waits until this is answered.",
      "(y/n) what\nThat is neither yes nor no.",
      "(y/n) n\n"
    ])
    inOrder(stderr, ["> /diff\n", "> /discard\n"])
    inOrder(stdout, ["Written.\n", "+a\n", "discarded 1 file:\n  a.txt"])
    const asks = { calls: [call("bash", { command: "touch made.txt" })] }
    const refused = await chat([asks, { text: "Done." }], ["make it"])
    assert.strictEqual(refused.code, 5, refused.stderr)
    assert.include(refused.stderr, "Allow? [y/a/n] \n")
    assert.isFalse(existsSync(join(it_.root, "made.txt")))
  })

  it("changes model, mode and session, and ends with the exit code of what was done last", async () => {
    const other = it_.script([{ text: "From the other." }])
    const { code, stderr, stdout } = await chat(
      [],
      ["/mode nonsense", ":mode chat", `/model ${other}`, "hello", "/cost", "/fork", "/new", "/sessions", "/undo"]
    )
    assert.strictEqual(code, 1, stderr)
    assert.include(stderr, 'There is no mode or agent "nonsense"')
    inOrder(stdout, [
      "mode chat\n",
      `model ${other}\n`,
      "From the other.\n",
      "turns:       1\n",
      "session ses_",
      "session ses_"
    ])
    assert.strictEqual(stdout.split("\n").filter((line) => /^ses_.*events? /.test(line)).length, 3, stdout)
  })

  it("in which nothing was said leaves no session", async () => {
    const { code, stderr } = await chat([], ["/cost", "/nonsense"])
    assert.strictEqual(code, 2, stderr)
    assert.strictEqual((await it_.run(["session", "list"])).stdout, "")
  })

  it("without --plain names it, and begins no session", async () => {
    const { code, stderr } = await it_.run(["chat"])
    assert.strictEqual(code, 2)
    assert.match(stderr, /later version[\s\S]*code-mesh chat --plain/)
    assert.isFalse(existsSync(join(it_.home, "code-mesh.db")))
  })

  it.skipIf(noTerminal)("stays after Ctrl-C in a turn, and ends by one at the prompt", async () => {
    const env = {
      CODE_MESH_MODEL: it_.script([{ calls: [call("bash", { command: "sleep 60" })] }, { text: "Still here." }])
    }
    const { code, screen } = await atTerminal(
      it_,
      ["chat", "--plain", "--yes"],
      [
        ["> ", "wait\n"],
        ["bash sleep 60", "\u0003"],
        ["Interrupted. The next prompt goes on from here.", ""],
        ["> ", "go on\n"],
        ["Still here.", ""],
        ["> ", "\u0003"]
      ],
      { env, term: "dumb" }
    )
    assert.strictEqual(code, 130, screen)
    assert.notInclude(screen, "\u001b")
  })
})
