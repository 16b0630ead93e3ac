/** Agents as people use them: work that one gives to another, roles of their own, and what became of each. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { call, type Desk, desk } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const mason = "---\ndescription: builds walls\ntools: [read, write]\n---\nYou build walls.\n"

const own = () => {
  mkdirSync(join(it_.home, "agents"), { recursive: true })
  writeFileSync(join(it_.home, "agents", "mason.md"), mason)
}

describe("run", () => {
  it("lets an agent do a task in a copy of its own; what it changed is applied with the rest, and stats tell of it", async () => {
    own()
    const turns = [
      { calls: [call("write", { file_path: "plan.txt", content: "a wall\n" })] },
      { calls: [call("task", { agent: "mason", prompt: "Build it." })] },
      { match: "Build it", calls: [call("read", { file_path: "plan.txt" })] },
      { calls: [call("write", { file_path: "wall.txt", content: "bricks\n" })] },
      { text: "The wall stands." },
      { text: "All done." }
    ]
    const ended = await it_.play(turns, ["Build a wall", "--yes", "--format", "stream-json"])
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.strictEqual(it_.get("wall.txt"), "bricks\n")
    const events = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const [spawned] = events.filter(({ type }) => type === "agent.spawned")
    assert.deepInclude(spawned, { role: "mason", path: ["mason"] })
    assert.include(events.find(({ type }) => type === "turn.started").frame.system, "mason: builds walls")
    const result = events.find(({ call: id, type }) => type === "tool.finished" && id === spawned.call)
    assert.match(result.output, /^The wall stands\.\n\n\[mason ses_\w+: changed wall\.txt\]$/)
    const stats = JSON.parse((await it_.run(["session", "stats", "--by", "role", "--format", "json"])).stdout)
    const group = stats.groups.find(({ name }: { readonly name: string }) => name === "mason")
    assert.deepInclude(group.outcomes, { done: 1, failed: 0 })
    assert.deepStrictEqual([group.calls, group.turns], [3, 1])
    const replay = await it_.run(["session", "verify", spawned.session])
    assert.strictEqual(replay.code, 0, replay.stderr)
  })

  it("--agent lets a role answer, with its prompt, its tools and what it may not do", async () => {
    own()
    const write = { calls: [call("write", { file_path: "e.txt", content: "e\n" })] }
    await it_.play([write, { text: "Done." }], ["go", "--agent", "reviewer", "--yes"])
    assert.isFalse(existsSync(join(it_.root, "e.txt")))
    const mine = await it_.play([write, { text: "Done." }], ["go", "--agent", "mason", "--yes"])
    assert.match(mine.stderr, /mode mason/)
    assert.strictEqual(it_.get("e.txt"), "e\n")
    const both = await it_.play([write], ["go", "--agent", "mason", "--mode", "plan"])
    assert.deepStrictEqual([both.code, /different things/.test(both.stderr)], [2, true])
    const odd = await it_.play([write], ["go", "--agent", "masn"])
    assert.deepStrictEqual([odd.code, /Did you mean mason/.test(odd.stderr)], [2, true])
  })
})
