import { assert, describe, it } from "@effect/vitest"
import { noUsage } from "../../../src/domain/model/Message.ts"
import type { SpentRow } from "../../../src/ports/EventStore.ts"
import { bar, dayOf, groupLines, groupsBy, sumLines, sumOf } from "../../../src/programs/cli/statsText.ts"
import { sessionId } from "../../support/events.ts"

const row = (more: Partial<SpentRow>): SpentRow => ({
  ...{ session: sessionId(1), root: "/p", day: "2026-01-01", model: "a/b", role: "build", turns: 1, calls: 2 },
  usage: { ...noUsage, input: 1000, cost: 1 },
  ...more
})
const rows = [
  row({}),
  row({ session: sessionId(2), day: "2026-01-02", model: "c/d", usage: { ...noUsage, output: 234_567, cost: 4 } }),
  row({ session: sessionId(2), model: "e/f", role: "plan", usage: noUsage })
]

describe("what was spent", () => {
  it("is summed up with each session once", () => {
    assert.deepInclude(sumOf(rows), { sessions: 2, turns: 3, calls: 6 })
    assert.match(
      sumLines({ ...sumOf(rows), events: 7 }),
      /^sessions: +2\n[\s\S]*output: +234,567\n[\s\S]*cost: +5\.0000 USD\n$/
    )
  })

  it("is told by model, the dearest first, and by day in order", () => {
    const names = (by: Parameters<typeof groupsBy>[0]) => groupsBy(by, rows).map(({ name }) => name)
    assert.deepStrictEqual(names("model"), ["c/d", "a/b", "e/f"])
    assert.deepStrictEqual(names("day"), ["2026-01-01", "2026-01-02"])
    assert.deepStrictEqual(names("role"), ["build", "plan"])
    assert.deepInclude(groupsBy("project", rows)[0], { name: "/p", sessions: 2, calls: 6 })
  })

  it("has bars that fit the terminal, and none elsewhere", () => {
    const groups = groupsBy("model", rows)
    const wide = groupLines(groups, 100).trimEnd().split("\n")
    assert.deepStrictEqual(
      wide.map((line) => (line.match(/[█▏▎▍▌▋▊▉]/g) ?? []).length),
      [40, 10, 0]
    )
    for (const columns of [60, 65, 72, 80, 120])
      for (const line of groupLines(groups, columns).split("\n"))
        assert.isBelow(Array.from(line).length, Math.max(columns, 58), line)
    assert.notMatch(groupLines(groups, undefined), /[█▏▎▍▌▋▊▉]/)
    assert.notMatch(groupLines(groups, 40), /[█▏▎▍▌▋▊▉]/)
  })

  it("goes by tokens where nothing cost anything, and shows the least that is more than nothing", () => {
    const free = groupsBy("model", [row({ usage: { ...noUsage, input: 8 } }), row({ model: "c/d", usage: noUsage })])
    assert.match(groupLines(free, 100), /8 tokens.*█{40}\n/)
    assert.match(groupLines(groupsBy("role", [row({ usage: noUsage, role: "" })]), 100), /^- +0\.0000 USD.*1 turn\n$/)
    assert.strictEqual(groupLines([], 100), "")
    assert.deepStrictEqual([bar(0, 8), bar(0.0001, 8), bar(0.5, 8), bar(1, 3)], ["", "▏", "████", "███"])
  })

  it("says by role what became of its agents", () => {
    const outcomes = { done: 2, verified: 1, failed: 1, passed: 4, broken: 2 }
    const quiet = { done: 1, verified: 0, failed: 0, passed: 0, broken: 0 }
    const all = [
      ...[row({}), row({ role: "coder", outcomes }), row({ role: "coder", session: sessionId(2), outcomes: quiet })],
      row({ role: "reviewer", outcomes: quiet, usage: noUsage })
    ]
    const groups = groupsBy("role", all)
    assert.deepStrictEqual(groups[0]?.outcomes, { ...outcomes, done: 3 })
    assert.isUndefined(groups[1]?.outcomes)
    const lines = groupLines(groups, undefined).split("\n")
    assert.match(lines[0] ?? "", /^coder .*4 tasks: 3 done \(1 verified\), 1 failed; checks: 4 passed, 2 failed$/)
    assert.match(lines[1] ?? "", /^build .* 1 turn *$/)
    assert.match(lines[2] ?? "", /^reviewer .*1 task: 1 done \(0 verified\), 0 failed$/)
  })

  it("is told since a day or for so long", () => {
    const now = Date.parse("2026-03-10T12:00:00Z")
    assert.strictEqual(dayOf("2026-03-01", undefined, now), "2026-03-01")
    assert.strictEqual(dayOf("7d", 7 * 86_400_000, now), "2026-03-03")
    assert.isUndefined(dayOf("soon", undefined, now))
    assert.isUndefined(dayOf("2026-13-99", undefined, now))
  })
})
