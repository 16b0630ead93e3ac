/** Laws of the conversation that a model is sent: any log, cut anywhere, gives one that providers accept. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as fc from "effect/FastCheck"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import type { Message, Part } from "../../../src/domain/model/Message.ts"
import type { Entry } from "../../../src/domain/session/State.ts"
import { messagesOf, transcript } from "../../../src/domain/session/transcript.ts"
import { eventsFrom, logs, runs, stateOf } from "../../support/logs.ts"

const callsOf = (message: Message | undefined) =>
  (message?.parts ?? []).flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
const resultsOf = (message: Message | undefined) =>
  (message?.parts ?? []).flatMap((part) => (part.type === "tool-result" ? [part.id] : []))

/** What every provider demands; the first breach, if any. */
const breach = (messages: ReadonlyArray<Message>): string | undefined => {
  for (const [index, message] of messages.entries()) {
    if (message.parts.length === 0) return `message ${index} is empty`
    const results = resultsOf(message)
    if (message.role === "assistant" && results.length > 0) return `message ${index}: a model gives results`
    if (message.role === "user" && callsOf(message).length > 0) return `message ${index}: a person calls`
    const wanted = callsOf(messages[index - 1])
    if (results.join() !== wanted.join()) return `message ${index} answers ${results} to ${wanted}`
    if (results.length > 0 && results.length < message.parts.length) return `message ${index} mixes results with words`
  }
  return callsOf(messages.at(-1)).length > 0 ? "the last calls have no results" : undefined
}

const part = fc.oneof(
  fc.constant<Part>({ type: "text", text: "t" }),
  fc.constant<Part>({ type: "reasoning", text: "r", by: "a/b" }),
  fc.constant<Part>({ type: "image", mime: "image/png", data: "" }),
  fc.nat(3).map((n): Part => ({ type: "tool-call", id: CallId.make(`c${n}`), name: "read", input: "{}" })),
  fc.nat(3).map((n): Part => ({ type: "tool-result", id: CallId.make(`c${n}`), name: "read", ok: true, text: `${n}` }))
)
const entry: fc.Arbitrary<Entry> = fc
  .record({ part, turn: fc.integer({ min: 1, max: 2 }), seq: fc.nat(20), pick: fc.nat(2) })
  .map(({ part, pick, seq, turn }) => {
    const from =
      part.type === "tool-result"
        ? "tool"
        : part.type === "tool-call" || part.type === "reasoning"
          ? "model"
          : (["person", "program", "model"] as const)[pick]
    return { part, turn, seq, from: from ?? "person" }
  })

describe("the conversation", () => {
  it("follows every call at once by its result, in order, whatever the entries", () =>
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 25 }), (entries) => {
        assert.isUndefined(breach(messagesOf(entries)))
      }),
      { numRuns: 2000 }
    ))

  it("leaves out a result that nobody called for", () => {
    const result: Part = { type: "tool-result", id: CallId.make("c"), name: "read", ok: true, text: "x" }
    const said = { seq: 1, turn: 1, from: "person", part: { type: "text", text: "hi" } } as const
    assert.deepStrictEqual(messagesOf([said, { seq: 2, turn: 1, from: "tool", part: result }]), [
      { role: "user", parts: [said.part] }
    ])
  })

  it("is valid for any facts in any order", () =>
    fc.assert(
      fc.property(logs(), (events) => {
        assert.isUndefined(breach(transcript(stateOf(events))))
      }),
      { numRuns: 200 }
    ))

  it("is valid for a real run cut anywhere, and loses nobody's words", () =>
    fc.assert(
      fc.property(runs, fc.nat(), (events, n) => {
        const cut = events.slice(0, 1 + (n % events.length))
        const state = stateOf(cut)
        const messages = transcript(state)
        assert.isUndefined(breach(messages))
        const words = (role: Message["role"]) =>
          messages.flatMap((message) =>
            message.role === role ? message.parts.flatMap((it) => (it.type === "text" ? [it.text] : [])) : []
          )
        const said = cut.flatMap((event) =>
          event.type === "prompt.submitted" || event.type === "prompt.steered" ? event.parts : []
        )
        const waiting = state.steered.length
        assert.strictEqual(words("user").length + waiting, said.length)
        assert.strictEqual(words("assistant").length, cut.filter((event) => event.type === "part.text").length)
      }),
      { numRuns: 500 }
    ))

  it("of each request starts with that of the request before", () =>
    fc.assert(
      fc.property(runs, (events) => {
        let before: ReadonlyArray<Message> = []
        for (const [index, event] of events.entries()) {
          if (event.type !== "model.requested") continue
          const messages = transcript(stateOf(events.slice(0, index)))
          assert.deepStrictEqual(messages.slice(0, before.length), before)
          before = messages
        }
      }),
      { numRuns: 300 }
    ))

  it("begins with the summary after a compaction, and keeps what came later", () => {
    const facts: ReadonlyArray<Fact> = [
      { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "old" }] },
      { type: "part.text", turn: 1, text: "older answer" },
      { type: "prompt.submitted", turn: 2, parts: [{ type: "text", text: "new" }] },
      { type: "session.compacted", turn: 2, upTo: 2, summary: "S", by: "model", before: 9, after: 2 }
    ]
    assert.deepStrictEqual(transcript(stateOf(eventsFrom(facts))), [
      { role: "user", parts: [{ type: "text", text: "Summary of our conversation so far:\n\nS" }] },
      { role: "user", parts: [{ type: "text", text: "new" }] }
    ])
  })

  it("keeps the parts of one prompt together and two prompts apart", () => {
    const two = (text: string): Fact => ({
      type: "prompt.submitted",
      turn: 1,
      parts: [
        { type: "text", text },
        { type: "image", mime: "image/png", data: "x" }
      ]
    })
    const messages = transcript(stateOf(eventsFrom([two("a"), two("b")])))
    assert.deepStrictEqual(
      messages.map((message) => message.parts.length),
      [2, 2]
    )
  })

  it("says of a call without an outcome that nothing is known", () => {
    const state = stateOf(
      eventsFrom([
        { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "go" }] },
        { type: "tool.called", turn: 1, call: CallId.make("x"), name: "bash", input: "{}" }
      ])
    )
    const last = transcript(state).at(-1)
    assert.match(JSON.stringify(last), /Whether it had an effect is not known/)
    assert.strictEqual(Chunk.size(state.entries), 2)
  })
})
