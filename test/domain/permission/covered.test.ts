/** A rule that a person is about to add: which of the session's calls it would have allowed. */
import { assert, describe, it } from "@effect/vitest"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { covered, judgedCalls, policyThen } from "../../../src/domain/permission/covered.ts"
import { grammar } from "../../support/grammar.ts"
import { eventsFrom } from "../../support/logs.ts"

const id = (n: number) => CallId.make(`call_${n}`)
const at = (n: number) => ({ turn: 1, call: id(n) })
const npm = (n: number, line: string): ReadonlyArray<Fact> => [
  { type: "tool.called", ...at(n), name: "bash", input: "{}" },
  {
    ...{ type: "tool.asked", ...at(n), name: "bash", footprint: footprint({ exec: ["npm"], unknown: [line] }) },
    ...{ subjects: [line], preview: line, rule: "built-in", always: `bash(${line})` }
  }
]
const events = eventsFrom([
  { type: "session.created", root: "/p", model: "a/b", mode: "build", apply: "stage", program: "1" },
  ...npm(1, "npm test"),
  {
    ...{
      type: "tool.allowed",
      ...at(1),
      footprint: footprint({ exec: ["npm"] }),
      subjects: ["npm test"],
      by: "person"
    },
    ...{ rule: "bash(npm test)", always: true }
  },
  ...npm(2, "npm run lint"),
  { type: "tool.refused", ...at(2), by: "person", reason: "no" },
  { type: "tool.called", ...at(3), name: "read", input: "{}" },
  { type: "tool.allowed", ...at(3), footprint: footprint({ read: ["/p/a"] }), by: "rule", rule: "built-in" },
  { type: "tool.allowed", ...at(4), footprint: footprint({}), by: "rule", rule: "a call that nobody made" },
  ...npm(5, "npm run lint")
])

describe("what a further rule would have allowed", () => {
  const policy = { ...policyThen(events), grammar }

  it("is told of the calls before this one", () => {
    const calls = judgedCalls(events, id(5))
    assert.deepStrictEqual(
      calls.map(({ subjects, tool }) => [tool, ...subjects]),
      [["bash", "npm test"], ["bash", "npm run lint"], ["read"]]
    )
    assert.deepStrictEqual(
      covered("bash(npm run lint)", calls, policy).map((it) => it.subjects),
      [["npm run lint"]]
    )
    // What is allowed anyway is not counted.
    assert.deepStrictEqual(covered("read", calls, policy), [])
    assert.deepStrictEqual(covered("bash(npm test)", calls, policy), [])
  })

  it("rests on the rules of the newest turn and those added since", () => {
    assert.deepStrictEqual(policyThen(events), {
      ...{ root: "/p", home: "", mode: "build" },
      rules: [{ decision: "allow", rule: "bash(npm test)" }]
    })
    const turn = eventsFrom([
      {
        ...{ type: "turn.started", turn: 1, model: "a/b", mode: "plan", apply: "stage", sandbox: "none", home: "/h" },
        rules: [{ decision: "deny", rule: "edit" }],
        described: { name: "a/b", context: 1, output: 1, tools: true, images: false, reasoning: false },
        ...{ attended: true, yes: false, compacts: true, prefix: "" }
      }
    ])
    const { home, mode, rules } = policyThen(turn)
    assert.deepStrictEqual([home, mode, rules], ["/h", "plan", [{ decision: "deny", rule: "edit" }]])
  })
})
