/** The question tool: asked of a person, or refused where there is none. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { question } from "../../../src/domain/tools/question.ts"
import { toolWorld } from "../../support/toolWorld.ts"

describe("question", () => {
  it.scoped("answers what the person says", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const world = yield* toolWorld({
        run: {
          ask: (it) =>
            Effect.as(
              Effect.sync(() => asked.push(it)),
              "red"
            )
        }
      })
      const outcome = yield* world.call(question, { question: "Which?", options: ["red", "blue"] })
      assert.deepStrictEqual([outcome.output, asked], ["red", [{ question: "Which?", options: ["red", "blue"] }]])
      yield* world.call(question, { question: "Why?" })
      assert.deepStrictEqual(asked[1], { question: "Why?", options: [] })
    })
  )

  it.scoped("fails where nobody is there", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      assert.strictEqual((yield* Effect.flip(world.call(question, { question: "Which?" }))).kind, "nobody")
    })
  )
})
