/** Which step is next: laws over any plan, any failures and any order in which agents end. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { mergeNext, startable } from "../../../src/domain/mesh/schedule.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { Step } from "../../../src/domain/model/Plan.ts"
import { inOrder, predecessors } from "../../../src/domain/planner/graph.ts"
import type { PlanState, StepState } from "../../../src/domain/session/PlanState.ts"
import { acyclic, step } from "../planner/plans.ts"

const stateOf = (steps: ReadonlyArray<Step>, phases: ReadonlyMap<string, StepState["phase"]>): PlanState => ({
  plan: { goal: "Show the weather", steps },
  status: "approved",
  steps: new Map([...phases].map(([id, phase]) => [id, { phase, attempts: 1, left: [], usage: noUsage }]))
})

const none: ReadonlySet<string> = new Set()

describe("The schedule of a plan", () => {
  it("begins what waits for nothing, as the plan has it, and no more than there is room for", () => {
    const state = stateOf([step("b"), step("a"), step("c", ["a"])], new Map())
    const ids = (room: number, busy: ReadonlySet<string> = none) =>
      startable(state, { again: none, busy }, room).map(({ id }) => id)
    assert.deepStrictEqual(ids(8), ["b", "a"])
    assert.deepStrictEqual(ids(1), ["b"])
    assert.deepStrictEqual(ids(-1), [])
    assert.deepStrictEqual(ids(8, new Set(["b"])), ["a"])
  })

  it("begins again what is to be tried again, and what a dead program was at", () => {
    const state = stateOf(
      [step("a"), step("b"), step("c")],
      new Map([
        ["a", "failed"],
        ["b", "running"],
        ["c", "cancelled"]
      ])
    )
    assert.deepStrictEqual(
      startable(state, { again: new Set(["a"]), busy: none }, 8).map(({ id }) => id),
      ["a", "b"]
    )
    assert.strictEqual(mergeNext(state, new Set(["a"]), new Set(["b"])), undefined)
    assert.strictEqual(mergeNext(state, none, new Set(["b"])), "b")
  })

  it("merges in the plan's order, ends, and leaves only what depends on a step that was given up", () => {
    fc.assert(
      fc.property(acyclic, fc.infiniteStream(fc.nat()), fc.nat(4), (steps, picks, room) => {
        const phases = new Map<string, StepState["phase"]>()
        const pick = (most: number) => (picks.next().value ?? 0) % most
        const running: Array<string> = []
        const waiting = new Set<string>()
        const merged: Array<string> = []
        for (;;) {
          const busy = new Set([...running, ...waiting])
          const state = stateOf(steps, phases)
          running.push(...startable(state, { again: none, busy }, room + 1 - running.length).map(({ id }) => id))
          if (running.length === 0 && waiting.size === 0) break
          for (const id of running.splice(pick(Math.max(1, running.length)), 1)) waiting.add(id)
          for (let next = mergeNext(stateOf(steps, phases), none, waiting); next !== undefined; ) {
            waiting.delete(next)
            merged.push(next)
            phases.set(next, pick(5) === 0 ? "failed" : "verified")
            next = mergeNext(stateOf(steps, phases), none, waiting)
          }
        }
        const order = inOrder(steps).map(({ id }) => id)
        assert.deepStrictEqual(
          merged,
          order.filter((id) => merged.includes(id))
        )
        const earlier = predecessors(steps)
        for (const id of order) {
          const lost = [...(earlier.get(id) ?? [])].some((it) => phases.get(it) === "failed")
          assert.strictEqual(phases.has(id), !lost)
        }
      })
    )
  })
})
