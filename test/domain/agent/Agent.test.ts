/** A turn from prompt to end: steps, limits, interrupts, windows. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { ScriptedRequests, type ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import {
  begun,
  eventsOf,
  eventually,
  inMesh,
  meshWorld,
  ofType,
  prompt,
  prompted,
  rested,
  root,
  textPart,
  types
} from "../../support/mesh.ts"

const read = (path: string, id?: string): NonNullable<ScriptedTurn["calls"]>[number] => ({
  name: "read",
  input: { file_path: path },
  ...(id === undefined ? {} : { id })
})
const edit = (path: string, from: string, to: string) => ({
  name: "edit",
  input: { file_path: path, old_string: from, new_string: to }
})
const done: ScriptedTurn = { text: "Done." }

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

describe("an edit by a scripted coder", () => {
  const options = {
    files: { "a.txt": "one\ntwo\n3\n4\n" },
    model: { turns: [{ calls: [read("a.txt")] }, { calls: [edit("a.txt", "two", "2")] }, done] }
  }
  it.effect("lands in the working copy, and the real tree stays as it was", () => {
    const world = meshWorld(options)
    return Effect.gen(function* () {
      const { events } = yield* prompted("change it")
      const [staged] = ofType(events, "changes.staged")
      assert.deepStrictEqual(
        staged?.changes.map(({ added, kind, path, removed }) => ({ added, kind, path, removed })),
        [{ added: 1, kind: "modify", path: "a.txt", removed: 1 }]
      )
      const bytes = yield* Effect.flatMap(world.tree, (tree) => tree.read("a.txt"))
      assert.strictEqual(new TextDecoder().decode(bytes), "one\ntwo\n3\n4\n")
    }).pipe(Effect.provide(world.layer), Effect.scoped)
  })
  it.effect("is applied, undone and redone in the real tree", () => {
    const world = meshWorld(options)
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const tree = yield* world.tree
      const text = Effect.map(tree.read("a.txt"), (bytes) => new TextDecoder().decode(bytes))
      const { session } = yield* prompted("change it")
      yield* mesh.submit(session, { type: "Apply" })
      assert.strictEqual(yield* text, "one\n2\n3\n4\n")
      yield* tree.write("a.txt", new TextEncoder().encode("one\n2\n3\n4\nmine\n"))
      yield* mesh.submit(session, { type: "Undo" })
      assert.strictEqual(yield* text, "one\ntwo\n3\n4\nmine\n")
      yield* mesh.submit(session, { type: "Redo" })
      assert.strictEqual(yield* text, "one\n2\n3\n4\nmine\n")
    }).pipe(Effect.provide(world.layer), Effect.scoped)
  })
  it.effect("is applied by itself with apply = auto, after a turn that ended well", () => {
    const world = meshWorld(options)
    return Effect.gen(function* () {
      const { events } = yield* prompted("change it", { apply: "auto" })
      assert.deepStrictEqual(types(events).slice(-3), ["changes.staged", "turn.finished", "changes.applied"])
      const bytes = yield* Effect.flatMap(world.tree, (tree) => tree.read("a.txt"))
      assert.strictEqual(new TextDecoder().decode(bytes), "one\n2\n3\n4\n")
    }).pipe(Effect.provide(world.layer), Effect.scoped)
  })
})

it.effect("a call whose input is not JSON is answered with an error, and the turn goes on", () =>
  inMesh(
    { model: { turns: [{ calls: [{ name: "read", raw: '{"file_path": "a' }] }, done] } },
    Effect.gen(function* () {
      const { events } = yield* prompted("go")
      const [finished] = ofType(events, "tool.finished")
      assert.isFalse(finished?.ok)
      assert.match(finished?.output ?? "", /invalid JSON/)
      assert.strictEqual(events.at(-1)?.type, "turn.finished")
      assert.strictEqual(ofType(events, "model.requested").length, 2)
    })
  )
)

it.effect("a tool that does not exist is answered with the names of those that do", () =>
  inMesh(
    { model: { turns: [{ calls: [{ name: "raed", input: {} }] }, done] } },
    Effect.gen(function* () {
      const { events } = yield* prompted("go")
      assert.match(ofType(events, "tool.finished")[0]?.output ?? "", /no tool "raed".*read/)
    })
  )
)

it.effect("parallel calls: one denied, two run, and every call is answered", () =>
  inMesh(
    {
      files: { a: "1\n", ".env": "K=1\n", b: "2\n" },
      model: { turns: [{ calls: [read("a", "A"), read(".env", "B"), read("b", "C")] }, done] }
    },
    Effect.gen(function* () {
      const { events } = yield* prompted("go")
      assert.deepStrictEqual(
        ofType(events, "tool.finished").map(({ call, ok }) => ({ call: String(call), ok })),
        [
          { call: "A", ok: true },
          { call: "C", ok: true }
        ]
      )
      assert.deepStrictEqual(
        ofType(events, "tool.refused").map(({ by, call }) => ({ call: String(call), by })),
        [{ call: "B", by: "rule" }]
      )
      const requests = yield* Effect.flatMap(ScriptedRequests, (it) => it.all)
      const results = requests[1]?.messages.at(-1)?.parts.map((part) => part.type === "tool-result" && part.id)
      assert.deepStrictEqual(results?.map(String), ["A", "B", "C"])
    })
  )
)

describe("a question that the rules put to a person", () => {
  const options = {
    files: { a: "1\n" },
    model: { turns: [{ calls: [{ name: "write", input: { file_path: "AGENTS.md", content: "x\n" } }] }, done] }
  }
  it.effect("ends the turn as refused where nobody is there", () =>
    inMesh(
      options,
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.deepStrictEqual(types(events).slice(-3), ["tool.asked", "tool.refused", "turn.failed"])
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "refused")
        assert.match(ofType(events, "turn.failed")[0]?.error.message ?? "", /--allow 'edit\(AGENTS\.md\)'/)
      })
    )
  )
  it.effect("is answered by a command; no ends the turn", () =>
    inMesh(
      options,
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "scripted/test" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")], options: { attended: true } })
        const asked = yield* eventually(session, "tool.asked")
        assert.include(asked.preview, "+x")
        yield* mesh.submit(session, { type: "Reply", call: asked.call, reply: "reject", message: "not there" })
        yield* mesh.rest(session)
        const events = yield* eventsOf(session)
        assert.include(ofType(events, "tool.refused")[0]?.reason ?? "", "not there")
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "refused")
      })
    )
  )
  it.effect("is answered by a command; always adds the least rule to the session", () =>
    inMesh(
      options,
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "scripted/test" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")], options: { attended: true } })
        const asked = yield* eventually(session, "tool.asked")
        yield* mesh.submit(session, { type: "Reply", call: asked.call, reply: "always" })
        yield* mesh.rest(session)
        assert.deepStrictEqual((yield* mesh.show(session)).rules, [{ decision: "allow", rule: "edit(AGENTS.md)" }])
        assert.strictEqual((yield* mesh.show(session)).last?.status, "done")
      })
    )
  )
  it.effect("is answered with yes by --yes", () =>
    inMesh(
      options,
      Effect.gen(function* () {
        const { events } = yield* prompted("go", { yes: true })
        assert.strictEqual(ofType(events, "tool.allowed")[0]?.by, "yes")
        assert.strictEqual(events.at(-1)?.type, "turn.finished")
      })
    )
  )
})

describe("limits", () => {
  const again: ScriptedTurn = { calls: [read("a")], usage: { input: 100, output: 10 } }
  const files = { a: "1\n" }
  const limited = (limits: object) =>
    Effect.map(prompted("go", { limits }), ({ events }) => ofType(events, "turn.failed")[0]?.error.message ?? "")
  it.effect("stop after so many model calls", () =>
    inMesh(
      { files, model: () => again },
      Effect.gen(function* () {
        const { events } = yield* prompted("go", { limits: { turns: 2 } })
        assert.strictEqual(ofType(events, "model.requested").length, 2)
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "limited")
      })
    )
  )
  it.effect("stop after so many tokens", () =>
    inMesh(
      { files, model: () => again },
      Effect.map(limited({ tokens: 300 }), (text) => assert.match(text, /300 tokens/))
    )
  )
  it.effect("stop after so long", () =>
    inMesh(
      { files, model: { turns: [{ text: "thinking about it", hang: true }] } },
      Effect.gen(function* () {
        const session = yield* begun("go", { limits: { timeout: 60_000 } })
        yield* eventually(session, "model.requested")
        yield* Effect.repeatN(Effect.yieldNow(), 200)
        yield* TestClock.adjust("61 seconds")
        const events = yield* rested(session)
        assert.deepStrictEqual(types(events).slice(-2), ["part.text", "turn.failed"])
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "limited")
      })
    )
  )
  it.effect("stop a model that repeats itself", () =>
    inMesh(
      { files, model: () => again },
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.strictEqual(ofType(events, "turn.failed")[0]?.error.name, "LoopDetected")
        assert.strictEqual(ofType(events, "model.requested").length, 5)
      })
    )
  )
  it.effect("stop a model that goes round in circles, and none that comes to something new", () =>
    inMesh(
      {
        files: { a: "1\n", b: "2\n" },
        model: (_request, n) => ({
          calls: n < 20 ? [n % 2 === 0 ? read("a") : read(`b${n}`)] : [read(n % 2 === 0 ? "a" : "b")]
        })
      },
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.strictEqual(ofType(events, "turn.failed")[0]?.error.name, "LoopDetected")
        assert.include(ofType(events, "turn.failed")[0]?.error.message, "read, then read")
        assert.strictEqual(ofType(events, "model.requested").length, 30)
      })
    )
  )
})

describe("an answer that says nothing", () => {
  const price = { input: 1_000_000, output: 2_000_000 }
  const empty: ScriptedTurn = { text: " ", usage: { input: 3, output: 1, cacheRead: 2 } }
  const waited = Effect.gen(function* () {
    const session = yield* begun("go")
    yield* eventually(session, "model.retried")
    yield* TestClock.adjust("1 second")
    yield* rested(session)
    return yield* (yield* CodeMesh).show(session)
  })
  it.effect("is thrown away, and what it used is counted", () =>
    inMesh(
      { model: { price, turns: [empty, { text: "ok", usage: { input: 1, output: 1 } }] } },
      Effect.gen(function* () {
        const { last, turnUsage, usage } = yield* waited
        assert.strictEqual(last?.status, "done")
        assert.deepStrictEqual(turnUsage, { input: 4, output: 2, cacheRead: 2, cacheWrite: 0, cost: 10 })
        assert.deepStrictEqual(usage, turnUsage)
      })
    )
  )
  it.effect("is counted too where it is the last", () =>
    inMesh(
      { model: { price, turns: [empty, empty] } },
      Effect.gen(function* () {
        const { last, turnUsage } = yield* waited
        assert.strictEqual(last?.status, "failed")
        assert.deepStrictEqual(turnUsage, { input: 6, output: 2, cacheRead: 4, cacheWrite: 0, cost: 14 })
      })
    )
  )
  it.effect("counts for the limits of the turn", () =>
    inMesh(
      {
        files: { a: "1\n" },
        model: { price, turns: [empty, { calls: [read("a")], usage: { input: 1, output: 0 } }, { text: "ok" }] }
      },
      Effect.gen(function* () {
        const session = yield* begun("go", { limits: { cost: 8 } })
        yield* eventually(session, "model.retried")
        yield* TestClock.adjust("1 second")
        assert.include(ofType(yield* rested(session), "turn.failed")[0]?.error.message, "8 dollars")
      })
    )
  )
})

describe("a model that fails", () => {
  it.effect("for a while is asked again, after the wait that it asks for, and the turn ends well", () =>
    inMesh(
      { model: { turns: [{ error: { kind: "rate_limit", status: 429, retryAfter: 7000 } }, { text: "ok" }] } },
      Effect.gen(function* () {
        const session = yield* begun("go")
        yield* eventually(session, "model.retried")
        yield* TestClock.adjust("6900 millis")
        assert.strictEqual((yield* eventsOf(session)).at(-1)?.type, "model.retried")
        yield* TestClock.adjust("2 seconds")
        const events = yield* rested(session)
        const [retried] = ofType(events, "model.retried")
        assert.isAtLeast(retried?.delay ?? 0, 7000)
        assert.isAtMost(retried?.delay ?? 0, 8750)
        assert.strictEqual(events.at(-1)?.type, "turn.finished")
      })
    )
  )
  it.effect("for good is asked so often and no more, and the session can go on", () =>
    inMesh(
      {
        model: (_request, n) => (n < 5 ? { error: { kind: "overloaded", status: 529 } } : { text: "back" })
      },
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(prompted("go"))
        for (let tick = 0; tick < 60; tick++) {
          yield* Effect.repeatN(Effect.yieldNow(), 50)
          yield* TestClock.adjust("1 second")
        }
        const { events, session } = yield* Fiber.join(fiber)
        assert.strictEqual(ofType(events, "model.retried").length, 4)
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "failed")
        const more = yield* prompt(session, "again")
        assert.strictEqual(more.at(-1)?.type, "turn.finished")
      })
    )
  )
  it.effect("with a wrong key is asked once", () =>
    inMesh(
      { model: { turns: [{ error: { kind: "authentication", status: 401 } }] } },
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.deepStrictEqual(types(events).slice(-2), ["model.requested", "turn.failed"])
      })
    )
  )
  it.effect("by declining ends the turn with a notice", () =>
    inMesh(
      { model: { turns: [{ text: "No.", stop: "refusal" }] } },
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.strictEqual(ofType(events, "turn.failed")[0]?.error.name, "ModelRefused")
      })
    )
  )
})

it.effect("an answer cut by the output limit says so", () =>
  inMesh(
    { model: { turns: [{ text: "abc", stop: "max_tokens" }] } },
    Effect.gen(function* () {
      const { events } = yield* prompted("go")
      assert.strictEqual(ofType(events, "turn.finished")[0]?.stop, "max_tokens")
    })
  )
)

describe("a person who speaks up meanwhile", () => {
  it.effect("is heard in the next request when steering, and the turn goes on until that is answered", () =>
    inMesh(
      {
        model: (_request, n) => (n === 0 ? { text: "First.", delayMs: 1000 } : { text: "Second." })
      },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "scripted/test" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")] })
        yield* eventually(session, "model.requested")
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("faster")], whenBusy: "steer" })
        yield* TestClock.adjust("2 seconds")
        yield* mesh.rest(session)
        const requests = yield* Effect.flatMap(ScriptedRequests, (it) => it.all)
        assert.deepStrictEqual(
          requests[1]?.messages.map((message) => message.parts.map((part) => (part.type === "text" ? part.text : ""))),
          [["go"], ["First."], ["faster"]]
        )
        assert.strictEqual((yield* mesh.show(session)).last?.status, "done")
      })
    )
  )
  it.effect("waits in the queue otherwise, and gets a turn of its own", () =>
    inMesh(
      { model: (_request, n) => (n === 0 ? { text: "First.", delayMs: 1000 } : { text: "Second." }) },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "scripted/test" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")] })
        yield* eventually(session, "model.requested")
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("then this")] })
        yield* TestClock.adjust("2 seconds")
        yield* mesh.rest(session)
        const state = yield* mesh.show(session)
        assert.strictEqual(state.turn, 2)
        assert.deepStrictEqual(state.queue, [])
      })
    )
  )
  it.effect("interrupts: the words so far are kept, and the session goes on", () =>
    inMesh(
      { model: (_request, n) => (n === 0 ? { text: "I was about to", hang: true } : { text: "Again." }) },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "scripted/test" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")] })
        yield* eventually(session, "model.requested")
        yield* Effect.repeatN(Effect.yieldNow(), 200)
        yield* mesh.submit(session, { type: "Interrupt" })
        yield* mesh.rest(session)
        const events = yield* eventsOf(session)
        assert.deepStrictEqual(types(events).slice(-2), ["part.text", "turn.interrupted"])
        const more = yield* prompt(session, "go on")
        assert.strictEqual(more.at(-1)?.type, "turn.finished")
      })
    )
  )
})

it.effect("request n + 1 starts with request n", () =>
  inMesh(
    {
      files: { a: "1\n", b: "2\n" },
      model: (_request, n) => (n < 4 ? { text: `step ${n}`, calls: [read(n % 2 === 0 ? "a" : "b")] } : done)
    },
    Effect.gen(function* () {
      const { session } = yield* prompted("go")
      yield* prompt(session, "and again")
      const requests = yield* Effect.flatMap(ScriptedRequests, (it) => it.all)
      assert.isAtLeast(requests.length, 6)
      for (const [index, request] of requests.entries()) {
        const before = requests[index - 1]
        if (before === undefined) continue
        assert.strictEqual(request.system, before.system)
        assert.deepStrictEqual(request.tools, before.tools)
        assert.deepStrictEqual(request.messages.slice(0, before.messages.length), before.messages)
      }
    })
  )
)

it.effect("a plan-like answer becomes todos", () =>
  inMesh(
    {
      model: {
        turns: [{ calls: [{ name: "todo", input: { todos: [{ content: "Look", status: "in_progress" }] } }] }, done]
      }
    },
    Effect.gen(function* () {
      const { events, session } = yield* prompted("go")
      assert.strictEqual(ofType(events, "todo.updated").length, 1)
      const mesh = yield* CodeMesh
      assert.deepStrictEqual((yield* mesh.show(session)).todos, [{ content: "Look", status: "in_progress" }])
    })
  )
)

describe("summarising", () => {
  const long = "word ".repeat(600)
  const size = { context: 8000, output: 1000 }
  it.effect("starts past the threshold, keeps the request word for word, and is told in the log", () =>
    inMesh(
      {
        size,
        model: (request, n) =>
          request.tools.length === 0 ? { text: "They talked about words." } : { text: `${n} ${long}`, usage: {} }
      },
      Effect.gen(function* () {
        const { session } = yield* prompted(`first ${long}`)
        for (const n of [1, 2, 3, 4, 5, 6]) yield* prompt(session, `prompt ${n}: ${long}`)
        const events = yield* eventsOf(session)
        const [compacted] = ofType(events, "session.compacted")
        assert.strictEqual(compacted?.by, "model")
        assert.include(compacted?.summary ?? "", "They talked about words.")
        const requests = yield* Effect.flatMap(ScriptedRequests, (it) => it.all)
        assert.isTrue(
          ofType(events, "model.requested").some((event) => event.broke === "the conversation was compacted")
        )
        const summed = requests.find((request) =>
          JSON.stringify(request.messages).includes("Summary of our conversation")
        )
        assert.include(JSON.stringify(summed?.messages), "They talked about words.")
        assert.isFalse(ofType(events, "model.requested").some((event) => event.tokens > 8000))
      })
    )
  )
  it.effect("does without the model where that fails", () =>
    inMesh(
      {
        size,
        model: (request, n) =>
          request.tools.length === 0 ? { error: { kind: "invalid" } } : { text: `${n} ${long}`, usage: {} }
      },
      Effect.gen(function* () {
        const { session } = yield* prompted(`first ${long}`)
        for (const n of [1, 2, 3, 4, 5, 6]) yield* prompt(session, `prompt ${n}: ${long}`)
        const [compacted] = ofType(yield* eventsOf(session), "session.compacted")
        assert.strictEqual(compacted?.by, "fallback")
      })
    )
  )
})

it.effect("what waited when a turn was interrupted is said with the next prompt", () =>
  inMesh(
    { model: (_request, n) => (n === 0 ? { text: "I was", hang: true } : { text: "Both." }) },
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const session = yield* begun("go")
      yield* eventually(session, "model.requested")
      yield* mesh.submit(session, { type: "Prompt", parts: [textPart("and this")] })
      yield* mesh.submit(session, { type: "Interrupt" })
      yield* rested(session)
      const events = yield* prompt(session, "and that")
      assert.deepStrictEqual(ofType(events, "prompt.submitted")[1]?.parts, [textPart("and this"), textPart("and that")])
      assert.strictEqual(events.at(-1)?.type, "turn.finished")
    })
  )
)
