/** The flags of `plan edit` as edits: each says what it is, and what makes no sense says why. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Plan } from "../../../src/domain/model/Plan.ts"
import { edited } from "../../../src/domain/planner/editPlan.ts"
import { type EditFlags, editsOf } from "../../../src/programs/cli/planEdits.ts"
import { step } from "../../domain/planner/plans.ts"

const none: EditFlags = {
  add: [],
  after: Option.none(),
  set: [],
  remove: [],
  move: Option.none(),
  before: Option.none()
}

const plan: Plan = { goal: "g", steps: [step("api"), step("page", ["api"]), step("all", ["page"])] }

const planAfter = (flags: Partial<EditFlags>): Plan =>
  Either.getOrThrow(editsOf({ ...none, ...flags })).reduce<Plan>(
    (left, { edit }) => Either.getOrThrow(edited(left, edit)),
    plan
  )

const wrong = (flags: Partial<EditFlags>): string =>
  Either.match(editsOf({ ...none, ...flags }), { onLeft: (reason) => reason, onRight: () => "" })

describe("plan edit", () => {
  it("adds a step from what a person writes, in its place", () => {
    const { steps } = planAfter({
      add: ['{"id":"docs","title":"Say how","check":"npm test"}'],
      after: Option.some("api")
    })
    assert.deepStrictEqual(
      steps.map(({ id }) => id),
      ["api", "docs", "page", "all"]
    )
    assert.deepStrictEqual(steps[1], step("docs", [], { title: "Say how", files: [] }))
    assert.match(wrong({ add: ['{"id":"Docs"}'] }), /--add takes a step as JSON/)
    assert.match(wrong({ after: Option.some("api") }), /nothing is added/)
  })

  it("changes what a step has, also one with a dot in its name", () => {
    const set = ["api.check=npm run lint", "api.files= src/a.ts, src/b.ts", "page.no_check=looks", "page.depends_on="]
    const { steps } = planAfter({ set: [...set, "all.title=Every = thing", "all.role=tester"] })
    assert.deepStrictEqual(steps, [
      step("api", [], { check: { run: "npm run lint" }, files: ["src/a.ts", "src/b.ts"] }),
      step("page", [], { check: { none: "looks" } }),
      step("all", ["page"], { title: "Every = thing", role: "tester" })
    ])
    assert.deepStrictEqual(Either.getOrThrow(editsOf({ ...none, set: ["v1.0.title=x"] }))[0]?.edit, {
      type: "change",
      id: "v1.0",
      to: { title: "x" }
    })
    for (const text of ["api", "api.title", "api.title=", "api.id=x", "=x"])
      assert.match(wrong({ set: [text] }), /--set takes/)
  })

  it("takes steps out and moves one, and says what was done in words", () => {
    const flags = { remove: ["page"], move: Option.some("all"), before: Option.some("api") }
    assert.deepStrictEqual(
      planAfter(flags).steps.map(({ id }) => id),
      ["all", "api"]
    )
    assert.deepStrictEqual(
      Either.getOrThrow(editsOf({ ...none, ...flags })).map(({ what }) => what),
      ["without page", "moved all before api"]
    )
    assert.deepStrictEqual(
      Either.getOrThrow(editsOf({ ...none, move: Option.some("api") }))[0]?.what,
      "moved api to the end"
    )
    assert.match(wrong({ before: Option.some("api") }), /nothing is moved/)
  })
})
