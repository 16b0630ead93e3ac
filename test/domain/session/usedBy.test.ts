import { assert, describe, it } from "@effect/vitest"
import type { FactOf } from "../../../src/domain/model/Event.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { initial } from "../../../src/domain/session/State.ts"
import { usedBy } from "../../../src/domain/session/usedBy.ts"
import { sessionId } from "../../support/events.ts"

const of = (n: number) => ({ turn: 1, agent: sessionId(n), role: "coder", model: "a/b" })
const spawned = (n: number): FactOf<"agent.spawned"> => ({ type: "agent.spawned", ...of(n), path: ["coder"] })
const ended = (n: number): FactOf<"agent.ended"> => ({
  ...{ type: "agent.ended", ...of(n), result: "done", checks: { passed: 0, failed: 0 } },
  ...{ calls: n, usage: { ...noUsage, output: n } }
})

describe("what a session used", () => {
  it("holds what the agents used that worked for it and have ended", () => {
    const agents = new Map([
      [sessionId(2), { spawned: spawned(2), ended: ended(2) }],
      [sessionId(3), { spawned: spawned(3) }],
      [sessionId(4), { spawned: spawned(4), ended: ended(4) }]
    ])
    const state = { ...initial(sessionId(1)), usage: { ...noUsage, input: 5, output: 1 }, calls: 1 }
    assert.deepStrictEqual(usedBy(state), { usage: state.usage, calls: 1 })
    assert.deepStrictEqual(usedBy({ ...state, agents }), { usage: { ...noUsage, input: 5, output: 7 }, calls: 7 })
  })
})
