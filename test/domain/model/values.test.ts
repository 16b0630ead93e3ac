/** Small values: ids that sort by age, changes that invert, footprints, names and sums. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { Change, invert } from "../../../src/domain/model/Change.ts"
import { footprint, isReadOnly, nothing } from "../../../src/domain/model/Footprint.ts"
import { freshSessionId, SessionId, uuidV7Hex } from "../../../src/domain/model/Ids.ts"
import { canonical } from "../../../src/domain/model/Json.ts"
import { addUsage, noUsage, Usage } from "../../../src/domain/model/Message.ts"
import { modelOf, providerOf } from "../../../src/domain/model/Model.ts"

describe("a session's id", () => {
  const random = fc.array(fc.nat(0xffff), { maxLength: 5 })
  const millis = fc.nat(2 ** 48 - 1)
  it("is a UUID of version 7 that holds its time", () =>
    fc.assert(
      fc.property(millis, random, (at, numbers) => {
        const hex = uuidV7Hex(at, numbers)
        assert.match(hex, /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
        assert.strictEqual(Number.parseInt(hex.slice(0, 12), 16), at)
      })
    ))
  it("sorts by time", () =>
    fc.assert(
      fc.property(millis, millis, random, random, (a, b, r, s) => {
        if (a < b) assert.isTrue(uuidV7Hex(a, r) < uuidV7Hex(b, s))
      })
    ))
  it.effect("is drawn from the clock, anew each time", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 day")
      const first = yield* freshSessionId
      const second = yield* freshSessionId
      yield* TestClock.adjust("1 millis")
      const third = yield* freshSessionId
      assert.notStrictEqual(first, second)
      assert.isTrue(first < third && second < third)
      assert.strictEqual(SessionId.make(first), first)
      assert.strictEqual(Number.parseInt(first.slice(4, 16), 16), 86_400_000)
    })
  )
})

it("a change taken back twice is that change, and swaps what was and is", () =>
  fc.assert(
    fc.property(Arbitrary.make(Change), (change) => {
      const back = invert(change)
      assert.strictEqual(canonical(invert(back)), canonical(change))
      assert.deepStrictEqual([back.before, back.after], [change.after, change.before])
      assert.deepStrictEqual([back.added, back.removed], [change.removed, change.added])
      const kinds: Record<string, string> = { create: "delete", delete: "create" }
      assert.strictEqual(back.kind, kinds[change.kind] ?? change.kind)
    })
  ))

it("a footprint only reads unless it writes, runs, connects or cannot be told", () => {
  assert.isTrue(isReadOnly(nothing))
  assert.isTrue(isReadOnly(footprint({ read: ["/a"], env: ["A"] })))
  for (const kind of ["write", "exec", "net", "unknown"] as const)
    assert.isFalse(isReadOnly(footprint({ [kind]: ["x"] })))
})

it("usage adds up in any order", () =>
  fc.assert(
    fc.property(Arbitrary.make(Usage), Arbitrary.make(Usage), (a, b) => {
      assert.deepStrictEqual(addUsage(a, noUsage), a)
      assert.deepStrictEqual(addUsage(a, b), addUsage(b, a))
    })
  ))

it("a model's name is its provider's and its own, which may hold slashes", () => {
  assert.strictEqual(providerOf("openrouter/meta/llama"), "openrouter")
  assert.strictEqual(modelOf("openrouter/meta/llama"), "meta/llama")
})
