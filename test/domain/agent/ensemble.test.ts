/** Several models asked the same: what comes of their answers, what is in the log of it, and that it replays. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { ScriptedRequests, type ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import * as UnbashGrammar from "../../../src/adapters/shared/UnbashGrammar.ts"
import { noWords } from "../../../src/domain/agent/council.ts"
import { about, alsoAsked, elected, namedIn, worded } from "../../../src/domain/agent/ensemble.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Event } from "../../../src/domain/model/Event.ts"
import type { Model } from "../../../src/domain/model/Model.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { begun, eventually, inMesh, type MeshOptions, ofType, prompted, rested } from "../../support/mesh.ts"

const main = "scripted/test"
const models = ["scripted/b", "scripted/c"]
const usage = { input: 10, output: 5 }
const isVote = (request: ModelRequest): boolean => request.system.startsWith("You compare")
const isMerge = (request: ModelRequest): boolean => request.system.startsWith("You make one answer")

/** Each model says its own name; what is said of answers is given by the model's name. */
const world = (
  ensemble: object,
  said: Readonly<Record<string, string>> = {},
  other: (request: ModelRequest) => ScriptedTurn | undefined = () => undefined
): MeshOptions => ({
  config: { model: { ensemble: { models, ...ensemble } } },
  files: { "a.txt": "one\n" },
  model: (request) =>
    other(request) ??
    (isVote(request) || isMerge(request)
      ? { text: said[request.model] ?? "?", usage }
      : { text: `I am ${request.model}.`, usage })
})

const again = (events: ReadonlyArray<Event>) =>
  replay(events).pipe(
    Effect.provide(NodeDigest.layer),
    Effect.provide(BpeTokenizer.layer),
    Effect.provide(UnbashGrammar.layer)
  )

const played = (options: MeshOptions, text = "Who are you?") =>
  Effect.gen(function* () {
    const ran = yield* inMesh(
      options,
      Effect.gen(function* () {
        const { events, session } = yield* prompted(text)
        const state = yield* (yield* CodeMesh).show(session)
        return { events, state, requests: yield* Effect.flatMap(ScriptedRequests, (it) => it.all) }
      })
    )
    assert.strictEqual(yield* again(ran.events), ran.events.at(-1)?.hash)
    const answers = ofType(ran.events, "model.answered")
    return {
      ...ran,
      answer: ofType(ran.events, "part.text").map((part) => part.text),
      candidates: answers.flatMap(({ candidate }) => candidate ?? []),
      votes: answers.flatMap(({ vote }) => vote ?? [])
    }
  })

describe("several models asked the same", () => {
  it.effect("with a judge: the answer is the one that it picks", () =>
    Effect.gen(function* () {
      const ran = yield* played(world({ judge: "scripted/j" }, { "scripted/j": "2\nIt is short." }))
      assert.deepStrictEqual(ran.answer, ["I am scripted/b."])
      assert.deepStrictEqual(
        ran.candidates,
        [main, ...models].map((model) => ({ model, text: `I am ${model}.` }))
      )
      assert.deepStrictEqual(ran.votes, [{ by: "scripted/j", for: "scripted/b", text: "2\nIt is short." }])
      // Each call counts once, and what it used.
      assert.deepStrictEqual([ran.state.turnUsage.input, ran.state.turnUsage.output, ran.state.calls], [40, 20, 4])
      for (let length = 1; length < ran.events.length; length++)
        assert.strictEqual(yield* again(ran.events.slice(0, length)), ran.events[length - 1]?.hash)
    })
  )
  it.effect("with votes: the answer is the one with most of them, whatever stood first", () =>
    Effect.gen(function* () {
      // The first sees test, b, c; the second b, c, test; the third c, test, b.
      const ran = yield* played(world({ how: "vote" }, { [main]: "3", "scripted/b": "1", "scripted/c": "1" }))
      assert.deepStrictEqual(
        ran.votes.map((vote) => vote.for),
        ["scripted/c", "scripted/b", "scripted/c"]
      )
      assert.deepStrictEqual(ran.answer, ["I am scripted/c."])
    })
  )
  it.effect("with a merge: the answer is made of all", () =>
    Effect.gen(function* () {
      const ran = yield* played(world({ how: "merge" }, { [main]: "We are three." }))
      assert.deepStrictEqual(ran.answer, ["We are three."])
      assert.deepStrictEqual(ran.votes, [{ by: main, text: "We are three." }])
      const asked = JSON.stringify(ran.requests.find(isMerge)?.messages)
      for (const model of [main, ...models]) assert.include(asked, `I am ${model}.`)
    })
  )
  it.effect("of which some fail, or ask for tools: the others count, and the log says why", () =>
    Effect.gen(function* () {
      const call = { name: "read", input: { file_path: "a.txt" } }
      const ran = yield* played(
        world({ how: "vote" }, {}, (request) =>
          request.model === "scripted/b"
            ? { error: { kind: "quota" } }
            : request.model === "scripted/c"
              ? { text: "Let me see.", calls: [call], usage }
              : undefined
        )
      )
      assert.match(ran.candidates[1]?.failed ?? "", /scripted\/b did not answer \(quota\)/)
      assert.deepStrictEqual(ran.candidates[2], { model: "scripted/c", failed: noWords })
      assert.deepStrictEqual([ran.votes, ran.answer], [[], ["I am scripted/test."]])
    })
  )
  it.effect("of which the judge fails, or names none: the turn's own model has the word", () =>
    Effect.gen(function* () {
      for (const how of ["judge", "merge"]) {
        const failing = (request: ModelRequest): ScriptedTurn | undefined =>
          isVote(request) || isMerge(request) ? { error: { kind: "server" } } : undefined
        assert.deepStrictEqual((yield* played(world({ how }, {}, failing))).answer, ["I am scripted/test."])
      }
      const ran = yield* played(world({}, { [main]: "All are good." }))
      assert.deepStrictEqual([ran.votes[0]?.for, ran.answer], [undefined, ["I am scripted/test."]])
    })
  )
  it.effect("only for the answer of a turn that calls no tool, unless it may change nothing", () =>
    Effect.gen(function* () {
      let n = 0
      const working = (request: ModelRequest): ScriptedTurn | undefined =>
        request.model === main && n++ === 0 ? { calls: [{ name: "read", input: { file_path: "a.txt" } }] } : undefined
      const ran = yield* played(world({}, {}, working))
      assert.deepStrictEqual([ran.candidates, ran.answer], [[], ["I am scripted/test."]])
      n = 0
      const config = { model: { ensemble: { models } } }
      const planned = yield* inMesh(
        { ...world({}, {}, working), config },
        Effect.map(prompted("Plan it.", { mode: "plan" }), ({ events }) => events)
      )
      assert.strictEqual(ofType(planned, "model.answered").flatMap(({ candidate }) => candidate ?? []).length, 3)
    })
  )
  it.effect("and stopped meanwhile: what the first one said is kept", () =>
    Effect.gen(function* () {
      const stuck = (request: ModelRequest): ScriptedTurn | undefined =>
        isVote(request) ? { text: "hm", hang: true } : undefined
      const events = yield* inMesh(
        world({}, {}, stuck),
        Effect.gen(function* () {
          const session = yield* begun("Who?")
          yield* Effect.race(eventually(session, "model.answered"), Effect.never)
          yield* Effect.repeatN(Effect.yieldNow(), 300)
          yield* (yield* CodeMesh).submit(session, { type: "Interrupt" })
          return yield* rested(session)
        })
      )
      assert.deepInclude(ofType(events, "part.text")[0], { text: "I am scripted/test.", partial: true })
      assert.strictEqual(yield* again(events), events.at(-1)?.hash)
    })
  )
})

describe("one answer of several", () => {
  const model = (context: number): Model => ({
    name: "a/judge",
    context,
    output: 1000,
    images: false,
    reasoning: false,
    tools: true
  })
  const request: ModelRequest = {
    model: main,
    system: "s",
    tools: [{ name: "read", description: "", input: {} }],
    messages: [
      {
        role: "user",
        parts: [
          { type: "text", text: "x".repeat(50_000) },
          { type: "image", mime: "image/png", data: "" }
        ]
      }
    ]
  }
  const answers = worded([
    { model: "a/a", text: "y".repeat(50_000) },
    { model: "b/b", failed: "gone" },
    { model: "c/c", text: "short" }
  ])
  it("is asked for within the window of whoever is asked", () => {
    const asked = about("judge", request, answers, { model: model(4000), first: 1 })
    const text = JSON.stringify(asked.messages)
    assert.isBelow(text.length, 3000)
    assert.isBelow(text.indexOf("short"), text.indexOf("yyyy"))
    assert.strictEqual(
      about("merge", { ...request, messages: [] }, [], { model: model(4000), first: 0 }).tools.length,
      0
    )
  })
  it("is whoever is named, counted from the one that stood first", () => {
    assert.deepStrictEqual(
      ["1", "Answer 2 is best", "0", "3", "none"].map((said) => namedIn(said, answers, 1)),
      ["c/c", "a/a", undefined, undefined, undefined]
    )
  })
  it("has at least as many votes as any other", () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a/a", "c/c", "d/d", undefined)), (named) => {
        const votes = named.map((one) => ({ by: "x/x", text: "", ...(one === undefined ? {} : { for: one }) }))
        const count = (name: string | undefined) => named.filter((one) => one === name).length
        const best = elected(answers, votes)?.model
        assert.isTrue(answers.every((answer) => count(answer.model) <= count(best)))
        assert.isUndefined(elected([], votes))
      })
    ))
  it("is asked of others without tools, where none was called, and no longer than they can", () => {
    const other = alsoAsked({ ...request, maxOutput: 5000, schema: { name: "n", schema: {} } }, model(4000))
    assert.deepInclude(other, { model: "a/judge", tools: [], maxOutput: 1000, schema: { name: "n", schema: {} } })
    const called = [
      {
        role: "assistant" as const,
        parts: [{ type: "tool-call" as const, id: "A" as never, name: "read", input: "{}" }]
      }
    ]
    assert.strictEqual(alsoAsked({ ...request, messages: called }, model(4000)).tools.length, 1)
  })
})
