import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { type Arbitrary, array, constantFrom, integer, option, record, sample } from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import type { Allowance } from "../../../src/domain/model/Limits.ts"
import { type Account, openAccount } from "../../../src/domain/session/Account.ts"
import { type Amount, amountOf, nothingSpent, type Purse } from "../../../src/domain/session/ledger.ts"

/** What one agent does: calls one after the other, each with its size, its time and its end. */
interface Script {
  readonly under: number
  readonly begins: number
  readonly cancelled: number | undefined
  readonly calls: ReadonlyArray<{
    readonly input: number
    readonly output: number
    readonly takes: number
    readonly uses: number
    readonly end: "answers" | "fails" | "dies"
  }>
}

const size = integer({ min: 0, max: 6000 })
const script: Arbitrary<Script> = record({
  under: integer({ min: 0, max: 2 }),
  begins: integer({ min: 0, max: 20 }),
  cancelled: option(integer({ min: 0, max: 60 }), { nil: undefined }),
  calls: array(
    record({
      input: size,
      output: size,
      takes: integer({ min: 0, max: 15 }),
      uses: integer({ min: 0, max: 100 }).map((n) => n / 100),
      end: constantFrom("answers", "fails", "dies")
    }),
    { maxLength: 6 }
  )
}) as Arbitrary<Script>
const allows: Arbitrary<Allowance> = record(
  {
    tokens: integer({ min: 1, max: 30_000 }),
    cost: integer({ min: 1, max: 300 }).map((n) => n / 1000),
    calls: integer({ min: 1, max: 8 })
  },
  { requiredKeys: [] }
) as Arbitrary<Allowance>

/** Time as turns of the scheduler: any interleaving, and no clock to wait for. */
const steps = (n: number) => Effect.repeatN(Effect.yieldNow(), n)

const price = { input: 2, output: 10 }

const one = (account: Account, call: Script["calls"][number], biggest: Array<Amount>) =>
  Effect.scoped(
    Effect.gen(function* () {
      let used: Amount = nothingSpent
      const { usage } = yield* account.hold(
        { ...call, price },
        Effect.suspend(() => Effect.succeed(used))
      )
      const amount = amountOf(usage)
      biggest.push(amount)
      // Known only as it goes: an interruption in between settles what came until then.
      used = { tokens: amount.tokens * (call.uses / 2), cost: amount.cost * (call.uses / 2), calls: 1 }
      yield* steps(call.takes)
      used = { tokens: amount.tokens * call.uses, cost: amount.cost * call.uses, calls: 1 }
      if (call.end === "fails") return yield* Effect.fail("failed")
      if (call.end === "dies") return yield* Effect.die("died")
    })
  )

const within = (purse: Purse, largest: Amount, what: string): void => {
  const { allows: limit, held, spent } = purse
  assert.deepStrictEqual(held, nothingSpent, `${what}: nothing is held at the end`)
  for (const kind of ["tokens", "cost", "calls"] as const) {
    const most = limit[kind]
    if (most === undefined) continue
    const over = kind === "calls" ? 0 : largest[kind]
    assert.isAtMost(spent[kind], most + over + 1e-9, `${what}: ${kind}`)
  }
}

const max = (all: ReadonlyArray<Amount>): Amount =>
  all.reduce(
    (a, b) => ({ tokens: Math.max(a.tokens, b.tokens), cost: Math.max(a.cost, b.cost), calls: 1 }),
    nothingSpent
  )

const play = (scripts: ReadonlyArray<Script>, limits: ReadonlyArray<Allowance>) =>
  Effect.gen(function* () {
    const [outer = {}, ...inner] = limits
    const root = yield* openAccount("session", outer)
    const children = yield* Effect.forEach(inner, (limit, index) => root.child(`agent ${index}`, limit))
    const accounts = [root, ...children]
    const held: Array<Amount> = []
    const agents = yield* Effect.forEach(scripts, (it) =>
      Effect.gen(function* () {
        yield* steps(it.begins)
        for (const call of it.calls)
          yield* Effect.ignore(Effect.catchAllDefect(one(accounts[it.under] ?? root, call, held), () => Effect.void))
      }).pipe(it.cancelled === undefined ? (effect) => effect : Effect.raceFirst(steps(it.cancelled)), Effect.fork)
    )
    yield* Effect.forEach(agents, Fiber.join)
    const largest = max(held)
    for (const account of accounts)
      for (const purse of yield* account.purses) within(purse, largest, JSON.stringify({ scripts, limits }))
  })

describe("a tree of budgets", () => {
  it.effect("is exceeded by one reservation at most and leaks nothing, whatever agents do and however they end", () =>
    Effect.gen(function* () {
      const runs = sample(
        record({ scripts: array(script, { maxLength: 8 }), limits: array(allows, { maxLength: 3 }) }),
        60
      )
      for (const { limits, scripts } of runs) yield* play(scripts, limits)
    })
  )

  it.effect("lets a call wait for one that holds what it needs, and come when that gives it back", () =>
    Effect.gen(function* () {
      const account = yield* openAccount("prompt", { tokens: 5000 })
      const scope = yield* Scope.make()
      yield* Scope.extend(
        account.hold({ input: 2000, output: 2500 }, Effect.succeed({ ...nothingSpent, tokens: 100 })),
        scope
      )
      const second = yield* Effect.fork(
        Effect.scoped(account.hold({ input: 3000, output: 1500 }, Effect.succeed(nothingSpent)))
      )
      yield* TestClock.adjust("1 minute")
      assert.isTrue((yield* Fiber.poll(second))._tag === "None")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(amountOf((yield* Fiber.join(second)).usage).tokens, 4500)
    })
  )

  it.effect("a call that is cancelled while it waits holds nothing", () =>
    Effect.gen(function* () {
      const account = yield* openAccount("prompt", { calls: 5, tokens: 1000 })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* account.hold({ input: 900, output: 50 }, Effect.succeed(nothingSpent))
          const waiting = yield* Effect.fork(
            Effect.scoped(account.hold({ input: 900, output: 50 }, Effect.succeed({ ...nothingSpent, tokens: 7 })))
          )
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(waiting)
        })
      )
      const [purse] = yield* account.purses
      assert.deepStrictEqual([purse?.spent.tokens, purse?.held], [0, nothingSpent])
    })
  )

  it.effect("a child pays from its parent, and is refused where either has nothing left", () =>
    Effect.gen(function* () {
      const session = yield* openAccount("session", { calls: 3 }, { tokens: 9, cost: 0, calls: 1 })
      const agent = yield* session.child("reviewer", { calls: 1 })
      const call = (account: Account) =>
        Effect.either(
          Effect.scoped(account.hold({ input: 1, output: 1 }, Effect.succeed({ tokens: 2, cost: 0, calls: 1 })))
        )
      assert.isTrue(Either.isRight(yield* call(agent)))
      assert.deepInclude(Either.getOrThrow(Either.flip(yield* call(agent))), { of: "reviewer", limit: "calls" })
      assert.isTrue(Either.isRight(yield* call(session)))
      const other = yield* session.child("tester", {})
      assert.deepInclude(Either.getOrThrow(Either.flip(yield* call(other))), { of: "session", allowed: 3, spent: 3 })
    })
  )
})
