/** What a log says of a plan: how it stands, and how far its steps are. */
import { assert, describe, it } from "@effect/vitest"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import type { Plan } from "../../../src/domain/model/Plan.ts"
import { evolveAgents, evolvePlan, stepOf } from "../../../src/domain/session/evolvePlan.ts"
import { sessionId } from "../../support/events.ts"
import { eventsFrom, stateOf } from "../../support/logs.ts"
import { step } from "../planner/plans.ts"

const usage = (input: number) => ({ input, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 })
const plan: Plan = { goal: "Show the weather", steps: [step("a"), step("b", ["a"])] }
const proposed: Fact = { type: "plan.proposed", turn: 1, call: CallId.make("c"), plan }
const agent = sessionId(1)
const started = (attempt: number): Fact => ({
  type: "task.started",
  step: "a",
  attempt,
  agent,
  role: "coder",
  model: "a/b"
})
const planAfter = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom(facts)).plan

describe("A session's plan", () => {
  it("is not there before it is proposed, whatever else is said", () => {
    assert.isUndefined(planAfter({ type: "plan.approved", by: "person" }, started(1)))
  })

  it("is as it was edited and approved, and each step waits", () => {
    const shorter = { ...plan, steps: [step("a")] }
    const state = planAfter(
      proposed,
      { type: "plan.edited", plan: shorter, what: "removed b" },
      { type: "plan.approved", by: "person" }
    )
    assert.deepStrictEqual(state?.plan, shorter)
    assert.strictEqual(state?.status, "approved")
    assert.strictEqual(state === undefined ? "" : stepOf(state, "a").phase, "waiting")
  })

  it("is the same after anything that is not about it", () => {
    const state = stateOf(eventsFrom([proposed]))
    const [other] = eventsFrom([{ type: "session.titled", title: "T" }])
    if (other === undefined) throw new Error("one event")
    assert.strictEqual(evolvePlan(state, other).plan, state.plan)
    assert.strictEqual(evolveAgents(state, other), state)
  })

  it("proposed anew stands for all before", () => {
    assert.deepStrictEqual(planAfter(proposed, started(1), { type: "plan.finished", status: "rejected" }, proposed), {
      plan,
      status: "proposed",
      steps: new Map()
    })
  })

  it("says how far a step is, and what all its tries used", () => {
    const state = planAfter(
      proposed,
      started(1),
      { type: "task.failed", step: "a", attempt: 1, agent, reason: "the check failed", usage: usage(3) },
      started(2),
      {
        type: "task.finished",
        step: "a",
        attempt: 2,
        agent,
        status: "verified",
        result: "done",
        changes: [],
        usage: usage(4)
      },
      { type: "task.cancelled", step: "b", attempt: 1, reason: "not wanted" },
      { type: "plan.updated", plan, what: "nothing" },
      { type: "plan.finished", status: "done" }
    )
    assert.strictEqual(state?.status, "done")
    assert.deepStrictEqual(state?.steps.get("a"), {
      phase: "verified",
      attempts: 2,
      agent,
      result: "done",
      usage: usage(7),
      left: []
    })
    assert.deepStrictEqual(state?.steps.get("b"), {
      phase: "cancelled",
      attempts: 0,
      result: "not wanted",
      left: [],
      usage: usage(0)
    })
  })
})
