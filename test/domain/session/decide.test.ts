/** Every command in every state: the facts it comes to, or why it is refused. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import type { Command } from "../../../src/domain/model/Command.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { begin, titleOf } from "../../../src/domain/session/begin.ts"
import { closeCalls, closeCopy, closeCut, decide } from "../../../src/domain/session/decide.ts"
import { evolve } from "../../../src/domain/session/evolve.ts"
import type { SessionState } from "../../../src/domain/session/State.ts"
import { eventOf } from "../../support/events.ts"
import { eventsFrom, logs, someSession, stateOf } from "../../support/logs.ts"

const call = CallId.make("c1")
const text = (words: string) => ({ type: "text", text: words }) as const
const footprint = { read: ["/a"], write: [], exec: [], net: [], env: [], unknown: [] }
const of = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom(facts))

const begun: ReadonlyArray<Fact> = [
  { type: "session.titled", title: "T" },
  { type: "prompt.submitted", turn: 1, parts: [text("go")] }
]
const called: Fact = { type: "tool.called", turn: 1, call, name: "read", input: "{}" }
const asked: Fact = {
  type: "tool.asked",
  turn: 1,
  call,
  name: "read",
  footprint,
  preview: "p",
  rule: "built-in: r",
  always: "read(/a)"
}
const staged: Fact = {
  type: "changes.staged",
  turn: 1,
  changes: [{ path: "a", kind: "create", after: { hash: "h", size: 1, kind: "file" }, added: 1, removed: 0 }]
}
const ended: Fact = { type: "turn.finished", turn: 1, stop: "end_turn" }

const states = {
  fresh: of(),
  running: of(...begun),
  asking: of(...begun, called, asked),
  wondering: of(...begun, called, { type: "question.asked", turn: 1, call, question: { question: "q", options: [] } }),
  resting: of(...begun, ended),
  staged: of(...begun, staged, ended),
  applied: of(...begun, staged, ended, { type: "changes.applied", changes: staged.changes }),
  undone: of(...begun, staged, ended, { type: "changes.undone", turn: 1, changes: [], from: "copy" })
}
type Name = keyof typeof states

/** The facts' types, or the kind of the refusal. */
const outcome = (state: SessionState, command: Command): string =>
  Either.match(decide(state, command), {
    onLeft: (refused) => {
      assert.strictEqual(refused.session, state.id)
      assert.match(refused.message, /\.$/)
      return `refused: ${refused.kind}`
    },
    onRight: (facts) => facts.map((fact) => fact.type).join() || "nothing yet"
  })

const prompt: Command = { type: "Prompt", parts: [text("go on")] }
const busy = "refused: busy"
const none = "refused: nothing"

/** What each command comes to; `else` in all states that are not named. */
const table: ReadonlyArray<readonly [string, Command, { readonly [K in Name | "else"]?: string }]> = [
  [
    "a prompt",
    prompt,
    {
      fresh: "session.titled,prompt.submitted",
      running: "prompt.queued",
      asking: "prompt.queued",
      wondering: "prompt.queued",
      else: "prompt.submitted"
    }
  ],
  [
    "a prompt that steers",
    { ...prompt, whenBusy: "steer" },
    {
      fresh: "session.titled,prompt.submitted",
      running: "prompt.steered",
      asking: "prompt.steered",
      wondering: "prompt.steered",
      else: "prompt.submitted"
    }
  ],
  [
    "a prompt that does not wait",
    { ...prompt, whenBusy: "refuse" },
    { fresh: "session.titled,prompt.submitted", running: busy, asking: busy, wondering: busy, else: "prompt.submitted" }
  ],
  ["an empty prompt", { type: "Prompt", parts: [text(" \n"), text("")] }, { else: "refused: empty" }],
  ["a yes", { type: "Reply", call, reply: "once" }, { asking: "tool.allowed", else: "refused: unknown_call" }],
  [
    "a yes for good",
    { type: "Reply", call, reply: "always" },
    { asking: "tool.allowed", else: "refused: unknown_call" }
  ],
  ["a no", { type: "Reply", call, reply: "reject" }, { asking: "tool.refused", else: "refused: unknown_call" }],
  [
    "a reply to another call",
    { type: "Reply", call: CallId.make("x"), reply: "once" },
    { else: "refused: unknown_call" }
  ],
  [
    "an answer",
    { type: "Answer", call, answer: "a" },
    { wondering: "question.answered", else: "refused: unknown_call" }
  ],
  [
    "an interrupt",
    { type: "Interrupt" },
    { running: "nothing yet", asking: "nothing yet", wondering: "nothing yet", else: "refused: idle" }
  ],
  ["apply", { type: "Apply" }, { running: busy, asking: busy, wondering: busy, staged: "nothing yet", else: none }],
  ["discard", { type: "Discard" }, { running: busy, asking: busy, wondering: busy, staged: "nothing yet", else: none }],
  [
    "undo",
    { type: "Undo" },
    { running: busy, asking: busy, wondering: busy, staged: "nothing yet", applied: "nothing yet", else: none }
  ],
  ["redo", { type: "Redo" }, { running: busy, asking: busy, wondering: busy, undone: "nothing yet", else: none }],
  ["compact", { type: "Compact" }, { running: busy, asking: busy, wondering: busy, else: "nothing yet" }],
  ["a new title", { type: "Rename", title: "N" }, { else: "session.titled" }],
  [
    "another model",
    { type: "SwitchModel", model: "c/d" },
    { running: busy, asking: busy, wondering: busy, else: "model.switched" }
  ]
]

describe("in every state", () => {
  for (const [name, command, expected] of table)
    it(`${name} comes to what the table says`, () => {
      for (const [state, value] of Object.entries(states))
        assert.strictEqual(outcome(value, command), expected[state as Name] ?? expected.else, state)
    })
})

describe("a prompt", () => {
  it("carries its parts and limits into the turn", () => {
    const limits = { turns: 3 }
    const command: Command = { type: "Prompt", parts: [text("a")], options: { limits } }
    assert.deepStrictEqual(Either.getOrThrow(decide(states.resting, command)), [
      { type: "prompt.submitted", turn: 2, parts: [text("a")], limits }
    ])
    assert.deepStrictEqual(Either.getOrThrow(decide(states.running, command)), [
      { type: "prompt.queued", parts: [text("a")], limits }
    ])
    assert.deepStrictEqual(begin(states.resting, [text("b")]), [
      { type: "prompt.submitted", turn: 2, parts: [text("b")] }
    ])
  })
  it("of a picture or a file alone is not empty", () => {
    const image = { type: "image", mime: "image/png", data: "" } as const
    assert.strictEqual(outcome(states.resting, { type: "Prompt", parts: [image] }), "prompt.submitted")
  })
  it("titles the session with the first line of what it says", () => {
    assert.strictEqual(titleOf([text("\n fix it \nnow")]), "fix it")
    assert.strictEqual(titleOf([{ type: "file", name: "a.ts", mime: "text/plain" }, text("look")]), "a.ts look")
    assert.strictEqual(titleOf([{ type: "image", mime: "image/png", data: "" }]), "image/png")
    assert.strictEqual(titleOf([text("x".repeat(60))]), "x".repeat(60))
    assert.strictEqual(titleOf([text("😀".repeat(61))]), `${"😀".repeat(59)}…`)
    assert.strictEqual(titleOf([text("")]), "")
  })
})

describe("a reply", () => {
  const facts = (reply: Command, state = states.asking) => Either.getOrThrow(decide(state, reply))
  it("says who allowed what, and by which rule", () => {
    const base = { type: "tool.allowed", turn: 1, call, footprint, by: "person" }
    assert.deepStrictEqual<unknown>(facts({ type: "Reply", call, reply: "once" }), [{ ...base, rule: "built-in: r" }])
    assert.deepStrictEqual<unknown>(facts({ type: "Reply", call, reply: "always" }), [
      { ...base, rule: "read(/a)", always: true }
    ])
    const lines = of(...begun, called, { ...asked, subjects: ["ls"] })
    assert.deepStrictEqual<unknown>(facts({ type: "Reply", call, reply: "once" }, lines), [
      { ...base, subjects: ["ls"], rule: "built-in: r" }
    ])
  })
  it("that refuses may say why", () => {
    const no = { type: "tool.refused", turn: 1, call, by: "person" }
    assert.deepStrictEqual<unknown>(facts({ type: "Reply", call, reply: "reject" }), [
      { ...no, reason: "The person refused this call." }
    ])
    assert.deepStrictEqual<unknown>(facts({ type: "Reply", call, reply: "reject", message: "Use b." }), [
      { ...no, reason: "The person refused this call. Use b." }
    ])
  })
})

describe("what a dead program left open", () => {
  it("is closed, each call as far as it had come", () => {
    const other = CallId.make("c2")
    const state = of(...begun, called, { ...called, call: other }, { type: "tool.started", turn: 1, call: other })
    const facts = closeCut(state)
    const reasons = new Map(facts.flatMap((fact) => (fact.type === "tool.unknown" ? [[fact.call, fact.reason]] : [])))
    assert.match(reasons.get(call) ?? "", /It had no effect/)
    assert.match(reasons.get(other) ?? "", /is not known/)
    assert.deepStrictEqual(facts.at(-1), { type: "turn.interrupted", turn: 1 })
    assert.strictEqual(closeCalls(state, "s", "w").length, 2)
    // In a copy, too, which says why.
    const copied = closeCopy(state)
    assert.deepStrictEqual(
      copied.map(({ type }) => type),
      facts.map(({ type }) => type)
    )
    assert.match(copied.flatMap((fact) => (fact.type === "tool.unknown" ? [fact.reason] : [])).join(), /copied while/)
  })
  it("is nothing where no turn ran", () => {
    assert.deepStrictEqual(closeCut(states.fresh), [])
    assert.deepStrictEqual(closeCut(states.resting), [])
    assert.deepStrictEqual(closeCopy(states.fresh), [])
    assert.deepStrictEqual(closeCopy(states.resting), [])
  })
  it("leaves a session that rests, whatever its log", () =>
    fc.assert(
      fc.property(logs(20), (events) => {
        const state = stateOf(events)
        const closed = closeCut(state).reduce(
          (now, fact, index) => evolve(now, eventOf(someSession, state.seq + index + 1, fact)),
          state
        )
        assert.isFalse(closed.running && closed.turn > 0)
        assert.deepStrictEqual(closeCut(closed), [])
      }),
      { numRuns: 150 }
    ))
})
