/** Agents as they are shown: what each does, for whom it waits, and the story of a plan as it goes by. */
import { assert, describe, it } from "@effect/vitest"
import type { Event, Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { noUsage } from "../../../src/domain/model/Message.ts"
import { evolve } from "../../../src/domain/session/evolve.ts"
import { initial } from "../../../src/domain/session/State.ts"
import { agentLines, agentRows, doing, stepLines, stepRows } from "../../../src/programs/cli/agentRows.ts"
import { narrate } from "../../../src/programs/cli/narrate.ts"
import { step } from "../../domain/planner/plans.ts"
import { created, eventOf, sessionId } from "../../support/events.ts"

const root = sessionId(1)
const coder = sessionId(2)
const designer = sessionId(3)
const call = CallId.make("c1")
const none = { read: [], write: [], exec: [], net: [], env: [], unknown: [] }

const prompted: Fact = { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "x" }] }

const stateOf = (session: typeof root, facts: ReadonlyArray<Fact>) =>
  [created(), prompted, ...facts]
    .map((fact, index): Event => eventOf(session, index + 1, fact))
    .reduce(evolve, initial(session))

const spawned = (agent: typeof root, id: string, role: string): Fact => ({
  ...{ type: "agent.spawned", turn: 1, agent, role, model: "a/b", path: [`${id} (${role})`], step: id, attempt: 2 }
})

const usage = { ...noUsage, input: 1000, output: 234, cost: 0.01 }

const ended: Fact = {
  ...{ type: "agent.ended", turn: 1, agent: designer, role: "designer", model: "a/b", result: "failed", step: "page" },
  ...{ checks: { passed: 1, failed: 1 }, calls: 2, usage, reason: "its check failed" }
}

const plan = {
  goal: "g",
  steps: [step("api"), step("page", ["api"]), step("docs"), step("more", [], { proposedBy: "api (coder)" })]
}

const team: ReadonlyArray<Fact> = [
  { type: "plan.proposed", turn: 1, call, plan },
  { type: "plan.approved", by: "person" },
  { type: "task.started", step: "api", attempt: 2, agent: coder, role: "coder", model: "a/b" },
  spawned(coder, "api", "coder"),
  spawned(designer, "page", "designer"),
  ended
]

const called: Fact = { type: "tool.called", turn: 1, call, name: "bash", input: "{}" }

describe("agents as they are shown", () => {
  it("says who each is, its model, step, try, what it does or came to, what it used, and its session", () => {
    const state = stateOf(root, team)
    const busy = stateOf(coder, [called, { type: "tool.started", turn: 1, call }])
    assert.deepStrictEqual(agentLines(agentRows(state, new Map([[coder, busy]]))), [
      `  api (coder) · a/b · step api, try 2 · runs bash · ${coder}\n`,
      `  page (designer) · a/b · step page, try 2 · failed: its check failed · 1,234 tokens · 0.0100 USD · ${designer}\n`
    ])
    assert.strictEqual(agentRows(state)[0]?.state, "works")
  })

  it("says for whom an agent waits", () => {
    const asked: Fact = {
      ...{ type: "tool.asked", turn: 1, call, name: "bash", footprint: none, preview: "npm i", rule: "bash" },
      always: "bash(npm i)"
    }
    assert.deepStrictEqual(doing(stateOf(coder, [called, asked])), {
      state: "asks for permission: bash",
      waitsFor: ["a person's yes or no"]
    })
    const question: Fact = {
      ...{ type: "question.asked", turn: 1, call },
      question: { question: "Which?", options: [] }
    }
    assert.deepStrictEqual(doing(stateOf(coder, [called, question])), {
      state: "asks: Which?",
      waitsFor: ["a person's answer"]
    })
    assert.strictEqual(doing(stateOf(coder, [])).state, "works")
    assert.strictEqual(doing(stateOf(coder, [{ type: "turn.interrupted", turn: 1 }])).state, "is at rest")
  })

  it("says what each step waits for that has not begun", () => {
    assert.deepStrictEqual(stepLines(stepRows(stateOf(root, team))), [
      "  0 of 4 steps done\n",
      "  step page waits for step api\n",
      "  step docs waits for an agent that is free\n",
      "  step more waits for a person's yes, as api (coder) proposed it\n"
    ])
    assert.deepStrictEqual(stepRows(stateOf(root, [])), [])
  })
})

describe("the story of a plan", () => {
  const told = (fact: Fact) => narrate(eventOf(root, 1, fact))

  it("tells of agents by the names down to them", () => {
    const story: ReadonlyArray<Fact> = [
      { type: "plan.started", turn: 1, strategy: "hierarchical", width: 8 },
      { type: "plan.updated", plan, what: "added step 6: Say\nhow" },
      {
        type: "agent.spawned",
        turn: 1,
        agent: coder,
        role: "reviewer",
        model: "a/b",
        path: ["api (coder)", "reviewer"]
      },
      spawned(coder, "api", "coder"),
      ended,
      {
        type: "task.started",
        step: "api",
        attempt: 2,
        candidate: 3,
        agent: coder,
        role: "coder",
        model: "a/b"
      },
      { type: "task.cancelled", step: "api", attempt: 1, reason: "no longer wanted" },
      {
        ...{ type: "question.asked", turn: 1, call, question: { question: "Which?", options: [] } },
        from: { agent: coder, path: ["api (coder)"] }
      },
      { type: "question.asked", turn: 1, call, question: { question: "Which?", options: [] } }
    ]
    assert.deepStrictEqual(story.map(told), [
      "The plan is carried out: hierarchical, up to 8 agents at once",
      "plan updated: added step 6: Say how",
      `[api (coder) > reviewer] begins (${coder})`,
      undefined,
      "[page (designer)] failed: its check failed · 2 model calls · 1 of 2 checks passed · 1,234 tokens · 0.0100 USD",
      `[coder] api: begun (${coder}), try 2, candidate 3`,
      "api: cancelled: no longer wanted",
      "[api (coder)] asks: Which?",
      undefined
    ])
  })
})
