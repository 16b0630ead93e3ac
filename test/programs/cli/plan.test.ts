/** `plan` by the whole program: proposed, approved, carried out, checked, applied; and what is said where nobody approves. */
import { writeFileSync } from "node:fs"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const steps = [
  {
    id: "api",
    title: "Endpoint",
    task: "",
    role: "coder",
    files: ["src/api.js"],
    check: "grep good src/api.js",
    why_no_check: null,
    depends_on: []
  },
  {
    id: "page",
    title: "Show it",
    task: "",
    role: "designer",
    files: ["src/page.js"],
    check: null,
    why_no_check: "only looks can tell",
    depends_on: ["api"]
  }
]

const propose = [{ calls: [call("plan", { goal: "Show the weather", steps })] }, { text: "Two steps." }]

const write = (file_path: string, content: string) => ({ calls: [call("write", { file_path, content })] })

const carryOut = [
  write("src/api.js", "bad\n"),
  { text: "Endpoint written." },
  { match: "check of your step failed: grep good", ...write("src/api.js", "good\n") },
  { text: "Mended." },
  write("src/page.js", "page\n"),
  { text: "Page written." }
]

describe("code-mesh plan", () => {
  it("--execute --yes carries a plan out to files that are applied, with the story on stderr", async () => {
    const args = ["plan", "--execute", "--yes", "-m", it_.script([...propose, ...carryOut]), "Show the weather"]
    const { code, stderr, stdout } = await it_.run(args)
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^Goal: Show the weather\n1\. api \[coder\] Endpoint\n/)
    assert.match(stdout, /^✓ api \[coder\] Endpoint \(verified by grep good src\/api\.js\)\n~ page .*unverified/m)
    const story = ["api: begun", "grep good src/api.js failed", "grep good src/api.js passed", "api: verified, 1 file"]
    let at = 0
    for (const line of [...story, "page: begun", "page: unverified, 1 file", "together: "]) {
      at = stderr.indexOf(line, at)
      assert.isAtLeast(at, 0, `${line} in ${stderr}`)
    }
    assert.strictEqual(it_.get("src/api.js") + it_.get("src/page.js"), "good\npage\n")
    const shown = JSON.parse((await it_.run(["plan", "show", "--format", "json"])).stdout)
    assert.strictEqual(shown.status, "done")
    assert.deepStrictEqual(
      shown.steps.map(({ phase }: { readonly phase: string }) => phase),
      ["verified", "unverified"]
    )
  })

  it("waits to be approved where nobody is there: exit 5, edit takes a step out, and resume --yes carries the rest out and applies it", async () => {
    const own = { ...steps[0], id: "docs", files: ["docs/**"] }
    const proposal = it_.script([
      { calls: [call("plan", { goal: "Show the weather", steps: [...steps, own] })] },
      { text: "Three steps." }
    ])
    const { code, stderr } = await it_.run(["plan", "--execute", "-m", proposal, "Show the weather"])
    assert.strictEqual(code, 5)
    assert.match(stderr, /not approved: nobody is at the terminal[\s\S]*plan resume ses_[0-9a-f]{32} --yes/)
    const edited = await it_.run(["plan", "edit", "--remove", "docs"])
    assert.strictEqual(edited.code, 0, edited.stderr)
    assert.notInclude(edited.stdout, "docs")
    // A script begins anew with each process: from here on it plays the agents.
    writeFileSync(proposal.slice("scripted/".length), JSON.stringify({ turns: carryOut }))
    const later = await it_.run(["plan", "resume", "--yes", "--format", "json"])
    const result = JSON.parse(later.stdout)
    assert.deepStrictEqual([later.code, result.status, result.staged], [0, "done", false], later.stderr)
    assert.deepStrictEqual(
      result.changes.map(({ path }: { readonly path: string }) => path),
      ["src/api.js", "src/page.js"]
    )
  })

  it("without a plan in the answer says so, and nothing is carried out", async () => {
    const { code, stderr } = await it_.run(["plan", "-m", it_.script([{ text: "I would rather not." }]), "goal"])
    assert.strictEqual(code, 1)
    assert.match(stderr, /I would rather not\.[\s\S]*The model proposed no plan\./)
  })
})
