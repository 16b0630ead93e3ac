/** The testing kit: its laws hold for random runs, each of them can be broken, and a scenario tells what was missed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import type { RandomRun } from "../../src/adapters/memory/arbitraries.ts"
import { type Event, Fact } from "../../src/domain/model/Event.ts"
import type { Message } from "../../src/domain/model/Message.ts"
import { arbitraries, invariants, type Scenario, scenario } from "../../src/programs/testing.ts"

/** `npm run test:laws` is the full number. */
const runs = Number(process.env.CODE_MESH_RUNS ?? 50)
const longest = Math.max(90_000, runs * 1000)

const scenarioOf = ({ apply, context, files, reply, steps, turns }: RandomRun): Scenario => ({
  files,
  model: (_request, n) => turns[n] ?? { text: "That is all." },
  config: { context: { max: context } },
  steps,
  options: { apply, limits: { turns: 30 } },
  ...(reply === undefined ? {} : { reply })
})

describe("random runs", () => {
  it("keep every law", { timeout: longest + 30_000 }, async () => {
    await FastCheck.assert(
      FastCheck.asyncProperty(arbitraries.run, async (run) => {
        const { failures } = await scenario(scenarioOf(run))
        assert.strictEqual(failures.join("; "), "")
      }),
      { numRuns: runs, interruptAfterTimeLimit: longest, markInterruptAsFailure: true }
    )
  })

  it("are conversations, however they are drawn", () => {
    FastCheck.assert(
      FastCheck.property(arbitraries.messages, (messages) => {
        assert.isUndefined(invariants.conversationValid(messages))
      })
    )
  })

  it("draw facts that survive JSON", () => {
    const json = Schema.parseJson(Fact)
    FastCheck.assert(
      FastCheck.property(arbitraries.fact, (fact) => {
        const text = Schema.encodeSync(json)(fact)
        assert.strictEqual(Schema.encodeSync(json)(Schema.decodeSync(json)(text)), text)
      })
    )
  })
})

const coder: Scenario = {
  files: { "a.txt": "one\ntwo\n" },
  model: {
    turns: [
      { calls: [{ name: "read", input: { file_path: "a.txt" } }] },
      { calls: [{ name: "edit", input: { file_path: "a.txt", old_string: "two", new_string: "2" } }] },
      { text: "Done." },
      { text: "You are welcome." }
    ]
  },
  steps: ["fix it", "thanks"]
}

describe("a scenario", () => {
  it("meets what was expected of it", async () => {
    const played = await scenario({
      ...coder,
      steps: ["fix it", { do: "Apply" }, "thanks"],
      expect: {
        status: "done",
        says: "welcome",
        tools: ["read", "edit"],
        staged: [],
        files: { "a.txt": "one\n2\n", "b.txt": null }
      }
    })
    assert.deepStrictEqual(played.failures, [])
  })

  it("tells each expectation that was not met", async () => {
    const expect = {
      status: "failed",
      says: "Sorry",
      tools: ["read"],
      staged: ["b.txt"],
      files: { "a.txt": null }
    } as const
    const { failures } = await scenario({ ...coder, expect })
    assert.deepStrictEqual(
      failures.map((failure) => failure.split(":")[0]?.slice(0, 10)),
      ["status", "staged", "tools", "the answer", "a.txt"]
    )
  })
})

it("an id that a provider gives twice belongs to one call, also once the first has been summed up", async () => {
  const same = { calls: [{ name: "read", id: "call_same", input: { file_path: "a.txt" } }] }
  const words = { text: "word ".repeat(600) }
  const turns = [same, words, words, { text: "What was done." }, same, words]
  const { events, failures } = await scenario({
    ...coder,
    model: { turns },
    config: { context: { max: 8000 } },
    steps: ["look", "go on", { do: "Compact" }, "look again"]
  })
  assert.deepStrictEqual(failures, [])
  assert.isTrue(events.some((event) => event.type === "session.compacted"))
  const ids = events.flatMap((event) => (event.type === "tool.called" ? [event.call] : []))
  assert.deepStrictEqual(ids, ["call_same", "call_3_1_1"])
})

describe("each law can be broken", () => {
  const law = (violation: { readonly law: string } | undefined) => violation?.law
  const without = (events: ReadonlyArray<Event>, type: Event["type"]) => events.filter((event) => event.type !== type)

  it("an outcome that is missing, or there twice, is found", async () => {
    const { events } = await scenario(coder)
    const outcome = events.find((event) => event.type === "tool.finished")
    assert.isUndefined(law(invariants.everyCallAnswered(events)))
    assert.isDefined(law(invariants.everyCallAnswered(without(events, "tool.finished"))))
    assert.isDefined(law(invariants.everyCallAnswered([...events, ...(outcome === undefined ? [] : [outcome])])))
  })

  it("a state that is not the log's is found", async () => {
    const { events } = await scenario(coder)
    const state = invariants.stateOf(events)
    assert.isUndefined(invariants.stateIsReplayed(events, state))
    assert.include(invariants.stateIsReplayed(events, { ...state, title: "other" })?.what, "title")
    assert.isDefined(invariants.stateIsReplayed(without(events, "part.text"), state))
  })

  it("a conversation that no provider takes is found", () => {
    const call = { type: "tool-call", id: "call_1", name: "read", input: "{}" } as never
    const result = { type: "tool-result", id: "call_1", name: "read", ok: true, text: "" } as never
    const user = (...parts: Message["parts"]): Message => ({ role: "user", parts })
    const model = (...parts: Message["parts"]): Message => ({ role: "assistant", parts })
    const text = { type: "text", text: "hi" } as const
    const bad = [
      [model(text)],
      [user(text), model(call)],
      [user(text), model(call), user(text)],
      [user(text), user(result)],
      [user(text), model(call), model(result)],
      [user(text), model()],
      [user(call)]
    ]
    for (const messages of bad) assert.isDefined(law(invariants.conversationValid(messages)), JSON.stringify(messages))
    assert.isUndefined(law(invariants.conversationValid([user(text), model(text, call), user(result)])))
  })

  it("a request that does not start with the one before is found, unless an event explains it", async () => {
    const { events, requests } = await scenario(coder)
    const bent = requests.map((request, index) => (index === 2 ? { ...request, model: "scripted/other" } : request))
    assert.isUndefined(law(invariants.requestsExtend(events, requests)))
    assert.isDefined(law(invariants.requestsExtend(events, bent)))
    const otherwise = requests.map((request, index) => (index === 2 ? { ...request, system: "Be brief." } : request))
    assert.isDefined(law(invariants.requestsExtend(events, otherwise)))
    const told = events.map((event) => (event.type === "model.requested" ? { ...event, broke: "so it is" } : event))
    assert.isUndefined(law(invariants.requestsExtend(told, bent)))
    assert.isUndefined(law(invariants.requestsExtend(told, otherwise)))
  })

  it("a model that is asked the same as well breaks no prefix; one that nobody named, or is asked something else, does", async () => {
    const models = ["scripted/b", "scripted/c"]
    const { events, failures, requests } = await scenario({ ...coder, config: { model: { ensemble: { models } } } })
    assert.deepStrictEqual(failures, [])
    const at = requests.findIndex((request) => request.model === "scripted/c")
    assert.isAbove(at, 0)
    const bend = (bent: (typeof requests)[number]) => requests.map((request, index) => (index === at ? bent : request))
    const found = requests[at]
    if (found === undefined) return assert.fail("nobody else was asked")
    assert.isDefined(law(invariants.requestsExtend(events, bend({ ...found, model: "scripted/d" }))))
    assert.isDefined(law(invariants.requestsExtend(events, bend({ ...found, messages: found.messages.slice(0, 1) }))))
  })

  it("a request over its budget is found", async () => {
    const { events, requests } = await scenario(coder)
    const small = events.map((event) =>
      event.type === "turn.started" ? { ...event, described: { ...event.described, context: 100 } } : event
    )
    assert.isUndefined(law(invariants.windowKept(events, requests)))
    assert.isDefined(law(invariants.windowKept(small, requests)))
  })

  it("an event that was changed is found where it stands", async () => {
    const { events } = await scenario(coder)
    const bent = events.map((event) => (event.type === "part.text" ? { ...event, text: "Gone." } : event))
    const where = bent.find((event) => event.type === "part.text")?.seq
    const found = await Effect.runPromise(invariants.chainHolds(bent))
    assert.strictEqual(found?.seq, where)
    assert.isUndefined(await Effect.runPromise(invariants.chainHolds(events)))
  })

  it("a file that was touched, added or lost is found", () => {
    const tree = { a: Uint8Array.of(1), b: new Uint8Array() }
    assert.isUndefined(invariants.treeUntouched(tree, { ...tree }))
    assert.isDefined(invariants.treeUntouched(tree, { ...tree, a: Uint8Array.of(2) }))
    assert.isDefined(invariants.treeUntouched(tree, { ...tree, c: new Uint8Array() }))
    assert.isDefined(invariants.treeUntouched(tree, { a: Uint8Array.of(1) }))
  })
})
