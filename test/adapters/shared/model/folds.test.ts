/** The folds of the three protocols on what servers really send: odd, partial, repeated and newer than this code. */
import { assert, describe, it } from "@effect/vitest"
import * as Anthropic from "../../../../src/adapters/shared/model/AnthropicMessages.ts"
import type { Answer, Step } from "../../../../src/adapters/shared/model/answer.ts"
import { makeDecoder } from "../../../../src/adapters/shared/model/decoder.ts"
import * as Chat from "../../../../src/adapters/shared/model/OpenAiChat.ts"
import * as Responses from "../../../../src/adapters/shared/model/OpenAiResponses.ts"
import type { ModelPart } from "../../../../src/ports/LanguageModel.ts"
import { whole } from "../../../support/models.ts"
import { anthropicAnswer, chatChunk, toolBlock } from "../../../support/sseServer.ts"

type Fold = (state: Answer, event: unknown) => Step

const origin = { model: "fake/m", provider: "fake", secrets: [] }

/** What a stream of events comes to: its whole parts, and the error's kind where it ends with one. */
const played = (fold: Fold, text: string): { readonly parts: ReadonlyArray<ModelPart>; readonly error?: string } => {
  const decoder = makeDecoder({ origin, fold, textTools: [] })
  const first = decoder.push(new TextEncoder().encode(text))
  const last = first.over === undefined ? decoder.end() : { parts: [], over: first.over }
  const parts = whole([...first.parts, ...last.parts])
  return typeof last.over === "object" ? { parts, error: last.over.kind } : { parts }
}

const events = (...all: ReadonlyArray<object>): string => all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")
const stopOf = (seen: ReturnType<typeof played>): string => {
  const last = seen.parts.at(-1)
  return last?.type === "finish" ? last.stop : `no finish, ${seen.error}`
}
const callsOf = (seen: ReturnType<typeof played>) =>
  seen.parts.flatMap((part) => (part.type === "call" ? [[part.id, part.name, part.input]] : []))

describe("Chat Completions", () => {
  const calls = (...deltas: ReadonlyArray<object>) =>
    played(
      Chat.fold,
      deltas.map((one) => chatChunk({ delta: { tool_calls: [one] } })).join("") +
        chatChunk({ delta: {}, finish_reason: "tool_calls" })
    )
  const fn = (name: string | undefined, args: unknown) => ({
    function: { ...(name === undefined ? {} : { name }), arguments: args }
  })

  it("calls whose pieces are mixed are put together by index", () => {
    const seen = calls(
      { index: 0, id: "a", ...fn("read", "") },
      { index: 1, id: "b", ...fn("bash", '{"c') },
      { index: 0, ...fn(undefined, '{"p":1}') },
      { index: 1, ...fn(undefined, '":2}') }
    )
    assert.deepStrictEqual(callsOf(seen), [
      ["a", "read", '{"p":1}'],
      ["b", "bash", '{"c":2}']
    ])
  })
  it("calls without an index are told apart by id or name", () => {
    const seen = calls(
      { id: "a", ...fn("read", '{"p"') },
      { ...fn(undefined, ":1}") },
      { id: "b", ...fn("read", "{}") }
    )
    assert.deepStrictEqual(callsOf(seen), [
      ["a", "read", '{"p":1}'],
      ["b", "read", "{}"]
    ])
  })
  it("whole calls that all have index 0 are several calls", () => {
    const ids = calls({ index: 0, id: "a", ...fn("read", "{}") }, { index: 0, id: "b", ...fn("read", "{}") })
    assert.strictEqual(callsOf(ids).length, 2)
    const none = calls({ index: 0, ...fn("read", '{"p":1}') }, { index: 0, ...fn("read", '{"p":2}') })
    assert.deepStrictEqual(callsOf(none), [
      [undefined, "read", '{"p":1}'],
      [undefined, "read", '{"p":2}']
    ])
  })
  it("an id and name that come with every piece are one call", () => {
    const seen = calls({ index: 0, id: "a", ...fn("read", '{"p"') }, { index: 0, id: "a", ...fn("read", ":1}") })
    assert.deepStrictEqual(callsOf(seen), [["a", "read", '{"p":1}']])
  })
  it("input given as an object, or not at all, is JSON text", () => {
    assert.deepStrictEqual(callsOf(calls({ index: 0, id: "a", ...fn("read", { p: 1 }) })), [["a", "read", '{"p":1}']])
    assert.deepStrictEqual(callsOf(calls({ index: 0, id: "a", function: { name: "ls" } })), [["a", "ls", "{}"]])
  })
  it("a call makes the end tool_use, even where the server says stop", () => {
    const text =
      chatChunk({ delta: { tool_calls: [{ index: 0, ...fn("ls", "{}") }] } }) +
      chatChunk({ delta: {}, finish_reason: "stop" })
    assert.strictEqual(stopOf(played(Chat.fold, text)), "tool_use")
  })
  it("a call that the limit cut is dropped; the whole ones before it stay", () => {
    const pieces = [
      { index: 0, id: "a", ...fn("read", "{}") },
      { index: 1, id: "b", ...fn("edit", '{"p":"x') }
    ]
    const text = pieces.map((one) => chatChunk({ delta: { tool_calls: [one] } })).join("")
    const seen = played(Chat.fold, text + chatChunk({ delta: {}, finish_reason: "length" }))
    assert.deepStrictEqual(callsOf(seen), [["a", "read", "{}"]])
    assert.strictEqual(stopOf(seen), "max_tokens")
  })
  it("reasoning comes under any of its names, before the text", () => {
    for (const key of ["reasoning_content", "reasoning"]) {
      const text =
        chatChunk({ delta: { [key]: "think" } }) + chatChunk({ delta: { content: "say" }, finish_reason: "stop" })
      assert.deepStrictEqual(played(Chat.fold, text).parts.slice(0, 2), [
        { type: "reasoning", text: "think" },
        { type: "text", text: "say" }
      ])
    }
    const list = [
      { type: "thinking", thinking: [{ type: "text", text: "think" }] },
      { type: "text", text: "say" }
    ]
    const seen = played(Chat.fold, chatChunk({ delta: { content: list }, finish_reason: "stop" }))
    assert.deepStrictEqual(seen.parts.slice(0, 2), [
      { type: "reasoning", text: "think" },
      { type: "text", text: "say" }
    ])
  })
  it("the end may be said by [DONE] alone, or by a reason alone", () => {
    assert.strictEqual(
      stopOf(played(Chat.fold, `${chatChunk({ delta: { content: "a" } })}data: [DONE]\n\n`)),
      "end_turn"
    )
    assert.strictEqual(
      stopOf(played(Chat.fold, chatChunk({ delta: { content: "a" }, finish_reason: "stop" }))),
      "end_turn"
    )
  })
  it("[DONE] with nothing before it is incomplete", () => {
    assert.strictEqual(played(Chat.fold, "data: [DONE]\n\n").error, "incomplete")
  })
  it("a refusal in words is a refusal", () => {
    const seen = played(
      Chat.fold,
      chatChunk({ delta: { refusal: "No." } }) + chatChunk({ delta: {}, finish_reason: "stop" })
    )
    assert.strictEqual(stopOf(seen), "refusal")
  })
  it("nulls, empty choices and unknown reasons do no harm", () => {
    const text =
      events({ choices: null }, { choices: [] }, { choices: [{ delta: null }] }) +
      chatChunk({ delta: { role: "assistant", content: null, tool_calls: null } }) +
      chatChunk({ delta: { content: "a" }, finish_reason: "brand_new" })
    assert.strictEqual(stopOf(played(Chat.fold, text)), "other")
  })
})

describe("Anthropic Messages", () => {
  const answer = (stop: string, ...blocks: ReadonlyArray<string>) =>
    played(Anthropic.fold, anthropicAnswer(stop, ...blocks).pieces.join(""))

  it("each reason of the end has its word", () => {
    const reasons = ["end_turn", "pause_turn", "refusal", "model_context_window_exceeded", "brand_new"]
    assert.deepStrictEqual(
      reasons.map((reason) => stopOf(answer(reason))),
      ["end_turn", "pause", "refusal", "context_full", "other"]
    )
  })
  it("a call without input is the empty object, and input given at the start is taken", () => {
    assert.deepStrictEqual(callsOf(answer("tool_use", toolBlock(0, "A", "ls", [""]))), [["A", "ls", "{}"]])
    const start = {
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "A", name: "ls", input: { p: 1 } }
    }
    assert.deepStrictEqual(callsOf(answer("tool_use", events(start))), [["A", "ls", '{"p":1}']])
  })
  it("a call cut with no input at all is dropped", () => {
    assert.deepStrictEqual(callsOf(answer("max_tokens", toolBlock(0, "A", "ls", [], false))), [])
  })
  it("redacted reasoning, and reasoning of which only the signature is shown, are kept", () => {
    const redacted = { type: "content_block_start", index: 0, content_block: { type: "redacted_thinking", data: "X" } }
    const signed = {
      type: "content_block_start",
      index: 1,
      content_block: { type: "thinking", thinking: "", signature: "" }
    }
    const delta = { type: "content_block_delta", index: 1, delta: { type: "signature_delta", signature: "S" } }
    const seen = answer("end_turn", events(redacted, signed, delta))
    assert.deepStrictEqual(seen.parts.slice(0, 2), [
      { type: "reasoning", text: "", redacted: "X" },
      { type: "reasoning", text: "", signature: "S" }
    ])
  })
  it("cache counts are kept apart from fresh input", () => {
    const usage = { input_tokens: 3, output_tokens: 1, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 }
    const text = events(
      { type: "message_start", message: { model: "claude-x", usage } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9, input_tokens: null } },
      { type: "message_stop" }
    )
    assert.deepStrictEqual(played(Anthropic.fold, text).parts.at(-1), {
      type: "finish",
      stop: "end_turn",
      usage: { input: 3, output: 9, cacheRead: 100, cacheWrite: 20 },
      served: "claude-x"
    })
  })
})

describe("Responses", () => {
  const call = {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "read",
    arguments: '{"p":1}',
    status: "completed"
  }
  const thought = {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "think" }],
    encrypted_content: "E"
  }
  const message = { type: "message", id: "m", content: [{ type: "output_text", text: "say" }] }
  const completed = (output: ReadonlyArray<object>, more: object = {}) => ({
    type: "response.completed",
    response: {
      status: "completed",
      model: "gpt-x",
      output,
      usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2 },
      ...more
    }
  })

  it("an answer that comes only at the end is the same as one in pieces", () => {
    const pieces = events(
      { type: "response.created", response: {} },
      { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", id: "rs_1", summary: [] } },
      { type: "response.reasoning_summary_text.delta", output_index: 0, delta: "think" },
      { type: "response.output_item.done", output_index: 0, item: thought },
      { type: "response.output_item.added", output_index: 1, item: { type: "message", id: "m", content: [] } },
      { type: "response.output_text.delta", output_index: 1, delta: "s" },
      { type: "response.output_text.delta", output_index: 1, delta: "ay" },
      { type: "response.output_item.done", output_index: 1, item: message },
      { type: "response.output_item.added", output_index: 2, item: { ...call, arguments: "" } },
      { type: "response.function_call_arguments.delta", output_index: 2, delta: '{"p"' },
      { type: "response.function_call_arguments.delta", output_index: 2, delta: ":1}" },
      { type: "response.output_item.done", output_index: 2, item: call },
      { type: "response.brand_new", x: 1 },
      completed([thought, message, call])
    )
    const seen = played(Responses.fold, pieces)
    assert.deepStrictEqual(seen.parts, played(Responses.fold, events(completed([thought, message, call]))).parts)
    assert.deepStrictEqual(seen.parts, [
      { type: "reasoning", text: "think", signature: '{"id":"rs_1","encrypted_content":"E"}' },
      { type: "text", text: "say" },
      { type: "call", id: "call_1", name: "read", input: '{"p":1}' },
      { type: "finish", stop: "tool_use", usage: { input: 6, output: 2, cacheRead: 4, cacheWrite: 0 }, served: "gpt-x" }
    ])
  })
  it("a call that the provider calls incomplete is dropped", () => {
    const cut = { ...call, arguments: '{"p"', status: "incomplete" }
    const more = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }
    const seen = played(Responses.fold, events({ ...completed([message, cut], more), type: "response.incomplete" }))
    assert.deepStrictEqual([callsOf(seen), stopOf(seen)], [[], "max_tokens"])
  })
  it("a refusal is a refusal, by filter or in words", () => {
    const filter = { status: "incomplete", incomplete_details: { reason: "content_filter" } }
    assert.strictEqual(
      stopOf(played(Responses.fold, events({ ...completed([], filter), type: "response.incomplete" }))),
      "refusal"
    )
    const words = { type: "message", content: [{ type: "refusal", refusal: "No." }] }
    assert.strictEqual(stopOf(played(Responses.fold, events(completed([words])))), "refusal")
  })
  it("response.failed and error events are errors of their kind", () => {
    const failed = { type: "response.failed", response: { error: { code: "rate_limit_exceeded", message: "slow" } } }
    assert.strictEqual(played(Responses.fold, events(failed)).error, "rate_limit")
    assert.strictEqual(
      played(Responses.fold, events({ type: "error", code: "server_error", message: "x" })).error,
      "server"
    )
  })
  it("a stream that stops without an end is incomplete", () => {
    assert.strictEqual(
      played(Responses.fold, events({ type: "response.output_text.delta", output_index: 0, delta: "a" })).error,
      "incomplete"
    )
  })
})
