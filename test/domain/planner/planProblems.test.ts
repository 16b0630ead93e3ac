/** What is wrong with a plan, and what edits make of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import type { Plan, Step } from "../../../src/domain/model/Plan.ts"
import { edited } from "../../../src/domain/planner/editPlan.ts"
import { mostSteps, problemsOf } from "../../../src/domain/planner/planProblems.ts"
import { acyclic, step } from "./plans.ts"

const plan = (...steps: ReadonlyArray<Step>): Plan => ({ goal: "Show the weather", steps })
const problems = (...steps: ReadonlyArray<Step>) => problemsOf(plan(...steps), ["coder", "tester"])

describe("A plan", () => {
  it("whose steps have their own files, checks and known roles can be carried out", () => {
    assert.deepStrictEqual(problems(step("a"), step("b", ["a"], { role: "tester" })), [])
    fc.assert(fc.property(acyclic, (steps) => assert.deepStrictEqual(problems(...steps), [])))
  })

  it("needs steps, and not too many", () => {
    assert.deepStrictEqual(problems(), ["The plan has no steps."])
    assert.match(problems(...Array.from({ length: mostSteps + 1 }, (_, n) => step(`s${n}`)))[0] ?? "", /101 steps/)
  })

  it("is told each name that is there twice or not at all", () => {
    assert.deepStrictEqual(problems(step("a"), step("a"), step("b", ["c"])), [
      "Two steps are called a: each needs an id of its own.",
      "Step b depends on c, and there is no such step."
    ])
  })

  it("is told which steps wait for themselves", () => {
    assert.match(problems(step("a", ["b"]), step("b", ["a"]))[0] ?? "", /wait for themselves.*a, b/)
  })

  it("is told of files outside the project, and of strange roles", () => {
    assert.deepStrictEqual(problems(step("a", [], { files: ["../x", "/etc/x", "~/x", "C:\\x"] })).length, 4)
    assert.match(problems(step("a", [], { role: "wizard" }))[0] ?? "", /no such role: coder, tester/)
  })

  it("may not let two steps touch a file at once, unless both say that they merge", () => {
    const a = step("a", [], { files: ["src/**"] })
    const b = step("b", [], { files: ["src/b.ts"] })
    assert.match(problems(a, b)[0] ?? "", /a and b may both touch src\/\*\*/)
    assert.deepStrictEqual(problems(a, { ...b, dependsOn: ["a"] }), [])
    assert.deepStrictEqual(problems({ ...a, dependsOn: ["b"] }, b), [])
    assert.deepStrictEqual(problems({ ...a, merges: true }, { ...b, merges: true }), [])
    assert.strictEqual(problems({ ...a, merges: true }, b).length, 1)
  })
})

describe("An edit of a plan", () => {
  const before = plan(step("a"), step("b", ["a"]), step("c", ["b"]))
  const idsAfter = (edit: Parameters<typeof edited>[1]) =>
    Either.map(edited(before, edit), ({ steps }) => steps.map(({ id }) => id))

  it("adds a step at the end or after another", () => {
    assert.deepStrictEqual(idsAfter({ type: "add", step: step("d") }), Either.right(["a", "b", "c", "d"]))
    assert.deepStrictEqual(idsAfter({ type: "add", step: step("d"), after: "a" }), Either.right(["a", "d", "b", "c"]))
  })

  it("removes a step, and who waited for it waits for what that one waited for", () => {
    const steps = plan(step("a"), step("b", ["a"]), step("c", ["b", "d"]), step("d"))
    const after = Either.getOrThrow(edited(steps, { type: "remove", id: "b" }))
    assert.deepStrictEqual(after.steps, [step("a"), step("c", ["a", "d"]), step("d")])
  })

  it("changes a step", () => {
    const after = Either.getOrThrow(edited(before, { type: "change", id: "b", to: { title: "Other" } }))
    assert.deepStrictEqual(after.steps[1], { ...step("b", ["a"]), title: "Other" })
  })

  it("moves a step to the end or before another", () => {
    assert.deepStrictEqual(idsAfter({ type: "move", id: "a" }), Either.right(["b", "c", "a"]))
    assert.deepStrictEqual(idsAfter({ type: "move", id: "c", before: "a" }), Either.right(["c", "a", "b"]))
  })

  it("names the step that is not there", () => {
    const none = Either.left("There is no step x in this plan.")
    assert.deepStrictEqual(idsAfter({ type: "add", step: step("d"), after: "x" }), none)
    assert.deepStrictEqual(idsAfter({ type: "remove", id: "x" }), none)
    assert.deepStrictEqual(idsAfter({ type: "move", id: "a", before: "x" }), none)
  })
})
