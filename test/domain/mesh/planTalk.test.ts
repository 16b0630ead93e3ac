/** Agents of a plan: what they ask is asked of whoever carries the plan out, and what they tell each other reaches them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { JsonObject } from "../../../src/domain/model/Json.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { HeadlessLive } from "../../../src/programs/HeadlessLive.ts"
import { eventsOf, eventually, ofType, root, textPart } from "../../support/mesh.ts"

const step = (id: string, file: string): JsonObject => ({
  id,
  title: `Do ${id}`,
  task: "",
  role: "coder",
  files: [file],
  check: null,
  why_no_check: "only a reader can tell",
  depends_on: []
})

const propose = (...steps: ReadonlyArray<JsonObject>): ScriptedTurn => ({
  calls: [{ name: "plan", input: { goal: "Say how agents are to work here", steps } }]
})

const said = ({ messages }: ModelRequest): string => JSON.stringify(messages)

const isAnswered = ({ messages }: ModelRequest): boolean => messages.at(-1)?.parts.at(-1)?.type === "tool-result"

const planned = Effect.gen(function* () {
  const mesh = yield* CodeMesh
  const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
  yield* mesh.submit(id, { type: "Prompt", parts: [textPart("Plan it.")] })
  yield* mesh.rest(id)
  yield* mesh.submit(id, { type: "ApprovePlan" })
  return id
})

describe("the agents of a plan", () => {
  const writer = (request: ModelRequest): ScriptedTurn => {
    if (isAnswered(request)) return { text: "Done." }
    if (!said(request).includes("## Your step")) return propose(step("rules", "AGENTS.md"))
    return { calls: [{ name: "write", input: { file_path: "AGENTS.md", content: "x\n" } }] }
  }

  it.scoped("ask whoever carries it out, and go on with the answer", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned
      yield* mesh.submit(id, { type: "ExecutePlan", options: { attended: true } })
      const { call, from } = yield* eventually(id, "tool.asked")
      assert.deepStrictEqual(from?.path, ["rules (coder)"])
      yield* mesh.submit(id, { type: "Reply", call, reply: "once" })
      yield* mesh.rest(id)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
      assert.deepStrictEqual(
        (yield* mesh.diff(id)).changes.map(({ path }) => path),
        ["AGENTS.md"]
      )
      for (const session of [id, ...(from === undefined ? [] : [from.agent])])
        assert.strictEqual(yield* mesh.replay(yield* eventsOf(session)), (yield* mesh.show(session)).hash)
    }).pipe(Effect.provide(HeadlessLive({ model: writer })))
  )

  it.scoped("ask nobody where nobody is there", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned
      yield* mesh.submit(id, { type: "ExecutePlan" })
      yield* mesh.rest(id)
      const events = yield* eventsOf(id)
      assert.deepStrictEqual(ofType(events, "tool.asked"), [])
      assert.match(ofType(events, "task.failed")[0]?.reason ?? "", /nobody is there to answer/)
    }).pipe(Effect.provide(HeadlessLive({ model: writer })))
  )

  const talker = (request: ModelRequest): ScriptedTurn => {
    const text = said(request)
    if (!text.includes("## Your step"))
      return isAnswered(request) ? { text: "Planned." } : propose(step("a", "a.md"), step("b", "b.md"))
    const me = /Do (\w)/.exec(text)?.[1] ?? ""
    const other = me === "a" ? "b" : "a"
    const question = /\[(m\d+)\] question from \w/.exec(text)?.[1]
    if (question !== undefined && !text.includes(`${me} answers`))
      return {
        calls: [{ name: "message", input: { to: [other], kind: "result", text: `${me} answers`, reply_to: question } }]
      }
    if (me === "a" && !text.includes("b answers"))
      return {
        calls: [{ name: "message", input: { to: ["b"], kind: "question", text: "Which title?", wait_ms: 60_000 } }]
      }
    if (!text.includes(`${me}.md`) || !text.includes('"write"'))
      return { calls: [{ name: "write", input: { file_path: `${me}.md`, content: "x\n" } }] }
    return { text: "Done." }
  }

  it.scoped("tell each other what they need, in strategies in which agents talk", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned
      yield* mesh.submit(id, { type: "ExecutePlan", strategy: "hierarchical" })
      yield* mesh.rest(id)
      const events = yield* eventsOf(id)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
      assert.include(
        ofType(events, "message.sent").map(({ from, kind, text }) => `${from} ${kind}: ${text}`),
        "b result: b answers"
      )
      assert.strictEqual(yield* mesh.replay(events), (yield* mesh.show(id)).hash)
      for (const { agent } of ofType(events, "task.started"))
        assert.strictEqual(yield* mesh.replay(yield* eventsOf(agent)), (yield* mesh.show(agent)).hash)
    }).pipe(Effect.provide(HeadlessLive({ model: talker })))
  )
})
