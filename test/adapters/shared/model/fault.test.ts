/** What providers' refusals become: the kind that decides about another try, and words without keys or pages. */
import { assert, describe, it } from "@effect/vitest"
import { networkFault, replyFault, retryAfterOf, streamFault } from "../../../../src/adapters/shared/model/fault.ts"

const secret = "sk-ant-secret-0123456789"
const origin = { model: "anthropic/m", provider: "anthropic", secrets: [secret] }
const now = Date.parse("2026-01-01T00:00:00Z")

const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  replyFault({ status, body, header: (name) => headers[name] ?? null }, origin, now)

const error = (type: string, message: string): string => JSON.stringify({ type: "error", error: { type, message } })

const kinds: ReadonlyArray<readonly [number, string, string]> = [
  [400, error("invalid_request_error", "messages: at least one message is required"), "invalid"],
  [400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), "too_long"],
  [
    400,
    '{"error":{"code":"context_length_exceeded","message":"This model\'s maximum context length is 8192 tokens"}}',
    "too_long"
  ],
  [400, error("invalid_request_error", "Your credit balance is too low to access the API"), "quota"],
  [401, error("authentication_error", "invalid x-api-key"), "authentication"],
  [402, "{}", "quota"],
  [403, "<html><body>Forbidden</body></html>", "permission"],
  [404, error("not_found_error", "model: claude-9"), "missing_model"],
  [408, "", "timeout"],
  [413, error("request_too_large", "Request exceeds the maximum size"), "too_long"],
  [429, error("rate_limit_error", "slow down"), "rate_limit"],
  [429, '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}', "quota"],
  [500, error("api_error", "Internal server error"), "server"],
  [502, "<html>Bad gateway</html>", "server"],
  [503, "", "overloaded"],
  [529, error("overloaded_error", "Overloaded"), "overloaded"]
]

describe("replies", () => {
  for (const [status, body, kind] of kinds)
    it(`${status} ${body.slice(0, 60)} is ${kind}`, () => {
      const fault = reply(status, body)
      assert.deepStrictEqual([fault.kind, fault.status], [kind, status])
      assert.notInclude(fault.message, "<")
    })

  it("a key that the provider repeats is not shown", () => {
    for (const body of [
      error("authentication_error", `bad key ${secret}`),
      `no JSON ${secret}`,
      error("x", "Incorrect API key: sk-proj-abc***xyz")
    ]) {
      const { message } = reply(401, body)
      assert.notInclude(message, "sk-")
      assert.include(message, "code-mesh auth login anthropic")
    }
  })
})

describe("retry-after", () => {
  const of = (headers: Readonly<Record<string, string>>) => retryAfterOf((name) => headers[name] ?? null, now)
  it("may be seconds, milliseconds, a date, or nonsense", () => {
    assert.strictEqual(of({ "retry-after": "7" }), 7000)
    assert.strictEqual(of({ "retry-after": "0.5" }), 500)
    assert.strictEqual(of({ "retry-after": "7", "retry-after-ms": "1250" }), 1250)
    assert.strictEqual(of({ "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }), 9000)
    assert.strictEqual(of({ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }), 0)
    assert.isUndefined(of({ "retry-after": "soon" }))
    assert.isUndefined(of({}))
  })
})

describe("faults without a status", () => {
  it("an error inside a stream has the kind of its type, or of its code", () => {
    assert.strictEqual(streamFault({ type: "overloaded_error", message: "" }, origin).kind, "overloaded")
    assert.strictEqual(streamFault({ type: "rate_limit_exceeded", message: "" }, origin).kind, "rate_limit")
    assert.strictEqual(streamFault({ status: 500, message: "x" }, origin).kind, "server")
    assert.strictEqual(streamFault({ status: 401, message: "x" }, origin).kind, "authentication")
    assert.strictEqual(streamFault({ type: "something_new", message: "x" }, origin).kind, "server")
  })
  it("a refused connection says why", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" })
    const fault = networkFault(new TypeError("fetch failed", { cause }), origin)
    assert.strictEqual(fault.kind, "network")
    assert.include(fault.message, "ECONNREFUSED")
  })
})
