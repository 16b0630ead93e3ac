/** Of two effects the first to end counts, and both have ended by then. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { raced } from "../../../src/domain/agent/raced.ts"

/** Never ends of itself, and takes its time to end when it is interrupted. */
const slow = (said: Array<string>, name: string) =>
  Effect.onInterrupt(Effect.never, () =>
    Effect.zipRight(
      Effect.yieldNow().pipe(Effect.repeatN(20)),
      Effect.sync(() => said.push(name))
    )
  )

describe("Two effects that are raced", () => {
  it.effect("come to what the first comes to, well or not, once the other has ended", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      assert.strictEqual(yield* raced(Effect.succeed(1), slow(said, "a")), 1)
      assert.strictEqual(yield* Effect.flip(raced(slow(said, "b"), Effect.fail("no"))), "no")
      assert.deepStrictEqual(said, ["a", "b"])
    })
  )

  it.effect("have both ended when they are interrupted, before anything else is done", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const begun = yield* Deferred.make<void>()
      const both = raced(Effect.zipRight(Deferred.succeed(begun, undefined), slow(said, "a")), slow(said, "b"))
      const after = Effect.ensuring(
        both,
        Effect.sync(() => said.push("after"))
      )
      const fiber = yield* Effect.fork(after)
      yield* Deferred.await(begun)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.deepStrictEqual([...said].sort(), ["a", "after", "b"])
      assert.strictEqual(said.at(-1), "after")
    })
  )
})
