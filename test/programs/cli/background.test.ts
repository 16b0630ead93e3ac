/** Runs in the background: they go on without whoever started them, and are found, followed and stopped. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { holderOf } from "../../../src/adapters/node/processes.ts"
import { call, type Desk, desk, json } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

/** Begins a run that works until the file `go` is there; answers its session and process. */
const begin = async (): Promise<{ readonly session: string; readonly pid: number }> => {
  const wait = "while [ ! -e go ]; do sleep 0.05; done; cat piped.txt"
  const script = it_.script([
    { match: "do it\nand this is piped", calls: [call("bash", { command: wait })] },
    { text: "All done." }
  ])
  it_.put("piped.txt", "seen\n")
  const args = ["run", "--background", "--format", "json", "--sandbox", "off", "--allow", "bash", "-m", script, "do it"]
  const started = await it_.run(args, { process: true, stdin: "and this is piped" })
  assert.strictEqual(started.code, 0, started.stderr)
  assert.match(started.stderr, /nobody is there to be asked: what asks for permission is refused/)
  const { pid, session } = json(started)
  return { session: String(session), pid: Number(pid) }
}

/** Whether the process has ended; one that waits to be reaped has. */
const gone = (pid: number): boolean => holderOf(pid).started.endsWith(" ")

describe("code-mesh run --background", () => {
  it("goes on in a process group of its own, is listed as running, and can be followed and stopped; the session goes on later", async () => {
    const { pid, session } = await begin()
    // Whoever started it has ended; it leads a group that no terminal's hang-up reaches.
    assert.isTrue(process.kill(-pid, 0))
    const listed = JSON.parse((await it_.run(["session", "list", "--format", "json"])).stdout)
    assert.deepInclude(listed[0], { session })
    assert.deepInclude(listed[0].running, { pid, background: true })
    const status = await it_.run(["status", "--detailed"])
    assert.match(
      status.stdout,
      new RegExp(`^running: +${session} running in process ${pid} on .*, in the background$`, "m")
    )
    assert.match(status.stdout, new RegExp(`^${session} · do it · running in process .* · runs bash`, "m"))
    const second = await it_.play([{ text: "Two." }], ["say two"])
    assert.match(
      second.stderr,
      new RegExp(`Somebody works on this folder already: ${session}, running in process ${pid}`)
    )
    const follower = it_.start(["session", "follow", session])
    await follower.says("bash while")
    follower.process.kill("SIGINT")
    const left = await follower.ended
    assert.deepStrictEqual([left.code, gone(pid)], [130, false])
    assert.match(left.stderr, /it goes on/)
    const stopped = await it_.run(["session", "stop"])
    assert.deepStrictEqual([stopped.code, stopped.stdout, gone(pid)], [0, `stopped ${session}\n`, true])
    const after = await it_.run(["session", "follow", "--format", "json"])
    assert.deepStrictEqual([after.code, json(after).status], [130, "interrupted"])
    assert.match((await it_.run(["session", "stop", session])).stderr, /Nothing runs in/)
    const log = join(it_.home, "log", `${session}.log`)
    assert.isTrue(existsSync(log))
    await it_.run(["session", "delete", "--yes", session])
    assert.isFalse(existsSync(log))
  })

  it("carries a plan out that a run asks for first, and whoever follows sees its end; the plan is drawn", async () => {
    const step = {
      ...{ id: "api", title: "Endpoint", task: "", role: "coder", files: ["api.js"], check: "grep good api.js" },
      ...{ why_no_check: null, depends_on: [] }
    }
    const model = it_.script([
      { calls: [call("plan", { goal: "Show the weather", steps: [step] })] },
      { text: "One step." },
      { calls: [call("write", { file_path: "api.js", content: "good\n" })] },
      { text: "Written." },
      { text: "Looks well." }
    ])
    const started = await it_.run(["run", "--plan", "--background", "--yes", "-m", model, "weather"], { process: true })
    assert.strictEqual(started.code, 0, started.stderr)
    const followed = await it_.run(["session", "follow", started.stdout.trim(), "--format", "json"])
    assert.deepStrictEqual([followed.code, json(followed).status], [0, "done"], followed.stderr)
    assert.match(followed.stderr, /\[api \(coder\)\] verified · 2 model calls · 1 of 1 check passed/)
    assert.strictEqual(it_.get("api.js"), "good\n")
    const text = await it_.run(["plan", "show", "--graph"])
    assert.match(text.stdout, /^ {2}1 ✓ api \[coder\] Endpoint · verified · check: grep good api\.js/m)
    const svg = await it_.run(["plan", "show", "--format", "svg"])
    assert.match(svg.stdout, /^<svg [\s\S]*Endpoint[\s\S]*<\/svg>\n$/)
    const own = await it_.run(["session", "list", "--format", "json"])
    assert.lengthOf(JSON.parse(own.stdout), 1)
  })

  it("says what is wrong before it goes to the background", async () => {
    const wrong = await it_.run(["run", "--background", "-m", "nobody/nothing", "x"], { process: true })
    assert.notStrictEqual(wrong.code, 0)
    assert.isFalse(existsSync(join(it_.home, "log")))
  })
})
