/**
 * Plans under seeded schedules, with faults and with a person who edits meanwhile. A few by default; `npm run
 * test:schedules` explores 1,000. What fails is told with its seed, as small as it can be made.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import type { Strategy } from "../../src/domain/model/Plan.ts"
import { ofType } from "../support/mesh.ts"
import { explore } from "./explore.ts"
import { type Deed, type PlanCase, planCase } from "./planCase.ts"
import { broken, story } from "./planLaws.ts"

const count = Number(process.env.CODE_MESH_SCHEDULES ?? "8")
const seed = Number(process.env.CODE_MESH_SCHEDULES_SEED ?? "1")

const played = async (one: PlanCase) => {
  const exit = await explore(one)
  if (Exit.isFailure(exit)) throw new Error(`it cannot be played: ${Cause.pretty(exit.cause)}`)
  return exit.value
}

const holds = async (one: PlanCase): Promise<void> => {
  const found = await broken(one, await played(one))
  assert.strictEqual(found === undefined ? "" : `${found.law}: ${found.what}`, "")
}

const held = (wishes: { readonly faults: number; readonly edits: number }, numRuns: number) =>
  fc.assert(fc.asyncProperty(planCase(wishes), holds), {
    seed,
    numRuns,
    endOnFailure: process.env.CODE_MESH_SCHEDULES_SHRINK === "no"
  })

const one: PlanCase = {
  seed: 11,
  width: 2,
  faults: [{ kind: "death", at: 1800 }],
  edits: [{ at: 900, deed: { file: "b.txt", do: "set", key: "k1", value: "person" } }],
  steps: [
    { id: "s0", dependsOn: [], checked: true, deeds: [{ file: "a.txt", do: "set", key: "k1", value: "s0" }] },
    { id: "s1", dependsOn: [], checked: true, deeds: [{ file: "a.txt", do: "set", key: "k4", value: "s1" }] },
    { id: "s2", dependsOn: ["s0"], checked: false, deeds: [{ file: "b.txt", do: "set", key: "k2", value: "s2" }] }
  ]
}

// What is loaded on first use comes from outside of a seeded world.
beforeAll(async () => void (await explore(one)))

describe("A plan, however its agents are scheduled", () => {
  const longest = Math.max(90_000, count * 2_000)

  it("comes to some order of its steps", { timeout: longest }, () =>
    held({ faults: 0, edits: 0 }, Math.ceil(count / 4))
  )

  it("loses nothing to a person who edits meanwhile, nor they to it", { timeout: longest }, () =>
    held({ faults: 0, edits: 3 }, Math.ceil(count / 4))
  )

  it("is carried to its end, whatever fails or dies", { timeout: longest }, () =>
    held({ faults: 4, edits: 2 }, Math.ceil(count / 2))
  )

  it("loses nothing to a log that fails at one word", { timeout: longest }, async () => {
    const steps: PlanCase["steps"] = [
      { id: "s0", dependsOn: [], checked: true, deeds: [{ file: "a.txt", do: "set", key: "k1", value: "s0" }] },
      { id: "s1", dependsOn: ["s0"], checked: true, deeds: [{ file: "a.txt", do: "remove", key: "k1" }] }
    ]
    // At 7 the planner has answered; at 33 and 54 a step is merged, and its end is to be said.
    const words = count > 100 ? Array.from({ length: 70 }, (_, index) => index + 1) : [7, 33, 54]
    for (const nth of words) await holds({ seed: nth, width: 2, faults: [{ kind: "append", nth }], edits: [], steps })
  })

  it("leaves alone what the person cancels, also while peers or voters think about it", {
    timeout: longest
  }, async () => {
    const of = (id: string, key: string, dependsOn: ReadonlyArray<string>): PlanCase["steps"][number] => ({
      id,
      dependsOn,
      checked: true,
      deeds: [{ file: "a.txt", do: "set", key, value: id }]
    })
    const steps = [of("s0", "k1", []), of("s1", "k3", []), of("s2", "k5", ["s1"])]
    const cancelled = (strategy: Strategy, step: string, at: number) =>
      holds({ seed: at, width: 2, strategy, edits: [], faults: [{ kind: "cancel", step, at }], steps })
    await cancelled("mesh", "s0", 3410)
    await cancelled("mesh", "s2", 2240)
    await cancelled("swarm", "s0", 4970)
    // Its budget ends in the moment in which its agent does: that end is said all the same, and nobody waits for it.
    const alone: PlanCase = {
      seed: 3,
      width: 3,
      strategy: "mesh",
      steps: [of("s0", "k2", [])],
      faults: [
        { kind: "cancel", step: "s0", at: 2664 },
        { kind: "limit", calls: 3 }
      ],
      edits: []
    }
    await holds(alone)
    if (count <= 100) return
    for (let at = 25; at < 5000; at += 75)
      await cancelled(at % 2 === 0 ? "mesh" : "swarm", at % 3 === 0 ? "s0" : "s2", at)
  })

  it("shows both sides of a conflict to who makes the step again", async () => {
    const of = (id: string): PlanCase["steps"][number] => ({
      id,
      dependsOn: [],
      checked: false,
      deeds: [{ file: "a.txt", do: "set", key: "k1", value: id }]
    })
    const { logs, plan } = await played({ seed: 3, width: 2, faults: [], edits: [], steps: [of("s0"), of("s1")] })
    const [failed] = ofType(logs.get(plan) ?? [], "task.failed")
    const again = ofType(logs.get(plan) ?? [], "task.started").find(({ attempt }) => attempt === 2)
    const [prompt] = ofType((again && logs.get(again.agent)) ?? [], "prompt.submitted")
    const told = JSON.stringify(prompt?.parts)
    assert.strictEqual(failed?.step, "s1")
    assert.include(told, String.raw`Line 1:\n<<<<<<< that try\nk1: s1\n=======\nk1: s0\n>>>>>>> meanwhile`)
    assert.include(told, failed?.agent ?? "nobody")
  })

  it("goes on where a person changed the same lines, and reports the conflict with their files as they are", async () => {
    const deed = (value: string): Deed => ({ file: "a.txt", do: "set", key: "k1", value })
    const steps: PlanCase["steps"] = [
      { id: "s0", dependsOn: [], checked: true, deeds: [deed("s0")] },
      { id: "s1", dependsOn: ["s0"], checked: true, deeds: [deed("s1")] }
    ]
    const conflicted: Array<string> = []
    // Whenever the person comes, the plan is done; where they come between the steps, they are told.
    for (let at = 2000; at <= 5000; at += 1000) {
      const one = { seed: 4, width: 2, faults: [], edits: [{ at, deed: deed("person") }], steps }
      const { logs, plan, state, tree } = await played(one)
      assert.strictEqual(state.plan?.status, "done")
      const paths = ofType(logs.get(plan) ?? [], "changes.conflicted").flatMap(({ conflicts }) => conflicts)
      if (paths.length > 0) assert.match(tree["a.txt"] ?? "", /^k1: person\n/)
      conflicted.push(...paths.map(({ path }) => path))
    }
    assert.include(conflicted, "a.txt")
  })

  it("does the same again with the same seed, to the last hash, and otherwise with another", async () => {
    const first = story(await played(one))
    assert.strictEqual(story(await played(one)), first)
    assert.notStrictEqual(story(await played({ ...one, seed: 12 })), first)
  })
})
