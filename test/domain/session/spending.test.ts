import { assert, describe, it } from "@effect/vitest"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { meteredBy, noMeter } from "../../../src/domain/session/spending.ts"
import { eventOf, said, sessionId } from "../../support/events.ts"

const one = sessionId(1)
const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, cost: 0.5 }
const events = (...facts: ReadonlyArray<Fact>) => facts.map((fact, index) => eventOf(one, index + 1, fact))
const asked = (model: string): Fact => ({ type: "model.requested", turn: 1, step: 1, model, tokens: 1, messages: 1 })
const answered: Fact = { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage }
const retried = (kind: string): Fact => ({
  ...{ type: "model.retried", turn: 1, step: 1, attempt: 1, kind, message: "", delay: 0 }
})
const row = { day: "2026-01-01", role: "build", turns: 0, calls: 0, usage: noUsage }

describe("what a log says was spent", () => {
  it("is counted for the model that was asked, also where another stood in", () => {
    const switched: Fact = { type: "model.switched", from: "a/b", to: "c/d", reason: "" }
    const { meter, spent } = meteredBy(
      { model: "a/b", role: "build" },
      events(asked("a/b"), answered, switched, answered)
    )
    assert.deepStrictEqual(meter, { model: "c/d", role: "build" })
    assert.deepStrictEqual(spent, [
      { ...row, model: "a/b", calls: 1, usage },
      { ...row, model: "c/d", usage }
    ])
  })

  it("is counted in the role in which a turn begins", () => {
    const started: Fact = {
      ...{ type: "turn.started", turn: 1, model: "c/d", mode: "plan", apply: "stage", rules: [], sandbox: "none" },
      ...{ home: "", attended: false, yes: false, compacts: true, prefix: "" },
      described: { name: "c/d", context: 1, output: 1, images: false, reasoning: false, tools: true }
    }
    const { spent } = meteredBy({ model: "a/b", role: "build" }, events(started, answered))
    assert.deepStrictEqual(spent, [{ ...row, model: "c/d", role: "plan", turns: 1, usage }])
  })

  it("counts a title that a model made, and none that a person gave", () => {
    const titled = (more: object): Fact => ({ ...{ type: "session.titled", title: "T" }, ...more })
    const { spent } = meteredBy(
      { model: "a/b", role: "build" },
      events(titled({}), titled({ usage }), titled({ usage, model: "s/m" }))
    )
    assert.deepStrictEqual(spent, [{ ...row, model: "s/m", role: "title", calls: 1, usage }])
  })

  it("counts tries, but not one that is made anew", () => {
    const { spent } = meteredBy(
      { model: "a/b", role: "build" },
      events(retried("server"), retried("too_long"), said("x"))
    )
    assert.deepStrictEqual(spent, [{ ...row, model: "a/b", calls: 1 }])
  })

  it("counts what broke off as it is reckoned, and nothing twice", () => {
    const settled = (exact: boolean): Fact => ({ type: "budget.settled", turn: 1, call: 1, usage, exact })
    const { spent } = meteredBy({ model: "a/b", role: "build" }, events(settled(true), settled(false)))
    assert.deepStrictEqual(spent, [{ ...row, model: "a/b", usage }])
  })

  it("counts a summary apart, unless no model made it", () => {
    const compacted = (more: object): Fact => ({
      ...{ type: "session.compacted", turn: 1, upTo: 1, summary: "s", by: "model", before: 2, after: 1 },
      ...more
    })
    const { spent } = meteredBy({ model: "a/b", role: "build" }, events(compacted({ usage }), compacted({})))
    assert.deepStrictEqual(spent, [{ ...row, model: "a/b", role: "compaction", calls: 1, usage }])
  })

  it("counts others that were asked as well, and votes, apart", () => {
    const said = { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage } as const
    const candidate = (model: string): Fact => ({ ...said, candidate: { model, text: "x" } })
    const vote: Fact = { ...said, vote: { by: "c/d", text: "1" } }
    const { spent } = meteredBy(
      { model: "a/b", role: "build" },
      events(asked("a/b"), candidate("a/b"), candidate("c/d"), vote)
    )
    const twice = { input: 2, output: 4, cacheRead: 6, cacheWrite: 8, cost: 1 }
    assert.deepStrictEqual(spent, [
      { ...row, model: "a/b", calls: 1, usage },
      { ...row, model: "c/d", role: "ensemble", calls: 2, usage: twice }
    ])
  })

  it("begins anew where a copy goes its own way", () => {
    const forked: Fact = { type: "session.forked", from: one, upTo: 2 }
    const { anew, spent } = meteredBy(noMeter, events(asked("a/b"), answered, forked, answered))
    assert.isTrue(anew)
    assert.deepStrictEqual(spent, [{ ...row, role: "", model: "a/b", usage }])
  })
})
