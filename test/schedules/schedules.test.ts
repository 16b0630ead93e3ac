/**
 * Plans under seeded schedules, with faults and with a person who edits meanwhile. A few dozen by default; `npm run
 * test:schedules` explores 1,000. What fails is told with its seed, as small as it can be made.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import { explore } from "./explore.ts"
import { type PlanCase, planCase } from "./planCase.ts"
import { broken, story } from "./planLaws.ts"

const count = Number(process.env.CODE_MESH_SCHEDULES ?? "16")
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
    // At 21 and 42 a step is merged, and its end is to be said.
    const words = count > 100 ? Array.from({ length: 60 }, (_, index) => index + 1) : [21, 42]
    for (const nth of words) await holds({ seed: nth, width: 2, faults: [{ kind: "append", nth }], edits: [], steps })
  })

  it("does the same again with the same seed, to the last hash, and otherwise with another", async () => {
    const first = story(await played(one))
    assert.strictEqual(story(await played(one)), first)
    assert.notStrictEqual(story(await played({ ...one, seed: 12 })), first)
  })
})
