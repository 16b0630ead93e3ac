/** The tools by which agents talk: what they take, and that they touch nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nothing } from "../../../src/domain/model/Footprint.ts"
import { NotSent, type Teammate } from "../../../src/domain/tools/Teammate.ts"
import { type ToolFailure, type ToolNeeds, ToolRun, type ToolRunService } from "../../../src/domain/tools/Tool.ts"
import { specOf } from "../../../src/domain/tools/Toolbox.ts"
import { talk } from "../../../src/domain/tools/talk.ts"

/** A teammate that says what was asked of it. */
const echo: Teammate = {
  send: (letter) => Effect.succeed(JSON.stringify(letter)),
  request: (_letter, wait) => Effect.succeed(`waited ${wait}`),
  note: (_kind, text) => (text === "no" ? Effect.fail(new NotSent({ reason: "not now" })) : Effect.void),
  follow: () => Effect.void,
  board: Effect.succeed("the board"),
  collect: () => Effect.void
}

/** Calls a tool of the two; answers what it says, or why it fails. */
const called = (name: string, input: unknown, team: Teammate | "none" = echo) => {
  const tool = talk.find((one) => one.name === name)
  if (tool === undefined) throw new Error(name)
  // Nothing else of what a call has at hand is used.
  const at = { ...(team === "none" ? {} : { team }) } as ToolRunService
  const run = Effect.gen(function* () {
    const decoded = Schema.decodeUnknownSync(tool.input)(input) as never
    const prepared = yield* tool.prepare(decoded)
    assert.deepStrictEqual(prepared.footprint, nothing)
    const { output } = yield* prepared.run
    return output
  }).pipe(
    Effect.catchAll((failure: ToolFailure) => Effect.succeed(`${failure.kind}: ${failure.reason}`)),
    Effect.provideService(ToolRun, at)
  )
  return Effect.runSync(run as Effect.Effect<string, never, Exclude<ToolNeeds, ToolNeeds>>)
}

describe("the tools of a team", () => {
  it("cost a model few tokens, as it has them with every request", () => {
    assert.isBelow(JSON.stringify(talk.map(specOf)).length, 2000)
  })
  it("send a message, or wait for an answer, no longer than two minutes", () => {
    const letter = { to: ["b"], kind: "question", text: "?" }
    assert.strictEqual(called("message", { ...letter, reply_to: "m1" }), JSON.stringify({ ...letter, replyTo: "m1" }))
    assert.strictEqual(called("message", { ...letter, wait_ms: 0 }), JSON.stringify(letter))
    assert.strictEqual(called("message", { ...letter, wait_ms: 5 }), "waited 5")
    assert.strictEqual(called("message", { ...letter, wait_ms: 1e9 }), "waited 120000")
  })
  it("take texts of some length", () => {
    for (const text of [" ", "x".repeat(4001)]) {
      assert.match(called("message", { to: ["b"], kind: "task", text }), /^invalid: A text has 1 to 4000 characters/)
      assert.match(called("board", { add: "finding", text }), /^invalid: /)
    }
    assert.match(called("board", { add: "finding" }), /^invalid: /)
  })
  it("show the board, note on it, and follow topics", () => {
    assert.strictEqual(called("board", {}), "the board")
    assert.strictEqual(called("board", { add: "decision", text: "yes", follow: ["api"] }), "the board")
    assert.strictEqual(called("board", { add: "decision", text: "no" }), "not_sent: not now")
  })
  it("say so where there is no team", () => {
    for (const input of [{}, { to: ["b"], kind: "task", text: "x" }])
      assert.match(called("to" in input ? "message" : "board", input, "none"), /^alone: /)
  })
})
