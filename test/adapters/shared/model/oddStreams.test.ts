/**
 * What servers of each protocol are known to send beside what their documents say. Every stream is read as it is, with CRLF,
 * one byte at a time, and with comments and keep-alives between its events: each time the same comes of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Anthropic from "../../../../src/adapters/shared/model/AnthropicMessages.ts"
import type { Answer, Step } from "../../../../src/adapters/shared/model/answer.ts"
import { makeDecoder } from "../../../../src/adapters/shared/model/decoder.ts"
import * as Gemini from "../../../../src/adapters/shared/model/GoogleGemini.ts"
import * as Ollama from "../../../../src/adapters/shared/model/OllamaChat.ts"
import * as Chat from "../../../../src/adapters/shared/model/OpenAiChat.ts"
import * as Responses from "../../../../src/adapters/shared/model/OpenAiResponses.ts"
import type { ModelPart } from "../../../../src/ports/LanguageModel.ts"
import { whole } from "../../../support/models.ts"
import { textBlock, toolBlock } from "../../../support/sseServer.ts"

type Fold = (state: Answer, event: unknown) => Step

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What pieces of bytes come to: the whole parts, briefly, and the error's kind at the end where there is one. */
const read = (fold: Fold, chunks: ReadonlyArray<Uint8Array>, lines: boolean): ReadonlyArray<string> => {
  const origin = { model: "fake/m", provider: "fake", secrets: [] }
  const decoder = makeDecoder({ origin, fold, textTools: [], lines })
  const parts: Array<ModelPart> = []
  for (const chunk of chunks) {
    const fed = decoder.push(chunk)
    parts.push(...fed.parts)
    if (fed.over !== undefined) return [...said(parts), ...(fed.over === "done" ? [] : [fed.over.kind])]
  }
  const last = decoder.end()
  return [...said([...parts, ...last.parts]), ...(typeof last.over === "object" ? [last.over.kind] : [])]
}

const brief = (part: ModelPart): string => {
  if (part.type === "text" || part.type === "reasoning") return `${part.type} ${part.text}`
  if (part.type === "call") return `call ${part.id ?? "-"} ${part.name} ${part.input}`
  if (part.type === "image") return `image ${part.mime} ${part.data}`
  return part.type === "finish" ? `${part.stop} ${part.usage.input}+${part.usage.output}` : ""
}
const said = (parts: ReadonlyArray<ModelPart>) => whole(parts).map(brief)

interface Stream {
  readonly title: string
  /** Lines of data, or events as they are. */
  readonly sends: ReadonlyArray<object | string>
  readonly expect: ReadonlyArray<string>
}

const wire = (one: object | string): string => (typeof one === "string" ? one : `data: ${JSON.stringify(one)}\n\n`)

const tried = (fold: Fold, streams: ReadonlyArray<Stream>, lines = false): void => {
  for (const { expect, sends, title } of streams) {
    it(title, () => {
      const text = sends
        .map((one) => (lines && typeof one === "object" ? `${JSON.stringify(one)}\n` : wire(one)))
        .join("")
      const all = bytes(text)
      const noisy = lines
        ? text.replaceAll("\n", "\n\n")
        : text.replaceAll("\n\n", "\n\n: keep-alive\n\nid: 1\nretry: 5\n\n")
      assert.deepStrictEqual(read(fold, [all], lines), expect)
      assert.deepStrictEqual(
        read(
          fold,
          [...all].map((byte) => Uint8Array.of(byte)),
          lines
        ),
        expect,
        "byte by byte"
      )
      assert.deepStrictEqual(read(fold, [bytes(text.replaceAll("\n", "\r\n"))], lines), expect, "with CRLF")
      assert.deepStrictEqual(read(fold, [bytes(noisy)], lines), expect, "with noise between")
    })
  }
}

describe("Anthropic Messages", () => {
  const start = { type: "message_start", message: { usage: { input_tokens: 5, output_tokens: 1 } } }
  const end = (stop: string | null = "end_turn", usage: unknown = { output_tokens: 2 }) => ({
    type: "message_delta",
    delta: { stop_reason: stop },
    usage
  })
  const stop = { type: "message_stop" }
  const begin = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block })
  const delta = (index: number, one: object) => ({ type: "content_block_delta", index, delta: one })
  const close = (index: number) => ({ type: "content_block_stop", index })
  const tool = (index: number, id: string) => begin(index, { type: "tool_use", id, name: "read", input: {} })
  const json = (index: number, partial_json: string) => delta(index, { type: "input_json_delta", partial_json })
  tried(Anthropic.fold, [
    {
      title: "pings everywhere",
      sends: [start, { type: "ping" }, textBlock(0, "a", "b"), { type: "ping" }, end(), stop],
      expect: ["text ab", "end_turn 5+2"]
    },
    {
      title: "calls whose pieces are mixed",
      sends: [
        start,
        tool(0, "A"),
        tool(1, "B"),
        json(0, '{"p"'),
        json(1, '{"q"'),
        json(0, ":1}"),
        json(1, ":2}"),
        close(0),
        close(1),
        end("tool_use"),
        stop
      ],
      expect: ['call A read {"p":1}', 'call B read {"q":2}', "tool_use 5+2"]
    },
    {
      title: "blocks that nobody closes",
      sends: [start, begin(0, { type: "text", text: "a" }), tool(1, "A"), json(1, "{}"), end("tool_use"), stop],
      expect: ["text a", "call A read {}", "tool_use 5+2"]
    },
    {
      title: "indexes with gaps, and one used twice",
      sends: [start, textBlock(3, "a"), textBlock(3, "b"), end(), stop],
      expect: ["text a", "text b", "end_turn 5+2"]
    },
    {
      title: "a piece of text whose block never began",
      sends: [start, delta(0, { type: "text_delta", text: "a" }), end(), stop],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "input for a block that is no call, or never began",
      sends: [start, textBlock(0, "a"), json(0, "{"), json(9, "{"), end(), stop],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "blocks and deltas of the provider's own tools",
      sends: [
        start,
        begin(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
        json(0, '{"query":"x"}'),
        close(0),
        begin(1, { type: "web_search_tool_result", content: [] }),
        close(1),
        textBlock(2, "a"),
        delta(2, { type: "citations_delta", citation: {} }),
        end(),
        stop
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "nulls where counts and reasons belong",
      sends: [
        start,
        textBlock(0, "a"),
        end(null, null),
        end("end_turn", { output_tokens: null, input_tokens: null }),
        stop
      ],
      expect: ["text a", "end_turn 5+1"]
    },
    {
      title: "events after the end",
      sends: [start, textBlock(0, "a"), end(), stop, textBlock(1, "b"), stop],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "an error after a whole call: the call is not handed out",
      sends: [
        start,
        toolBlock(0, "A", "read", ["{}"]),
        { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
      ],
      expect: ["overloaded"]
    },
    {
      title: "an error event with no type in its data",
      sends: [start, 'event: error\ndata: {"error":{"type":"api_error","message":"x"}}\n\n'],
      expect: ["server"]
    },
    {
      title: "an error event that is not JSON",
      sends: [start, "event: error\ndata: upstream failed\n\n"],
      expect: ["server"]
    },
    {
      title: "types named by `event:` alone",
      sends: [
        'event: message_start\ndata: {"message":{"usage":{"input_tokens":5}}}\n\n',
        'event: content_block_delta\ndata: {"index":0,"delta":{"type":"text_delta","text":"a"}}\n\n',
        'event: message_delta\ndata: {"delta":{"stop_reason":"end_turn"}}\n\n',
        "event: message_stop\ndata: {}\n\n"
      ],
      expect: ["text a", "end_turn 5+0"]
    },
    { title: "no reason at the end", sends: [start, textBlock(0, "a"), stop], expect: ["text a", "incomplete"] },
    { title: "nothing after the start", sends: [start], expect: ["incomplete"] },
    {
      title: "an empty block of text",
      sends: [start, textBlock(0), textBlock(1, "a"), end(), stop],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "one event over several data lines",
      sends: [
        start,
        'data: {"type":"content_block_delta","index":0,\ndata: "delta":{"type":"text_delta","text":"a"}}\n\n',
        end(),
        stop
      ],
      expect: ["text a", "end_turn 5+2"]
    }
  ])
})

describe("Chat Completions", () => {
  const chunk = (delta: unknown, finish_reason: string | null = null, more: object = {}) => ({
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason }],
    ...more
  })
  const done = "data: [DONE]\n\n"
  const usage = { prompt_tokens: 5, completion_tokens: 2 }
  const call = (
    index: number | undefined,
    id: string | null | undefined,
    name: string | null | undefined,
    args: unknown
  ) => ({
    tool_calls: [{ index, id, type: "function", function: { name, arguments: args } }]
  })
  const ended = [chunk({}, "tool_calls"), done]
  tried(Chat.fold, [
    {
      title: "calls whose pieces are mixed",
      sends: [
        chunk(call(0, "a", "read", "")),
        chunk(call(1, "b", "read", "")),
        chunk(call(0, undefined, undefined, "{")),
        chunk(call(1, undefined, undefined, "{")),
        chunk(call(0, undefined, undefined, "}")),
        chunk(call(1, undefined, undefined, "}")),
        ...ended
      ],
      expect: ["call a read {}", "call b read {}", "tool_use 0+0"]
    },
    {
      title: "nulls and empty texts in the pieces that follow",
      sends: [
        chunk(call(0, "a", "read", null)),
        chunk(call(0, "", "", '{"p":')),
        chunk(call(0, null, null, "1}")),
        ...ended
      ],
      expect: ['call a read {"p":1}', "tool_use 0+0"]
    },
    {
      title: "the same id for two calls",
      sends: [chunk(call(0, "a", "read", '{"p":1}')), chunk(call(1, "a", "read", '{"p":2}')), ...ended],
      expect: ['call a read {"p":1}', 'call a read {"p":2}', "tool_use 0+0"]
    },
    {
      title: "the older form of a call",
      sends: [
        chunk({ function_call: { name: "read", arguments: "" } }),
        chunk({ function_call: { arguments: '{"p":1}' } }),
        chunk({}, "function_call"),
        done
      ],
      expect: ['call - read {"p":1}', "tool_use 0+0"]
    },
    {
      title: "a second choice",
      sends: [
        {
          choices: [
            { index: 1, delta: { content: "b" } },
            { index: 0, delta: { content: "a" } }
          ]
        },
        chunk({}, "stop"),
        done
      ],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "Azure's first chunk, with filters and no choice",
      sends: [
        { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
        chunk({ role: "assistant", content: "" }),
        chunk({ content: "a" }),
        chunk({}, "stop"),
        { choices: [], usage },
        done
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "usage null in every chunk, whole in the last",
      sends: [
        chunk({ content: "a" }, null, { usage: null }),
        chunk({}, "stop", { usage: null }),
        { choices: [], usage },
        done
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "usage that grows in every chunk",
      sends: [
        chunk({ content: "a" }, null, { usage: { prompt_tokens: 5, completion_tokens: 1 } }),
        chunk({}, "stop", { usage }),
        done
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "Groq's usage, in a field of its own",
      sends: [chunk({ content: "a" }), chunk({}, "stop", { x_groq: { usage } }), done],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "no choices, null choices, no delta",
      sends: [{}, { choices: null }, { choices: [{}] }, chunk(null), chunk({ content: "a" }), chunk({}, "stop"), done],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "comments before anything, as OpenRouter sends",
      sends: [": OPENROUTER PROCESSING\n\n", ": OPENROUTER PROCESSING\n\n", chunk({ content: "a" }, "stop"), done],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "an error whose code is a number, after words",
      sends: [
        chunk({ content: "a" }),
        {
          error: { message: "Provider disconnected", code: 502 },
          choices: [{ index: 0, delta: {}, finish_reason: "error" }]
        }
      ],
      expect: ["server"]
    },
    {
      title: "an error whose code is text",
      sends: [{ error: { message: "slow down", code: "rate_limit_exceeded" } }],
      expect: ["rate_limit"]
    },
    { title: "an error that is only text", sends: [{ error: "model is overloaded" }], expect: ["overloaded"] },
    {
      title: "an error beside the words of its choice",
      sends: [{ choices: [{ index: 0, delta: { content: "" }, error: { message: "x", code: 429 } }] }],
      expect: ["rate_limit"]
    },
    {
      title: "an error in the manner of FastAPI",
      sends: [{ object: "error", message: "prompt is too long", type: "BadRequestError", code: 400 }],
      expect: ["too_long"]
    },
    {
      title: "a call, and a reason that says stop",
      sends: [chunk(call(0, "a", "read", "{}")), chunk({}, "stop"), done],
      expect: ["call a read {}", "tool_use 0+0"]
    },
    {
      title: "tool_calls as the reason, and no call",
      sends: [chunk({ content: "a" }), chunk({}, "tool_calls"), done],
      expect: ["text a", "tool_use 0+0"]
    },
    {
      title: "two reasons",
      sends: [chunk({ content: "a" }, "stop"), chunk({}, "stop"), done],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "chunks after the end",
      sends: [chunk({ content: "a" }, "stop"), done, chunk({ content: "b" })],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "spaces around the end's word",
      sends: [chunk({ content: "a" }, "stop"), "data:  [DONE] \n\n"],
      expect: ["text a", "end_turn 0+0"]
    },
    { title: "no reason and no end", sends: [chunk({ content: "a" })], expect: ["incomplete"] },
    {
      title: "a call without a reason or an end: it is not handed out",
      sends: [chunk(call(0, "a", "read", "{}"))],
      expect: ["incomplete"]
    },
    {
      title: "an answer in one piece",
      sends: [
        JSON.stringify({
          object: "chat.completion",
          choices: [
            {
              index: 0,
              message: {
                role: "assistant",
                content: "a",
                tool_calls: [{ id: "x", function: { name: "read", arguments: "{}" } }]
              },
              finish_reason: "tool_calls"
            }
          ],
          usage
        })
      ],
      expect: ["text a", "call x read {}", "tool_use 5+2"]
    }
  ])
})

describe("Responses", () => {
  const delta = (output_index: number, text: string) => ({
    type: "response.output_text.delta",
    output_index,
    delta: text
  })
  const usage = { input_tokens: 5, output_tokens: 2 }
  const completed = (more: object = {}) => ({
    type: "response.completed",
    response: { status: "completed", usage, ...more }
  })
  const call = { type: "function_call", call_id: "a", name: "read" }
  const added = (output_index: number, item: object) => ({ type: "response.output_item.added", output_index, item })
  const itemDone = (output_index: number, item: object) => ({ type: "response.output_item.done", output_index, item })
  const args = (output_index: number, text: string) => ({
    type: "response.function_call_arguments.delta",
    output_index,
    delta: text
  })
  const png = { type: "image_generation_call", id: "ig_1", status: "completed", result: "AAAA" }
  tried(Responses.fold, [
    {
      title: "unknown events, and parts of parts",
      sends: [
        { type: "response.created" },
        { type: "response.in_progress" },
        { type: "response.content_part.added", output_index: 0, part: {} },
        delta(0, "a"),
        { type: "response.output_text.annotation.added" },
        { type: "keepalive", sequence_number: 3 },
        completed()
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "calls whose pieces are mixed",
      sends: [
        added(0, { ...call, arguments: "" }),
        added(1, { ...call, call_id: "b", arguments: "" }),
        args(0, '{"p"'),
        args(1, '{"q"'),
        args(0, ":1}"),
        args(1, ":2}"),
        completed()
      ],
      expect: ['call a read {"p":1}', 'call b read {"q":2}', "tool_use 5+2"]
    },
    {
      title: "arguments that come whole, with no pieces before",
      sends: [
        added(0, { ...call, arguments: "" }),
        { type: "response.function_call_arguments.done", output_index: 0, arguments: '{"p":1}' },
        completed()
      ],
      expect: ['call a read {"p":1}', "tool_use 5+2"]
    },
    {
      title: "words that come whole, with no pieces before",
      sends: [{ type: "response.output_text.done", output_index: 0, text: "a" }, completed()],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "words in pieces and whole are said once",
      sends: [
        delta(0, "a"),
        { type: "response.output_text.done", output_index: 0, text: "a" },
        itemDone(0, { type: "message", content: [{ type: "output_text", text: "a" }] }),
        completed()
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "null usage, null output, null details",
      sends: [delta(0, "a"), completed({ usage: null, output: null, incomplete_details: null, error: null })],
      expect: ["text a", "end_turn 0+0"]
    },
    {
      title: "a picture that the model made, once",
      sends: [
        added(0, { ...png, status: "in_progress", result: null }),
        { type: "response.image_generation_call.partial_image", output_index: 0, partial_image_b64: "BBBB" },
        itemDone(0, png),
        completed({ output: [png] })
      ],
      expect: ["image image/png AAAA", "end_turn 5+2"]
    },
    {
      title: "a picture of another kind, only at the end",
      sends: [completed({ output: [{ ...png, output_format: "webp" }] })],
      expect: ["image image/webp AAAA", "end_turn 5+2"]
    },
    {
      title: "searches of the provider's own",
      sends: [
        added(0, { type: "web_search_call", id: "ws" }),
        itemDone(0, { type: "web_search_call", id: "ws" }),
        delta(1, "a"),
        completed()
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "response.failed with its reason",
      sends: [
        { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "x" } } }
      ],
      expect: ["server"]
    },
    {
      title: "response.failed with none",
      sends: [{ type: "response.failed", response: { status: "failed", error: null } }],
      expect: ["server"]
    },
    {
      title: "response.cancelled",
      sends: [delta(0, "a"), { type: "response.cancelled", response: { status: "cancelled" } }],
      expect: ["incomplete"]
    },
    {
      title: "an error event with the error inside",
      sends: [
        { type: "error", error: { type: "invalid_request_error", code: "context_length_exceeded", message: "x" } }
      ],
      expect: ["too_long"]
    },
    {
      title: "an error without a type",
      sends: [{ error: { message: "slow down", code: "rate_limit_exceeded" } }],
      expect: ["rate_limit"]
    },
    { title: "no end", sends: [delta(0, "a")], expect: ["incomplete"] },
    {
      title: "events after the end",
      sends: [delta(0, "a"), completed(), delta(1, "b"), completed()],
      expect: ["text a", "end_turn 5+2"]
    }
  ])
})

describe("Gemini", () => {
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2 }
  const chunk = (parts: unknown, finishReason?: string, more: object = {}) => ({
    candidates: [{ content: { role: "model", parts }, finishReason, index: 0 }],
    ...more
  })
  const end = chunk([], "STOP", { usageMetadata })
  tried(Gemini.fold, [
    {
      title: "words in many parts",
      sends: [chunk([{ text: "a" }, { text: "b" }]), chunk([{ text: "c" }]), end],
      expect: ["text abc", "end_turn 5+2"]
    },
    {
      title: "parts that are newer than this code",
      sends: [
        chunk([{ executableCode: { code: "1" } }, { codeExecutionResult: {} }, { hologram: 1 }, { text: "a" }]),
        end
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "a picture between words",
      sends: [
        chunk([{ text: "a" }]),
        chunk([{ inlineData: { mimeType: "image/png", data: "AAAA" } }]),
        chunk([{ text: "b" }]),
        end
      ],
      expect: ["text a", "image image/png AAAA", "text b", "end_turn 5+2"]
    },
    {
      title: "the draft of a picture that the model thought of",
      sends: [
        chunk([{ thought: true, inlineData: { mimeType: "image/png", data: "BBBB" } }]),
        chunk([{ text: "a" }]),
        end
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "no content, null parts, no candidates",
      sends: [
        {},
        { candidates: null },
        { candidates: [] },
        { candidates: [{}] },
        chunk(null),
        chunk([{ text: "a" }]),
        end
      ],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "the end before the counts",
      sends: [chunk([{ text: "a" }], "STOP"), { usageMetadata }],
      expect: ["text a", "end_turn 5+2"]
    },
    {
      title: "the same call twice, with ids",
      sends: [
        chunk([
          { functionCall: { id: "x", name: "read", args: {} } },
          { functionCall: { id: "x", name: "read", args: {} } }
        ]),
        end
      ],
      expect: ["call x read {}", "call x read {}", "tool_use 5+2"]
    },
    {
      title: "null arguments",
      sends: [chunk([{ functionCall: { name: "read", args: null } }]), end],
      expect: ["call - read {}", "tool_use 5+2"]
    },
    {
      title: "refused in the middle",
      sends: [chunk([{ text: "a" }]), chunk([], "SAFETY", { usageMetadata })],
      expect: ["text a", "refusal 5+2"]
    },
    {
      title: "cut by the limit",
      sends: [chunk([{ text: "a" }], "MAX_TOKENS", { usageMetadata })],
      expect: ["text a", "max_tokens 5+2"]
    },
    {
      title: "an error in the middle",
      sends: [chunk([{ text: "a" }]), { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }],
      expect: ["overloaded"]
    },
    {
      title: "an error that a full quota is",
      sends: [{ error: { code: 429, message: "slow", status: "RESOURCE_EXHAUSTED" } }],
      expect: ["rate_limit"]
    },
    { title: "no end", sends: [chunk([{ text: "a" }])], expect: ["incomplete"] },
    {
      title: "a reason that is not said yet",
      sends: [chunk([{ text: "a" }], "FINISH_REASON_UNSPECIFIED"), end],
      expect: ["text a", "end_turn 5+2"]
    }
  ])
})

describe("Ollama", () => {
  const line = (message: unknown, more: object = {}) => ({ model: "m", message, done: false, ...more })
  const end = line({ content: "" }, { done: true, done_reason: "stop", prompt_eval_count: 5, eval_count: 2 })
  tried(
    Ollama.fold,
    [
      {
        title: "words with characters of many bytes",
        sends: [line({ content: "naïve " }), line({ content: "你好 👍" }), end],
        expect: ["text naïve 你好 👍", "end_turn 5+2"]
      },
      {
        title: "thinking before words",
        sends: [line({ thinking: "hm" }), line({ content: "a" }), end],
        expect: ["reasoning hm", "text a", "end_turn 5+2"]
      },
      {
        title: "calls in two lines, and the end beside one",
        sends: [
          line({ tool_calls: [{ function: { name: "read", arguments: { p: 1 } } }] }),
          { ...end, message: { tool_calls: [{ function: { name: "read", arguments: { p: 2 } } }] } }
        ],
        expect: ['call - read {"p":1}', 'call - read {"p":2}', "tool_use 5+2"]
      },
      {
        title: "nulls, and fields that are newer",
        sends: [line(null), line({ content: null, tool_calls: null, images: null, x: 1 }), line({ content: "a" }), end],
        expect: ["text a", "end_turn 5+2"]
      },
      {
        title: "no counts",
        sends: [line({ content: "a" }), line({ content: "" }, { done: true })],
        expect: ["text a", "end_turn 0+0"]
      },
      {
        title: "loading instead of an answer",
        sends: [line({ content: "" }, { done: true, done_reason: "load" })],
        expect: ["other 0+0"]
      },
      {
        title: "an error in the middle",
        sends: [line({ content: "a" }), { error: "an error was encountered while running the model: unexpected EOF" }],
        expect: ["server"]
      },
      { title: "no end", sends: [line({ content: "a" })], expect: ["incomplete"] },
      {
        title: "lines after the end",
        sends: [line({ content: "a" }), end, line({ content: "b" })],
        expect: ["text a", "end_turn 5+2"]
      },
      {
        title: "the last line without its end",
        sends: [line({ content: "a" }), JSON.stringify(end)],
        expect: ["text a", "end_turn 5+2"]
      }
    ],
    true
  )
})
