/**
 * Plans whose program is killed while their agents work: most in the middle of a model call or of a command. A few by
 * default; `npm run test:crash:plans` kills 300.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { crashPlan, measurePlan, type PlanDeath, type PlanOutcome } from "./planCrash.ts"

const count = Number(process.env.CODE_MESH_PLAN_CRASHES ?? "2")
const first = Number(process.env.CODE_MESH_CRASH_SEED ?? "1")
const atOnce = 2

const folder = mkdtempSync(join(tmpdir(), "code-mesh-plans-"))
const preload = join(folder, "killAt.cjs")

beforeAll(() =>
  build({
    entryPoints: [fileURLToPath(new URL("./killAt.ts", import.meta.url))],
    bundle: true,
    format: "cjs",
    platform: "node",
    outfile: preload,
    logLevel: "silent"
  })
)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const drawn = (seed: number, most: number): number => {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 15)) >>> 0) % most
}

/** Of three deaths, two are in the middle of what an agent does; the last is at a point that the program passes, or by time. */
const deathOf = (seed: number, { millis, points }: { readonly millis: number; readonly points: number }): PlanDeath => {
  if (seed % 3 === 1) return { call: 1 + drawn(seed, 8) }
  if (seed % 3 === 2) return { command: 1 + drawn(seed, 3) }
  return seed % 2 === 0 ? { point: 1 + drawn(seed, points) } : { millis: drawn(seed, millis) }
}

describe("a plan that is killed", () => {
  it(`goes on where it was, loses no step, repeats nothing and leaves nothing (${count} deaths)`, {
    timeout: 90_000 + count * 40_000,
    retry: 0
  }, async () => {
    // Two deaths are in what an agent does: they need no measure of the whole.
    const measured = count > 2 ? await measurePlan(preload) : { points: 100, millis: 1000 }
    assert.isAbove(measured.points, 40, "there are points to be killed at")
    const seeds = Array.from({ length: count }, (_, index) => first + index)
    const outcomes: Array<PlanOutcome> = []
    const failures: Array<string> = []
    const next = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
        await crashPlan(preload, seed, deathOf(seed, measured)).then(
          (outcome) => outcomes.push(outcome),
          (error: unknown) => failures.push(String(error))
        )
    }
    await Promise.all(Array.from({ length: atOnce }, next))
    const summary = `${outcomes.length} plans of ${measured.points} points: ${outcomes.filter((one) => one.killed).length} killed, ${outcomes.filter((one) => one.inAgent).length} in a model call or a command, ${outcomes.filter((one) => one.unknown > 0).length} with an outcome that nobody saw; ${failures.length} failures`
    if (count > 10) console.log(summary)
    assert.deepStrictEqual(failures, [])
    assert.isAtLeast(outcomes.filter((one) => one.inAgent).length, count / 2, summary)
  })
})
