import { assert, describe, it } from "@effect/vitest"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { cacheHitRate, cacheText, unused, usedAfter, usedText } from "../../../src/programs/cli/used.ts"
import { eventOf, said, sessionId } from "../../support/events.ts"

const usage = { input: 1000, output: 200, cacheRead: 30, cacheWrite: 4, cost: 0.0125 }
const told = (...facts: ReadonlyArray<Fact>) =>
  usedText(facts.reduce((used, fact, index) => usedAfter(used, eventOf(sessionId(1), index + 1, fact)), unused))
const asked = (limits: object): Fact => ({
  ...{ type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "go" }] },
  limits
})
const answered: Fact = { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage }

describe("what a run has used", () => {
  it("is told once there is something to tell", () => {
    assert.strictEqual(told(asked({}), said("x")), "")
    assert.strictEqual(told(asked({}), answered, answered), "2,468 tokens · 0.0250 USD")
    const free: Fact = { ...answered, usage: { ...noUsage, input: 5 } }
    assert.strictEqual(told(free), "5 tokens")
  })

  it("is told beside the limits of the prompt", () => {
    assert.strictEqual(
      told(asked({ cost: 0.5, tokens: 20_000 }), answered),
      "1,234 of 20,000 tokens · 0.0125 of 0.5 USD"
    )
    assert.strictEqual(told(answered, asked({})), "")
  })

  it("holds what broke off, and nothing twice", () => {
    const settled = (exact: boolean): Fact => ({ type: "budget.settled", turn: 1, call: 1, usage, exact })
    assert.strictEqual(told(settled(true), answered, settled(false)), "2,468 tokens · 0.0250 USD")
  })
})

describe("what came from a provider's cache", () => {
  it("is a share of all that was sent, with what broke it last", () => {
    assert.deepStrictEqual([cacheHitRate(noUsage), cacheHitRate(usage)], [0, 0.03])
    const half = { ...noUsage, input: 10, cacheWrite: 15, cacheRead: 25, output: 90 }
    assert.strictEqual(cacheText(half, undefined), "50 %")
    const broke = { seq: 9, why: "the conversation was compacted" }
    assert.strictEqual(cacheText(half, broke), "50 %, last broken at event 9: the conversation was compacted")
  })
})
