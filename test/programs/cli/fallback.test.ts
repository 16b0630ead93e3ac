/** What a person sees of a provider's bad day: which model stood in and why, and the answer once. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { type Desk, desk, jsonLines } from "./cli.ts"

let it_: Desk

beforeEach(() => {
  it_ = desk()
})

afterEach(() => it_.close())

const settings = (text: string) => {
  mkdirSync(it_.home, { recursive: true })
  writeFileSync(join(it_.home, "config.toml"), text)
}

describe("a declared model", () => {
  it("stands in where the first has no credit left: the run tells it, and the answer is on stdout alone", async () => {
    const second = it_.script([{ text: "I stood in." }])
    settings(`[model]\nfallback = [${JSON.stringify(second)}]\n`)
    const { code, stderr, stdout } = await it_.play(
      [{ text: "Half a", error: { kind: "quota", reason: "no credit" } }],
      ["go"]
    )
    assert.deepStrictEqual([code, stdout], [0, "I stood in.\n"])
    assert.include(stderr, "The answer broke off after 6 characters")
    assert.match(stderr, /→ scripted\/.*, as you declared: the first did not answer \(quota\): no credit/)
    assert.notInclude(stderr, "Half a")
  })

  it("is asked as well where an ensemble is set, and each answer and vote is an event", async () => {
    const second = it_.script([{ text: "Forty-two." }])
    const judge = it_.script([{ text: "2\nIt answers." }])
    settings(`[model.ensemble]\nmodels = [${JSON.stringify(second)}]\njudge = ${JSON.stringify(judge)}\n`)
    const ran = await it_.play([{ text: "Who knows." }], ["how", "many?", "--format", "stream-json"])
    const lines = jsonLines(ran)
    assert.deepInclude(lines.at(-1), { type: "result", result: "Forty-two.", status: "done" })
    assert.strictEqual(lines.filter((line) => "candidate" in line).length, 2)
    assert.deepInclude(lines.find((line) => "vote" in line)?.vote, { by: judge, for: second })
  })
})
