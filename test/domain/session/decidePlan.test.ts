/** What is asked of a plan: approved, edited, carried out, its steps cancelled or taken in; or refused, and nothing changed. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { Plan, Step } from "../../../src/domain/model/Plan.ts"
import { decidePlan, type PlanCommand } from "../../../src/domain/session/decidePlan.ts"
import { sessionId } from "../../support/events.ts"
import { eventsFrom, stateOf } from "../../support/logs.ts"
import { step } from "../planner/plans.ts"

const plan: Plan = { goal: "Show the weather", steps: [step("a"), step("b", ["a"])] }
const proposed: Fact = { type: "plan.proposed", turn: 1, call: CallId.make("c"), plan }
const approved: Fact = { type: "plan.approved", by: "person" }
const prompted: Fact = { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "Carry out the plan." }] }
const started: Fact = {
  type: "task.started",
  step: "a",
  attempt: 1,
  agent: sessionId(1),
  role: "coder",
  model: "a/b"
}
const done: Fact = {
  type: "task.finished",
  step: "a",
  attempt: 1,
  agent: sessionId(1),
  status: "verified",
  result: "done",
  changes: [],
  usage: noUsage
}

const decided = (command: PlanCommand, ...facts: ReadonlyArray<Fact>) =>
  Either.match(decidePlan(stateOf(eventsFrom(facts)), command), {
    onLeft: ({ kind, reason }) => `${kind}: ${reason}`,
    onRight: (made) => made
  })

const withSteps = (...steps: ReadonlyArray<Step>): Plan => ({ ...plan, steps })
const extra: Step = { ...step("c", ["a"]), proposedBy: "a" }
const asked: Fact = { type: "plan.updated", plan: withSteps(...plan.steps, extra, step("d", ["c"])), what: "proposed" }

describe("A plan that waits", () => {
  it("is approved by a person, or as they said yes to all; it is rejected with a reason or without", () => {
    assert.deepStrictEqual(decided({ type: "ApprovePlan" }, proposed), [approved])
    assert.deepStrictEqual(decided({ type: "ApprovePlan", by: "yes" }, proposed), [
      { type: "plan.approved", by: "yes" }
    ])
    assert.deepStrictEqual(decided({ type: "RejectPlan" }, proposed), [{ type: "plan.finished", status: "rejected" }])
    assert.deepStrictEqual(decided({ type: "RejectPlan", reason: "no" }, proposed), [
      { type: "plan.finished", status: "rejected", reason: "no" }
    ])
    assert.match(String(decided({ type: "ApprovePlan" }, proposed, approved)), /^nothing: No plan/)
    assert.match(String(decided({ type: "RejectPlan" })), /^nothing/)
  })

  it("is edited while nothing runs, and not where there is none that could be", () => {
    const edit: PlanCommand = { type: "EditPlan", plan: withSteps(step("a")), what: "shorter" }
    assert.deepStrictEqual(decided(edit, proposed), [{ type: "plan.edited", plan: edit.plan, what: "shorter" }])
    assert.match(String(decided(edit)), /^nothing/)
    assert.match(String(decided(edit, proposed, { type: "plan.finished", status: "rejected" })), /^nothing/)
    assert.match(String(decided(edit, prompted)), /^busy: A turn is running/)
  })

  it("is carried out once it is approved, and again where it failed", () => {
    const go: PlanCommand = { type: "ExecutePlan" }
    assert.match(String(decided(go, proposed)), /^nothing/)
    assert.match(String(decided(go, prompted)), /^busy/)
    for (const facts of [
      [proposed, approved],
      [proposed, { type: "plan.finished", status: "failed" } as const]
    ])
      assert.include(JSON.stringify(decided(go, ...facts)), "Carry out the plan.")
  })
})

describe("A plan that is carried out", () => {
  const running = [prompted, proposed, approved, started]

  it("takes edits of steps that wait, and refuses those of steps that were begun", () => {
    const more: PlanCommand = { type: "EditPlan", plan: withSteps(...plan.steps, step("c")), what: "added step c" }
    assert.deepStrictEqual(decided(more, ...running), [{ type: "plan.updated", plan: more.plan, what: "added step c" }])
    const without: PlanCommand = { type: "EditPlan", plan: withSteps(step("b")), what: "without a" }
    assert.match(String(decided(without, ...running)), /^busy: .*: a\.$/)
    const changed: PlanCommand = { type: "EditPlan", plan: withSteps(step("a", [], { role: "tester" })), what: "x" }
    assert.match(String(decided(changed, ...running)), /^busy/)
  })

  it("has steps cancelled that are not done", () => {
    const reason = "the person cancelled it"
    assert.deepStrictEqual(decided({ type: "CancelStep", step: "a" }, ...running), [
      { type: "task.cancelled", step: "a", attempt: 1, reason }
    ])
    assert.deepStrictEqual(decided({ type: "CancelStep", step: "b", reason: "later" }, ...running), [
      { type: "task.cancelled", step: "b", attempt: 1, reason: "later" }
    ])
    assert.strictEqual(
      decided({ type: "CancelStep", step: "a" }, ...running, done),
      "nothing: Step a is verified: there is nothing to cancel."
    )
    assert.match(String(decided({ type: "CancelStep", step: "z" }, ...running)), /There is no step z/)
    assert.match(String(decided({ type: "CancelStep", step: "a" })), /There is no step a/)
  })

  it("takes a proposed step in, or drops it with what waited for it", () => {
    const { proposedBy: _by, ...taken } = extra
    assert.deepStrictEqual(decided({ type: "ApproveStep", step: "c" }, ...running, asked), [
      {
        type: "plan.updated",
        plan: withSteps(...plan.steps, taken, step("d", ["c"])),
        what: "added step c: Do c"
      }
    ])
    assert.deepStrictEqual(decided({ type: "RejectStep", step: "c", reason: "no" }, ...running, asked), [
      { type: "plan.updated", plan: withSteps(...plan.steps, step("d")), what: "rejected step c: Do c (no)" }
    ])
    assert.include(JSON.stringify(decided({ type: "RejectStep", step: "c" }, ...running, asked)), 'step c: Do c"')
    assert.match(String(decided({ type: "ApproveStep", step: "a" }, ...running, asked)), /waits to be approved/)
    assert.match(String(decided({ type: "RejectStep", step: "c" })), /waits to be approved/)
  })

  it("is to be gone on with once a step is added to it after its end", () => {
    const end: Fact = { type: "plan.finished", status: "done" }
    const status = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom([...running, end, ...facts])).plan?.status
    assert.strictEqual(status(asked), "approved")
    assert.strictEqual(status({ type: "plan.updated", plan: withSteps(...plan.steps, extra), what: "x" }), "done")
    assert.strictEqual(status(), "done")
  })
})
