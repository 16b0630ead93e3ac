import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inMesh, prompted } from "../../support/mesh.ts"

const types = (events: ReadonlyArray<{ readonly type: string }>) => events.map((event) => event.type)

it.effect("answers a prompt in one turn", () =>
  inMesh(
    { model: { turns: [{ text: "Hello there." }] } },
    Effect.gen(function* () {
      const { events } = yield* prompted("hi")
      assert.deepStrictEqual(types(events), [
        "session.created",
        "session.titled",
        "prompt.submitted",
        "turn.started",
        "model.requested",
        "part.text",
        "model.answered",
        "turn.finished"
      ])
    })
  )
)
