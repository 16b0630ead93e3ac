/** Folding events: total, and each fact leaves what it says. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as fc from "effect/FastCheck"
import * as HashMap from "effect/HashMap"
import type { Change } from "../../../src/domain/model/Change.ts"
import type { Event, Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { evolve } from "../../../src/domain/session/evolve.ts"
import { undoDepth } from "../../../src/domain/session/evolveChanges.ts"
import { eventOf } from "../../support/events.ts"
import { eventsFrom, logs, someSession, stateOf } from "../../support/logs.ts"

const stateAfter = (...facts: ReadonlyArray<Fact>) => stateOf(eventsFrom(facts))
const call = CallId.make("c1")
const text = (words: string) => ({ type: "text", text: words }) as const
const submitted = (turn = 1): Fact => ({ type: "prompt.submitted", turn, parts: [text("go")] })
const called: Fact = { type: "tool.called", turn: 1, call, name: "read", input: "{}" }
const touch = { footprint: { read: [], write: [], exec: [], net: [], env: [], unknown: [] } }
const usage = { input: 5, output: 1, cacheRead: 2, cacheWrite: 3, cost: 0.5 }
const change = (path: string, hash = "h"): Change => ({
  path,
  kind: "create",
  after: { hash, size: 1, kind: "file" },
  added: 1,
  removed: 0
})
const staged = (turn: number, ...paths: ReadonlyArray<string>): Fact => ({
  type: "changes.staged",
  turn,
  changes: paths.map((path) => change(path))
})
const where = (state: ReturnType<typeof stateAfter>) =>
  state.batches.map((batch) => `${batch.turn} ${batch.where} ${batch.changes.map((it) => it.path)}`)

describe("any events in any order", () => {
  it("give a state, which stands at the last of them", () =>
    fc.assert(
      fc.property(logs(), (events) => {
        const state = stateOf(events)
        assert.strictEqual(state.seq, events.length)
        assert.strictEqual(state.hash, events.at(-1)?.hash ?? "")
        assert.strictEqual(state.updatedAt, events.at(-1)?.at ?? "")
        assert.isAtMost(state.batches.length, undoDepth * 2)
      }),
      { numRuns: 300 }
    ))

  it("leave no call open, no question and nothing steered once a turn has ended", () =>
    fc.assert(
      fc.property(logs(20), (events) => {
        const state = evolve(stateOf(events), eventOf(someSession, 99, { type: "turn.interrupted", turn: 1 }))
        assert.isFalse(state.running || state.answering)
        assert.strictEqual(HashMap.size(state.open) + HashMap.size(state.asked) + HashMap.size(state.questions), 0)
        assert.deepStrictEqual(state.steered, [])
      }),
      { numRuns: 200 }
    ))

  it("of a newer program move the position and change nothing else", () => {
    const before = stateAfter(submitted(), called)
    for (const type of [
      "tool.dreamt",
      "turn.paused",
      "session.sung",
      "model.mused",
      "changes.hidden",
      "plan.made",
      "odd"
    ]) {
      const event = { ...eventOf(someSession, 3, { type: "turn.interrupted", turn: 1 }), type } as unknown as Event
      const { hash: _hash, seq, updatedAt: _at, ...rest } = evolve(before, event)
      const { hash: _hash0, seq: _seq0, updatedAt: _at0, ...was } = before
      assert.strictEqual(seq, 3)
      assert.deepStrictEqual(rest, was)
    }
  })
})

describe("a call", () => {
  const phase = (...facts: ReadonlyArray<Fact>) => {
    const state = HashMap.get(stateAfter(submitted(), called, ...facts).open, call)
    return state._tag === "Some" ? state.value.phase : "settled"
  }
  const asked: Fact = {
    type: "tool.asked",
    turn: 1,
    call,
    name: "read",
    ...touch,
    preview: "p",
    rule: "r",
    always: "read(a)"
  }
  const allowed: Fact = { type: "tool.allowed", turn: 1, call, ...touch, by: "rule", rule: "r" }
  it("goes through its phases", () => {
    assert.strictEqual(phase(), "called")
    assert.strictEqual(phase(asked), "asked")
    assert.strictEqual(phase(asked, allowed), "allowed")
    assert.strictEqual(phase(asked, allowed, { type: "tool.started", turn: 1, call }), "started")
    assert.strictEqual(phase({ type: "tool.finished", turn: 1, call, ok: true, output: "" }), "settled")
    assert.strictEqual(phase(asked, { type: "tool.refused", turn: 1, call, by: "person", reason: "no" }), "settled")
    assert.strictEqual(phase({ type: "tool.unknown", turn: 1, call, reason: "?" }), "settled")
  })
  it("that is asked can be answered until it is settled", () => {
    assert.isTrue(HashMap.has(stateAfter(called, asked).asked, call))
    assert.isFalse(HashMap.has(stateAfter(called, asked, allowed).asked, call))
    assert.isFalse(
      HashMap.has(stateAfter(called, asked, { type: "tool.unknown", turn: 1, call, reason: "?" }).asked, call)
    )
  })
  it("allowed for good adds its rule to the session", () => {
    assert.deepStrictEqual(stateAfter(called, { ...allowed, by: "person", rule: "read(a)", always: true }).rules, [
      { decision: "allow", rule: "read(a)" }
    ])
    assert.deepStrictEqual(stateAfter(called, allowed).rules, [])
  })
  it("keeps a provider's token, shows pictures, and remembers the files it showed", () => {
    const image = { type: "image", mime: "image/png", data: "x" } as const
    const state = stateAfter(
      { ...called, signature: "s" },
      {
        type: "tool.finished",
        turn: 1,
        call,
        ok: true,
        output: "o",
        images: [image],
        seen: [
          { path: "/a", hash: "1" },
          { path: "/a", hash: "2" }
        ]
      }
    )
    assert.deepStrictEqual(
      Chunk.toReadonlyArray(state.entries).map((entry) => entry.part),
      [
        { type: "tool-call", id: call, name: "read", input: "{}", signature: "s", by: "none/none" },
        { type: "tool-result", id: call, name: "read", ok: true, text: "o", images: [image] }
      ]
    )
    assert.deepStrictEqual(HashMap.get(state.seen, "/a"), HashMap.get(HashMap.make(["/a", "2"]), "/a"))
  })
  it("that nobody made still has an outcome, of a tool without a name", () => {
    const [only] = Chunk.toReadonlyArray(
      stateAfter({ type: "tool.refused", turn: 1, call, by: "rule", reason: "no" }).entries
    )
    assert.deepStrictEqual(only?.part, { type: "tool-result", id: call, name: "tool", ok: false, text: "no" })
  })
})

describe("file changes", () => {
  it("wait in the copy, move to the root by path, and leave it again by turn", () => {
    const one = [staged(1, "a", "b"), staged(2, "b", "c")]
    assert.deepStrictEqual(where(stateAfter(...one)), ["1 copy a,b", "2 copy b,c"])
    const applied = [...one, { type: "changes.applied", changes: [change("b")] } satisfies Fact]
    assert.deepStrictEqual(where(stateAfter(...applied)), ["1 root b", "1 copy a", "2 root b", "2 copy c"])
    const discarded: Fact = { type: "changes.discarded", paths: ["a", "b"] }
    assert.deepStrictEqual(where(stateAfter(...applied, discarded)), ["1 root b", "2 root b", "2 copy c"])
    const undone: Fact = { type: "changes.undone", turn: 2, changes: [], from: "root" }
    const back = stateAfter(...applied, undone)
    assert.deepStrictEqual(where(back), ["1 root b", "1 copy a"])
    assert.deepStrictEqual(where({ ...back, batches: back.undone }), ["2 root b", "2 copy c"])
    const redone: Fact = { type: "changes.applied", changes: [], redone: 2 }
    assert.deepStrictEqual(where(stateAfter(...applied, undone, redone)), [
      "1 root b",
      "1 copy a",
      "2 root b",
      "2 copy c"
    ])
  })
  it("that are new end what could be redone; none at all change nothing", () => {
    const undone: Fact = { type: "changes.undone", turn: 1, changes: [change("a")], from: "copy" }
    assert.strictEqual(stateAfter(staged(1, "a"), undone).undone.length, 1)
    assert.strictEqual(stateAfter(staged(1, "a"), undone, staged(2)).undone.length, 1)
    assert.deepStrictEqual(stateAfter(staged(1, "a"), undone, staged(2, "b")).undone, [])
  })
  it("are told to the model where the person took them back", () => {
    const said = (...facts: ReadonlyArray<Fact>) =>
      Chunk.toReadonlyArray(stateAfter(...facts).entries).map((entry) =>
        entry.part.type === "text" ? entry.part.text : ""
      )
    assert.match(said({ type: "changes.discarded", paths: ["a", "b"] })[0] ?? "", /discarded.* a, b\./)
    assert.match(
      said({ type: "changes.undone", turn: 1, changes: [change("a")], from: "copy" })[0] ?? "",
      /turn 1 back: a/
    )
    assert.match(said({ type: "changes.applied", changes: [change("a")], redone: 3 })[0] ?? "", /turn 3 back: a/)
    assert.deepStrictEqual(said({ type: "changes.applied", changes: [change("a")] }), [])
    assert.deepStrictEqual(said({ type: "changes.conflicted", conflicts: [{ path: "a", reason: "content" }] }), [])
  })
  it("are kept for so many batches, and as long as they are staged", () => {
    const some = Array.from({ length: undoDepth + 5 }, (_, index) => staged(index + 1, "a"))
    assert.strictEqual(stateAfter(...some).batches.length, undoDepth + 5)
    const done = some.flatMap((fact) => [fact, { type: "changes.applied", changes: [change("a")] } satisfies Fact])
    const { batches } = stateAfter(...done)
    assert.strictEqual(batches.length, undoDepth)
    assert.strictEqual(batches[0]?.turn, 6)
  })
  it("are kept as they were really made, where one turn alone changed the path", () => {
    const made: Fact = { type: "changes.applied", changes: [change("a", "merged"), change("b", "merged")] }
    const hashes = stateAfter(staged(1, "a", "b"), staged(2, "b"), made).batches.map((batch) =>
      batch.changes.map((it) => it.after?.hash)
    )
    assert.deepStrictEqual(hashes, [["merged", "h"], ["h"]])
  })
})

describe("a budget", () => {
  const reserved = (number: number): Fact => ({
    type: "budget.reserved",
    turn: 1,
    call: number,
    model: "a/b",
    most: usage
  })
  const settled = (number: number, exact: boolean): Fact => ({
    ...{ type: "budget.settled", turn: 1, call: number, exact },
    usage: { ...usage, input: 1 }
  })
  it("holds what calls may use until they are settled, and counts what nothing else tells", () => {
    const held = (...facts: ReadonlyArray<Fact>) => stateAfter(submitted(), ...facts).held.map((one) => one.call)
    assert.deepStrictEqual(held(reserved(1), reserved(2)), [1, 2])
    assert.deepStrictEqual(held(reserved(1), reserved(2), settled(1, true)), [2])
    assert.strictEqual(stateAfter(submitted(), reserved(1), settled(1, true)).usage.input, 0)
    assert.strictEqual(stateAfter(submitted(), reserved(1), settled(1, false)).turnUsage.input, 1)
    const exhausted: Fact = { type: "budget.exhausted", turn: 1, of: "session", limit: "cost", allowed: 1, spent: 2 }
    assert.deepStrictEqual(stateAfter(submitted(), exhausted).held, [])
  })
  it("takes what was held when the program died for used", () => {
    const state = stateAfter(submitted(), reserved(1), reserved(2), settled(1, true), {
      type: "turn.interrupted",
      turn: 1
    })
    assert.deepStrictEqual([state.usage, state.turnUsage, state.held], [usage, usage, []])
  })
  it("knows how many calls there were, and how long turns took", () => {
    const tried = (kind: string): Fact => ({
      ...{ type: "model.retried", turn: 1, step: 1, attempt: 1, kind, message: "", delay: 1 }
    })
    const asked: Fact = { type: "model.requested", turn: 1, step: 1, model: "a/b", tokens: 1, messages: 1 }
    const end: Fact = { type: "turn.finished", turn: 1, stop: "end_turn" }
    const state = stateAfter(submitted(), asked, tried("server"), tried("too_long"), asked, end)
    assert.deepStrictEqual([state.calls, state.elapsed], [3, 5000])
    assert.strictEqual(stateAfter(end).elapsed, 0)
  })
})

describe("a turn", () => {
  it("begins with a prompt, takes its limits and empties the queue", () => {
    const queued: Fact = { type: "prompt.queued", parts: [text("later")], limits: { turns: 2 } }
    assert.deepStrictEqual(stateAfter(queued, { type: "prompt.queued", parts: [text("b")] }).queue, [
      { parts: [text("later")], limits: { turns: 2 } },
      { parts: [text("b")] }
    ])
    const state = stateAfter(queued, { type: "prompt.submitted", turn: 4, parts: [text("go")], limits: { cost: 1 } })
    assert.deepStrictEqual([state.turn, state.running, state.queue, state.limits], [4, true, [], { cost: 1 }])
    assert.deepStrictEqual(stateAfter(submitted()).limits, {})
  })
  it("ends as it says", () => {
    const error = { name: "E", message: "m" }
    const last = (fact: Fact) => stateAfter(submitted(), fact).last
    assert.deepStrictEqual(last({ type: "turn.finished", turn: 1, stop: "end_turn" }), {
      turn: 1,
      status: "done",
      stop: "end_turn"
    })
    assert.deepStrictEqual(last({ type: "turn.failed", turn: 1, reason: "limited", error }), {
      turn: 1,
      status: "limited",
      error
    })
    assert.deepStrictEqual(last({ type: "turn.interrupted", turn: 1 }), { turn: 1, status: "interrupted" })
  })
  it("holds what is said while the model answers back until it has", () => {
    const steered: Fact = { type: "prompt.steered", turn: 1, parts: [text("wait")] }
    const requested: Fact = { type: "model.requested", turn: 1, step: 1, model: "a/b", tokens: 1, messages: 1 }
    const spoken: Fact = { type: "part.text", turn: 1, text: "hm" }
    const answered: Fact = { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage }
    const words = (...facts: ReadonlyArray<Fact>) =>
      Chunk.toReadonlyArray(stateAfter(...facts).entries).map(({ part }) => (part.type === "text" ? part.text : ""))
    assert.deepStrictEqual(words(steered), ["wait"])
    assert.deepStrictEqual(words(requested, steered, spoken), ["hm"])
    assert.deepStrictEqual(words(requested, steered, spoken, answered), ["hm", "wait"])
  })
})

describe("an answer", () => {
  const answered = (some: Partial<typeof usage>): Fact => ({
    type: "model.answered",
    turn: 1,
    step: 3,
    stop: "end_turn",
    usage: { ...usage, ...some }
  })
  it("adds its usage, and is the measure of the next request where the provider counted", () => {
    const state = stateAfter(submitted(), answered({}), answered({}))
    assert.deepStrictEqual(state.usage, { input: 10, output: 2, cacheRead: 4, cacheWrite: 6, cost: 1 })
    assert.deepStrictEqual(state.measured, { tokens: 11, upTo: 3 })
    assert.strictEqual(state.turnSteps, 3)
    assert.isUndefined(stateAfter(answered({}), answered({ input: 0, cacheRead: 0, cacheWrite: 0 })).measured)
    assert.isUndefined(
      stateAfter(answered({}), { type: "model.switched", from: "a/b", to: "c/d", reason: "r" }).measured
    )
  })
  it("of one of several models, or a vote, adds its usage and its call, and is no measure", () => {
    const said = { type: "model.answered", turn: 1, step: 3, stop: "end_turn", usage } as const
    const other = (model: string): Fact => ({ ...said, candidate: { model, text: "x" } })
    const vote: Fact = { ...said, vote: { by: "c/d", text: "1" } }
    const state = stateAfter(submitted(), other("none/none"), other("c/d"), vote)
    assert.deepStrictEqual([state.calls, state.usage.output, state.measured, state.turnSteps], [2, 3, undefined, 0])
    const after = stateAfter(
      { type: "model.switched", from: "none/none", to: "c/d", reason: "", kind: "quota" },
      other("c/d")
    )
    assert.strictEqual(after.calls, 0)
  })
  it("of a model that stands in leaves the session its own model, and calls are signed by the one that answers", () => {
    const state = stateAfter(
      { type: "model.switched", from: "none/none", to: "c/d", reason: "", kind: "quota" },
      { ...called, signature: "s" }
    )
    assert.deepStrictEqual([state.model, state.standIn], ["none/none", "c/d"])
    assert.deepInclude(Chunk.toReadonlyArray(state.entries)[0]?.part, { by: "c/d" })
    const chosen = { type: "model.switched", from: "c/d", to: "e/f", reason: "" } as const
    const back = stateAfter({ type: "model.switched", from: "a/b", to: "c/d", reason: "", kind: "quota" }, chosen)
    assert.deepStrictEqual([back.model, back.standIn], ["e/f", undefined])
  })
  it("that was cut off is marked as such", () => {
    const entries = stateAfter(submitted(), { type: "part.text", turn: 1, text: "Half", partial: true }).entries
    assert.deepStrictEqual(
      Chunk.toReadonlyArray(entries).map((entry) => entry.cut),
      [undefined, true]
    )
  })
  it("to a request that was cut is no measure of the conversation", () => {
    const asked = (cut: boolean): Fact => ({
      type: "model.requested",
      turn: 1,
      step: 1,
      model: "a/b",
      tokens: 1,
      messages: 1,
      ...(cut ? { cut } : {})
    })
    const answered: Fact = { type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage }
    assert.isUndefined(stateAfter(submitted(), asked(true), answered).measured)
    assert.isDefined(stateAfter(submitted(), asked(true), answered, asked(false), answered).measured)
  })

  it("may hold reasoning, signed or hidden, and pictures", () => {
    const reasoning = { type: "part.reasoning", turn: 1, text: "r", by: "a/b" } as const
    const parts = (fact: Fact) => Chunk.toReadonlyArray(stateAfter(fact).entries).map((entry) => entry.part)
    assert.deepStrictEqual(parts(reasoning), [{ type: "reasoning", text: "r", by: "a/b" }])
    assert.deepStrictEqual(parts({ ...reasoning, signature: "s", redacted: "x" }), [
      { type: "reasoning", text: "r", by: "a/b", signature: "s", redacted: "x" }
    ])
    assert.deepStrictEqual(parts({ type: "part.image", turn: 1, mime: "image/png", data: "x" }), [
      { type: "image", mime: "image/png", data: "x" }
    ])
  })
})

it("a compaction counts its own usage where there is one, and drops what it sums up", () => {
  const compacted = {
    type: "session.compacted",
    turn: 1,
    upTo: 1,
    summary: "s",
    by: "model",
    before: 1,
    after: 1
  } as const
  const plain = stateAfter(submitted(), submitted(2), compacted)
  assert.deepStrictEqual(
    [plain.summary, plain.compactions, Chunk.size(plain.entries), plain.usage.input],
    ["s", 1, 1, 0]
  )
  assert.strictEqual(stateAfter(submitted(), { ...compacted, usage }).turnUsage.input, 5)
})

it("a session keeps its title, todos and questions", () => {
  const question = { question: "q", options: [] }
  const todos = [{ content: "a", status: "pending" as const }]
  const state = stateAfter(
    { type: "session.titled", title: "T" },
    { type: "todo.updated", turn: 1, todos },
    { type: "question.asked", turn: 1, call, question }
  )
  assert.deepStrictEqual([state.title, state.todos, HashMap.toValues(state.questions)], ["T", todos, [question]])
  assert.isFalse(
    HashMap.has(
      stateAfter(
        { type: "question.asked", turn: 1, call, question },
        { type: "question.answered", turn: 1, call, answer: "a" }
      ).questions,
      call
    )
  )
})
