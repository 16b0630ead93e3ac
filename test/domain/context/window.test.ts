/** What fits into a window, and what is left out: laws over any conversation, any room and any count. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { messageTokens, roughTokens } from "../../../src/domain/context/budget.ts"
import { fitInto } from "../../../src/domain/context/window.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import type { Message, Part } from "../../../src/domain/model/Message.ts"

const text = (words: string): Part => ({ type: "text", text: words })
const image: Part = { type: "image", mime: "image/png", data: "x" }
const call = (n: number, input = "{}"): Part => ({ type: "tool-call", id: CallId.make(`c${n}`), name: "read", input })
const result = (n: number, words: string, images = false): Part => ({
  type: "tool-result",
  id: CallId.make(`c${n}`),
  name: "read",
  ok: true,
  text: words,
  ...(images ? { images: [{ type: "image", mime: "image/png", data: "x" }] } : {})
})
const user = (...parts: ReadonlyArray<Part>): Message => ({ role: "user", parts })
const model = (...parts: ReadonlyArray<Part>): Message => ({ role: "assistant", parts })

const words = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.nat(60_000).map((n) => "word ".repeat(n / 5)),
  fc.nat(3000).map((n) => "语".repeat(n))
)
const said: fc.Arbitrary<Part> = fc.oneof(
  words.map(text),
  fc.constant(image),
  words.map((it): Part => ({ type: "file", name: "a.ts", mime: "text/plain", text: it })),
  fc.constant<Part>({ type: "file", name: "a.pdf", mime: "application/pdf", data: "x" })
)
const step = fc
  .record({
    n: fc.nat(1000),
    spoken: words,
    calls: fc.integer({ min: 1, max: 3 }),
    output: words,
    images: fc.boolean(),
    thought: words
  })
  .map(({ calls, images, n, output, spoken, thought }): ReadonlyArray<Message> => {
    const ids = Array.from({ length: calls }, (_, index) => n * 10 + index)
    return [
      model({ type: "reasoning", text: thought, by: "a/b" }, text(spoken), ...ids.map((id) => call(id, spoken))),
      user(...ids.map((id) => result(id, output, images)))
    ]
  })
const exchange = fc
  .record({
    asked: fc.array(said, { minLength: 1, maxLength: 4 }),
    steps: fc.array(step, { maxLength: 4 }),
    end: fc.boolean()
  })
  .map(
    ({ asked, end, steps }): ReadonlyArray<Message> => [
      user(...asked),
      ...steps.flat(),
      ...(end ? [model(text("done"))] : [])
    ]
  )
const conversations = fc.array(exchange, { minLength: 1, maxLength: 5 }).map((all) => all.flat())
const rooms = fc.oneof(fc.integer({ min: 100, max: 3000 }), fc.integer({ min: 100, max: 100_000 }))

const size = (messages: ReadonlyArray<Message>) => messages.reduce((sum, it) => sum + messageTokens(it, roughTokens), 0)
const idsOf = (message: Message | undefined, type: "tool-call" | "tool-result") =>
  (message?.parts ?? []).flatMap((part) => (part.type === type ? [part.id] : []))
const asks = (message: Message) => message.role === "user" && idsOf(message, "tool-result").length === 0

describe("fitted messages", () => {
  it("never take more than the room", () =>
    fc.assert(
      fc.property(conversations, rooms, (messages, room) => {
        const fitted = fitInto(messages, room, roughTokens)
        assert.isAtMost(fitted.tokens, room)
        assert.strictEqual(fitted.tokens, size(fitted.messages))
      }),
      { numRuns: 400 }
    ))

  it("never part a call from its result", () =>
    fc.assert(
      fc.property(conversations, rooms, (messages, room) => {
        const kept = fitInto(messages, room, roughTokens).messages
        for (const [index, message] of kept.entries()) {
          assert.deepStrictEqual(idsOf(message, "tool-result"), idsOf(kept[index - 1], "tool-call"))
        }
        assert.deepStrictEqual(idsOf(kept.at(-1), "tool-call"), [])
      }),
      { numRuns: 400 }
    ))

  it("begin with a person, and keep the newest request's first words", () =>
    fc.assert(
      fc.property(conversations, rooms, (messages, room) => {
        const kept = fitInto(messages, room, roughTokens).messages
        const newest = messages.findLastIndex(asks)
        assert.isTrue(kept.slice(0, 1).every(asks) && kept.length > 0)
        const first = messages[newest]?.parts[0]
        const still = kept[kept.findLastIndex(asks)]?.parts[0]
        if (first?.type === "text" && still?.type === "text")
          assert.isTrue(
            first.text.startsWith(still.text.replace(/\n\[….*$/s, "").slice(0, Math.min(2, first.text.length)))
          )
      }),
      { numRuns: 400 }
    ))

  it("fit a second time as they are", () =>
    fc.assert(
      fc.property(conversations, rooms, (messages, room) => {
        const once = fitInto(messages, room, roughTokens).messages
        assert.deepStrictEqual(fitInto(once, room, roughTokens), {
          messages: once,
          tokens: size(once),
          dropped: 0,
          shortened: 0
        })
      }),
      { numRuns: 200 }
    ))

  it("lose nothing where there is room for all, and more room never keeps less", () =>
    fc.assert(
      fc.property(conversations, rooms, rooms, (messages, a, b) => {
        assert.deepStrictEqual(fitInto(messages, size(messages), roughTokens).messages, messages)
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((room) => fitInto(messages, room, roughTokens))
        if (small !== undefined && large !== undefined && large.shortened === 0 && small.shortened === 0)
          assert.isAtLeast(large.messages.length, small.messages.length)
      }),
      { numRuns: 200 }
    ))
})

describe("what goes first", () => {
  const long = "x".repeat(20_000)
  it("is whole exchanges, oldest before newest", () => {
    const messages = [user(text("one")), model(text(long)), user(text("two")), model(text("b")), user(text("three"))]
    const fitted = fitInto(messages, 200, roughTokens)
    assert.deepStrictEqual(fitted.messages, messages.slice(2))
    assert.deepStrictEqual([fitted.dropped, fitted.shortened], [2, 0])
  })
  it("is then the middle of long parts", () => {
    const messages = [user(text("do")), model(call(1)), user(result(1, `head${long}tail`))]
    const [, , last] = fitInto(messages, 2000, roughTokens).messages
    assert.match(JSON.stringify(last), /head.*characters left out to fit the window.*tail/)
  })
  it("is then older steps of the newest exchange", () => {
    const steps = Array.from({ length: 60 }, (_, n) => [model(call(n)), user(result(n, "y".repeat(900)))]).flat()
    const fitted = fitInto([user(text("do")), ...steps], 2000, roughTokens)
    assert.deepStrictEqual(fitted.messages[0], user(text("do")))
    assert.deepStrictEqual(fitted.messages.at(-2), model(call(59)))
    assert.isAbove(fitted.dropped, 80)
  })
  it("is pictures, files without text and long inputs before words", () => {
    const file: Part = { type: "file", name: "a.pdf", mime: "application/pdf", data: "x" }
    const messages = [user(text("look"), image, file), model(call(1, long)), user(result(1, "ok", true))]
    assert.deepStrictEqual(fitInto(messages, 400, roughTokens).messages, [
      user(text("look"), text("[image left out to fit the window]"), text("[file a.pdf left out to fit the window]")),
      model(call(1, "{}")),
      user(result(1, "ok"))
    ])
  })
  it("is the number of parts where there are too many", () => {
    const many = Array.from({ length: 400 }, (_, n) => text(`part ${n}`))
    const fitted = fitInto([user(...many)], 300, roughTokens)
    assert.strictEqual(fitted.messages[0]?.parts.length, 1)
    assert.match(JSON.stringify(fitted.messages), /part 0/)
    assert.isAtMost(fitted.tokens, 300)
  })
  it("is a conversation that nobody began", () => {
    assert.deepStrictEqual(fitInto([model(call(1)), user(result(1, long))], 50, roughTokens).messages, [])
    assert.deepStrictEqual(fitInto([], -1, roughTokens).messages, [])
    assert.deepStrictEqual(fitInto([user(text(long))], -1, roughTokens).messages.length, 1)
  })
})
