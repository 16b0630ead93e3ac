/** `permission check` and `permission import`, and the audit, as people and programs use them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk, json, jsonLines } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const check = (...args: ReadonlyArray<string>) => it_.run(["permission", "check", ...args])

describe("permission check", () => {
  it("says what is decided, by which rule, and what would be touched", async () => {
    const plain = await check("bash(git status)")
    assert.deepStrictEqual([plain.code, plain.stderr], [0, ""])
    assert.match(plain.stdout, /^bash\(git status\): allowed, by built-in: commands that only read\n/)
    const asked = await check("write(/etc/hosts)")
    assert.match(asked.stdout, /: asked, by built-in: .*\n {2}writes: \/etc\/hosts\n/)
    const denied = json(await check("read(~/.ssh/id_rsa)", "--format", "json"))
    assert.strictEqual(denied.decision, "deny")
    assert.match(String(denied.rule), /files that hold keys/)
  })

  it("knows the configured rules, those of flags, and modes", async () => {
    it_.put("code-mesh.toml", `[permission]\ndeny = ["edit(gen/**)"]\n`)
    await it_.run(["trust"])
    assert.match((await check("edit(gen/a.ts)")).stdout, /denied, by edit\(gen\/\*\*\)/)
    assert.match((await check("edit(src/a.ts)")).stdout, /allowed/)
    assert.match((await check("edit(src/a.ts)", "--mode", "plan")).stdout, /denied, by built-in: plan mode only reads/)
    assert.match((await check("bash(npm test)", "--allow", "bash(npm test)")).stdout, /allowed, by bash\(npm test\)/)
    assert.match((await check("bash(npm test)", "--deny", "bash(npm:*)")).stdout, /denied, by bash\(npm:\*\)/)
  })

  it("says each command of a line by itself", async () => {
    const line = "bash(cat a.txt | tee b.txt && curl https://example.com)"
    const it = json(await check(line, "--format", "json", "--allow", "bash(tee:*)"))
    assert.isArray(it.commands)
    const commands = it.commands as ReadonlyArray<Record<string, unknown>>
    assert.deepStrictEqual(
      commands.map(({ command, decision }) => [command, decision]),
      [
        ["cat a.txt", "allow"],
        ["tee b.txt", "allow"],
        ["curl https://example.com", "ask"]
      ]
    )
    assert.match((await check(line)).stdout, /\n {2}curl https:\/\/example\.com: asked, by /)
  })

  it("answers a batch line by line, also what is no call", async () => {
    const lines = [
      { id: 1, call: "bash(ls)" },
      { id: 2, call: "read(a)", rules: [{ decision: "deny", rule: "read(a)" }] },
      { id: 3, call: 'write({"file_path":"a","content":"x"})', mode: "plan" },
      "webfetch(https://example.com)",
      { id: 4 },
      { id: 5, call: "nosuch(x)" }
    ]
    const stdin = `${lines.map((line) => JSON.stringify(line)).join("\n")}\nnot json\n`
    const answers = jsonLines(await it_.run(["permission", "check", "--batch"], { stdin }))
    assert.deepStrictEqual(
      answers.map(({ decision, id }) => [id, decision]),
      [
        [1, "allow"],
        [2, "deny"],
        [3, "deny"],
        [undefined, "ask"],
        [undefined, "deny"],
        [5, "deny"],
        [undefined, "deny"]
      ]
    )
  })

  it("is wrong usage where it is no call, or no such tool", async () => {
    assert.strictEqual((await check("(((")).code, 2)
    assert.strictEqual((await check("nosuch(x)")).code, 2)
    assert.strictEqual((await it_.run(["permission", "check"])).code, 2)
  })
})

const claude = {
  permissions: { allow: ["Bash(npm run test:*)", "Edit(/docs/**)"], deny: ["Read(./.env)", "Skill(x)"] }
}

describe("permission import", () => {
  it("prints the rules that mean the same, and says what was left out", async () => {
    it_.put(".claude/settings.json", JSON.stringify(claude))
    it_.put("opencode.json", `{ "permission": { "bash": { "*": "ask", "git diff *": "allow" } } } // a comment`)
    const { code, stderr, stdout } = await it_.run(["permission", "import"])
    assert.strictEqual(code, 0, stderr)
    assert.match(
      stdout,
      /allow = \[\n {2}"bash\(npm run test:\*\)",\n {2}"edit\(docs\/\*\*\)",\n {2}"bash\(git diff \*\)",\n\]/
    )
    assert.match(stdout, /deny = \[\n {2}"read\(\.env\)",\n\]/)
    assert.match(stderr, /deny Skill\(x\): there is no such tool here — NOT RESTRICTED HERE/)
  })

  it("writes them beside the rules that are there, once", async () => {
    it_.put("theirs.json", JSON.stringify(claude))
    it_.put("code-mesh.toml", `# ours\n[permission]\nallow = ["bash(ls)"]\n`)
    await it_.run(["trust"])
    for (let times = 0; times < 2; times++) {
      const { code, stderr } = await it_.run(["permission", "import", "theirs.json", "--write"])
      assert.strictEqual(code, 0, stderr)
    }
    assert.strictEqual(
      it_.get("code-mesh.toml"),
      `# ours\n[permission]\nallow = ["bash(ls)", "bash(npm run test:*)", "edit(docs/**)"]\ndeny = ["read(.env)"]\n`
    )
    assert.match((await check("bash(npm run test:unit)")).stdout, /asked/)
    assert.match((await check("bash(npm run test -- a)")).stdout, /allowed, by bash\(npm run test:\*\)/)
  })

  it("takes the person's own files with --global", async () => {
    const home = dirname(it_.home)
    mkdirSync(join(home, ".claude"), { recursive: true })
    writeFileSync(
      join(home, ".claude/settings.json"),
      JSON.stringify({ permissions: { deny: ["Bash(curl:*)", "Edit(/x)"] } })
    )
    const { code, stderr } = await it_.run(["permission", "import", "--global", "--write"])
    assert.strictEqual(code, 0, stderr)
    assert.match(readFileSync(join(it_.home, "config.toml"), "utf8"), /deny = \["bash\(curl:\*\)"\]/)
    assert.match(stderr, /Edit\(\/x\)/)
  })

  it("is wrong usage where there is nothing to import", async () => {
    assert.strictEqual((await it_.run(["permission", "import"])).code, 2)
    assert.strictEqual((await it_.run(["permission", "import", "missing.json"])).code, 2)
    it_.put("package.json", "{}")
    assert.strictEqual((await it_.run(["permission", "import", "package.json"])).code, 2)
    it_.put("broken.json", "{")
    assert.strictEqual((await it_.run(["permission", "import", "broken.json"])).code, 1)
  })
})

describe("the audit of a session", () => {
  it("is exported, verified, and found out where a line was changed", async () => {
    await it_.play([{ calls: [call("bash", { command: "ls" })] }, { text: "canary-answer" }], ["canary-prompt"])
    const { code, stdout } = await it_.run(["session", "export", "--audit"])
    assert.strictEqual(code, 0)
    assert.strictEqual((await it_.run(["session", "export", "--audit", "--format", "json"])).code, 2)
    assert.notMatch(stdout, /canary/)
    const whats = jsonLines({ code, signal: null, stderr: "", stdout }).map(({ what }) => what)
    assert.includeMembers(whats, [
      "session.created",
      "prompt.submitted",
      "tool.called",
      "tool.allowed",
      "tool.finished",
      "end"
    ])
    it_.put("audit.jsonl", stdout)
    const verified = await it_.run(["session", "verify", "audit.jsonl"])
    assert.deepStrictEqual([verified.code, /^[0-9a-f]{64}\n$/.test(verified.stdout)], [0, true])
    it_.put("audit.jsonl", stdout.replace('"tool":"bash"', '"tool":"read"'))
    const changed = await it_.run(["session", "verify", "audit.jsonl"])
    assert.strictEqual(changed.code, 1)
    const line = stdout.split("\n").findIndex((one) => one.includes('"tool":"bash"')) + 1
    assert.match(changed.stderr, new RegExp(`changed at line ${line}:`))
  })
})
