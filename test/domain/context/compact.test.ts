/** Budgets, counts, where a conversation is cut, what a summary keeps, and what every request costs. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import {
  budgetOf,
  frameTokens,
  imageTokens,
  messageTokens,
  partTokens,
  roughTokens,
  textOf
} from "../../../src/domain/context/budget.ts"
import {
  checkedSummary,
  cutPoint,
  fallbackSummary,
  hasOld,
  pinned,
  summaryRequest
} from "../../../src/domain/context/compact.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { Part } from "../../../src/domain/model/Message.ts"
import type { Model } from "../../../src/domain/model/Model.ts"
import { messagesOf } from "../../../src/domain/session/transcript.ts"
import { portable } from "../../../src/domain/tools/sets.ts"
import { specOf } from "../../../src/domain/tools/Toolbox.ts"
import { Tokenizer } from "../../../src/ports/Tokenizer.ts"
import { eventsFrom, runs, stateOf } from "../../support/logs.ts"

const model = (context: number, output: number): Model => ({
  name: "a/b",
  context,
  output,
  images: true,
  reasoning: true,
  tools: true
})

describe("the budget", () => {
  it("leaves room for the answer in windows of 4,000 to 2,000,000 tokens", () =>
    fc.assert(
      fc.property(fc.integer({ min: 4000, max: 2_000_000 }), fc.integer({ min: 1, max: 200_000 }), (context, most) => {
        const { compactAt, input, output } = budgetOf(model(context, most))
        assert.isAtMost(input + output, context)
        assert.isAtMost(output, Math.min(most, context / 4))
        assert.isAtLeast(input, context / 2)
        assert.isAtMost(compactAt, input)
        assert.isAtMost(compactAt, context - Math.min(20_000, Math.floor(context / 5)))
        assert.isAtLeast(compactAt, context / 2)
      })
    ))
  it("begins compaction with a fifth left, or 20,000 tokens in a large window", () => {
    assert.strictEqual(budgetOf(model(100_000, 8000)).compactAt, 80_000)
    assert.strictEqual(budgetOf(model(200_000, 8000)).compactAt, 160_000)
    assert.strictEqual(budgetOf(model(1_000_000, 8000)).compactAt, 972_000)
    assert.strictEqual(budgetOf(model(1_000_000, 64_000)).compactAt, 916_000)
  })
  it("is narrowed by a setting, and never widened", () => {
    assert.deepStrictEqual(budgetOf(model(200_000, 8000), 50_000), budgetOf(model(50_000, 8000)))
    assert.deepStrictEqual(budgetOf(model(50_000, 8000), 200_000), budgetOf(model(50_000, 8000)))
    assert.isAtLeast(budgetOf(model(1, 1)).input, 1)
  })
})

describe("a count without a tokenizer", () => {
  it("is at least half of the tokenizer's", async () => {
    const texts = [
      "The quick brown fox jumps over the lazy dog. ".repeat(20),
      "const a = { b: [1, 2, 3] }\n".repeat(20),
      "Größe für Straßen ".repeat(10),
      "模型的上下文窗口".repeat(10),
      "👍🏽 ok ".repeat(10)
    ]
    const counts = await Effect.runPromise(
      Effect.provide(
        Effect.flatMap(Tokenizer, (tokenizer) =>
          Effect.forEach(texts, (text) => tokenizer.count("openai/gpt-5", text))
        ),
        BpeTokenizer.layer
      )
    )
    for (const [index, text] of texts.entries())
      assert.isAtLeast(2 * roughTokens(text), counts[index] ?? Number.NaN, text)
  })
  it("sees every part's text and pictures", () =>
    fc.assert(
      fc.property(Arbitrary.make(Part), (part) => {
        const count = (text: string) => text.length
        const pictures =
          part.type === "image" || (part.type === "file" && part.data !== undefined)
            ? 1
            : part.type === "tool-result"
              ? (part.images?.length ?? 0)
              : 0
        assert.strictEqual(partTokens(part, count), 4 + textOf(part).length + pictures * imageTokens)
        assert.strictEqual(messageTokens({ role: "user", parts: [part, part] }, count), 4 + 2 * partTokens(part, count))
        const shown = part.type === "image" ? "" : part.type === "tool-call" ? part.input : (part.text ?? "")
        assert.include(textOf(part), shown)
      })
    ))
})

it("the frame of a turn is counted anew where the system prompt or the tools are others", () => {
  const tools = portable.map(specOf)
  const first = frameTokens("a b c d", tools, roughTokens)
  assert.strictEqual(frameTokens("a b c d", tools, roughTokens), first)
  assert.strictEqual(frameTokens("", tools, roughTokens), first - roughTokens("a b c d"))
  assert.strictEqual(
    frameTokens("x".repeat(9), [], (text) => text.length),
    9
  )
})

const count = (text: string) => text.length
const state = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom(facts))
const asked = (turn: number, words: string): Fact => ({
  type: "prompt.submitted",
  turn,
  parts: [{ type: "text", text: words }]
})

describe("a cut", () => {
  it("parts no call from its result and no words that were said as one, in any run", () =>
    fc.assert(
      fc.property(runs, fc.nat(400), (events, room) => {
        const entries = Chunk.toReadonlyArray(stateOf(events).entries)
        const cut = cutPoint(entries, room, count)
        if (cut === undefined) return
        const kept = entries.filter((entry) => entry.seq > cut.upTo)
        assert.deepStrictEqual([...cut.old, ...kept], [...entries])
        assert.isAbove(cut.old.length * kept.length, 0)
        const calls = new Set(kept.flatMap(({ part }) => (part.type === "tool-call" ? [part.id] : [])))
        for (const { part } of kept) if (part.type === "tool-result") assert.isTrue(calls.has(part.id))
        const whole = messagesOf(entries)
        assert.deepStrictEqual([...messagesOf(cut.old), ...messagesOf(kept)], [...whole])
      }),
      { numRuns: 500 }
    ))
  it("leaves at most the room where some place does, as much as possible of it", () => {
    const entries = Chunk.toReadonlyArray(
      state(...Array.from({ length: 10 }, (_, n): Fact => asked(n + 1, "x".repeat(96)))).entries
    )
    assert.strictEqual(cutPoint(entries, 350, count)?.upTo, 7)
    assert.strictEqual(cutPoint(entries, 5000, count)?.upTo, 1)
    assert.strictEqual(cutPoint(entries, 0, count)?.upTo, 9)
  })
  it("is nowhere in a single message, or in none", () => {
    assert.isUndefined(cutPoint([], 10, count))
    assert.isUndefined(cutPoint(Chunk.toReadonlyArray(state(asked(1, "a")).entries), 10, count))
    const one = state({
      type: "prompt.submitted",
      turn: 1,
      parts: [
        { type: "text", text: "a" },
        { type: "text", text: "b" }
      ]
    })
    assert.isUndefined(cutPoint(Chunk.toReadonlyArray(one.entries), 1, count))
    assert.deepStrictEqual([hasOld(one), hasOld(state(asked(1, "a"), asked(2, "b"), asked(3, "c")))], [false, true])
  })
})

describe("a summary", () => {
  const full = state(
    asked(1, "Make the parser faster"),
    asked(2, "Never touch\nthe lexer"),
    { type: "part.text", turn: 2, text: "I looked at it" },
    { type: "tool.called", turn: 2, call: "c" as never, name: "read", input: '{"file_path":"a.ts"}' },
    { type: "tool.called", turn: 2, call: "t" as never, name: "bash", input: '{"command":"npm test"}' },
    { type: "tool.finished", turn: 2, call: "t" as never, ok: false, output: "1 failed\n" },
    asked(3, "And now exactly this:\n  keep my blanks"),
    { type: "prompt.submitted", turn: 4, parts: [{ type: "image", mime: "image/png", data: "" }] },
    {
      type: "todo.updated",
      turn: 3,
      todos: [
        { content: "measure", status: "completed" },
        { content: "profile", status: "in_progress" },
        { content: "report", status: "pending" }
      ]
    },
    { type: "changes.staged", turn: 3, changes: [{ path: "src/a.ts", kind: "modify", added: 1, removed: 1 }] }
  )
  const old = Chunk.toReadonlyArray(full.entries)
  it("keeps requests, open steps and changed files word for word", () => {
    assert.strictEqual(
      pinned(full, old, 5000),
      [
        "## Goal, word for word",
        "Make the parser faster",
        "## Newest request among them, word for word",
        "And now exactly this:\n  keep my blanks",
        "## What the person demanded, word for word",
        "- Never touch",
        "- keep my blanks",
        "## Open steps",
        "- [in_progress] profile",
        "- [pending] report",
        "## Checks that failed when they were last run",
        "- npm test: 1 failed",
        "## Files changed so far",
        "- src/a.ts",
        "## Requests so far",
        "- Make the parser faster",
        "- Never touch the lexer"
      ].join("\n")
    )
    assert.strictEqual(pinned(state(), [], 100), "")
  })
  it("of a model is kept with them, if it says anything and not too much", () => {
    assert.strictEqual(checkedSummary(full, old, " We did it. ", 5000), `We did it.\n\n${pinned(full, old, 2500)}`)
    assert.isUndefined(checkedSummary(full, old, "  ", 5000))
    assert.isUndefined(checkedSummary(full, old, "x".repeat(5001), 5000))
  })
  it("without a model tells the last steps, and what was summed up before", () => {
    const text = fallbackSummary(full, old, 5000)
    assert.include(
      text,
      '## Last steps before this point\n- said: I looked at it\n- called read {"file_path":"a.ts"}\n- called bash {"command":"npm test"}'
    )
    assert.notInclude(text, "summed up before")
    assert.include(
      fallbackSummary({ ...full, summary: "Once upon" }, old, 5000),
      "## What was summed up before\nOnce upon"
    )
  })
  it("is never longer than it may be, whatever there is to say", () =>
    fc.assert(
      fc.property(runs, fc.integer({ min: 100, max: 3000 }), fc.string(), (events, most, before) => {
        const some = { ...stateOf(events), summary: before.repeat(50) }
        const entries = Chunk.toReadonlyArray(some.entries)
        assert.isAtMost(fallbackSummary(some, entries, most).length, most)
        assert.isAtMost(pinned(some, entries, most).length, most)
        assert.isAtMost(checkedSummary(some, entries, before, most)?.length ?? 0, most + 2)
      }),
      { numRuns: 200 }
    ))
  it("leaves out old steps before new ones", () => {
    const many = state(
      asked(1, "go"),
      ...Array.from(
        { length: 50 },
        (_, n): Fact => ({ type: "part.text", turn: 1, text: `step ${n} ${"x".repeat(100)}` })
      )
    )
    const text = fallbackSummary(many, Chunk.toReadonlyArray(many.entries), 1000)
    assert.include(text, "step 49")
    assert.notInclude(text, "step 40 ")
  })
  it("is asked of a model with what everybody said, long outputs cut", () => {
    const request = JSON.stringify(
      summaryRequest(
        [
          ...old,
          {
            seq: 9,
            turn: 1,
            from: "tool",
            part: { type: "tool-result", id: "c" as never, name: "read", ok: true, text: "y".repeat(9000) }
          }
        ],
        300,
        20_000
      )
    )
    assert.include(request, "at most 300 words")
    assert.include(request, "[person] Make the parser faster")
    assert.isBelow(request.length, 4000)
  })
})
