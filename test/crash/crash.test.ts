/**
 * The program, killed: at every point at which it makes something last, and at random moments. A sample by default;
 * `npm run test:crash` runs 1,000.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { bubblewrapMissing } from "../support/child.ts"
import { crash, type Death, measure, type Outcome } from "./crash.ts"

const count = Number(process.env.CODE_MESH_CRASHES ?? "16")
const first = Number(process.env.CODE_MESH_CRASH_SEED ?? "1")
/** Runs at once: two processors, and each run waits for much of its time. */
const atOnce = 2

const folder = mkdtempSync(join(tmpdir(), "code-mesh-killed-"))
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

/** A number from 0 to 1 that a seed always gives. */
const drawn = (seed: number): number => {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}

describe("a run that is killed", () => {
  for (const sandbox of ["workspace", "off"] as const) {
    const half = Math.ceil(count / 2)
    it.skipIf(sandbox === "workspace" && bubblewrapMissing)(
      `loses nothing, leaves nothing running and repeats nothing (sandbox ${sandbox}, ${half} deaths)`,
      { timeout: 60_000 + half * 20_000, retry: 0 },
      async () => {
        const { millis, points } = await measure(preload, sandbox)
        assert.isAbove(points, 20, "there are points to be killed at")
        const seeds = Array.from({ length: half }, (_, index) => first + index)
        const outcomes: Array<Outcome> = []
        const failures: Array<string> = []
        const next = async (): Promise<void> => {
          for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
            const death: Death =
              seed % 3 === 0
                ? { millis: Math.floor(drawn(seed) * millis) }
                : // In full, every point is passed in turn; a sample is spread over them.
                  { point: half > points ? (seed % (points + 1)) + 1 : 1 + Math.floor(drawn(seed) * points) }
            await crash(preload, seed, death, sandbox).then(
              (outcome) => outcomes.push(outcome),
              (error: unknown) => failures.push(String(error))
            )
          }
        }
        await Promise.all(Array.from({ length: atOnce }, next))
        assert.deepStrictEqual(failures, [])
        const killed = outcomes.filter((one) => one.killed).length
        assert.isAbove(killed, half / 2, "most were killed before their end")
        if (half > 50)
          console.log(
            `sandbox ${sandbox}: ${outcomes.length} runs of ${points} points, ${killed} killed, ${outcomes.filter((one) => one.unknown > 0).length} with an outcome that nobody saw`
          )
      }
    )
  }
})
