/** What agents may use that work where the plan's account is not. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { allotted, charged, leftIn, ownAccount } from "../../../src/domain/mesh/allowance.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { type Account, openAccount } from "../../../src/domain/session/Account.ts"
import { initial } from "../../../src/domain/session/State.ts"
import type { Outcome } from "../../../src/ports/TaskEngine.ts"
import { sessionId } from "../../support/events.ts"

const plan = sessionId(1)
const agent = sessionId(2)

const run = (account: Account | undefined, elsewhere = true) => ({
  engine: { elsewhere },
  choices: { tools: [], ...(account === undefined ? {} : { account }) }
})

const outcome = (calls: number, input: number): Outcome => ({
  ...{ plan, agent, step: "api", attempt: 1, status: "unverified", result: "", changes: [], checks: [] },
  ...{ usage: { ...noUsage, input }, calls }
})

describe("what an agent may use that works elsewhere", () => {
  it("is the least that any budget above it has left, of each kind that one limits", () => {
    const spent = { tokens: 400, cost: 0, calls: 2 }
    const purse = { of: "plan", held: { tokens: 50, cost: 0, calls: 1 }, spent }
    assert.deepStrictEqual(leftIn([{ ...purse, allows: { tokens: 1000, calls: 9 } }]), { tokens: 600, calls: 7 })
    const two = [
      { ...purse, allows: { calls: 3 } },
      { ...purse, allows: { calls: 9, tokens: 100 } }
    ]
    assert.deepStrictEqual(leftIn(two), { tokens: 0, calls: 1 })
    assert.isUndefined(leftIn([{ ...purse, allows: {} }]))
  })

  it.effect("shrinks by what others used there, once each; with nothing left nobody begins", () =>
    Effect.gen(function* () {
      const account = yield* openAccount("plan", { calls: 5, tokens: 10_000 })
      const state = initial(plan)
      assert.deepStrictEqual(yield* allotted(run(account)), { tokens: 10_000, calls: 5 })
      yield* charged(run(account), state, outcome(3, 700))
      assert.deepStrictEqual(yield* allotted(run(account)), { tokens: 9_300, calls: 2 })
      yield* charged(run(account), state, outcome(4, 1))
      const begun = yield* Effect.raceFirst(
        Effect.asSome(allotted(run(account))),
        Effect.as(Effect.yieldNow(), Option.none())
      )
      assert.isTrue(Option.isNone(begun))
    })
  )

  it.effect("is nothing of its own where it works here, or where nobody pays", () =>
    Effect.gen(function* () {
      const account = yield* openAccount("plan", { calls: 5 })
      assert.isUndefined(yield* allotted(run(account, false)))
      assert.isUndefined(yield* allotted(run(undefined)))
      yield* charged(run(account, false), initial(plan), outcome(3, 1))
      yield* charged(run(undefined), initial(plan), outcome(3, 1))
      assert.deepStrictEqual(leftIn(yield* account.purses), { calls: 5 })
    })
  )

  it.effect("pays for an agent once, also where its outcome is told again", () =>
    Effect.gen(function* () {
      const account = yield* openAccount("plan", { calls: 5 })
      const turn = 1
      const spawned = { type: "agent.spawned", turn, agent, role: "coder", model: "scripted/a", path: [] } as const
      const ended = { ...spawned, type: "agent.ended", result: "done", checks: { passed: 0, failed: 0 } } as const
      const agents = new Map([[agent, { spawned, ended: { ...ended, calls: 1, usage: noUsage } }]])
      yield* charged(run(account), { ...initial(plan), agents }, outcome(3, 1))
      assert.deepStrictEqual(leftIn(yield* account.purses), { calls: 5 })
    })
  )

  it.effect("counts what it has used already, in all its turns", () =>
    Effect.gen(function* () {
      const state = { ...initial(agent), calls: 2, usage: { ...noUsage, output: 300 } }
      const account = yield* ownAccount({ tokens: 1000, calls: 3 }, state)
      assert.deepStrictEqual(leftIn(yield* account.purses), { tokens: 700, calls: 1 })
    })
  )
})
