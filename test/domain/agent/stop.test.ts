/** When a turn tries again, and when it ends: by table and by law. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import {
  delayWithSpare,
  emptyAnswer,
  jitter,
  lateAnswer,
  mostTries,
  mostWait,
  patience,
  retryDelay
} from "../../../src/domain/agent/retry.ts"
import {
  afterAnswer,
  ContextFull,
  failed,
  failureOf,
  LimitReached,
  LoopDetected,
  limitOf,
  limitReached,
  longestRound,
  loopIn,
  type Made,
  ModelRefused,
  mostRounds,
  PausedTooOften,
  PermissionRefused,
  PriceUnknown
} from "../../../src/domain/agent/stop.ts"
import type { Limits } from "../../../src/domain/model/Limits.ts"
import { ModelError } from "../../../src/ports/LanguageModel.ts"
import { stateOf } from "../../support/logs.ts"

type Kind = ModelError["kind"]
const error = (kind: Kind, retryAfter?: number, reason = "r") =>
  new ModelError({ kind, model: "a/b", reason, ...(retryAfter === undefined ? {} : { retryAfter }) })
const passing: ReadonlyArray<Kind> = ["overloaded", "rate_limit", "server", "network", "incomplete", "timeout"]
const staying: ReadonlyArray<Kind> = [
  "authentication",
  "permission",
  "invalid",
  "too_long",
  "quota",
  "missing_model",
  "unconfigured",
  "protocol"
]

describe("another try", () => {
  it("is made only after what may pass, and only so often", () => {
    for (const kind of passing)
      for (let attempt = 1; attempt <= mostTries + 1; attempt++)
        assert.strictEqual(retryDelay(error(kind), attempt, 0) !== undefined, attempt < mostTries, `${kind} ${attempt}`)
    for (const kind of staying) assert.isUndefined(retryDelay(error(kind), 1, 0), kind)
  })
  it("is made once after an answer that says nothing", () => {
    assert.strictEqual(retryDelay(error("incomplete", undefined, emptyAnswer), 1, 0), 500)
    assert.isUndefined(retryDelay(error("incomplete", undefined, emptyAnswer), 2, 0))
  })
  it("is made once where an answer had no end, as another would have none either", () => {
    const late = error("timeout", undefined, `${lateAnswer} within 60 s`)
    assert.deepStrictEqual([retryDelay(late, 1, 0), retryDelay(late, 2, 0)], [500, undefined])
  })
  it("waits neither long nor for an endpoint that is left alone where another model may stand in", () => {
    assert.strictEqual(delayWithSpare(error("rate_limit", patience), 1, 0), patience)
    assert.isUndefined(delayWithSpare(error("rate_limit", patience + 1), 1, 0))
    assert.strictEqual(delayWithSpare(error("server"), 1, 0), 500)
    const resting = new ModelError({ kind: "overloaded", model: "a/b", reason: "r", retryAfter: 10, resting: true })
    assert.isUndefined(delayWithSpare(resting, 1, 0))
    assert.strictEqual(retryDelay(resting, 1, 0), 500)
  })
  it("waits longer each time, and at least as long as the provider asks", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4].map((attempt) => retryDelay(error("server"), attempt, 0)),
      [500, 1000, 2000, 4000]
    )
    assert.strictEqual(retryDelay(error("rate_limit", 7000), 1, 0), 7000)
    assert.strictEqual(retryDelay(error("rate_limit", 100), 1, 1), 625)
    assert.strictEqual(retryDelay(error("rate_limit", mostWait), 1, 0), mostWait)
    assert.isUndefined(retryDelay(error("rate_limit", mostWait + 1), 1, 0))
  })
  it("is never sooner than asked, nor more than a quarter later", () =>
    fc.assert(
      fc.property(
        fc.nat(mostWait),
        fc.integer({ min: 1, max: mostTries - 1 }),
        fc.hexaString(),
        (asked, attempt, hash) => {
          const part = jitter(hash)
          assert.isTrue(part >= 0 && part < 1)
          assert.strictEqual(jitter(hash), part)
          const delay = retryDelay(error("overloaded", asked), attempt, part) ?? -1
          assert.isAtLeast(delay, asked)
          assert.isAtMost(delay, Math.ceil(1.25 * Math.max(asked, 500 * 2 ** (attempt - 1))))
        }
      )
    ))
})

describe("a limit", () => {
  const usage = { input: 10, output: 5, cacheRead: 3, cacheWrite: 2, cost: 0.5 }
  const at = (limits: Limits) => {
    const it = limitReached({ ...stateOf([]), limits, turnSteps: 3, turnUsage: usage })
    return it === undefined ? "none" : `${it.limit} ${it.value}`
  }
  it("is reached when what was used is as much", () => {
    assert.strictEqual(at({}), "none")
    assert.strictEqual(at({ turns: 4, tokens: 21, cost: 0.6, timeout: 1 }), "none")
    assert.strictEqual(at({ turns: 3 }), "turns 3")
    assert.strictEqual(at({ tokens: 20 }), "tokens 20")
    assert.strictEqual(at({ cost: 0.5 }), "cost 0.5")
    assert.strictEqual(at({ turns: 1, tokens: 1, cost: 0.1 }), "turns 1")
  })
  it("is named with its unit and the flag that raises it", () => {
    for (const [limit, words] of [
      ["turns", "5 model calls was reached. What was done is kept; raise --max-turns"],
      ["tokens", "5 tokens was reached. What was done is kept; raise --max-tokens"],
      ["cost", "5 dollars was reached. What was done is kept; raise --max-cost"],
      ["timeout", "5 milliseconds was reached. What was done is kept; raise --timeout"]
    ] as const)
      assert.include(new LimitReached({ limit, value: 5 }).message, words)
  })
  it("of a budget around the prompt is named with whose it is", () => {
    const told = (of: string) => limitOf({ of, limit: "calls", allowed: 3, spent: 3 }).message
    assert.include(told("prompt"), "The limit of 3 model calls was reached. What was done is kept; raise --max-turns")
    assert.include(told("session"), "The session's budget of 3 model calls is used up")
    assert.include(told("session"), "raise budget.max_calls in the configuration")
    assert.include(told("reviewer"), "The budget of reviewer, 3 model calls, is used up")
  })
})

describe("a loop", () => {
  const called = (keys: Iterable<string>): ReadonlyArray<Made> => Array.from(keys, (key) => ({ tool: `t-${key}`, key }))
  const tools = (keys: string) => loopIn(called(keys))?.tools
  it("is the same call so often in a row with the same outcome", () => {
    assert.isUndefined(tools("aaaa"))
    assert.deepStrictEqual(tools("baaaaa"), ["t-a"])
    assert.deepStrictEqual(tools("bbbbbaaaaa"), ["t-a"])
    assert.isUndefined(tools("aaaaab"))
  })
  it("is a short round of calls so often, from wherever it began", () => {
    assert.isUndefined(tools("ababababa"))
    assert.deepStrictEqual(tools("xababababab"), ["t-a", "t-b"])
    assert.deepStrictEqual(tools("bcabcabcabcabca"), ["t-b", "t-c", "t-a"])
    assert.deepStrictEqual(tools("aab".repeat(mostRounds)), ["t-a", "t-a", "t-b"])
    assert.isDefined(tools("abcdef".repeat(mostRounds)))
    assert.isUndefined(tools("abcdefg".repeat(mostRounds)))
  })
  it("is none where one outcome in the rounds is another", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestRound }), fc.nat(), (length, place) => {
        const round = Array.from({ length }, (_, index) => String(index))
        const keys = Array.from({ length: mostRounds }, () => round).flat()
        assert.strictEqual(loopIn(called(keys))?.tools.length, length)
        keys[place % keys.length] = "new"
        assert.isUndefined(loopIn(called(keys)))
      })
    ))
  it("is just what repeats at the end", () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b"), { maxLength: 40 }), (keys) => {
        const text = keys.join("")
        const expected = new RegExp(`(.{1,${longestRound}})\\1{${mostRounds - 1}}$`).test(text)
        assert.strictEqual(loopIn(called(keys)) !== undefined, expected)
      })
    ))
  it("is told with all its tools", () =>
    assert.include(loopIn(called("ab".repeat(mostRounds)))?.message, "called t-a, then t-b 5 times in a row"))
})

it("an answer without calls ends the turn, or not, by why it stopped", () => {
  assert.deepStrictEqual(
    (["end_turn", "tool_use", "max_tokens", "stop_sequence", "other", "refusal", "context_full", "pause"] as const).map(
      afterAnswer
    ),
    ["finished", "finished", "finished", "finished", "finished", "refused", "full", "again"]
  )
})

it("an error ends the turn as limited, refused or failed, with its name and what to do", () => {
  const errors = [
    [new LimitReached({ limit: "turns", value: 1 }), "limited"],
    [new LoopDetected({ tools: ["read"], times: 5 }), "limited"],
    [new PermissionRefused({ tool: "bash", reason: "no" }), "refused"],
    [new ModelRefused({ model: "a/b" }), "failed"],
    [new ContextFull({ model: "a/b", window: 9 }), "failed"],
    [new PausedTooOften({ model: "a/b", times: 10 }), "limited"],
    [new PriceUnknown({ model: "a/b" }), "failed"],
    [error("quota"), "failed"]
  ] as const
  for (const [one, reason] of errors) {
    const fact = failed(2, one)
    assert.deepStrictEqual(fact, { type: "turn.failed", turn: 2, reason, error: failureOf(one) })
    assert.match(one.message, /^[^\n]{20,}/)
  }
  const unpaid = failed(2, new ModelError({ kind: "budget", model: "a/b", reason: "It is used up." }))
  assert.deepInclude(unpaid, { reason: "limited", error: { name: "LimitReached", message: "It is used up." } })
  assert.deepStrictEqual(failureOf(error("quota")), {
    name: "ModelError",
    kind: "quota",
    message: error("quota").message
  })
  assert.deepStrictEqual(failureOf(new ModelRefused({ model: "a/b" })).name, "ModelRefused")
})
