/** The decisions of strategies as pure functions: which candidate counts, what a peer claims, what a coordinator decides, what an agent may add. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { ballot, elect, finalists, plea, voteFor } from "../../../src/domain/mesh/choose.ts"
import { claimed, claimText } from "../../../src/domain/mesh/claims.ts"
import { troubleText, verdictOf } from "../../../src/domain/mesh/coordinate.ts"
import { withProposed } from "../../../src/domain/mesh/proposeStep.ts"
import { agreed } from "../../../src/domain/mesh/schedule.ts"
import { wayOf } from "../../../src/domain/mesh/strategies.ts"
import { agentName, doerOf, taskOf, triesOf } from "../../../src/domain/mesh/taskOf.ts"
import { withMend } from "../../../src/domain/mesh/wholeCheck.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { Step } from "../../../src/domain/model/Plan.ts"
import type { PlanState, StepState } from "../../../src/domain/session/PlanState.ts"
import { initial } from "../../../src/domain/session/State.ts"
import type { Outcome } from "../../../src/ports/TaskEngine.ts"
import { step } from "../planner/plans.ts"

const session = SessionId.make(`ses_${"0".repeat(32)}`)

const changed = (path: string, hash: string): Change => ({
  path,
  kind: "create",
  added: 1,
  removed: 0,
  after: { hash, size: 1, kind: "file" }
})

const outcome = (status: Outcome["status"], changes: ReadonlyArray<Change>, candidate = 1): Outcome => ({
  plan: session,
  step: "api",
  attempt: 1,
  candidate,
  agent: session,
  status,
  result: "",
  changes,
  checks: [],
  usage: noUsage,
  calls: 1
})

const stateOf = (steps: ReadonlyArray<Step>, known: Readonly<Record<string, Partial<StepState>>> = {}): PlanState => ({
  plan: { goal: "Show the weather", steps },
  status: "approved",
  steps: new Map(
    Object.entries(known).map(([id, it]) => [id, { phase: "waiting", attempts: 1, left: [], usage: noUsage, ...it }])
  )
})

describe("Of several who tried the same step", () => {
  it("those with the best evidence are left; of equal trees the first; of failures one", () => {
    const [a, b, c] = [
      outcome("unverified", [changed("a", "1")], 1),
      outcome("verified", [changed("a", "2")], 2),
      outcome("verified", [changed("a", "3")], 3)
    ]
    assert.deepStrictEqual(finalists([a, b, c]), [b, c])
    assert.deepStrictEqual(finalists([a, outcome("failed", [], 4)]), [a])
    assert.deepStrictEqual(finalists([b, { ...b, candidate: 4 }]), [b])
    const gone: Change = { path: "a", kind: "delete", added: 0, removed: 1 }
    assert.lengthOf(finalists([outcome("verified", [gone], 1), outcome("verified", [changed("a", "")], 2)]), 2)
    const [first, second] = [outcome("failed", [], 1), outcome("cancelled", [], 2)]
    assert.deepStrictEqual(finalists([first, second]), [first])
  })

  it("a vote begins with a number that somebody has; most votes win, of equals the first", () => {
    assert.strictEqual(voteFor("2\nIt is shorter.", 3), 2)
    assert.strictEqual(voteFor("**Candidate 3**: all tests", 3), 3)
    assert.strictEqual(voteFor("4", 3), undefined)
    assert.strictEqual(voteFor("0", 3), undefined)
    assert.strictEqual(voteFor("I like 2", 3), undefined)
    assert.strictEqual(elect([2, 1, 2], 3), 2)
    assert.strictEqual(elect([2, 3], 3), 2)
    assert.strictEqual(elect([undefined], 2), 1)
  })

  it("who votes sees each by its number, without who made it", () => {
    const text = ballot(step("api"), [
      { said: "Mine.", diff: "+1" },
      { said: "No change.", diff: "" }
    ])
    assert.match(text, /## Candidate 1\nMine\.\n```diff\n\+1\n```\n\n## Candidate 2\nNo change\.\n\nWhich/)
    assert.include(plea(text, 2), "what speaks for candidate 2")
  })
})

describe("A peer", () => {
  it("claims a step by its id on the first line, of those that are free", () => {
    const ready = [step("api"), step("page")]
    assert.strictEqual(claimed("page\nas I know it", ready)?.id, "page")
    assert.strictEqual(claimed("I take `api`.", ready)?.id, "api")
    assert.strictEqual(claimed("none", ready), undefined)
    assert.strictEqual(claimed("", ready), undefined)
    assert.strictEqual(claimed("docs\napi", ready), undefined)
  })

  it("is told what is free, why a try failed, and what is on the board", () => {
    const state = stateOf([step("api"), step("page")], { page: { phase: "failed", result: "it broke" } })
    const text = claimText(state, "peer-2", state.plan.steps, "Decided: JSON.")
    assert.match(text, /^You are peer-2/)
    assert.include(text, "- api [coder] Do api\n- page [coder] Do page (a try failed: it broke)")
    assert.include(text, "The board:\nDecided: JSON.")
    assert.notInclude(claimText(state, "peer-2", [], ""), "board")
  })
})

describe("A coordinator", () => {
  const roles = ["coder", "debugger"]

  it("has a step tried once more by a role that there is, or gives it up", () => {
    assert.deepStrictEqual(verdictOf("again debugger\nLook at the port.", roles), {
      type: "again",
      role: "debugger",
      advice: "Look at the port."
    })
    assert.deepStrictEqual(verdictOf("`Again: Coder`", roles), { type: "again", role: "coder", advice: "" })
    assert.deepStrictEqual(verdictOf("again wizard\nmagic", roles), { type: "give_up", advice: "magic" })
    assert.deepStrictEqual(verdictOf("give up", roles), { type: "give_up", advice: "give up" })
  })

  it("is told how far all is, and why the step failed", () => {
    const state = stateOf([step("api")], { api: { phase: "failed", attempts: 2, result: "1 test failed" } })
    const text = troubleText(state, step("api"), roles)
    assert.include(text, "✗ api")
    assert.include(text, "failed 2 times, the last time because:\n1 test failed")
    assert.include(text, "coder, debugger")
    assert.include(troubleText(stateOf([step("api")]), step("api"), roles), "because:\n\n")
  })
})

describe("A step that an agent proposes", () => {
  const plan = { goal: "g", steps: [step("api"), step("step-3", ["api"])] }
  const draft = {
    title: " Log it ",
    task: "Write to a log.",
    role: "Coder",
    files: ["src/log.ts "],
    dependsOn: ["API "]
  }
  const how = { by: "api", agreed: false, roles: ["coder"] }

  it("waits for a person, comes after the proposer's, and has an id of its own", () => {
    const made = Either.getOrThrow(withProposed(plan, { ...draft, check: "npm test" }, how))
    assert.deepInclude(made.step, { id: "step-4", title: "Log it", files: ["src/log.ts"], dependsOn: ["api"] })
    assert.strictEqual(made.plan.steps.at(-1)?.proposedBy, "api")
    assert.deepStrictEqual(
      agreed(stateOf([...made.plan.steps, step("last", ["step-4"])])).map(({ id }) => id),
      ["api", "step-3"]
    )
    const other = Either.getOrThrow(withProposed({ goal: "g", steps: [step("api")] }, { ...draft, check: "x" }, how))
    assert.strictEqual(other.step.id, "step-2")
  })

  it("is one of the plan where the person said yes to all", () => {
    const made = Either.getOrThrow(withProposed(plan, { ...draft, whyNoCheck: "a reader" }, { ...how, agreed: true }))
    assert.isUndefined(made.plan.steps.at(-1)?.proposedBy)
    assert.deepStrictEqual(made.step.check, { none: "a reader" })
  })

  it("is refused without a check or a reason, with a role or files that cannot be, and beyond a number", () => {
    const left = (it: Partial<typeof draft> & { readonly check?: string }, on = plan) =>
      Either.getOrThrow(Either.flip(withProposed(on, { ...draft, check: "npm test", ...it }, how)))
    assert.match(left({ check: " " }), /Name a command/)
    assert.match(left({ title: " " }), /title/)
    assert.match(left({ role: "wizard" }), /no such role/)
    assert.match(left({ files: ["/etc/passwd"] }), /not in the project/)
    const many = Array.from({ length: 20 }, (_, index) =>
      step(`step-${index + 1}`, index === 0 ? [] : [`step-${index}`])
    )
    assert.match(left({}, { goal: "g", steps: many }), /a person has to look/)
  })
})

describe("What does not hold together", () => {
  const fault = { command: "npm test", output: "1 failed", blame: "npm test first fails with page." }

  it("becomes a step that mends it, in the files of the guilty one, at most twice", () => {
    const state = stateOf([step("api"), step("page")])
    const mend = withMend(state, { ...fault, step: "page" })
    assert.deepInclude(mend, {
      id: "mend-1",
      role: "debugger",
      files: ["src/page.ts"],
      check: { run: "npm test" },
      dependsOn: ["api", "page"]
    })
    assert.deepStrictEqual(withMend(state, fault)?.files, ["src/api.ts", "src/page.ts"])
    assert.strictEqual(withMend(stateOf([step("api"), step("mend-1")]), fault)?.id, "mend-2")
    assert.isUndefined(withMend(stateOf([step("mend-1"), step("mend-2")]), fault))
  })
})

describe("A strategy", () => {
  it("is as wide as the settings let it be, and the pipeline never wider than one", () => {
    assert.strictEqual(wayOf("hierarchical", {}).width, 8)
    assert.strictEqual(wayOf("mesh", { agents: { max_count: 3 } }).width, 3)
    assert.strictEqual(wayOf("pipeline", { agents: { max_count: 3 } }).width, 1)
    assert.strictEqual(wayOf("swarm", {}).candidates, 3)
    assert.strictEqual(wayOf("swarm", { agents: { candidates: 5 } }).candidates, 5)
    assert.strictEqual(wayOf("hierarchical", { agents: { candidates: 5 } }).candidates, 1)
  })

  it("has a debugger mend what a check found in another's work, and begins again as often as the role may", () => {
    const left = { api: { phase: "failed", left: [changed("src/api.ts", "1")] } } as const
    assert.strictEqual(doerOf({}, stateOf([step("api")], left), step("api")), "debugger")
    assert.strictEqual(doerOf({}, stateOf([step("api")]), step("api")), "coder")
    const reader = step("api", [], { role: "analyst" })
    assert.strictEqual(doerOf({}, stateOf([reader], left), reader), "analyst")
    assert.strictEqual(triesOf({}, step("api")), 2)
    assert.strictEqual(triesOf({ agents: { coder: { restart: 3 } } }, step("api")), 4)
    assert.strictEqual(triesOf({}, step("api", [], { role: "nobody" })), 2)
  })

  it("gives a try what it needs: its role and model, why the one before failed, what it mends, and what it may do", () => {
    const known = {
      api: { phase: "failed", attempts: 1, result: "it broke", left: [changed("src/api.ts", "1")] }
    } as const
    const state = initial(session)
    const config = { agents: { debugger: { model: "a/b" }, timeout: "10s" } } as const
    const one = { step: step("api", [], { budget: { turns: 3 } }), agent: session, attempt: 2, handsOver: false }
    const made = taskOf(state, stateOf([one.step], known), one, { config, options: { attended: true, yes: true } })
    assert.deepInclude(made, { model: "a/b", attempt: 2, limits: { timeout: 10_000, turns: 3 } })
    assert.deepStrictEqual(made.options, { mode: "debugger", apply: "stage", attended: true, yes: true })
    assert.deepStrictEqual(made.inherits, known.api.left)
    assert.include(made.brief, "it broke")
    const first = taskOf(
      { ...state, rules: [{ decision: "allow", rule: "bash(npm test)" }] },
      stateOf([one.step]),
      { ...one, attempt: 1, candidate: 2 },
      { config: {}, options: { rules: [{ decision: "deny", rule: "git" }] } }
    )
    assert.deepStrictEqual(first.options.rules?.length, 2)
    assert.strictEqual(first.options.attended, false)
    assert.deepStrictEqual(first.parent.path, ["api/2 (coder)"])
    assert.strictEqual(first.limits.timeout, 300_000)
  })

  it("names an agent by its step, which candidate it is, and the peer that claimed it", () => {
    assert.strictEqual(agentName({ step: step("api") }), "api")
    assert.strictEqual(agentName({ step: step("api"), candidate: 2, by: "peer-1" }), "api/2 by peer-1")
  })
})
