/** Which working copies nobody will go on with. */
import { assert, it } from "@effect/vitest"
import { isOver } from "../../../src/domain/mesh/leftCopies.ts"
import type { FactOf } from "../../../src/domain/model/Event.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { ModelName } from "../../../src/domain/model/Model.ts"
import { StepId } from "../../../src/domain/model/Plan.ts"
import { initial, type SessionState } from "../../../src/domain/session/State.ts"

const root = SessionId.make(`ses_${"1".repeat(32)}`)
const agent = SessionId.make(`ses_${"2".repeat(32)}`)
const who = { turn: 1, agent, role: "coder", model: ModelName.make("script/model") }
const spawned: FactOf<"agent.spawned"> = {
  type: "agent.spawned",
  ...who,
  path: ["api (coder)"],
  step: StepId.make("api")
}
const ended: FactOf<"agent.ended"> = {
  ...{ type: "agent.ended", ...who, result: "verified", checks: { passed: 1, failed: 0 }, calls: 1, usage: noUsage }
}
type Status = NonNullable<SessionState["plan"]>["status"]
const planned = (status: Status): Partial<SessionState> => ({
  plan: { plan: { goal: "g", steps: [] }, status, steps: new Map() }
})
const parent = (more: Partial<SessionState>): SessionState => ({ ...initial(root), ...more })

it("an agent that has ended, or of whom nothing is said, is over", () => {
  assert.isTrue(isOver(parent({}), agent))
  assert.isTrue(isOver(parent({ agents: new Map([[agent, { spawned, ended }]]), ...planned("approved") }), agent))
})

it("an agent of a plan that is being carried out goes on; of one that is finished, it does not", () => {
  const agents = new Map([[agent, { spawned }]])
  assert.isFalse(isOver(parent({ agents, ...planned("approved") }), agent))
  assert.isTrue(isOver(parent({ agents, ...planned("cancelled") }), agent))
})

it("an agent of a step that was cancelled is over, also where nobody came to say so", () => {
  const { plan } = planned("approved")
  const step = { phase: "cancelled", attempts: 1, left: [], usage: noUsage } as const
  assert.isDefined(plan)
  if (plan === undefined) return
  const cancelled = { ...plan, steps: new Map([[StepId.make("api"), step]]) }
  assert.isTrue(isOver(parent({ agents: new Map([[agent, { spawned }]]), plan: cancelled }), agent))
})

it("an agent of no step goes on as long as the turn that began it, whatever becomes of a plan", () => {
  const { step: _, ...called } = spawned
  const of = (more: Partial<SessionState>) =>
    isOver(parent({ agents: new Map([[agent, { spawned: called }]]), ...planned("done"), ...more }), agent)
  assert.isFalse(of({ running: true, turn: 1 }))
  assert.isTrue(of({ running: true, turn: 2 }))
  assert.isTrue(of({ running: false, turn: 1 }))
})
