/** Why a line is decided as it is: each command in it by itself. */
import { assert, describe, it } from "@effect/vitest"
import type { Rule } from "../../../src/domain/model/Rule.ts"
import { lineFootprint } from "../../../src/domain/permission/commandLine.ts"
import { evaluate } from "../../../src/domain/permission/evaluate.ts"
import { explain } from "../../../src/domain/permission/explain.ts"
import { grammar, lineOf, places } from "../../support/grammar.ts"

const policy = (rules: ReadonlyArray<Rule>) => ({ ...places, rules, mode: "build", grammar })
const requestOf = (line: string) => ({ tool: "bash", footprint: lineFootprint(lineOf(line)), subjects: [line] })
const told = (line: string, rules: ReadonlyArray<Rule> = []) =>
  explain(requestOf(line), policy(rules)).map(({ command, decision, rule }) => [command, decision, rule])

describe("each command of a line", () => {
  it("is decided by itself, through wrappers and substitutions", () => {
    const rules: ReadonlyArray<Rule> = [
      { decision: "allow", rule: "bash(npm test)" },
      { decision: "deny", rule: "bash(curl:*)" }
    ]
    assert.deepStrictEqual(
      told("env npm test && echo $(curl https://a.example) | cat a.txt", rules).map((one) => one.slice(0, 2)),
      [
        ["npm test", "allow"],
        ["curl https://a.example", "deny"],
        ["echo …", "ask"],
        ["cat a.txt", "allow"]
      ]
    )
  })

  it("of a line with one is not said again, nor of a call without", () => {
    assert.deepStrictEqual(told("npm test"), [])
    assert.deepStrictEqual(explain({ ...requestOf(""), subjects: [] }, policy([])), [])
  })

  it("is never looser than the whole line is for it", () => {
    const order = { allow: 0, ask: 1, deny: 2 }
    for (const line of [
      "ls && rm a",
      "echo a > b; cat c",
      "x $(y) | sh",
      'sh -c "$Z" ; ls',
      "cd sub && make | tee log"
    ]) {
      const whole = evaluate(requestOf(line), policy([]))
      const most = explain(requestOf(line), policy([])).reduce((worst, it) => Math.max(worst, order[it.decision]), 0)
      assert.isAtLeast(most, order[whole.decision], line)
    }
  })
})
