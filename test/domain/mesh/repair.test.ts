/** What becomes of what fails: mended by another role, reassigned, a step more; and steps that are cancelled or proposed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import type { Played } from "../../../src/adapters/memory/ScriptedShell.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { TurnOptions } from "../../../src/domain/model/Command.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import type { JsonObject } from "../../../src/domain/model/Json.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { HeadlessLive } from "../../../src/programs/HeadlessLive.ts"
import { eventsOf, eventually, ofType, root, textPart } from "../../support/mesh.ts"

const draft = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  title: `Do ${id}`,
  task: "",
  role: "coder",
  files: [`src/${id}.js`],
  check: "npm test",
  why_no_check: null,
  depends_on: [],
  ...more
})

const texts = ({ messages }: ModelRequest): ReadonlyArray<string> =>
  messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "text" ? [part.text] : [])))

const isAnswer = ({ messages }: ModelRequest): boolean =>
  messages[messages.length - 1]?.parts.at(-1)?.type === "tool-result"

const stepIn = (request: ModelRequest): string =>
  /## Your step\n(?:Do|Make) (\S+)/.exec(texts(request)[0] ?? "")?.[1] ?? ""

const write = (path: string, content: string): ScriptedTurn => ({
  calls: [{ name: "write", input: { file_path: `${root}/${path}`, content } }]
})

/** Those who do steps, by the step; all others say what they are asked for. */
const cast =
  (steps: ReadonlyArray<JsonObject>, does: (step: string, request: ModelRequest) => ScriptedTurn) =>
  (request: ModelRequest): ScriptedTurn => {
    const step = stepIn(request)
    if (step !== "") return does(step, request)
    const [first = ""] = texts(request)
    if (first.startsWith("You coordinate")) return { text: "again debugger\nLook at the port." }
    if (first.startsWith("Agents carried out")) return { text: "Fine." }
    if (isAnswer(request)) return { text: "A plan." }
    return { calls: [{ name: "plan", input: { goal: "Show the weather", steps } }] }
  }

const carriedOut = (options: TurnOptions = {}) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
    yield* mesh.submit(id, { type: "Prompt", parts: [textPart("Show the weather")] })
    yield* mesh.rest(id)
    yield* mesh.submit(id, { type: "ApprovePlan" })
    yield* mesh.submit(id, { type: "ExecutePlan", options })
    return id
  })

const over = (id: SessionId) => Effect.flatMap(CodeMesh, (mesh) => Effect.zipRight(mesh.rest(id), eventsOf(id)))

/** A check that comes to something else each time it is run. */
const oneAfterTheOther = (played: ReadonlyArray<Played>) => {
  let count = 0
  return (command: string): Played | undefined => (command === "npm test" ? played[count++] : undefined)
}

const fails = { output: "1 failed\n", code: 1 }

describe("A step whose check fails for good", () => {
  it.scoped("is mended by a debugger, who begins with what was left", () => {
    let began = ""
    const model = cast([draft("api")], (_, request) => {
      const brief = texts(request)[0] ?? ""
      if (!brief.includes("Another agent did this step"))
        return isAnswer(request) ? { text: "done" } : write("src/api.js", "bad\n")
      if (!isAnswer(request)) return { calls: [{ name: "read", input: { file_path: `${root}/src/api.js` } }] }
      const last = request.messages.at(-1)?.parts.at(-1)
      if (last?.type === "tool-result" && began === "") {
        began = JSON.stringify(last)
        return write("src/api.js", "good\n")
      }
      return { text: "mended" }
    })
    const commands = oneAfterTheOther([fails, fails, fails, { output: "ok\n" }, { output: "ok\n" }])
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* carriedOut()
      const events = yield* over(id)
      assert.deepStrictEqual(
        ofType(events, "task.started").map(({ attempt, role }) => [attempt, role]),
        [
          [1, "coder"],
          [2, "debugger"]
        ]
      )
      assert.include(began, "bad")
      assert.match((yield* mesh.diff(id)).text, /\+good/)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
      assert.strictEqual(yield* mesh.replay(events), (yield* mesh.show(id)).hash)
    }).pipe(Effect.provide(HeadlessLive({ model, commands })))
  })

  it.scoped("is the coordinator's, who has it tried once more by another role", () => {
    const model = cast([draft("api", { files: [] })], (_, request) => ({
      text: (texts(request)[0] ?? "").includes("Look at the port.") ? "found" : "no idea"
    }))
    const commands = oneAfterTheOther([
      fails,
      fails,
      fails,
      fails,
      fails,
      fails,
      { output: "ok\n" },
      { output: "ok\n" }
    ])
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* carriedOut()
      const events = yield* over(id)
      assert.deepStrictEqual(
        ofType(events, "plan.updated").map(({ what }) => what),
        ["reassigned step api to debugger"]
      )
      assert.strictEqual(ofType(events, "task.finished")[0]?.attempt, 3)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
    }).pipe(Effect.provide(HeadlessLive({ model, commands })))
  })
})

describe("Steps that hold alone and not together", () => {
  it.scoped("get a step more that mends them", () => {
    const model = cast([draft("api")], (step, request) =>
      isAnswer(request) ? { text: "done" } : write("src/api.js", `${step}\n`)
    )
    const commands = oneAfterTheOther([{ output: "ok\n" }, fails, { output: "ok\n" }, { output: "ok\n" }])
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* carriedOut()
      const events = yield* over(id)
      assert.deepStrictEqual(
        ofType(events, "plan.updated").map(({ what }) => what),
        ["added step mend-1: Make npm test pass over all steps"]
      )
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ step }) => step),
        ["api", "mend-1"]
      )
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
    }).pipe(Effect.provide(HeadlessLive({ model, commands })))
  })
})

describe("A step that is cancelled while its agent works", () => {
  it.scoped("ends with its agent; the others go on, and what depends on it is not begun", () => {
    const model = cast([draft("api"), draft("docs"), draft("page", { depends_on: ["api"] })], (step, request) => {
      if (step === "api") return { hang: true }
      return isAnswer(request) ? { text: "done" } : write(`src/${step}.js`, "x\n")
    })
    return Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* carriedOut()
      const { agent } = yield* eventually(id, "task.started")
      yield* eventually(agent, "model.requested")
      yield* mesh.submit(id, { type: "CancelStep", step: "api", reason: "not now" })
      const events = yield* over(id)
      assert.deepStrictEqual(
        ofType(events, "agent.ended")
          .map(({ result, role, step }) => `${step ?? role} ${result}`)
          .sort(),
        ["api cancelled", "docs verified", "reviewer done"]
      )
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ step }) => step),
        ["docs"]
      )
      assert.strictEqual((yield* mesh.show(agent)).running, false)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "failed")
      const again = yield* Effect.flip(mesh.submit(id, { type: "CancelStep", step: "docs" }))
      assert.deepInclude(again, { _tag: "Refused", kind: "nothing" })
    }).pipe(Effect.provide(HeadlessLive({ model, commands: { "npm test": { output: "ok\n" } } })))
  })
})

describe("Work outside of a plan's steps", () => {
  const model = cast([draft("api")], (step, request) => {
    const said = request.messages.filter(({ parts }) => parts.some(({ type }) => type === "tool-result")).length
    if (step === "api" && said === 0)
      return {
        calls: [
          {
            name: "propose_step",
            input: { title: "Do log", task: "Log it.", role: "coder", files: ["src/log.js"], check: "npm test" }
          }
        ]
      }
    if (step === "log" && said === 0) return write("src/log.js", "log\n")
    if (step === "api" && said === 1) return write("src/api.js", "api\n")
    return { text: "done" }
  })
  const commands = { "npm test": { output: "ok\n" } }

  it.scoped("is a step that waits for a person, and is carried out once it is approved", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* carriedOut()
      const events = yield* over(id)
      assert.deepStrictEqual(
        ofType(events, "plan.updated").map(({ what }) => what),
        ["proposed step step-2: Do log"]
      )
      assert.match(ofType(events, "part.text").at(-1)?.text ?? "", /\? step-2 .*nobody has approved it/)
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "done")
      yield* mesh.submit(id, { type: "ApproveStep", step: "step-2" })
      assert.strictEqual((yield* mesh.show(id)).plan?.status, "approved")
      yield* mesh.submit(id, { type: "ExecutePlan" })
      yield* mesh.rest(id)
      assert.deepStrictEqual(
        (yield* mesh.diff(id)).changes.map(({ path }) => path),
        ["src/api.js", "src/log.js"]
      )
      assert.strictEqual((yield* Effect.flip(mesh.submit(id, { type: "RejectStep", step: "step-2" })))._tag, "Refused")
    }).pipe(Effect.provide(HeadlessLive({ model, commands })))
  )

  it.scoped("is added at once where the person said yes to all", () =>
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const events = yield* over(yield* carriedOut({ yes: true }))
      assert.deepStrictEqual(
        ofType(events, "plan.updated").map(({ what }) => what),
        ["added step step-2: Do log"]
      )
      assert.deepStrictEqual(
        ofType(events, "task.finished").map(({ step }) => step),
        ["api", "step-2"]
      )
      assert.isDefined(mesh)
    }).pipe(Effect.provide(HeadlessLive({ model, commands })))
  )
})
