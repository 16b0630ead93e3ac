/** Gemini on what its servers really send: thoughts, calls, blocks, quotas, and chunks in a list. */
import { assert, describe, it } from "@effect/vitest"
import { makeDecoder } from "../../../../src/adapters/shared/model/decoder.ts"
import { replyFault } from "../../../../src/adapters/shared/model/fault.ts"
import { fold, toBody } from "../../../../src/adapters/shared/model/GoogleGemini.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import { promptOf, whole } from "../../../support/models.ts"
import { geminiAnswer, geminiChunk } from "../../../support/sseServer.ts"

const origin = { model: "google/g", provider: "google", secrets: ["AIzaSecretKey"] }

const played = (text: string) => {
  const decoder = makeDecoder({ origin, fold, textTools: [] })
  const first = decoder.push(new TextEncoder().encode(text))
  const last = first.over === undefined ? decoder.end() : { parts: [], over: first.over }
  const parts = whole([...first.parts, ...last.parts])
  return { parts, error: typeof last.over === "object" ? last.over : undefined }
}
const answered = (finish: string, ...parts: ReadonlyArray<object>) =>
  played(geminiAnswer(finish, ...parts).pieces.join(""))
const stopOf = (seen: ReturnType<typeof played>) => {
  const last = seen.parts.at(-1)
  return last?.type === "finish" ? last.stop : seen.error?.kind
}
const faultOf = (status: number, body: object) =>
  replyFault({ status, header: () => null, body: JSON.stringify(body) }, origin, 0)

describe("an answer", () => {
  it("keeps thoughts, words and calls apart and in order, and counts thoughts as output", () => {
    const seen = played(
      [
        geminiChunk([{ text: "hm ", thought: true }]),
        geminiChunk([{ text: "so", thought: true }, { text: "Look" }]),
        geminiChunk([{ text: "ing" }, { functionCall: { name: "read", args: { a: 1 } }, thoughtSignature: "S" }]),
        geminiChunk(
          [{ text: "after" }],
          { finishReason: "STOP" },
          {
            usageMetadata: {
              promptTokenCount: 10,
              cachedContentTokenCount: 4,
              candidatesTokenCount: 2,
              thoughtsTokenCount: 3,
              toolUsePromptTokenCount: 1
            }
          }
        )
      ].join("")
    )
    assert.deepStrictEqual(seen.parts, [
      { type: "reasoning", text: "hm so" },
      { type: "text", text: "Looking" },
      { type: "call", name: "read", input: '{"a":1}', signature: "S" },
      { type: "text", text: "after" },
      {
        type: "finish",
        stop: "tool_use",
        usage: { input: 7, output: 5, cacheRead: 4, cacheWrite: 0 },
        served: "gemini-x"
      }
    ])
  })
  it("without arguments calls with none, and with text for arguments is taken at its word", () => {
    const calls = answered(
      "STOP",
      { functionCall: { name: "ls" } },
      { functionCall: { name: "ls", args: '{"p' } }
    ).parts
    assert.deepStrictEqual(
      calls.flatMap((part) => (part.type === "call" ? [part.input] : [])),
      ["{}", '{"p']
    )
  })
  it("ends for the reason it gives; one that is newer than this code is another", () => {
    const reasons = ["STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "SPII", "MOON_PHASE"]
    assert.deepStrictEqual(
      reasons.map((reason) => stopOf(answered(reason, { text: "x" }))),
      ["end_turn", "max_tokens", "refusal", "refusal", "refusal", "refusal", "other"]
    )
  })
  it("whose call could not be read is asked for again, and one whose prompt was blocked says why", () => {
    const garbled = answered("MALFORMED_FUNCTION_CALL")
    assert.strictEqual(garbled.error?.kind, "incomplete")
    assert.include(garbled.error?.message, "MALFORMED_FUNCTION_CALL")
    const feedback = { blockReason: "SAFETY", blockReasonMessage: "no" }
    const blocked = played(`data: ${JSON.stringify({ promptFeedback: feedback })}\n\n`)
    assert.strictEqual(blocked.error?.kind, "invalid")
    assert.include(blocked.error?.message, "SAFETY (no)")
  })
  it("that breaks off is incomplete, and an error in it is told by its status", () => {
    assert.strictEqual(played(geminiChunk([{ text: "a" }])).error?.kind, "incomplete")
    const error = { code: 503, status: "UNAVAILABLE", message: "The model is overloaded." }
    assert.strictEqual(played(`data: ${JSON.stringify({ error })}\n\n`).error?.kind, "overloaded")
  })
  it("may come as a list of its chunks, whole or with an error in it", () => {
    const chunk = (text: string) => JSON.parse(text.slice("data: ".length))
    const end = geminiChunk([], { finishReason: "STOP" }, { usageMetadata: { promptTokenCount: 1 } })
    const all = [chunk(geminiChunk([{ text: "a" }])), chunk(geminiChunk([{ text: "b" }])), chunk(end)]
    assert.deepStrictEqual(played(JSON.stringify(all)).parts[0], { type: "text", text: "ab" })
    const error = { code: 429, message: "slow down" }
    assert.strictEqual(played(JSON.stringify([{ error }])).error?.kind, "rate_limit")
  })
})

describe("a request", () => {
  const call = (id: string, signature?: string) => ({
    type: "tool-call" as const,
    id: CallId.make(id),
    name: "read",
    input: "{}",
    ...(signature === undefined ? {} : { signature })
  })
  const result = (id: string, ok: boolean) => ({
    type: "tool-result" as const,
    id: CallId.make(id),
    name: "read",
    ok,
    text: `of ${id}`
  })
  const messages = [
    { role: "user" as const, parts: [{ type: "text" as const, text: "go" }] },
    { role: "assistant" as const, parts: [call("a"), call("b")] },
    { role: "user" as const, parts: [result("b", false), result("a", true)] }
  ]

  it("gives the results in the order of the calls, an error as such", () => {
    const { contents } = toBody(promptOf("", { messages }), { reasoning: false })
    assert.deepStrictEqual(contents[2]?.parts, [
      { functionResponse: { name: "read", response: { output: "of a" } } },
      { functionResponse: { name: "read", response: { error: "of b" } } }
    ])
  })
  it("names calls that another model made as foreign, once a turn, where the model wants a token", () => {
    const tokens = (model: string) =>
      toBody(promptOf("", { model, messages }), { reasoning: false }).contents[1]?.parts.map((part) =>
        "thoughtSignature" in part ? part.thoughtSignature : undefined
      )
    assert.deepStrictEqual(tokens("google/gemini-3.8-flash"), ["skip_thought_signature_validator", undefined])
    assert.deepStrictEqual(tokens("google/gemini-2.5-pro"), [undefined, undefined])
  })
  it("carries a call's token only to the model that gave it", () => {
    const signed = [
      messages[0],
      { role: "assistant" as const, parts: [{ ...call("a", "S"), by: "google/gemini-2.5-pro" }] }
    ].flatMap((message) => message ?? [])
    const token = (model: string) =>
      toBody(promptOf("", { model, messages: signed }), { reasoning: false }).contents[1]?.parts[0]
    assert.deepInclude(token("google/gemini-2.5-pro"), { thoughtSignature: "S" })
    assert.deepInclude(token("google/gemini-3.8-flash"), { thoughtSignature: "skip_thought_signature_validator" })
  })
})

describe("a refusal of Google's", () => {
  it("that says when to come back is a rate, any other full quota is one", () => {
    const error = { code: 429, message: "You exceeded your current quota", status: "RESOURCE_EXHAUSTED" }
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "36.5s" }]
    const soon = faultOf(429, { error: { ...error, details } })
    assert.deepStrictEqual([soon.kind, soon.retryAfter], ["rate_limit", 36_500])
    assert.strictEqual(faultOf(429, { error }).kind, "quota")
  })
  it("of a key is one of authentication, also inside a list; a full window is too long", () => {
    const error = { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" }
    assert.strictEqual(faultOf(400, { error }).kind, "authentication")
    assert.strictEqual(faultOf(400, [{ error }]).kind, "authentication")
    const message = "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."
    assert.strictEqual(faultOf(400, { error: { code: 400, message } }).kind, "too_long")
  })
})
