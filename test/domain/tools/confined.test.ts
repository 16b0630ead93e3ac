/** What settings say of the sandbox, as tools take it. */
import { assert, describe, it } from "@effect/vitest"
import { confinedBy, inForce } from "../../../src/domain/tools/confined.ts"

describe("how commands are confined", () => {
  it("is by the settings, and bounded where they say nothing", () => {
    assert.deepStrictEqual(confinedBy({}), {
      sandbox: "auto",
      network: false,
      offline: false,
      limits: {
        longest: 600_000,
        idle: 300_000,
        use: { cpu: 3_600_000, memory: 8 * 2 ** 30, processes: 2048, output: 256 * 2 ** 20 }
      }
    })
    const sandbox = {
      ...{ mode: "strict" as const, network: ["a.example"], max_seconds: 2, idle_seconds: 1 },
      ...{ cpu_seconds: 3, memory_mb: 4, processes: 5, output_mb: 6 }
    } as const
    assert.deepStrictEqual(confinedBy({ sandbox }), {
      sandbox: "strict",
      network: ["a.example"],
      offline: false,
      limits: { longest: 2000, idle: 1000, use: { cpu: 3000, memory: 4 * 2 ** 20, processes: 5, output: 6 * 2 ** 20 } }
    })
  })

  it("is without any connection of ours where somebody says so, not where nobody says anything", () => {
    assert.isTrue(confinedBy({ sandbox: { network: false } }).offline)
    assert.isFalse(confinedBy({ sandbox: { network: true } }).offline)
  })

  it("is told in a few words", () => {
    assert.strictEqual(inForce({}, "none"), "none")
    assert.strictEqual(inForce({}, "bubblewrap"), "bubblewrap (workspace, no network)")
    assert.strictEqual(inForce({ sandbox: { network: [] } }, "bubblewrap"), "bubblewrap (workspace, no network)")
    assert.strictEqual(inForce({ sandbox: { network: true } }, "sandbox-exec"), "sandbox-exec (workspace, network)")
    assert.strictEqual(
      inForce({ sandbox: { network: ["a.example", "*.b.example"] } }, "bubblewrap"),
      "bubblewrap (workspace, network: a.example *.b.example)"
    )
    assert.strictEqual(
      inForce({ sandbox: { mode: "strict", network: true } }, "bubblewrap"),
      "bubblewrap (strict, no network)"
    )
  })
})
