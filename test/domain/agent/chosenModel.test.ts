/** Which model answers a turn and how: routes and options as a session's log and the model see them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ScriptedRequests } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import { inMesh, ofType, prompt, root } from "../../support/mesh.ts"

const answers = { turns: Array.from({ length: 4 }, () => ({ text: "Yes." })) }
const own = "scripted/test"
const begun = Effect.flatMap(CodeMesh, (mesh) => mesh.start({ root, model: own }))

describe("routes", () => {
  const config = { model: { routes: { plan: "scripted/planner", "tokens > 200": "scripted/large" } } }

  it.effect("choose the model of a turn, and the log names the rule; the session keeps its own", () =>
    inMesh(
      { model: answers, config },
      Effect.gen(function* () {
        const session = yield* begun
        yield* prompt(session, "plan it", { mode: "plan" })
        yield* prompt(session, "do it", { mode: "build" })
        yield* prompt(session, "long ".repeat(300), { mode: "build" })
        const events = yield* prompt(session, "with this one", { mode: "plan", model: own })
        assert.deepStrictEqual(
          ofType(events, "turn.started").map(({ model, route }) => [model, route]),
          [
            ["scripted/planner", "plan"],
            [own, undefined],
            ["scripted/large", "tokens > 200"],
            [own, undefined]
          ]
        )
        assert.deepStrictEqual(
          ofType(events, "model.switched").map(({ from, route, to }) => [from, to, route]),
          [
            [own, "scripted/planner", "plan"],
            ["scripted/planner", own, undefined],
            [own, "scripted/large", "tokens > 200"],
            ["scripted/large", own, undefined]
          ]
        )
        const mesh = yield* CodeMesh
        assert.strictEqual((yield* mesh.show(session)).model, own)
        assert.deepStrictEqual(
          ofType(events, "model.requested").map(({ model }) => model),
          ["scripted/planner", own, "scripted/large", own]
        )
        assert.strictEqual(yield* mesh.replay(events), events.at(-1)?.hash)
      })
    )
  )
})

describe("options", () => {
  const config = {
    model: { options: { temperature: 0.2, topP: 0.9, maxOutputTokens: 700 } },
    agents: { plan: { options: { temperature: 0.1, reasoning: "high" } } }
  }

  it.effect("reach the model by role, and what it does not take is told once a session", () =>
    inMesh(
      { model: answers, config },
      Effect.gen(function* () {
        const session = yield* begun
        yield* prompt(session, "one", { mode: "plan" })
        yield* prompt(session, "two", { mode: "plan" })
        const events = yield* prompt(session, "three", { mode: "build", options: { temperature: 0.7 } })
        const sent = yield* Effect.flatMap(ScriptedRequests, (requests) => requests.all)
        assert.deepStrictEqual(
          sent.map(({ maxOutput, reasoning, temperature, topP }) => [temperature, topP, reasoning, maxOutput]),
          [
            [0.1, 0.9, undefined, 700],
            [0.1, 0.9, undefined, 700],
            [0.7, 0.9, undefined, 700]
          ]
        )
        const dropped = [{ option: "reasoning", value: "high", reason: "the model does not reason" }]
        assert.deepStrictEqual(
          ofType(events, "turn.started").map((event) => event.dropped),
          [dropped, undefined, undefined]
        )
        assert.strictEqual(yield* (yield* CodeMesh).replay(events), events.at(-1)?.hash)
      })
    )
  )

  it.effect("are not sent where nobody set any", () =>
    inMesh(
      { model: answers },
      Effect.gen(function* () {
        const events = yield* prompt(yield* begun, "one")
        const [sent] = yield* Effect.flatMap(ScriptedRequests, (requests) => requests.all)
        assert.deepStrictEqual([sent?.temperature, sent?.topP, sent?.reasoning], [undefined, undefined, undefined])
        assert.strictEqual(ofType(events, "turn.started")[0]?.options, undefined)
      })
    )
  )
})
