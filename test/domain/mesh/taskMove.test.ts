/** What an agent's log says is next in its task: whoever goes on with it finds the same. */
import { assert, describe, it } from "@effect/vitest"
import { taskMove } from "../../../src/domain/mesh/taskMove.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import type { Step } from "../../../src/domain/model/Plan.ts"
import type { Task } from "../../../src/ports/TaskEngine.ts"
import { sessionId } from "../../support/events.ts"
import { eventsFrom, stateOf } from "../../support/logs.ts"
import { step } from "../planner/plans.ts"

const taskFor = (what: Step): Task => ({
  plan: sessionId(1),
  step: what.id,
  attempt: 1,
  agent: sessionId(2),
  parent: { session: sessionId(1), role: "coder", path: ["api (coder)"] },
  root: "/project",
  model: "a/b",
  what,
  brief: "the brief",
  options: {},
  limits: {},
  staged: [],
  inherits: []
})

const api = taskFor(step("api"))
const prompt = (turn: number): Fact => ({ type: "prompt.submitted", turn, parts: [{ type: "text", text: "go" }] })
const done = (turn: number): Fact => ({ type: "turn.finished", turn, stop: "end_turn" })
const cut = (turn: number): Fact => ({ type: "turn.interrupted", turn })
const change = (path: string): Change => ({
  path,
  kind: "create",
  added: 1,
  removed: 0,
  after: { hash: "1", size: 1, kind: "file" }
})
const staged = (turn: number, path: string): Fact => ({ type: "changes.staged", turn, changes: [change(path)] })
const check = (ok: boolean): Fact => ({
  type: "check.recorded",
  command: "npm test",
  ok,
  output: "1 failed",
  tree: "t"
})
const move = (task: Task, ...facts: ReadonlyArray<Fact>) => taskMove(stateOf(eventsFrom(facts)), task)

describe("What is next in a task", () => {
  it("is its brief, then its check, then its end", () => {
    assert.deepStrictEqual(move(api), { type: "prompt", text: "the brief" })
    const worked = [prompt(1), staged(1, "src/api.ts"), done(1)]
    const changes = [change("src/api.ts")]
    assert.deepStrictEqual(move(api, ...worked), { type: "check", command: "npm test", changes })
    assert.deepStrictEqual(move(api, ...worked, check(true)), { type: "end", status: "verified", changes })
    const bare = taskFor(step("api", [], { check: { none: "only looks" } }))
    assert.deepStrictEqual(move(bare, ...worked), { type: "end", status: "unverified", changes })
  })

  it("is what was wrong, as often as it may be told; a check of an earlier turn shows nothing", () => {
    const once = [prompt(1), done(1), check(false)]
    assert.match(JSON.stringify(move(api, ...once)), /The check of your step failed: npm test.*1 failed/)
    assert.deepInclude(move(api, ...once, prompt(2), done(2)), { type: "check" })
    const thrice = [...once, prompt(2), done(2), check(false), prompt(3), done(3), check(false)]
    assert.deepInclude(move(api, ...thrice), { status: "failed", reason: "its check failed: npm test, 3 times" })
  })

  it("is to put files back that are not its own", () => {
    assert.match(JSON.stringify(move(api, prompt(1), staged(1, "x.ts"), done(1))), /may not touch: x\.ts/)
  })

  it("is to go on where a program died, though not for ever", () => {
    assert.match(JSON.stringify(move(api, prompt(1), cut(1))), /Go on where you were/)
    const often = Array.from({ length: 11 }, (_, index) => [prompt(index + 1), cut(index + 1)]).flat()
    assert.deepInclude(move(api, ...often), { status: "failed", reason: "whoever did it died 11 times" })
    // Being cut is nobody's fault: it leaves as many rounds as there were.
    assert.deepInclude(move(api, prompt(1), cut(1), prompt(2), done(2), check(false)), { type: "prompt" })
  })

  it("is its end where its turn ended badly, with why", () => {
    const failed: Fact = { type: "turn.failed", turn: 1, reason: "limited", error: { name: "L", message: "no money" } }
    assert.deepInclude(move(api, prompt(1), failed), { status: "failed", reason: "no money" })
    assert.deepInclude(move(api, prompt(1)), { status: "failed", reason: "its turn ended failed" })
  })
})
