/** The todo tool keeps the list that it is given. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { todo } from "../../../src/domain/tools/todo.ts"
import { toolWorld } from "../../support/toolWorld.ts"

describe("todo", () => {
  it.scoped("replaces the list and shows it", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      const todos = [
        { content: "read\n it", status: "completed" },
        { content: "fix it", status: "in_progress" },
        { content: "say so", status: "pending" },
        { content: "sing", status: "cancelled" }
      ] as const
      const outcome = yield* world.call(todo, { todos })
      assert.strictEqual(outcome.output, "[x] read it\n[~] fix it\n[ ] say so\n[-] sing")
      assert.deepStrictEqual(world.todos.current, todos)
      assert.strictEqual((yield* world.call(todo, { todos: [] })).output, "The list is empty.")
      assert.deepStrictEqual(world.todos.current, [])
    })
  )

  it.scoped("refuses a status that there is not, and touches nothing", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      const failure = yield* Effect.flip(world.call(todo, { todos: [{ content: "x", status: "done" }] }))
      assert.strictEqual(failure.kind, "invalid")
      const { footprint } = yield* world.prepare(todo, { todos: [] })
      assert.isTrue(Object.values(footprint).every((list) => list.length === 0))
    })
  )
})
