/** The graph of a plan: laws over any plan. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { circular, inOrder, predecessors, ready } from "../../../src/domain/planner/graph.ts"
import { acyclic, step } from "./plans.ts"

const ids = (steps: ReadonlyArray<{ readonly id: string }>) => steps.map(({ id }) => id)

describe("The graph of a plan", () => {
  it("knows what comes before a step, directly and through others", () => {
    const earlier = predecessors([step("a"), step("b", ["a"]), step("c", ["b"]), step("d")])
    assert.deepStrictEqual([...(earlier.get("c") ?? [])].sort(), ["a", "b"])
    assert.deepStrictEqual([...(earlier.get("d") ?? [])], [])
    assert.deepStrictEqual([...(predecessors([step("a", ["gone"])]).get("a") ?? [])], ["gone"])
  })

  it("names the steps that wait for themselves, and none that only wait for those", () => {
    assert.deepStrictEqual(circular([step("a", ["b"]), step("b", ["a"]), step("c", ["a"]), step("d", ["d"])]), [
      "a",
      "b",
      "d"
    ])
  })

  it("orders every step after what it depends on, and otherwise as the plan has them", () => {
    assert.deepStrictEqual(ids(inOrder([step("c", ["b"]), step("a"), step("b", ["a"]), step("d")])), [
      "a",
      "b",
      "c",
      "d"
    ])
    fc.assert(
      fc.property(acyclic, (steps) => {
        const order = ids(inOrder(steps))
        assert.strictEqual(order.length, steps.length)
        for (const { dependsOn, id } of steps)
          for (const it of dependsOn) assert.isBelow(order.indexOf(it), order.indexOf(id))
      })
    )
  })

  it("leaves out of the order what waits for a circle", () => {
    assert.deepStrictEqual(ids(inOrder([step("a", ["b"]), step("b", ["a"]), step("c", ["b"]), step("d")])), ["d"])
  })

  it("lets begin what waits for nothing, until all is done", () => {
    fc.assert(
      fc.property(acyclic, fc.infiniteStream(fc.nat()), (steps, picks) => {
        const done = new Set<string>()
        for (;;) {
          const may = ready(steps, done, done)
          if (may.length === 0) break
          const pick = may[(picks.next().value ?? 0) % may.length]
          if (pick !== undefined) done.add(pick.id)
        }
        assert.strictEqual(done.size, steps.length)
      })
    )
    assert.deepStrictEqual(ids(ready([step("a"), step("b", ["a"])], new Set(), new Set(["a"]))), [])
  })
})
