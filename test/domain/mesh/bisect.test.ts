/** Which step is to blame: the search by itself, and over the trees of a plan that was carried out. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { bisect, type Probe } from "../../../src/domain/mesh/bisect.ts"
import { blameText, meaningfulFrom, mergesOf } from "../../../src/domain/mesh/guilty.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { step } from "../planner/plans.ts"

/** The whole search, where `passes` says of each tree whether the check does; and the trees that were looked at. */
const searched = (from: number, to: number, passes: (steps: number) => boolean) => {
  const probes: Array<Probe> = []
  for (;;) {
    const next = bisect(from, to, probes)
    if ("first" in next) return { first: next.first, runs: probes.map(({ steps }) => steps) }
    probes.push({ steps: next.run, ok: passes(next.run) })
  }
}

describe("A bisection", () => {
  it("finds the first step that a check fails with, in the fewest runs, and looks at no tree twice", () => {
    const scene = fc
      .tuple(fc.nat(40), fc.nat(40))
      .chain(([from, more]) =>
        fc.tuple(fc.constant(from), fc.constant(from + more), fc.integer({ min: from, max: from + more }))
      )
    fc.assert(
      fc.property(scene, ([from, to, first]) => {
        const found = searched(from, to, (steps) => steps < first)
        assert.strictEqual(found.first, first)
        assert.isAtMost(found.runs.length, Math.ceil(Math.log2(to - from + 1)))
        assert.strictEqual(new Set(found.runs).size, found.runs.length)
        assert.isTrue(found.runs.every((steps) => steps >= from && steps < to))
      })
    )
  })

  it("of a check that fails, passes and fails again finds a step that it passes without and fails with", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (passes) => {
        const to = passes.length
        const holds = (steps: number) => steps === -1 || (steps < to && passes[steps] === true)
        const { first } = searched(0, to, holds)
        assert.isFalse(holds(first))
        assert.isTrue(holds(first - 1))
      })
    )
  })

  it("begins with what is known already", () => {
    assert.deepStrictEqual(
      bisect(1, 8, [
        { steps: 5, ok: true },
        { steps: 3, ok: false }
      ]),
      { run: 1 }
    )
    assert.deepStrictEqual(bisect(1, 8, [{ steps: 7, ok: true }]), { first: 8 })
  })

  it("is told with the trees that were looked at", () => {
    assert.strictEqual(
      blameText("npm test", {
        step: "page",
        ran: [
          { ok: true, after: "api" },
          { ok: false, after: "page" }
        ]
      }),
      "npm test first fails with page (after api it passes, after page it fails)."
    )
    assert.strictEqual(
      blameText("npm test", { ran: [{ ok: false }] }),
      "npm test fails, and no step is to blame for it (before all steps it fails)."
    )
    assert.strictEqual(blameText("npm test", { step: "api", ran: [] }), "npm test first fails with api.")
  })

  it("asks a check of no tree from before the first step that names it", () => {
    const merges = ["a", "b", "c"].map((id) => ({
      step: id,
      agent: SessionId.make(`ses_${"0".repeat(32)}`),
      changes: []
    }))
    const plan = {
      goal: "x",
      steps: [step("a", [], { check: { none: "no" } }), step("b", [], { check: { run: "b" } }), step("c")]
    }
    assert.strictEqual(meaningfulFrom(plan, merges, "b"), 2)
    assert.strictEqual(meaningfulFrom(plan, merges, "npm test"), 3)
    assert.strictEqual(meaningfulFrom(plan, merges, "npm run lint"), 0)
    assert.deepStrictEqual(mergesOf([]), [])
  })
})
