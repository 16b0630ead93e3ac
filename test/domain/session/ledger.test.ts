import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { constantFrom, integer, option, property, record, assert as that, tuple } from "effect/FastCheck"
import { assert } from "vitest"
import type { Usage } from "../../../src/domain/model/Message.ts"
import {
  type Amount,
  amountOf,
  type Exhausted,
  hold,
  nothingSpent,
  type Purse,
  reserve,
  settle,
  shortestAnswer,
  type Wish
} from "../../../src/domain/session/ledger.ts"

const purse = (allows: Purse["allows"], spent: Partial<Amount> = {}, held: Partial<Amount> = {}): Purse => ({
  of: "prompt",
  allows,
  spent: { ...nothingSpent, ...spent },
  held: { ...nothingSpent, ...held }
})

const used = (input: number, output: number, cost: number): Usage => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite: 0,
  cost
})

const price = { input: 10, output: 100, cacheRead: 1, cacheWrite: 20 }

describe("a reservation", () => {
  it("holds the input at its dearest and the longest answer", () => {
    const made = reserve([purse({ cost: 5 })], { input: 100_000, output: 10_000, price })
    assert.deepStrictEqual(made, Either.right({ usage: used(100_000, 10_000, 3), output: 10_000 }))
    const plain = { input: 10, output: 100 }
    const cheap = reserve([purse({ cost: 5 })], { input: 100_000, output: 10_000, price: plain })
    assert.deepStrictEqual(Either.getOrThrow(cheap).usage.cost, 2)
  })

  it("counts tokens only where the price is not known", () => {
    const made = reserve([purse({})], { input: 10, output: 5 })
    assert.deepStrictEqual(made, Either.right({ usage: used(10, 5, 0), output: 5 }))
  })

  it("cuts the answer to what can be paid", () => {
    const byTokens = reserve([purse({ tokens: 10_000 }, { tokens: 2000 })], { input: 3000, output: 64_000 })
    assert.strictEqual(Either.getOrThrow(byTokens).output, 5000)
    const byCost = reserve([purse({}), purse({ cost: 1 }, { cost: 0.5 })], { input: 5000, output: 64_000, price })
    const { output } = Either.getOrThrow(byCost)
    assert.approximately(output, 4000, 1)
    const free = { input: 0, output: 0 }
    const freely = reserve([purse({ cost: 1, tokens: 50_000 })], { input: 5000, output: 64_000, price: free })
    assert.strictEqual(Either.getOrThrow(freely).output, 45_000)
  })

  it("goes over by one call alone, whose answer is cut to the shortest", () => {
    const almost = purse({ tokens: 5000 }, { tokens: 4000 })
    const made = Either.getOrThrow(reserve([almost], { input: 3000, output: 64_000 }))
    assert.deepStrictEqual(made, { usage: used(3000, shortestAnswer, 0), output: shortestAnswer })
    assert.deepStrictEqual(reserve([hold(almost, amountOf(made.usage))], { input: 1, output: 1 }), Either.left("wait"))
    assert.strictEqual(Either.getOrThrow(reserve([almost], { input: 3000, output: 10 })).output, 10)
  })

  it("waits for calls that hold what it needs, and for no others", () => {
    const busy = purse({ cost: 1 }, {}, { cost: 0.9, calls: 1 })
    assert.deepStrictEqual(reserve([busy], { input: 100_000, output: 10, price }), Either.left("wait"))
    const idle = reserve([purse({ tokens: 100 }), busy], { input: 1000, output: 10 })
    assert.isTrue(Either.isRight(idle))
  })

  it.each([
    [{ tokens: 10 }, { tokens: 10 }, "tokens", 10],
    [{ cost: 0.5 }, { cost: 0.75 }, "cost", 0.5],
    [{ calls: 3, cost: 0.5 }, { calls: 3, cost: 0.75 }, "calls", 3]
  ] as const)("is refused by a budget that is used up: %o", (allows, spent, limit, allowed) => {
    const made = reserve([purse({}), { ...purse(allows, spent), of: "session" }], { input: 1, output: 1 })
    const found = (spent as Partial<Amount>)[limit] ?? 0
    const exhausted: Exhausted = { of: "session", limit, allowed, spent: found }
    assert.deepStrictEqual(made, Either.left(exhausted))
  })
})

const amount = record({ tokens: integer({ min: 0, max: 9000 }), cost: integer({ min: 0, max: 90 }).map((n) => n / 7) })

describe("settling", () => {
  it("gives back all that was held, whatever was used", () => {
    that(
      property(amount, amount, (held, used) => {
        const before = purse({ cost: 1 }, { tokens: 5, cost: 0.1, calls: 2 })
        const after = settle(hold(before, { ...held, calls: 1 }), { ...held, calls: 1 }, { ...used, calls: 1 })
        assert.deepStrictEqual(after.held, nothingSpent)
        assert.deepStrictEqual(after.spent, { tokens: 5 + used.tokens, cost: 0.1 + used.cost, calls: 3 })
      })
    )
  })

  it("leaves what is held for others", () => {
    const two = hold(hold(purse({}), { tokens: 5, cost: 0.5, calls: 1 }), { tokens: 7, cost: 0.25, calls: 1 })
    const left = settle(two, { tokens: 5, cost: 0.5, calls: 1 }, nothingSpent)
    assert.deepStrictEqual(left.held, { tokens: 7, cost: 0.25, calls: 1 })
  })

  it("adds up the tokens of every kind", () => {
    const usage = { input: 1, output: 2, cacheRead: 4, cacheWrite: 8, cost: 0.5 }
    assert.deepStrictEqual(amountOf(usage), { tokens: 15, cost: 0.5, calls: 1 })
    assert.deepStrictEqual(amountOf(usage, 3).calls, 3)
  })
})

const wish = record({
  input: integer({ min: 0, max: 20_000 }),
  output: integer({ min: 1, max: 20_000 }),
  price: option(constantFrom(price, { input: 0, output: 0 }), { nil: undefined })
}).map(({ price: known, ...sizes }): Wish => (known === undefined ? sizes : { ...sizes, price: known }))

describe("a chain of purses", () => {
  it("pays from all of them or from none, and never two calls that do not fit", () => {
    const limits = record({
      tokens: integer({ min: 1, max: 40_000 }),
      cost: integer({ min: 1, max: 40 }).map((n) => n / 10)
    })
    that(
      property(tuple(limits, limits), wish, wish, ([inner, outer], first, second) => {
        const chain = [purse(inner), purse(outer)]
        const one = Either.getOrThrow(reserve(chain, first))
        const held = chain.map((it) => hold(it, amountOf(one.usage)))
        const two = reserve(held, second)
        if (Either.isLeft(two)) return
        for (const it of held.map((it) => hold(it, amountOf(two.right.usage))))
          assert.isTrue(it.held.tokens <= (it.allows.tokens ?? 0) && it.held.cost <= (it.allows.cost ?? 0) + 1e-9)
      })
    )
  })
})
