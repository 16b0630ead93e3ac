/** What agents are told of their step, what they changed that is not theirs, and how a plan is reported. */
import { assert, describe, it } from "@effect/vitest"
import { briefOf, failedCheck, strayed } from "../../../src/domain/mesh/brief.ts"
import { reportLines } from "../../../src/domain/mesh/planReport.ts"
import { stray } from "../../../src/domain/mesh/stray.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { Step } from "../../../src/domain/model/Plan.ts"
import type { PlanState, StepState } from "../../../src/domain/session/PlanState.ts"
import { step } from "../planner/plans.ts"

const state = (
  steps: ReadonlyArray<Step>,
  ...known: ReadonlyArray<readonly [string, Partial<StepState>]>
): PlanState => ({
  plan: { goal: "Show the weather", steps },
  status: "approved",
  steps: new Map(known.map(([id, it]) => [id, { phase: "waiting", attempts: 1, left: [], usage: noUsage, ...it }]))
})

const changed = (path: string): Change => ({ path, kind: "create", added: 1, removed: 0 })

describe("The brief of a step", () => {
  it("holds its task, its bounds, and what was done before it; nothing of other steps", () => {
    const page = step("page", ["api"], { task: "Use the endpoint.", inputs: ["The API is at /weather."] })
    const brief = briefOf(state([step("api"), page, step("other")], ["api", { result: "It answers\nJSON." }]), page)
    assert.include(brief, "## Your step\nDo page\nUse the endpoint.")
    assert.include(brief, "- api: It answers JSON.")
    assert.include(brief, "## Good to know\nThe API is at /weather.")
    assert.include(brief, "You may change only: src/page.ts.")
    assert.include(brief, "You are done when this ends with 0: npm test")
    assert.notInclude(brief, "other")
  })

  it("says what has no check, no files or an unknown role", () => {
    const look = step("look", ["x"], { role: "guest", files: [], check: { none: "nothing to run" } })
    const brief = briefOf(state([look]), look)
    assert.match(brief, /^## Your step\nDo look\n\n## The goal/)
    assert.include(brief, "You change no files: look, and answer.")
    assert.include(brief, "No command shows that you are done (nothing to run)")
    assert.include(brief, "- x: ")
  })

  it("holds why a try before failed, who is to mend it, and, where each hands over to the next, what all before it came to", () => {
    const last = step("last", ["page"])
    const known = state([step("api"), step("page", ["api"]), last], ["api", { result: "It answers." }])
    assert.notInclude(briefOf(known, last), "It answers.")
    const brief = briefOf(known, last, { handsOver: true, note: "it broke", mends: true })
    assert.include(brief, "## Handed over to you\n- api: It answers.")
    assert.include(brief, "## What went wrong before\nit broke")
    assert.include(brief, "find the cause and mend it")
    assert.notInclude(briefOf(known, step("page", ["api"]), { handsOver: true }), "- last")
  })

  it("says what went wrong: the check's output, or the files that are not its own", () => {
    assert.match(
      failedCheck("npm test", "x".repeat(9000)),
      /^The check of your step failed: npm test\n\nx{7999}…\n\nMend/
    )
    assert.include(strayed(["a", "b"], step("c")), "may not touch: a, b. It may change only: src/c.ts.")
    assert.include(strayed(["a"], step("c", [], { files: [] })), "It may change only: none.")
  })
})

describe("What is not a step's own", () => {
  it("is every changed path that none of its globs names", () => {
    const own = step("a", [], { files: ["src/*.ts", "docs/"] })
    const paths = ["src/a.ts", "src/b/c.ts", "docs/x/y.md", "package.json", "src/[id].ts"]
    assert.deepStrictEqual(stray(own, paths.map(changed)), ["src/b/c.ts", "package.json"])
  })
})

describe("The report of a plan", () => {
  it("says of each step what shows it, or why it is not done", () => {
    const look = step("f", [], { check: { none: "only looks can tell" } })
    const known: ReadonlyArray<readonly [string, Partial<StepState>]> = [
      ["a", { phase: "verified" }],
      ["b", { phase: "failed", result: "its check\nfailed" }],
      ["c", { phase: "cancelled" }],
      ["d", { phase: "running" }],
      ["f", { phase: "unverified" }],
      ["g", { phase: "unverified" }],
      ["h", { phase: "verified" }]
    ]
    const odd = { ...look, id: "h" }
    const steps = [step("a"), step("b"), step("c"), step("d"), step("e"), look, step("g"), odd]
    assert.deepStrictEqual(reportLines(state(steps, ...known)), [
      "✓ a [coder] Do a (verified by npm test)",
      "✗ b [coder] Do b (failed: its check failed)",
      "- c [coder] Do c (cancelled: )",
      "… d [coder] Do d (running)",
      "  e [coder] Do e (not begun)",
      "~ f [coder] Do f (done, unverified: only looks can tell)",
      "~ g [coder] Do g (done, unverified: its check was not run)",
      "✓ h [coder] Do f (verified by a check)"
    ])
  })
})
