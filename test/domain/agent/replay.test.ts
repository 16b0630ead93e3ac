/** A log runs again to its own hash; one that was changed is refused where it was. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import * as UnbashGrammar from "../../../src/adapters/shared/UnbashGrammar.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import { type Event, EventJson } from "../../../src/domain/model/Event.ts"
import { link } from "../../../src/domain/session/chain.ts"
import {
  begun,
  eventsOf,
  eventually,
  inMesh,
  type Mesh,
  type MeshOptions,
  prompt,
  prompted,
  rested,
  textPart,
  types
} from "../../support/mesh.ts"

const again = (events: ReadonlyArray<Event>) =>
  replay(events).pipe(
    Effect.provide(NodeDigest.layer),
    Effect.provide(BpeTokenizer.layer),
    Effect.provide(UnbashGrammar.layer)
  )

/** Runs a session for real, then from its log; both must come to the same hash. */
const replays = <E>(options: MeshOptions, run: Effect.Effect<ReadonlyArray<Event>, E, Mesh>, last: Event["type"]) =>
  Effect.gen(function* () {
    const events = yield* inMesh(options, run)
    assert.strictEqual(events.at(-1)?.type, last, types(events).join(" "))
    assert.strictEqual(yield* again(events), events.at(-1)?.hash)
    return events
  })

const call = (name: string, input: object, id?: string) => ({
  name,
  input: input as never,
  ...(id === undefined ? {} : { id })
})
const files = { "a.txt": "one\ntwo\n3\n4\n", ".env": "K=1\n" }
const coder: ReadonlyArray<ScriptedTurn> = [
  {
    reasoning: "hm",
    text: "Looking.",
    calls: [call("read", { file_path: "a.txt" }), call("read", { file_path: ".env" })]
  },
  { calls: [call("edit", { file_path: "a.txt", old_string: "two", new_string: "2" }), { name: "grep", raw: "{" }] },
  { calls: [call("todo", { todos: [{ content: "x", status: "completed" }] }), call("nope", {})] },
  { text: "Done." }
]
const model = { turns: coder }

describe("a session replays to the same hash", () => {
  it.effect("with edits, refusals by rule, bad calls and todos", () =>
    replays(
      { files, model },
      Effect.map(prompted("go"), ({ events }) => events),
      "turn.finished"
    )
  )
  it.effect("with changes applied, undone, redone and discarded between turns", () =>
    replays(
      { files, model: { turns: [...coder, ...coder] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const { session } = yield* prompted("go")
        yield* mesh.submit(session, { type: "Apply" })
        yield* mesh.submit(session, { type: "Undo" })
        yield* mesh.submit(session, { type: "Redo" })
        yield* mesh.submit(session, { type: "Undo" })
        yield* prompt(session, "again")
        yield* mesh.submit(session, { type: "Rename", title: "other" })
        yield* mesh.submit(session, { type: "Discard" })
        return yield* eventsOf(session)
      }),
      "changes.discarded"
    )
  )
  const guarded: ReadonlyArray<ScriptedTurn> = [
    { calls: [call("write", { file_path: "AGENTS.md", content: "x\n" })] },
    { text: "Written." }
  ]
  for (const answer of ["once", "always", "reject"] as const) {
    it.effect(`with a permission answered by ${answer}`, () =>
      replays(
        { files, model: { turns: guarded } },
        Effect.gen(function* () {
          const mesh = yield* CodeMesh
          const session = yield* begun("go", { attended: true })
          const asked = yield* eventually(session, "tool.asked")
          yield* mesh.submit(session, { type: "Reply", call: asked.call, reply: answer })
          return yield* rested(session)
        }),
        answer === "reject" ? "turn.failed" : "turn.finished"
      )
    )
  }
  for (const [words, last] of [
    ["", "turn.failed"],
    ["ok", "turn.finished"]
  ] as const) {
    it.effect(`with an empty answer, then ${words === "" ? "another" : "words"}`, () =>
      replays(
        { files, model: { price: { input: 1, output: 2 }, turns: [{ text: " ", reasoning: "hm" }, { text: words }] } },
        Effect.gen(function* () {
          const session = yield* begun("go")
          yield* eventually(session, "model.retried")
          yield* TestClock.adjust("1 second")
          return yield* rested(session)
        }),
        last
      )
    )
  }
  it.live("with a title that the small model made while the turn ran", () =>
    Effect.gen(function* () {
      const events = yield* replays(
        {
          files,
          config: { model: { small: "scripted/small" } },
          model: ({ messages, model, tools }) => {
            if (model === "scripted/small") return { text: tools.length === 0 ? "Read the file" : "no title" }
            return messages.length > 1
              ? { text: "Done." }
              : { delayMs: 30, calls: [call("read", { file_path: "a.txt" })] }
          }
        },
        Effect.map(prompted("go"), ({ events }) => events),
        "turn.finished"
      )
      const at = events.findIndex((event) => event.type === "session.titled" && event.model !== undefined)
      assert.deepInclude(events[at], { title: "Read the file", model: "scripted/small" })
      assert.isBelow(at, types(events).indexOf("tool.called"))
    })
  )
  it.effect("with nobody to ask", () =>
    replays(
      { files, model: { turns: guarded } },
      Effect.map(prompted("go"), ({ events }) => events),
      "turn.failed"
    )
  )
  it.effect("with everything answered by yes", () =>
    replays(
      { files, model: { turns: guarded } },
      Effect.map(prompted("go", { yes: true }), ({ events }) => events),
      "turn.finished"
    )
  )
  it.effect("with a question to the person", () =>
    replays(
      { files, model: { turns: [{ calls: [call("question", { question: "Which?" })] }, { text: "That." }] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go", { attended: true })
        const asked = yield* eventually(session, "question.asked")
        yield* mesh.submit(session, { type: "Answer", call: asked.call, answer: "the blue one" })
        return yield* rested(session)
      }),
      "turn.finished"
    )
  )
  it.effect("with retries and a failure for good", () =>
    replays(
      { model: (_request, n) => (n < 2 ? { error: { kind: "overloaded" } } : { error: { kind: "authentication" } }) },
      Effect.gen(function* () {
        const session = yield* begun("go")
        for (let tick = 0; tick < 10; tick++) {
          yield* Effect.repeatN(Effect.yieldNow(), 100)
          yield* TestClock.adjust("1 second")
        }
        return yield* rested(session)
      }),
      "turn.failed"
    )
  )
  it.effect("with an interrupt in the middle of an answer, and a turn after it", () =>
    replays(
      { model: (_request, n) => (n === 0 ? { text: "I was about to", hang: true } : { text: "Again." }) },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go")
        yield* eventually(session, "model.requested")
        yield* Effect.repeatN(Effect.yieldNow(), 300)
        yield* mesh.submit(session, { type: "Interrupt" })
        return yield* prompt(session, "go on")
      }),
      "turn.finished"
    )
  )
  it.effect("with an interrupt while a permission was asked", () =>
    replays(
      { files, model: { turns: guarded } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go", { attended: true })
        yield* eventually(session, "tool.asked")
        yield* mesh.submit(session, { type: "Interrupt" })
        return yield* rested(session)
      }),
      "turn.interrupted"
    )
  )
  it.effect("with a time limit that was reached", () =>
    replays(
      { model: { turns: [{ text: "thinking", hang: true }] } },
      Effect.gen(function* () {
        const session = yield* begun("go", { limits: { timeout: 5000 } })
        yield* eventually(session, "model.requested")
        yield* Effect.repeatN(Effect.yieldNow(), 300)
        yield* TestClock.adjust("6 seconds")
        return yield* rested(session)
      }),
      "turn.failed"
    )
  )
  it.effect("with steering and a queue", () =>
    replays(
      { model: (_request, n) => (n === 0 ? { text: "First.", delayMs: 1000 } : { text: `Answer ${n}.` }) },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go")
        yield* eventually(session, "model.requested")
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("faster")], whenBusy: "steer" })
        yield* mesh.submit(session, { type: "Prompt", parts: [textPart("later")], whenBusy: "queue" })
        yield* TestClock.adjust("2 seconds")
        return yield* rested(session)
      }),
      "turn.finished"
    )
  )
  it.effect("with compactions", () => {
    const long = "word ".repeat(600)
    return replays(
      {
        size: { context: 8000, output: 1000 },
        model: (request, n) =>
          request.tools.length === 0 ? { text: "They talked." } : { text: `${n} ${long}`, usage: {} }
      },
      Effect.gen(function* () {
        const { session } = yield* prompted(`first ${long}`)
        for (const n of [1, 2, 3, 4, 5, 6]) yield* prompt(session, `prompt ${n}: ${long}`)
        const events = yield* eventsOf(session)
        assert.include(types(events), "session.compacted")
        return events
      }),
      "turn.finished"
    )
  })
  it.effect("cut at any event", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh({ files, model }, prompted("go"))
      for (let length = 1; length <= events.length; length++) {
        const prefix = events.slice(0, length)
        assert.strictEqual(yield* again(prefix), prefix.at(-1)?.hash)
      }
    })
  )
})

describe("a log that was changed", () => {
  it.effect("by one byte is refused at that event", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh({ files, model }, prompted("go"))
      for (const index of events.keys()) {
        const lines = events.map((event) => Schema.encodeSync(EventJson)(event))
        const line = lines[index] ?? ""
        const at = line.indexOf('"type"') + 9
        lines[index] = `${line.slice(0, at)}${line[at] === "x" ? "y" : "x"}${line.slice(at + 1)}`
        const decoded = Either.all(lines.map((one) => Schema.decodeUnknownEither(EventJson)(one)))
        // An event's own name is refused when it is read; any other member when its hash is checked.
        assert.isTrue(Either.isLeft(decoded))
        const title = events.map((event) =>
          event.seq === index + 1 && event.type === "part.text" ? { ...event, text: `${event.text}!` } : event
        )
        if (events[index]?.type !== "part.text") continue
        const refused = yield* Effect.flip(again(title))
        assert.deepInclude(refused, { _tag: "LogAltered", seq: index + 1 })
      }
    })
  )
  it.effect("and hashed anew, so that it says what this program would not have done, is refused where they part", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh({ files, model }, prompted("go"))
      const forged: Array<Event> = []
      for (const event of events) {
        const lie: Event = event.type === "tool.refused" ? { ...event, reason: "because" } : event
        const hash = yield* Effect.provide(link(forged.at(-1)?.hash ?? "", lie), NodeDigest.layer)
        forged.push({ ...lie, hash })
      }
      const parted = yield* Effect.flip(again(forged))
      assert.deepInclude(parted, { _tag: "Diverged", expected: "tool.refused" })
    })
  )
})
