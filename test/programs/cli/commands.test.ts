/** The other commands: sessions, staged changes, keys, settings, a new project, tools to try, the demo. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const write = (path: string, content: string) => ({
  calls: [call("write", { file_path: join(it_.root, path), content })]
})

const stage = async (...files: ReadonlyArray<readonly [string, string]>): Promise<string> => {
  await it_.play([...files.map(([path, text]) => write(path, text)), { text: "Done." }], ["change", "files"])
  const { stdout } = await it_.run(["session", "list", "--format", "json"])
  return JSON.parse(stdout)[0].session
}

describe("staged changes", () => {
  it("are shown, applied, undone and redone, the newest session being meant", async () => {
    await stage(["a.txt", "a\n"])
    const diff = await it_.run(["diff"])
    assert.match(diff.stdout, /^--- \/dev\/null\n\+\+\+ b\/a\.txt\n@@ .* @@\n\+a\n$/)
    assert.strictEqual((await it_.run(["apply"])).code, 0)
    assert.strictEqual(it_.get("a.txt"), "a\n")
    assert.strictEqual((await it_.run(["undo"])).code, 0)
    assert.isFalse(existsSync(join(it_.root, "a.txt")))
    assert.strictEqual((await it_.run(["redo"])).code, 0)
    assert.strictEqual(it_.get("a.txt"), "a\n")
  })

  it("make a patch that git accepts", async () => {
    it_.put("b.txt", "1\n2\n3\n")
    execFileSync("git", ["init", "-q"], { cwd: it_.root })
    await it_.play(
      [
        { calls: [call("read", { file_path: join(it_.root, "b.txt") })] },
        { calls: [call("edit", { file_path: join(it_.root, "b.txt"), old_string: "2", new_string: "two" })] },
        write("c/d.txt", "no end"),
        { text: "Done." }
      ],
      ["go"]
    )
    const { stdout } = await it_.run(["diff"])
    execFileSync("git", ["apply", "-"], { cwd: it_.root, input: stdout })
    assert.deepStrictEqual([it_.get("b.txt"), it_.get("c/d.txt")], ["1\ntwo\n3\n", "no end"])
  })

  it("are applied path by path where paths are named, and an unknown path is wrong usage", async () => {
    const id = await stage(["a.txt", "a\n"], ["sub/b.txt", "b\n"])
    assert.strictEqual((await it_.run(["apply", id, "nothing.txt"])).code, 2)
    assert.strictEqual((await it_.run(["apply", id, "sub"])).code, 0)
    assert.deepStrictEqual([existsSync(join(it_.root, "a.txt")), it_.get("sub/b.txt")], [false, "b\n"])
    const left = JSON.parse((await it_.run(["diff", "--format", "json"])).stdout)
    assert.deepStrictEqual(left.changes, [{ path: "a.txt", kind: "create", added: 1, removed: 0 }])
  })

  it("are dropped by discard, after which there is nothing to apply", async () => {
    await stage(["a.txt", "a\n"])
    assert.strictEqual((await it_.run(["discard"])).code, 0)
    const { code, stderr } = await it_.run(["apply"])
    assert.strictEqual(code, 1)
    assert.match(stderr, /nothing to apply/i)
  })

  it("that conflict are listed with exit 1, and nothing changes", async () => {
    const path = it_.put("a.txt", "1\n")
    await it_.play(
      [
        { calls: [call("read", { file_path: path })] },
        write("a.txt", "mine\n"),
        write("b.txt", "b\n"),
        { text: "Done." }
      ],
      ["go"]
    )
    it_.put("a.txt", "yours\n")
    const { code, stderr } = await it_.run(["apply"])
    assert.strictEqual(code, 1)
    assert.match(stderr, /a\.txt: both sides/)
    assert.deepStrictEqual([it_.get("a.txt"), existsSync(join(it_.root, "b.txt"))], ["yours\n", false])
  })

  it("are committed with --commit, they alone", async () => {
    const git = (...args: ReadonlyArray<string>) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: it_.root, encoding: "utf8" })
    git("init", "-q")
    git("config", "user.name", "t")
    git("config", "user.email", "t@t")
    it_.put("mine.txt", "mine\n")
    git("add", "mine.txt")
    await stage(["a.txt", "a\n"])
    const { code, stderr } = await it_.run(["apply", "--commit=add a"])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(git("log", "-1", "--format=%s", "--name-only"), "add a\n\na.txt\n")
    assert.include(git("status", "--porcelain"), "A  mine.txt")
  })
})

describe("session", () => {
  it("show tells what was said and done; its JSON too", async () => {
    await stage(["a.txt", "a\n"])
    const { stdout } = await it_.run(["session", "show"])
    assert.match(stdout, /## You\n\nchange files\n\n## Model\n\n→ write/)
    const shown = JSON.parse((await it_.run(["session", "show", "--format", "json"])).stdout)
    assert.deepInclude(shown, { title: "change files", staged: true, turns: 1 })
  })

  it("rename and search find it again", async () => {
    const id = await stage(["a.txt", "a\n"])
    assert.strictEqual((await it_.run(["session", "rename", id, "Straw", "berry"])).code, 0)
    assert.include((await it_.run(["session", "search", "STRAW"])).stdout, id)
    assert.include((await it_.run(["session", "search", "change files"])).stdout, id)
    assert.strictEqual((await it_.run(["session", "search", "nowhere"])).stdout, "")
  })

  it("fork copies it, up to an event where one is named", async () => {
    await stage(["a.txt", "a\n"])
    const copy = (await it_.run(["session", "fork", "--up-to", "3"])).stdout.trim()
    const events = JSON.parse((await it_.run(["session", "export", copy])).stdout).events
    assert.deepStrictEqual(
      events.map((event: { type: string }) => event.type),
      // The turn that it was copied out of does not run on in it.
      ["session.created", "session.titled", "prompt.submitted", "turn.interrupted", "session.forked"]
    )
  })

  it("export and import carry it to another home with the same hash", async () => {
    const id = await stage(["a.txt", "a\n"])
    const hash = (await it_.run(["session", "verify", id])).stdout
    assert.match(hash, /^[0-9a-f]{64}\n$/)
    await it_.run(["session", "export", id, "-o", "log.json"])
    assert.deepInclude(JSON.parse(it_.get("log.json")), { version: 1, session: id })
    const there = { env: { CODE_MESH_HOME: join(it_.home, "other") } }
    assert.strictEqual((await it_.run(["session", "import", "log.json"], there)).stdout, `${id}\n`)
    assert.strictEqual((await it_.run(["session", "verify", id], there)).stdout, hash)
    assert.strictEqual((await it_.run(["session", "import", "log.json"], there)).code, 1)
    for (const text of ["{", '{"version":2}', "[]"]) {
      it_.put("odd.json", text)
      const odd = await it_.run(["session", "import", "odd.json"], there)
      assert.deepStrictEqual([odd.code, odd.stdout], [1, ""])
      assert.match(odd.stderr, /odd\.json is no log: .+\n.*session export --format json/)
    }
  })

  it("'delete' removes old contents that no other session and no copy refers to, and keeps the others", async () => {
    const blobs = join(it_.home, "blobs")
    const kept = () =>
      existsSync(blobs)
        ? readdirSync(blobs, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("/"))
        : []
    const first = await stage(["a.txt", "only in the first\n"])
    await it_.run(["apply", first])
    const second = await stage(["b.txt", "only in the second\n"])
    assert.isAtLeast(kept().length, 2)
    await it_.run(["session", "delete", first, "--yes"])
    assert.isAtLeast(kept().length, 2, "a content that is young may be somebody's who has not recorded it yet")
    const then = new Date(Date.now() - 48 * 60 * 60 * 1000)
    for (const name of kept()) utimesSync(join(blobs, name), then, then)
    const before = kept().length
    const third = await stage(["c.txt", "c\n"])
    const { code, stderr } = await it_.run(["session", "delete", third, "--yes"])
    assert.deepStrictEqual([code, kept().length < before + 1], [0, true], stderr)
    assert.match(stderr, /^\d+ contents? that nothing refers to any more removed: \d+ KB\.\n$/)
    assert.strictEqual((await it_.run(["apply", second])).code, 0)
    assert.strictEqual(it_.get("b.txt"), "only in the second\n")
  })

  it("verify and import name the first event that was changed", async () => {
    const id = await stage(["a.txt", "a\n"])
    const { stdout } = await it_.run(["session", "export", id])
    it_.put("log.json", stdout.replace("change files", "changed files"))
    const there = { env: { CODE_MESH_HOME: join(it_.home, "other") } }
    for (const command of ["verify", "import"]) {
      const ended = await it_.run(["session", command, "log.json"], there)
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr, /changed at event 2/)
    }
    assert.strictEqual((await it_.run(["session", "list", "--format", "json"], there)).stdout.trim(), "[]")
  })

  it("export --format markdown is the conversation", async () => {
    await stage(["a.txt", "a\n"])
    assert.match(
      (await it_.run(["session", "export", "--format", "markdown"])).stdout,
      /^# change files\n\n[\s\S]*Done\./
    )
  })

  it("delete asks, and where nobody can be asked wants --yes", async () => {
    const id = await stage(["a.txt", "a\n"])
    assert.strictEqual((await it_.run(["session", "delete", id])).code, 5)
    assert.strictEqual((await it_.run(["session", "delete", "--older-than", "1d", "--yes"])).stdout, "")
    assert.strictEqual((await it_.run(["session", "delete", id, "--yes"])).stdout, `deleted ${id}\n`)
    assert.strictEqual((await it_.run(["session", "show", id])).code, 2)
    await stage(["a.txt", "a\n"])
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.match((await it_.run(["session", "delete", "--older-than", "1ms", "--yes"])).stdout, /^deleted ses_/)
  })

  it("stats adds up", async () => {
    await it_.play([{ text: "a", usage: { input: 10, output: 2 } }], ["x"])
    await it_.play([{ text: "a", usage: { input: 5, output: 1 } }], ["y"])
    const { stdout } = await it_.run(["session", "stats", "--format", "json"])
    assert.deepInclude(JSON.parse(stdout), { sessions: 2, turns: 2 })
    assert.deepInclude(JSON.parse(stdout).usage, { input: 15, output: 3 })
    const byRole = await it_.run(["session", "stats", "--by", "role", "--since", "1d"])
    assert.match(byRole.stdout, /^build {2}0\.0000 USD {2}18 tokens {2}2 calls {2}2 turns$/m)
  })
})

describe("auth", () => {
  it("login stores the key for its owner alone, in opencode's shape; logout forgets it", async () => {
    assert.strictEqual((await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: "sk-1\n" })).code, 0)
    const path = join(it_.home, "auth.json")
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    assert.include((await it_.run(["auth", "list"])).stdout, "openai")
    assert.match((await it_.run(["auth", "status", "openai"])).stdout, /auth\.json/)
    assert.strictEqual((await it_.run(["auth", "logout", "openai"])).code, 0)
    assert.strictEqual((await it_.run(["auth", "logout", "openai"])).code, 1)
    assert.strictEqual((await it_.run(["auth", "status", "openai"])).code, 3)
  })

  it("login wants a provider that is meant, a key, and somebody to type it", async () => {
    assert.match(
      (await it_.run(["auth", "login", "opnai", "--key-stdin"], { stdin: "k" })).stderr,
      /Did you mean openai/
    )
    assert.strictEqual((await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: "\n" })).code, 2)
    assert.strictEqual((await it_.run(["auth", "login", "openai"])).code, 2)
    assert.strictEqual((await it_.run(["auth", "login"])).code, 2)
    assert.isFalse(existsSync(join(it_.home, "auth.json")))
  })

  it("status says that a key is from the environment", async () => {
    const { stdout } = await it_.run(["auth", "status", "anthropic"], { env: { ANTHROPIC_API_KEY: "sk-2" } })
    assert.include(stdout, "environment")
    assert.notInclude(stdout, "sk-2")
  })
})

describe("models", () => {
  it("list shows those of providers with a key, info what is known", async () => {
    assert.strictEqual((await it_.run(["models", "list"])).code, 3)
    const env = { ANTHROPIC_API_KEY: "sk-2" }
    assert.match((await it_.run(["models", "list"], { env })).stdout, /\* +anthropic\/claude/)
    const { stdout } = await it_.run(["models", "info", "openai/gpt-5.6", "--format", "json"])
    assert.deepInclude(JSON.parse(stdout), { name: "openai/gpt-5.6", tools: true })
    assert.strictEqual((await it_.run(["models", "info", "nameless"])).code, 2)
  })
})

describe("init", () => {
  it("writes model.default, AGENTS.md and .gitignore lines", async () => {
    it_.put(".gitignore", "node_modules")
    assert.strictEqual((await it_.run(["init", "--provider", "openai", "--model", "gpt-5.6"])).code, 0)
    assert.strictEqual((await it_.run(["config", "get", "model.default"])).stdout, "openai/gpt-5.6\n")
    assert.isTrue(existsSync(join(it_.root, "AGENTS.md")))
    assert.match(it_.get(".gitignore"), /^node_modules\n\.code-mesh\//)
  })

  it("overwrites nothing unasked", async () => {
    it_.put("code-mesh.toml", "# mine\n")
    it_.put("AGENTS.md", "# mine\n")
    const { code, stderr } = await it_.run(["init", "--model", "a/b"])
    assert.strictEqual(code, 1)
    assert.include(stderr, "code-mesh.toml")
    assert.deepStrictEqual([it_.get("code-mesh.toml"), it_.get("AGENTS.md")], ["# mine\n", "# mine\n"])
    assert.isFalse(existsSync(join(it_.root, ".gitignore")))
    assert.strictEqual((await it_.run(["init", "--model", "a/b", "--yes"])).code, 0)
    assert.match(it_.get("code-mesh.toml"), /default = "a\/b"/)
    assert.strictEqual(it_.get("AGENTS.md"), "# mine\n")
  })

  it("makes a project of the folder it is given", async () => {
    assert.strictEqual((await it_.run(["init", "new/place"])).code, 0)
    assert.isTrue(existsSync(join(it_.root, "new/place/code-mesh.toml")))
  })
})

describe("config", () => {
  it("prints every value with where it comes from", async () => {
    it_.put("code-mesh.toml", '[model]\ndefault = "a/b"\n')
    await it_.run(["trust"])
    const { stdout } = await it_.run(["config"], { env: { CODE_MESH_SANDBOX_MODE: "strict" } })
    assert.match(stdout, /model\.default = "a\/b" +# project config .*code-mesh\.toml/)
    assert.match(stdout, /sandbox\.mode = "strict" +# .*CODE_MESH_SANDBOX_MODE/)
    assert.match(stdout, /tools\.bash = true +# default/)
  })

  it("names file, line and key of what is wrong, with exit 2", async () => {
    it_.put("code-mesh.toml", '[model]\ndefault = "a/b"\nmax_tokens = "many"\n')
    for (const args of [["run", "x"], ["config"], ["config", "check"]]) {
      const { code, stderr } = await it_.run(args)
      assert.strictEqual(code, 2)
      assert.match(stderr, /code-mesh\.toml:3: model\.max_tokens: should be/)
    }
    it_.put("code-mesh.toml", "[model]\n\ndefualt = 1\n")
    assert.match(
      (await it_.run(["config", "check"])).stderr,
      /code-mesh\.toml:3: model\.defualt: .*did you mean default/
    )
  })

  it("is an error where there are two project files", async () => {
    it_.put("code-mesh.toml", "")
    it_.put(".code-mesh/config.json", "{}")
    assert.strictEqual((await it_.run(["config"])).code, 2)
  })

  it("set keeps comments, and takes back what makes no sense", async () => {
    it_.put("code-mesh.toml", '# top\n[model]\ndefault = "a/b" # mine\n')
    assert.strictEqual((await it_.run(["config", "set", "model.default", "c/d"])).code, 0)
    assert.strictEqual((await it_.run(["config", "set", "sandbox.network", "true"])).code, 0)
    const good = '# top\n[model]\ndefault = "c/d" # mine\n\n[sandbox]\nnetwork = true\n'
    assert.strictEqual(it_.get("code-mesh.toml"), good)
    assert.strictEqual((await it_.run(["config", "set", "sandbox.network", "maybe"])).code, 2)
    assert.strictEqual(it_.get("code-mesh.toml"), good)
  })

  it("set --global writes the config of all projects; a JSON file stays one", async () => {
    assert.strictEqual((await it_.run(["config", "set", "--global", "model.default", "g/h"])).code, 0)
    assert.strictEqual((await it_.run(["config", "get", "model.default"])).stdout, "g/h\n")
    it_.put(".code-mesh/config.jsonc", '{\n  // mine\n  "model": {}\n}\n')
    assert.strictEqual((await it_.run(["config", "set", "model.default", "j/k"])).code, 0)
    assert.include(it_.get(".code-mesh/config.jsonc"), "// mine")
    assert.strictEqual((await it_.run(["config", "get", "model.default"])).code, 0)
    await it_.run(["trust"])
    assert.strictEqual((await it_.run(["config", "get", "model.default"])).stdout, "j/k\n")
  })

  it("check names settings without effect, path names the files, get says what is not set", async () => {
    it_.put("code-mesh.toml", '[theme]\nname = "x"\n')
    await it_.run(["trust"])
    assert.match((await it_.run(["config", "check"])).stdout, /theme\.name: has no effect/)
    assert.match((await it_.run(["config", "path"])).stdout, /project config +there +.*code-mesh\.toml/)
    assert.strictEqual((await it_.run(["config", "get", "model.default"])).code, 1)
  })
})

describe("status and doctor", () => {
  it("say what is in force and how the last run ended", async () => {
    await it_.play([{ text: "ok" }], ["first", "thing"])
    const { code, stdout } = await it_.run(["status"])
    assert.strictEqual(code, 0)
    assert.match(stdout, /^sandbox: +(bubblewrap|none) /m)
    assert.match(stdout, /^today: +[\d,]+ tokens in 1 model call$/m)
    assert.match(stdout, /^last operation: +done · first thing · ses_/m)
    const detailed = JSON.parse((await it_.run(["status", "--detailed", "--format", "json"])).stdout)
    assert.deepInclude(detailed.last, { status: "done" })
    await it_.run([
      "run",
      "-c",
      "and",
      "more",
      "-m",
      it_.script([{ text: "ok", usage: { input: 100, cacheRead: 900 } }])
    ])
    const more = (await it_.run(["status", "--detailed"])).stdout
    assert.include(more, it_.home)
    const [, rate, event] =
      /^cache hit rate: +(\d+) %, last broken at event (\d+): the model was switched$/m.exec(more) ?? []
    assert.isAbove(Number(rate), 10)
    const { events } = JSON.parse((await it_.run(["session", "export"])).stdout)
    assert.deepInclude(events[Number(event) - 1], { seq: Number(event), broke: "the model was switched" })
  })

  it("find that this machine will do", async () => {
    const { code, stdout } = await it_.run(["doctor"])
    assert.strictEqual(code, 0)
    assert.match(stdout, /^ok +node +\d+/m)
  })

  it("find settings that are wrong", async () => {
    it_.put("code-mesh.toml", "[model]\ndefault = 1\n")
    assert.strictEqual((await it_.run(["doctor"])).code, 1)
    const { code, stdout } = await it_.run(["status"])
    assert.strictEqual(code, 1)
    assert.match(stdout, /health: .*model\.default/)
  })
})

describe("debug", () => {
  it("tool runs one tool in place under rules", async () => {
    it_.put("a.txt", "one\n")
    const params = JSON.stringify({ file_path: join(it_.root, "a.txt"), old_string: "one", new_string: "two" })
    const denied = await it_.run([
      "debug",
      "tool",
      "edit",
      "--params",
      params,
      "--rules",
      '[{"decision":"deny","rule":"edit(*.txt)"}]'
    ])
    assert.deepStrictEqual([denied.code, it_.get("a.txt")], [5, "one\n"])
    const only = await it_.run(["debug", "tool", "edit", "--params", params, "--decide-only"])
    assert.deepStrictEqual([only.code, JSON.parse(only.stdout).decision, it_.get("a.txt")], [0, "allow", "one\n"])
    const plan = await it_.run(["debug", "tool", "edit", "--params", params, "--mode", "plan"])
    assert.deepStrictEqual([plan.code, it_.get("a.txt")], [5, "one\n"])
    const done = await it_.run(["debug", "tool", "edit", "--params", params])
    assert.deepStrictEqual([done.code, it_.get("a.txt")], [0, "two\n"])
    assert.strictEqual((await it_.run(["debug", "tool", "edit", "--params", "{"])).code, 2)
    assert.strictEqual((await it_.run(["debug", "tool", "saw"])).code, 2)
  })

  it("tool --batch answers each line, also one that makes no sense", async () => {
    it_.put("sub/a.txt", "one\n")
    const lines = [
      { id: 1, tool: "bash", params: { command: "ls" }, decideOnly: true, rules: [] },
      { id: "two", tool: "read", params: { file_path: join(it_.root, "sub/a.txt") }, cwd: join(it_.root, "sub") },
      {
        id: 3,
        tool: "bash",
        params: { command: "ls" },
        decideOnly: true,
        rules: [{ decision: "deny", rule: "bash(ls:*)" }]
      },
      { id: 4 }
    ]
    const stdin = `${lines.map((line) => JSON.stringify(line)).join("\n")}\nnonsense\n`
    const { code, stdout } = await it_.run(["debug", "tool", "--batch"], { stdin })
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(
      answers.map(({ decision, id, ok }) => [id, decision, ok]),
      [
        [1, "allow", undefined],
        ["two", "allow", true],
        [3, "deny", undefined],
        [4, "deny", false],
        [null, "deny", false]
      ]
    )
    assert.include(answers[1].output, "one")
  })

  it("tokens counts each line's text", async () => {
    const { stdout } = await it_.run(["debug", "tokens", "--model", "openai/gpt-4o"], { stdin: '"hello world"\n""\n' })
    assert.strictEqual(stdout, "2\n0\n")
    assert.strictEqual((await it_.run(["debug", "tokens", "-m", "openai/gpt-4o"], { stdin: "bare\n" })).code, 2)
  })
})

describe("the program", () => {
  it("demo goes from a failing check to a passing one", async () => {
    const { code, stderr, stdout } = await it_.run(["demo"])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^model: scripted \(built in\)$/m)
    assert.match(stdout, /^check before: fails .*2 failed/m)
    assert.match(stdout, /^\+ .*item\.price \* item\.quantity/m)
    assert.match(stdout, /^check after: passes .*2 passed, 0 failed/m)
    const folder = /^project: (.*)$/m.exec(stdout)?.[1] ?? ""
    assert.isFalse(existsSync(folder))
    assert.isFalse(existsSync(join(it_.home, "code-mesh.db")))
  })

  it("demo --keep leaves the project", async () => {
    const { stdout } = await it_.run(["demo", "--keep"])
    const folder = /^project: (.*)$/m.exec(stdout)?.[1] ?? ""
    assert.isTrue(existsSync(join(folder, "src/total.js")))
    execFileSync("rm", ["-rf", join(folder, "..")])
  })

  it("alone says that there is no terminal UI yet, and lists its commands", async () => {
    for (const args of [[], ["./somewhere"]]) {
      const { code, stderr, stdout } = await it_.run(args)
      assert.strictEqual(code, 2)
      assert.match(stderr, /terminal UI comes in a later version/)
      assert.match(stdout, /Commands:/)
    }
  })

  it("explains each command, and says its version", async () => {
    for (const args of [["--help"], ["run", "-h"], ["session", "--help"], ["session", "export", "--help"]]) {
      const { code, stdout } = await it_.run(args)
      assert.strictEqual(code, 0)
      assert.match(stdout, /^Usage: code-mesh/m)
      assert.notInclude(stdout, "\x1b")
    }
    for (const args of [["--version"], ["-v"], ["run", "--version"]])
      assert.match((await it_.run(args, { process: true })).stdout, /^\d+\.\d+\.\d+\n$/)
  })

  it("completes commands in the three shells", async () => {
    for (const shell of ["bash", "zsh", "fish"])
      assert.include((await it_.run(["completions", shell])).stdout, "session")
    assert.strictEqual((await it_.run(["completions", "nosh"])).code, 2)
  })

  it("upgrade prints a command", async () => {
    assert.strictEqual((await it_.run(["upgrade"])).stdout, "npm install -g code-mesh@latest\n")
  })
})
