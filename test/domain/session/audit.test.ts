/** The audit: what it says, what it never says, and that a changed, missing or added line is found out. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import { CallId, SessionId } from "../../../src/domain/model/Ids.ts"
import { auditOf, isAudit, verifyAudit } from "../../../src/domain/session/audit.ts"
import { raised } from "../../../src/domain/session/raisedCall.ts"
import { eventsFrom, facts } from "../../support/logs.ts"

const audit = (list: ReadonlyArray<Fact>): string =>
  Effect.runSync(Effect.provide(auditOf(eventsFrom(list)), NodeDigest.layer))
const check = (text: string) => Effect.runSync(Effect.either(Effect.provide(verifyAudit(text), NodeDigest.layer)))
const lineOf = (text: string): number => Either.match(check(text), { onLeft: (it) => it.line, onRight: () => 0 })

const call = { turn: 1, call: CallId.make("call_1") }
const canary = "sk-canary-0123456789"
const told: ReadonlyArray<Fact> = [
  { type: "session.created", root: "/p", model: "a/b", mode: "build", apply: "stage", program: "1" },
  { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: canary }] },
  { type: "tool.called", ...call, name: "bash", input: `{"command":"echo ${canary}"}` },
  {
    type: "tool.asked",
    ...call,
    name: "bash",
    footprint: footprint({ exec: ["echo"], write: ["/p/x"], unknown: [`echo ${canary}`] }),
    subjects: [`echo ${canary}`],
    preview: canary,
    rule: "bash(echo:*)",
    always: `bash(echo ${canary})`
  },
  { type: "tool.allowed", ...call, footprint: footprint({ exec: ["echo"] }), by: "person", rule: "bash(echo:*)" },
  { type: "tool.finished", ...call, ok: true, output: canary },
  { type: "part.text", turn: 1, text: canary },
  { type: "turn.failed", turn: 1, reason: "failed", error: { name: "ModelFailed", message: canary } }
]

describe("the audit", () => {
  it("says which agent asked, that its question was closed, and who told whom something, but not what", () => {
    const agent = SessionId.make(`ses_${"1".repeat(32)}`)
    const asked = { turn: 1, call: raised(agent, call.call) }
    const lines = audit([
      {
        ...{ type: "tool.asked", ...asked, name: "bash", footprint: footprint({}), preview: canary, rule: "r" },
        ...{ always: "r", from: { agent, path: ["api (coder)"] } }
      },
      { type: "tool.unknown", ...asked, reason: canary },
      { type: "message.sent", turn: 1, id: "m1", from: "api", to: ["page"], kind: "progress", text: canary },
      { type: "prompt.steered", turn: 1, parts: [{ type: "text", text: canary }], from: ["api"] },
      { type: "prompt.steered", turn: 1, parts: [{ type: "text", text: canary }] }
    ])
    const read: ReadonlyArray<Record<string, unknown>> = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.deepInclude(read[0], { who: "rule", agent })
    assert.deepInclude(read[1], { who: "program", call: asked.call, outcome: "closed" })
    assert.deepInclude(read[2], { who: "model", from: "api", to: ["page"], kind: "progress" })
    assert.deepInclude(read[3], { who: "model", from: ["api"] })
    assert.deepInclude(read[4], { who: "person" })
    assert.notInclude(lines, canary)
  })

  it("says who did what by which rule, with what footprint and outcome", () => {
    const lines: ReadonlyArray<Record<string, unknown>> = audit(told)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.deepStrictEqual(
      lines.map(({ hash: _hash, log: _log, at: _at, session: _session, audit: _audit, ...line }) => line),
      [
        { seq: 1, what: "session.created", who: "person", root: "/p", model: "a/b", mode: "build", program: "1" },
        { seq: 2, what: "prompt.submitted", who: "person", turn: 1 },
        { seq: 3, what: "tool.called", who: "model", ...call, tool: "bash" },
        {
          ...{ seq: 4, what: "tool.asked", who: "rule", ...call, tool: "bash", rule: "bash(echo:*)" },
          footprint: { read: [], write: ["/p/x"], exec: ["echo"], net: [], env: [], unknown: 1 }
        },
        {
          ...{ seq: 5, what: "tool.allowed", who: "person", ...call, by: "person", rule: "bash(echo:*)" },
          outcome: "allowed",
          footprint: { read: [], write: [], exec: ["echo"], net: [], env: [], unknown: 0 }
        },
        { seq: 6, what: "tool.finished", who: "program", ...call, outcome: "ok" },
        { seq: 8, what: "turn.failed", who: "program", turn: 1, outcome: "failed", error: "ModelFailed" },
        { seq: 8, what: "end", lines: 7 }
      ]
    )
    assert.match(String(lines[0]?.hash), /^[0-9a-f]{64}$/)
  })

  it("holds no prompt, answer, input, output, preview or command line", () => {
    assert.notInclude(audit(told), canary)
  })

  it("of any log is as it was written", () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 12 }), (list) => {
        const text = audit(list)
        assert.isTrue(isAudit(text))
        assert.strictEqual(lineOf(text), 0)
      }),
      { numRuns: 60 }
    )
  })

  it("names the first line that is another than was written", () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 8 }), fc.nat(), fc.nat(), (list, n, at) => {
        const lines = audit(list).split("\n")
        const index = n % (lines.length - 1)
        const line = lines[index] ?? ""
        const place = at % line.length
        const other = line[place] === "1" ? "2" : "1"
        const changed = lines.with(index, line.slice(0, place) + other + line.slice(place + 1))
        assert.strictEqual(lineOf(changed.join("\n")), index + 1)
        assert.strictEqual(lineOf(lines.toSpliced(index, 1).join("\n")), index + 1)
        assert.strictEqual(lineOf(lines.toSpliced(index, 0, line).join("\n")), index + 2)
      }),
      { numRuns: 60 }
    )
  })

  it("that is cut short or goes on behind its end is found out", () => {
    const text = audit(told)
    assert.strictEqual(lineOf(text.slice(0, -1)), 8)
    assert.strictEqual(lineOf(""), 1)
    assert.strictEqual(lineOf(`${text}{}\n`), 9)
    assert.match(String(Either.getOrUndefined(Either.flip(check("")))?.message), /changed at line 1: it does not end/)
    assert.isFalse(isAudit(`{\n  "version": 1`))
  })
})
