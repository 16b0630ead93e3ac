/** A plan from its proposal to one diff: agents in copies of their own, checked, merged in the plan's order. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import type { JsonObject } from "../../../src/domain/model/Json.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { HeadlessLive } from "../../../src/programs/HeadlessLive.ts"
import { eventsOf, eventually, ofType, root, textPart, types } from "../../support/mesh.ts"

const draft = (id: string, file: string, more: JsonObject = {}): JsonObject => ({
  id,
  title: `Do ${id}`,
  task: "",
  role: "coder",
  files: [file],
  check: "npm test",
  why_no_check: null,
  depends_on: [],
  ...more
})

const weather = [
  draft("api", "src/api.js"),
  draft("docs", "docs/**", { role: "documenter", check: null, why_no_check: "only a reader can tell" }),
  draft("page", "src/page.js", { depends_on: ["api"] })
]

const firstText = ({ messages }: ModelRequest): string => {
  const [part] = messages[0]?.parts ?? []
  return part?.type === "text" ? part.text : ""
}

const lastText = ({ messages }: ModelRequest): string => {
  const part = messages[messages.length - 1]?.parts.at(-1)
  return part?.type === "text" ? part.text : ""
}

const isAnswer = ({ messages }: ModelRequest): boolean =>
  messages[messages.length - 1]?.parts.at(-1)?.type === "tool-result"

const stepIn = (request: ModelRequest): string => /## Your step\nDo (\S+)/.exec(firstText(request))?.[1] ?? ""

const write = (path: string, content: string): ScriptedTurn => ({
  calls: [{ name: "write", input: { file_path: path, content } }]
})

const files: Record<string, string> = { api: "src/api.js", docs: "docs/weather.md", page: "src/page.js" }

/** A planner that proposes `steps`, and agents that each write their file and say so. */
const obedient =
  (steps: ReadonlyArray<JsonObject>) =>
  (request: ModelRequest): ScriptedTurn => {
    const id = stepIn(request)
    if (isAnswer(request)) return { text: id === "" ? "Here is the plan." : `${id} is done.` }
    if (id === "") return { calls: [{ name: "plan", input: { goal: "Show the weather", steps } }] }
    return write(`${root}/${files[id] ?? id}`, `${id}\n`)
  }

/** The same planner; its agents never answer. */
const hanging = (request: ModelRequest): ScriptedTurn =>
  stepIn(request) === "" ? obedient(weather)(request) : { hang: true }

const planned = (text = "Show the weather") =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
    yield* mesh.submit(id, { type: "Prompt", parts: [textPart(text)] })
    yield* mesh.rest(id)
    return id
  })

const carriedOut = (id: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    yield* mesh.submit(id, { type: "ApprovePlan" })
    yield* mesh.submit(id, { type: "ExecutePlan" })
    yield* mesh.rest(id)
    return yield* eventsOf(id)
  })

const passing = { "npm test": { output: "ok\n" } }

describe("A plan", () => {
  it.scoped("is carried out by an agent a step; what they did waits as one diff, with its evidence", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      const events = yield* carriedOut(id)
      const state = yield* mesh.show(id)
      assert.strictEqual(state.plan?.status, "done")
      assert.strictEqual(state.last?.status, "done")
      const { changes } = yield* mesh.diff(id)
      assert.deepStrictEqual(
        changes.map(({ kind, path }) => `${kind} ${path}`),
        ["create docs/weather.md", "create src/api.js", "create src/page.js"]
      )
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ status, step }) => [step, status]),
        [
          ["api", "verified"],
          ["docs", "unverified"],
          ["page", "verified"]
        ]
      )
      const report = ofType(events, "part.text").at(-1)?.text ?? ""
      assert.match(report, /^✓ api \[coder\] Do api \(verified by npm test\)\n~ docs .*unverified: only a reader/)
      // Each agent is a session of its own that asked the model; nothing of theirs waits to be applied.
      const agents = ofType(events, "task.started").map(({ agent }) => agent)
      assert.strictEqual(new Set(agents).size, 3)
      for (const agent of agents) {
        assert.include(types(yield* eventsOf(agent)), "model.answered")
        assert.deepStrictEqual((yield* mesh.diff(agent)).changes, [])
      }
      assert.strictEqual(yield* mesh.replay(events), state.hash)
    }).pipe(Effect.provide(HeadlessLive({ model: obedient(weather), commands: passing })))
  )

  it.scoped("tells an agent that its check failed, and gives a step up that it cannot mend", () => {
    let told = 0
    const model = (request: ModelRequest): ScriptedTurn => {
      if (/^The check of your step failed: npm test\n\n1 failed/.test(lastText(request))) told += 1
      return obedient([weather[0] ?? {}, weather[2] ?? {}])(request)
    }
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      const events = yield* carriedOut(id)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "failed")
      const tries = ofType(events, "task.failed")
      assert.deepStrictEqual(
        tries.map(({ attempt, reason, step }) => [step, attempt, reason]),
        [
          ["api", 1, "its check failed: npm test, 3 times"],
          ["api", 2, "its check failed: npm test, 3 times"]
        ]
      )
      // Two times in each try; what depends on it was never begun.
      assert.strictEqual(told, 4)
      assert.deepStrictEqual(
        ofType(events, "task.started").map(({ step }) => step),
        ["api", "api"]
      )
      assert.deepStrictEqual((yield* mesh.diff(id)).changes, [])
      assert.strictEqual((yield* mesh.show(id)).last?.status, "failed")
    }).pipe(Effect.provide(HeadlessLive({ model, commands: { "npm test": { output: "1 failed\n", code: 1 } } })))
  })

  it.scoped("stops at a limit that all its agents share, and goes on where it was", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      yield* mesh.submit(id, { type: "ApprovePlan" })
      yield* mesh.submit(id, { type: "ExecutePlan", options: { limits: { turns: 3 } } })
      yield* mesh.rest(id)
      const cut = yield* mesh.show(id)
      assert.deepInclude(cut.last, { status: "limited" })
      assert.match(cut.last?.error?.message ?? "", /^The budget of plan, 3 model calls, is used up/)
      assert.strictEqual(cut.plan?.status, "approved")
      yield* mesh.submit(id, { type: "ExecutePlan" })
      yield* mesh.rest(id)
      const events = yield* eventsOf(id)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ step }) => step),
        ["api", "docs", "page"]
      )
      assert.strictEqual(yield* mesh.replay(events), (yield* mesh.show(id)).hash)
    }).pipe(Effect.provide(HeadlessLive({ model: obedient(weather), commands: passing })))
  )

  it.scoped("that is interrupted leaves no agent running, and says what each used", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      yield* mesh.submit(id, { type: "ApprovePlan" })
      yield* mesh.submit(id, { type: "ExecutePlan" })
      const { agent } = yield* eventually(id, "task.started")
      yield* eventually(agent, "model.requested")
      yield* mesh.submit(id, { type: "Interrupt" })
      yield* mesh.rest(id)
      const events = yield* eventsOf(id)
      assert.strictEqual((yield* mesh.show(id)).last?.status, "interrupted")
      assert.strictEqual((yield* mesh.show(agent)).running, false)
      assert.deepStrictEqual(
        new Set(ofType(events, "task.failed").map(({ reason }) => reason)),
        new Set(["the plan was stopped"])
      )
    }).pipe(Effect.provide(HeadlessLive({ model: hanging, commands: passing })))
  )

  it.scoped("lets no step change what is not its own", () => {
    const model = (request: ModelRequest): ScriptedTurn => {
      if (/^You changed files that your step may not touch: src\/other\.js\./.test(lastText(request)))
        return { calls: [{ name: "bash", input: { command: "rm src/other.js" } }] }
      const id = stepIn(request)
      if (id === "api" && !isAnswer(request)) return write(`${root}/src/other.js`, "x\n")
      return obedient([weather[0] ?? {}])(request)
    }
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      const events = yield* carriedOut(id)
      assert.match(ofType(events, "task.failed")[0]?.reason ?? "", /changed src\/other\.js|not allowed/)
      assert.deepStrictEqual((yield* mesh.diff(id)).changes, [])
    }).pipe(Effect.provide(HeadlessLive({ model, commands: passing })))
  })

  it.scoped("is edited before it is carried out, and not into one that cannot be", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* planned()
      const { plan } = yield* mesh.show(id)
      if (plan === undefined) return yield* Effect.dieMessage("no plan")
      const shorter = { ...plan.plan, steps: plan.plan.steps.slice(0, 1) }
      yield* mesh.submit(id, { type: "EditPlan", plan: shorter, what: "only the endpoint" })
      const empty = { ...plan.plan, steps: [] }
      const refused = yield* Effect.flip(mesh.submit(id, { type: "EditPlan", plan: empty, what: "nothing" }))
      assert.deepInclude(refused, { _tag: "Refused", kind: "invalid", reason: "The plan has no steps." })
      const events = yield* carriedOut(id)
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ step }) => step),
        ["api"]
      )
      const late = yield* Effect.flip(mesh.submit(id, { type: "EditPlan", plan: shorter, what: "too late" }))
      assert.deepInclude(late, { _tag: "Refused", kind: "nothing" })
    }).pipe(Effect.provide(HeadlessLive({ model: obedient(weather), commands: passing })))
  )

  it.scoped("is refused where there is none, and rejected with a reason", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
      for (const type of ["ApprovePlan", "RejectPlan", "ExecutePlan"] as const)
        assert.strictEqual((yield* Effect.flip(mesh.submit(id, { type })))._tag, "Refused")
      const other = yield* planned()
      assert.strictEqual((yield* Effect.flip(mesh.submit(other, { type: "ExecutePlan" })))._tag, "Refused")
      yield* mesh.submit(other, { type: "RejectPlan", reason: "too much" })
      assert.strictEqual((yield* mesh.show(other)).plan?.status, "rejected")
      assert.strictEqual((yield* Effect.flip(mesh.submit(other, { type: "ApprovePlan" })))._tag, "Refused")
    }).pipe(Effect.provide(HeadlessLive({ model: obedient(weather), commands: passing })))
  )
})
