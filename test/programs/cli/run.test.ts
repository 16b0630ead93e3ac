/** `run` as people and programs use it: prompts, sessions, modes, rules, limits, files. Each flag has a test that fails without it. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type FakeProvider, type Received, startFakeProvider } from "../../support/fakeProvider.ts"
import { call, type Desk, desk, json, jsonLines } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const edit = (path: string, text: string) => ({ calls: [call("write", { file_path: path, content: text })] })

const listed = async (): Promise<ReadonlyArray<{ session: string; title: string; events: number }>> =>
  JSON.parse((await it_.run(["session", "list", "--format", "json"])).stdout)

const promptsOf = async (id: string): Promise<ReadonlyArray<ReadonlyArray<Record<string, unknown>>>> => {
  const { stdout } = await it_.run(["session", "export", id])
  const events: ReadonlyArray<{ type: string; parts: ReadonlyArray<Record<string, unknown>> }> =
    JSON.parse(stdout).events
  return events.filter((event) => event.type === "prompt.submitted").map((event) => event.parts)
}

const newestPrompt = async () => (await promptsOf((await listed())[0]?.session ?? ""))[0]

describe("the prompt", () => {
  it("is the words joined by blanks, and the answer alone is on stdout", async () => {
    const { code, stderr, stdout } = await it_.play([{ text: "Hello there." }], ["say", "hello"])
    assert.deepStrictEqual([code, stdout], [0, "Hello there.\n"])
    assert.match(
      stderr,
      /^model scripted\/.* · session ses_[0-9a-f]{32} · mode build · sandbox (none|bubblewrap \(workspace, no network\))\n/
    )
    assert.notInclude(stderr, "\x1b")
    assert.deepStrictEqual(await newestPrompt(), [{ type: "text", text: "say hello" }])
  })

  it("has stdin after the words, with a line's end between", async () => {
    await it_.play([{ text: "ok" }], ["explain"], { stdin: "a\nb\n" })
    assert.deepStrictEqual(await newestPrompt(), [{ type: "text", text: "explain\na\nb\n" }])
  })

  it("may come from stdin alone", async () => {
    await it_.play([{ text: "ok" }], [], { stdin: "only this" })
    assert.deepStrictEqual(await newestPrompt(), [{ type: "text", text: "only this" }])
  })

  it("is wrong usage where it is empty", async () => {
    const { code, stderr } = await it_.play([{ text: "ok" }], [], { stdin: " \n" })
    assert.strictEqual(code, 2)
    assert.match(stderr, /prompt is empty/)
    assert.deepStrictEqual(await listed(), [])
  })

  it("may start with a dash after --", async () => {
    await it_.play([{ text: "ok" }], ["--", "--help", "-x", "--"])
    assert.deepStrictEqual(await newestPrompt(), [{ type: "text", text: "--help -x --" }])
  })

  it("--file attaches texts and pictures", async () => {
    it_.put("note.txt", "a note\n")
    writeFileSync(join(it_.root, "dot.png"), Buffer.from([137, 80, 78, 71]))
    await it_.play([{ text: "ok" }], ["look", "--file", "note.txt", "--file=dot.png"])
    assert.deepStrictEqual(await newestPrompt(), [
      { type: "text", text: "look" },
      { type: "file", name: "note.txt", mime: "text/plain", text: "a note\n" },
      { type: "image", mime: "image/png", data: "iVBORw==" }
    ])
  })

  it("--file refuses what is not there, and what is neither text nor a picture, and what holds keys", async () => {
    writeFileSync(join(it_.root, "x.bin"), Buffer.from([0, 255, 1]))
    assert.strictEqual((await it_.play([{ text: "ok" }], ["x", "--file", "none.txt"])).code, 2)
    assert.strictEqual((await it_.play([{ text: "ok" }], ["x", "--file", "x.bin"])).code, 2)
    it_.put(".env", "KEY=1\n")
    symlinkSync(join(it_.root, ".env"), join(it_.root, "harmless.txt"))
    for (const name of [".env", "harmless.txt"]) {
      const { code, stderr } = await it_.play([{ text: "ok" }], ["x", "--file", name])
      assert.deepStrictEqual([name, code], [name, 2])
      assert.include(stderr, "holds keys")
    }
  })
})

describe("a provider", () => {
  let provider: FakeProvider
  const answer = (text: string) => [
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: text } }] })}\n\n`,
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: { prompt_tokens: 5, completion_tokens: 2 } })}\n\n`,
    "data: [DONE]\n\n"
  ]
  const configure = () => {
    it_.put(
      "code-mesh.toml",
      `[model]\ndefault = "fake/m"\n[providers.fake]\napi = "openai"\nbaseUrl = "${provider.url}/v1"\napiKeyEnv = "FAKE_API_KEY"\nmodels = ["m"]\n`
    )
    return it_.run(["trust"])
  }
  const userText = ({ body }: Received): unknown => {
    const { messages }: { messages: ReadonlyArray<{ role: string; content: unknown }> } = JSON.parse(body)
    const content = messages.findLast((message) => message.role === "user")?.content
    return Array.isArray(content) ? content.map((part) => part.text).join("") : content
  }
  const env = { FAKE_API_KEY: "sk-fake" }

  beforeEach(async () => {
    provider = await startFakeProvider([{ pieces: answer("Hi.") }])
    await configure()
  })
  afterEach(() => provider.close())

  it("gets every prompt byte for byte", async () => {
    const texts = fc.sample(
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
        .filter((text) => !text.includes("\0") && text.trim() !== ""),
      6
    )
    const odd = [
      "-",
      "a=b --c 'q' \"d\" \\ `e` $F",
      "é\u0301\u202e\ufeff 👩‍👩‍👧 \t\r\n end ",
      '{"json": [1]}',
      "--help"
    ]
    // What a process is given as its words is the system's and the launcher's as well; the rest is ours.
    for (const [text, given] of [
      ...texts.map((text) => [text, { env }] as const),
      ...odd.map((text) => [text, { env, process: true }] as const)
    ]) {
      const before = provider.requests.length
      const { code, stderr } = await it_.run(["run", "--", text], given)
      assert.strictEqual(code, 0, stderr)
      const request = provider.requests[before]
      assert.isDefined(request)
      if (request !== undefined) assert.strictEqual(userText(request), text)
    }
  }, 120_000)

  it("gets stdin byte for byte", async () => {
    const text = "\ufeffa\r\nb\u0000c\td 👋\n\n"
    await it_.run(["run"], { env, stdin: text })
    assert.strictEqual(provider.requests.length, 1)
    for (const request of provider.requests) assert.strictEqual(userText(request), text)
  })

  it("is asked for the model of -m before that of the environment before that of the configuration", async () => {
    const models = async (args: ReadonlyArray<string>, more: Record<string, string>) => {
      await it_.run(["run", ...args, "x"], { env: { ...env, ...more } })
      return JSON.parse(provider.requests.at(-1)?.body ?? "{}").model
    }
    assert.strictEqual(await models([], {}), "m")
    assert.strictEqual(await models([], { CODE_MESH_MODEL: "fake/env" }), "env")
    assert.strictEqual(await models(["-m", "fake/flag"], { CODE_MESH_MODEL: "fake/env" }), "flag")
  })

  it("that is recorded is replayed without it, and a changed request is refused", async () => {
    const first = await it_.run(["run", "--record", "tape.jsonl", "x"], { env })
    assert.strictEqual(first.stdout, "Hi.\n")
    assert.notInclude(it_.get("tape.jsonl"), "sk-fake")
    const asked = provider.requests.length
    const again = await it_.run(["run", "--replay", "tape.jsonl", "x"])
    assert.deepStrictEqual([again.code, again.stdout, provider.requests.length], [0, "Hi.\n", asked])
    const other = await it_.run(["run", "--replay", "tape.jsonl", "y"], { env })
    assert.notStrictEqual(other.code, 0)
    assert.match(other.stderr, /differs from the recording/)
  })

  it("that wants another key is exit 3, and one that fails for good is exit 4", async () => {
    await provider.close()
    provider = await startFakeProvider([
      { status: 401, headers: { "content-type": "application/json" }, pieces: ['{"error":{"message":"bad key"}}'] }
    ])
    await configure()
    const denied = await it_.run(["run", "x"], { env })
    assert.strictEqual(denied.code, 3)
    assert.notInclude(denied.stderr, "sk-fake")
    assert.notMatch(denied.stderr, /^\s+at /m)
    await provider.close()
    provider = await startFakeProvider([
      {
        status: 400,
        headers: { "content-type": "application/json" },
        pieces: ['{"error":{"message":"no such thing"}}']
      }
    ])
    await configure()
    assert.strictEqual((await it_.run(["run", "x"], { env })).code, 4)
  })

  it("without a key is exit 3 with a remedy", async () => {
    const { code, stderr } = await it_.run(["run", "x"])
    assert.strictEqual(code, 3)
    assert.match(stderr, /auth login fake/)
  })

  it("loses its client within 100 ms of Ctrl-C", async () => {
    await provider.close()
    const [first = ""] = answer("partial")
    provider = await startFakeProvider([{ pieces: [first, "hang"] }])
    await configure()
    const running = it_.start(["run", "x"], { env })
    await running.says("answering")
    const at = Date.now()
    running.process.kill("SIGINT")
    const { code } = await running.ended
    assert.strictEqual(code, 130)
    const [left] = provider.departures
    assert.isBelow((left ?? Number.POSITIVE_INFINITY) - at, 100)
  })
})

describe("without any model", () => {
  it("is exit 3 with a remedy", async () => {
    const { code, stderr } = await it_.run(["run", "x"])
    assert.strictEqual(code, 3)
    assert.match(stderr, /auth login/)
  })

  it("gives programs an object all the same", async () => {
    const ended = await it_.run(["run", "x", "--format", "json"])
    assert.strictEqual(ended.code, 3)
    assert.deepInclude(json(ended), { session: null, status: "failed", staged: false })
  })
})

describe("sessions", () => {
  it("-c goes on with the newest of this folder", async () => {
    await it_.play([{ text: "one" }], ["first"])
    await it_.play([{ text: "two" }], ["-c", "second"])
    const rows = await listed()
    assert.strictEqual(rows.length, 1)
    assert.strictEqual((await promptsOf(rows[0]?.session ?? "")).length, 2)
  })

  it("-c without one begins one, and says so", async () => {
    const { code, stderr } = await it_.play([{ text: "one" }], ["-c", "first"])
    assert.strictEqual(code, 0)
    assert.match(stderr, /a new one begins/)
  })

  it("-s goes on with that one, and an unknown one is wrong usage", async () => {
    await it_.play([{ text: "one" }], ["first"])
    const [row] = await listed()
    await it_.play([{ text: "two" }], ["other"])
    await it_.play([{ text: "three" }], ["-s", row?.session ?? "", "third"])
    assert.strictEqual((await promptsOf(row?.session ?? "")).length, 2)
    const unknown = await it_.play([{ text: "x" }], ["-s", `ses_${"0".repeat(32)}`, "x"])
    assert.strictEqual(unknown.code, 2)
    assert.match(unknown.stderr, /session list/)
  })

  it("--fork goes on in a copy", async () => {
    await it_.play([{ text: "one" }], ["first"])
    const [row] = await listed()
    await it_.play([{ text: "two" }], ["-c", "--fork", "second"])
    const rows = await listed()
    assert.strictEqual(rows.length, 2)
    assert.strictEqual((await promptsOf(row?.session ?? "")).length, 1)
    const copy = rows.find((one) => one.session !== row?.session)
    assert.strictEqual((await promptsOf(copy?.session ?? "")).length, 2)
    assert.strictEqual((await it_.play([{ text: "x" }], ["--fork", "x"])).code, 2)
  })

  it("'session resume' goes on with the session it names", async () => {
    await it_.play([{ text: "one" }], ["first"])
    const [row] = await listed()
    const id = row?.session ?? ""
    const { stdout } = await it_.run(["session", "resume", id, "go", "on", "-m", it_.script([{ text: "two" }])])
    assert.strictEqual(stdout, "two\n")
    assert.deepStrictEqual((await promptsOf(id))[1], [{ type: "text", text: "go on" }])
  })
})

describe("what a run may do", () => {
  it("--apply stage leaves the files alone and says how to apply", async () => {
    const path = it_.put("a.txt", "old\n")
    const ended = await it_.play(
      [{ calls: [call("read", { file_path: path })] }, edit(path, "new\n"), { text: "Done." }],
      ["go", "--apply", "stage"]
    )
    assert.deepStrictEqual([ended.code, it_.get("a.txt")], [0, "old\n"])
    assert.match(ended.stderr, /a\.txt {2}modify {2}\+1 -1\ncode-mesh apply ses_[0-9a-f]{32}\n$/)
  })

  it("stages by default where nobody is at a terminal, and also where --apply ask can ask nobody", async () => {
    for (const args of [[], ["--apply", "ask"]]) {
      const { stderr } = await it_.play([edit(join(it_.root, "b.txt"), "b\n"), { text: "Done." }], ["go", ...args])
      assert.isFalse(existsSync(join(it_.root, "b.txt")))
      assert.strictEqual(stderr.includes("Nobody is at the terminal to be asked"), args.length > 0)
    }
  })

  it("--apply auto applies when the turn ends well", async () => {
    const ended = await it_.play(
      [edit(join(it_.root, "b.txt"), "b\n"), { text: "Done." }],
      ["go", "--apply", "auto", "--format", "json"]
    )
    assert.strictEqual(it_.get("b.txt"), "b\n")
    assert.deepInclude(json(ended), {
      staged: false,
      changes: [{ path: "b.txt", kind: "create", added: 1, removed: 0 }]
    })
  })

  it("--yes applies, and answers what the rules would ask", async () => {
    const turns = [{ calls: [call("bash", { command: "echo hi > c.txt" })] }, { text: "Done." }]
    assert.strictEqual((await it_.play(turns, ["go"])).code, 5)
    assert.strictEqual((await it_.play(turns, ["go", "--yes"])).code, 0)
    assert.strictEqual(it_.get("c.txt"), "hi\n")
  })

  it("--allow and --deny are rules of this run, and a text that is none is wrong usage", async () => {
    const turns = [{ calls: [call("bash", { command: "touch d.txt" })] }, { text: "Done." }]
    assert.strictEqual((await it_.play(turns, ["go", "--allow", "bash(touch d.txt)"])).code, 0)
    const denied = await it_.play(turns, ["go", "--yes", "--deny", "bash(touch:*)", "--format", "json"])
    assert.isFalse(existsSync(join(it_.root, "d.txt")))
    assert.match(denied.stderr, /refused/)
    assert.strictEqual((await it_.play(turns, ["go", "--allow", "(("])).code, 2)
  })

  it("a permission that nobody can give ends the run with exit 5", async () => {
    const ended = await it_.play([{ calls: [call("bash", { command: "rm -r x" })] }], ["go", "--format", "json"])
    assert.strictEqual(ended.code, 5)
    assert.deepInclude(json(ended), { status: "refused" })
  })

  it("--mode plan only reads, and a mode or agent that does not exist is wrong usage", async () => {
    const turns = [edit(join(it_.root, "e.txt"), "e\n"), { text: "Done." }]
    await it_.play(turns, ["go", "--mode", "plan", "--yes"])
    assert.isFalse(existsSync(join(it_.root, "e.txt")))
    const odd = await it_.play(turns, ["go", "--mode", "biuld"])
    assert.strictEqual(odd.code, 2)
    assert.match(odd.stderr, /Did you mean build/)
    assert.strictEqual((await it_.play(turns, ["go", "--agent", "nobody"])).code, 2)
  })

  it("--agent chooses among those there are", async () => {
    await it_.play([edit(join(it_.root, "e.txt"), "e\n"), { text: "Done." }], ["go", "--agent", "plan", "--yes"])
    assert.isFalse(existsSync(join(it_.root, "e.txt")))
  })

  it("--sandbox is in force and on the first line", async () => {
    const { stderr } = await it_.play([{ text: "ok" }], ["go", "--sandbox", "off"])
    assert.match(stderr, /sandbox none/)
  })

  it("a sandbox that is asked for and cannot start ends the run before it begins, and says how to go on", async () => {
    const env = { PATH: join(it_.home, "no-programs") }
    const script = [{ calls: [call("bash", { command: "touch ran" })] }, { text: "done" }]
    for (const args of [["--sandbox", "workspace"], ["--sandbox=strict"]]) {
      const { code, stderr, stdout } = await it_.play(script, ["go", "--yes", ...args], { env })
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr, /sandbox that was asked for \((workspace|strict)\) cannot start here, so nothing was run/)
      assert.match(stderr, /--sandbox off/)
      assert.notInclude(stderr, "bash touch ran")
    }
    assert.match((await it_.play([{ text: "ok" }], ["go"], { env })).stderr, /^model .* sandbox none\n/)
    assert.match((await it_.run(["status"], { env })).stdout, /^sandbox: +none \(auto: There is no sandbox, so/m)
  })

  it("--profile chooses a profile, and an unknown one is wrong usage", async () => {
    const model = it_.script([{ text: "from the profile" }])
    it_.put("code-mesh.toml", `[profiles.mine.model]\ndefault = ${JSON.stringify(model)}\n`)
    await it_.run(["trust"])
    assert.strictEqual((await it_.run(["run", "--profile", "mine", "x"])).stdout, "from the profile\n")
    assert.strictEqual((await it_.run(["run", "--profile", "yours", "x"])).code, 2)
  })

  it("-C works in another folder", async () => {
    it_.put("sub/x.txt", "x\n")
    await it_.play([{ text: "ok" }], ["-C", "sub", "x"])
    const { stdout } = await it_.run(["session", "list", "--format", "json"])
    assert.strictEqual(JSON.parse(stdout)[0].root, join(it_.root, "sub"))
    assert.strictEqual((await it_.run(["run", "--cwd", "none", "x"])).code, 2)
  })
})

describe("limits", () => {
  const loop = (n: number) =>
    Array.from({ length: n }, (_, k) => ({
      calls: [call("ls", { path: "." }), call("glob", { pattern: `*.${k}` })],
      usage: { input: 100, output: 100 }
    }))

  it("--max-turns ends with exit 6", async () => {
    const ended = await it_.play([...loop(4), { text: "Done." }], ["go", "--max-turns", "2", "--format", "json"])
    assert.strictEqual(ended.code, 6)
    assert.deepInclude(json(ended), { status: "limited", turns: 2 })
    assert.strictEqual((await it_.play([...loop(1), { text: "Done." }], ["go", "--max-turns", "2"])).code, 0)
  })

  it("--max-tokens ends with exit 6", async () => {
    assert.strictEqual((await it_.play([...loop(4), { text: "Done." }], ["go", "--max-tokens", "300"])).code, 6)
  })

  it("--timeout ends with exit 6", async () => {
    const ended = await it_.play([{ text: "slow", hang: true }], ["go", "--timeout", "500ms", "--format", "json"])
    assert.strictEqual(ended.code, 6)
    assert.strictEqual((await it_.play([{ text: "x" }], ["go", "--timeout", "soon"])).code, 2)
  })

  it("--max-cost ends with exit 6 once the model's price makes it so much, and not before", async () => {
    const price = { input: 100, output: 1000 }
    // Each call of the model: 100 x 100 + 100 x 1000 millionths of a dollar.
    const script = JSON.stringify({ price, turns: [...loop(4), { text: "Done.", usage: { input: 0, output: 0 } }] })
    const env = { CODE_MESH_MODEL: `scripted/${it_.put("priced.json", script)}` }
    const ended = await it_.run(["run", "go", "--max-cost", "0.22", "--format", "json"], { env })
    assert.strictEqual(ended.code, 6)
    assert.deepInclude(json(ended), { status: "limited", turns: 2 })
    assert.nestedPropertyVal(json(ended), "usage.cost", 0.22)
    assert.match(ended.stderr, /limit of 0\.22 dollars was reached.*raise --max-cost/)
    const enough = await it_.run(["run", "go", "--max-cost", "1", "--format", "json"], { env })
    assert.deepStrictEqual([enough.code, json(enough).status], [0, "done"])
  })
})

describe("formats", () => {
  const turns = () => [
    { text: "Looking.", calls: [call("ls", { path: it_.root })] },
    edit(join(it_.root, "n.txt"), "1\n2\n"),
    { text: "Both done." }
  ]

  it("text is the final answer alone; what was said before is on stderr", async () => {
    const { stderr, stdout } = await it_.play(turns(), ["go"])
    assert.strictEqual(stdout, "Both done.\n")
    assert.include(stderr, "Looking.")
  })

  it("json is one object with these members", async () => {
    const ended = await it_.play(turns(), ["go", "--format", "json"])
    const { durationMs, session, usage, ...rest } = json(ended)
    assert.match(String(session), /^ses_[0-9a-f]{32}$/)
    assert.isTrue(Number.isInteger(durationMs))
    assert.hasAllKeys(usage, ["input", "output", "cacheRead", "cacheWrite", "cost"])
    assert.deepStrictEqual(rest, {
      result: "Both done.",
      status: "done",
      turns: 3,
      changes: [{ path: "n.txt", kind: "create", added: 2, removed: 0 }],
      staged: true
    })
  })

  it("stream-json is the events in order, then the result", async () => {
    const ended = await it_.play(turns(), ["go", "--format", "stream-json"])
    const lines = jsonLines(ended)
    const last = lines.at(-1)
    assert.deepInclude(last, { type: "result", status: "done", result: "Both done." })
    const events = lines.slice(0, -1).filter((line) => !String(line.type).startsWith("progress."))
    assert.deepStrictEqual(
      events.map((event) => event.seq),
      events.map((_, index) => index + 1)
    )
    for (const event of events) assert.deepInclude(event, { v: 1, session: last?.session })
    assert.deepStrictEqual(
      events.map((event) => event.type),
      [
        "session.created",
        "session.titled",
        "prompt.submitted",
        "turn.started",
        ...[
          "model.requested",
          "part.text",
          "tool.called",
          "model.answered",
          "tool.allowed",
          "tool.started",
          "tool.finished"
        ],
        ...["model.requested", "tool.called", "model.answered", "tool.allowed", "tool.started", "tool.finished"],
        ...["model.requested", "part.text", "model.answered"],
        "changes.staged",
        "turn.finished"
      ]
    )
    assert.include(
      lines.map((line) => line.type),
      "progress.text"
    )
  })

  it("--print-logs ends with milliseconds by phase", async () => {
    const { stderr } = await it_.play([{ text: "ok" }], ["go", "--print-logs"])
    assert.match(stderr, /Milliseconds: start \d+, open \d+.*, total \d+\n$/)
  })

  it("--log-level chooses which lines --print-logs has, and without that there are none", async () => {
    const turns = [
      { error: { kind: "overloaded", retryAfter: 10 } },
      { calls: [call("ls", { path: "." })] },
      { error: { kind: "authentication" } }
    ]
    const at = async (...args: ReadonlyArray<string>) => {
      const { stderr } = await it_.play(turns, ["go", ...args])
      return Array.from(stderr.matchAll(/^\S+ ([A-Z]+) ses_\S+ \d+ (\S+)$/gm), ([, level, type]) => `${level} ${type}`)
    }
    const error = ["ERROR turn.failed"]
    const warn = ["WARN model.retried", ...error]
    const info = ["INFO session.created", "INFO turn.started", ...warn]
    assert.deepStrictEqual(await at("--print-logs", "--log-level", "error"), error)
    assert.deepStrictEqual(await at("--print-logs", "--log-level", "warn"), warn)
    assert.deepStrictEqual(await at("--print-logs", "--log-level", "info"), info)
    assert.deepStrictEqual(await at("--print-logs"), info)
    const debug = await at("--print-logs", "--log-level=debug")
    assert.deepStrictEqual(
      debug.filter((line) => !line.startsWith("DEBUG")),
      info
    )
    assert.includeMembers(debug, ["DEBUG prompt.submitted", "DEBUG model.requested", "DEBUG tool.finished"])
    assert.deepStrictEqual(await at("--log-level", "debug"), [])
    assert.strictEqual((await it_.play(turns, ["go", "--log-level", "loud"])).code, 2)
  })

  it("says when an answer was cut at the output limit", async () => {
    const { stderr } = await it_.play([{ text: "half", stop: "max_tokens" }], ["go"])
    assert.match(stderr, /output limit/)
  })

  it("says when it tries again", async () => {
    const { code, stderr } = await it_.play([{ error: { kind: "overloaded", retryAfter: 10 } }, { text: "ok" }], ["go"])
    assert.strictEqual(code, 0)
    assert.match(stderr, /did not answer \(overloaded\)/)
  })
})

describe("the end of a run", () => {
  it("Ctrl-C stops the turn, exit 130, and -c goes on", async () => {
    const running = it_.start(["run", "hang", "--format", "json"], {
      env: { CODE_MESH_MODEL: it_.script([{ text: "partial answer", hang: true }]) }
    })
    await running.says("answering")
    running.process.kill("SIGINT")
    const ended = await running.ended
    assert.strictEqual(ended.code, 130)
    assert.deepInclude(json(ended), { status: "interrupted" })
    const more = await it_.play([{ text: "went on" }], ["-c", "go on"])
    assert.deepStrictEqual([more.code, more.stdout], [0, "went on\n"])
    assert.strictEqual((await listed()).length, 1)
  })

  it("a closed terminal is 129, and a polite kill is 143", async () => {
    for (const [signal, code] of [
      ["SIGHUP", 129],
      ["SIGTERM", 143]
    ] as const) {
      const running = it_.start(["run", "hang"], {
        env: { CODE_MESH_MODEL: it_.script([{ text: "partial answer", hang: true }]) }
      })
      await running.says("answering")
      running.process.kill(signal)
      assert.strictEqual((await running.ended).code, code)
    }
    const { stdout } = await it_.run(["session", "export"])
    assert.include(stdout, '"turn.interrupted"')
  })

  it("a reader that leaves is no crash", async () => {
    const running = it_.start(["run", "go", "--format", "stream-json"], {
      env: { CODE_MESH_MODEL: it_.script([{ text: "word ".repeat(2000), delayMs: 300 }]) }
    })
    running.process.stdout?.destroy()
    const { code, stderr } = await running.ended
    assert.strictEqual(code, 141)
    assert.notMatch(stderr, /EPIPE|at .*\(/)
  })

  it("is one clear sentence where the data folder cannot be written", async () => {
    const file = it_.put("file", "")
    const ended = await it_.play([{ text: "x" }], ["x"], { env: { CODE_MESH_HOME: join(file, "home") } })
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^code-mesh: .+\.\n/)
    assert.notMatch(ended.stderr, /^\s+at /m)
  })

  it("keeps nothing of a key in what it writes", async () => {
    await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: "sk-very-secret\n" })
    const all = [
      await it_.run(["auth", "list"]),
      await it_.run(["auth", "status"]),
      await it_.run(["status", "--detailed"])
    ]
    for (const { stderr, stdout } of all) assert.notInclude(stdout + stderr, "sk-very-secret")
    assert.include(readFileSync(join(it_.home, "auth.json"), "utf8"), "sk-very-secret")
  })
})
