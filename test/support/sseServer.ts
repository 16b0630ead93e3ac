/** What the loopback provider sends in each scenario of sse_scenarios.jsonl, and the builders for more of the kind. */
import type { Reply } from "./fakeProvider.ts"

/** One Anthropic event on the wire. */
export const anthropicEvent = (data: { readonly type: string; readonly [key: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

const start = (usage: object = { input_tokens: 10, output_tokens: 1 }): string =>
  anthropicEvent({
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [],
      model: "claude-x",
      stop_reason: null,
      usage
    }
  })

const block = (index: number, content: object, deltas: ReadonlyArray<object>, end = true): string =>
  anthropicEvent({ type: "content_block_start", index, content_block: content }) +
  deltas.map((delta) => anthropicEvent({ type: "content_block_delta", index, delta })).join("") +
  (end ? anthropicEvent({ type: "content_block_stop", index }) : "")

/** A text block in the given pieces. */
export const textBlock = (index: number, ...pieces: ReadonlyArray<string>): string =>
  block(
    index,
    { type: "text", text: "" },
    pieces.map((text) => ({ type: "text_delta", text }))
  )

/** A tool call in the given pieces of its input. */
export const toolBlock = (index: number, id: string, name: string, pieces: ReadonlyArray<string>, end = true): string =>
  block(
    index,
    { type: "tool_use", id, name, input: {} },
    pieces.map((json) => ({ type: "input_json_delta", partial_json: json })),
    end
  )

/** Signed reasoning. */
export const thinkingBlock = (index: number, text: string, signature: string): string =>
  block(index, { type: "thinking", thinking: "", signature: "" }, [
    { type: "thinking_delta", thinking: text },
    { type: "signature_delta", signature }
  ])

const delta = (stop: string, output = 2): string =>
  anthropicEvent({
    type: "message_delta",
    delta: { stop_reason: stop, stop_sequence: null },
    usage: { output_tokens: output }
  })

const stop = anthropicEvent({ type: "message_stop" })

/** A whole Anthropic answer around the given blocks. */
export const anthropicAnswer = (stopReason: string, ...blocks: ReadonlyArray<string>): Reply => ({
  pieces: [start(), ...blocks, delta(stopReason), stop]
})

/** One Chat Completions chunk on the wire. */
export const chatChunk = (choice: object | undefined, more: object = {}): string =>
  `data: ${JSON.stringify({
    id: "c1",
    object: "chat.completion.chunk",
    model: "m",
    choices: choice === undefined ? [] : [{ index: 0, finish_reason: null, ...choice }],
    ...more
  })}\n\n`

/** A whole Chat Completions answer of the given deltas. */
export const chatAnswer = (finish: string, ...deltas: ReadonlyArray<object>): Reply => ({
  pieces: [
    ...deltas.map((one) => chatChunk({ delta: one })),
    chatChunk({ delta: {}, finish_reason: finish }),
    chatChunk(undefined, {
      usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } }
    }),
    "data: [DONE]\n\n"
  ]
})

/** One Responses event on the wire. */
export const responsesEvent = (data: { readonly type: string; readonly [key: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

/** One chunk of a Gemini stream. */
export const geminiChunk = (parts: ReadonlyArray<object>, more: object = {}, rest: object = {}): string =>
  `data: ${JSON.stringify({
    candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
    modelVersion: "gemini-x",
    ...rest
  })}\n\n`

/** A whole Gemini answer of the given parts, each in a chunk of its own. */
export const geminiAnswer = (finishReason: string, ...parts: ReadonlyArray<object>): Reply => ({
  pieces: [
    geminiChunk([]),
    ...parts.map((part) => geminiChunk([part])),
    geminiChunk(
      [],
      { finishReason },
      { usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, cachedContentTokenCount: 4 } }
    )
  ]
})

/** What a server says that is no Ollama, or an old one, when it is asked what a model can do. */
export const showsNothing: Reply = { status: 404, pieces: ['{"error":"not found"}'] }

/** One line of an Ollama stream. */
export const ollamaLine = (message: object, more: object = {}): string =>
  `${JSON.stringify({ model: "m", message: { role: "assistant", content: "", ...message }, done: false, ...more })}\n`

/** A whole Ollama answer of the given messages. */
export const ollamaAnswer = (done_reason: string, ...messages: ReadonlyArray<object>): Reply => ({
  headers: { "content-type": "application/x-ndjson" },
  pieces: [
    ...messages.map((message) => ollamaLine(message)),
    ollamaLine({}, { done: true, done_reason, prompt_eval_count: 10, eval_count: 2 })
  ]
})

const responsesText = (text: string): string =>
  responsesEvent({
    type: "response.output_item.added",
    output_index: 0,
    item: { type: "message", id: "m", content: [] }
  }) + responsesEvent({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta: text })

/** An answer with an error status. */
export const errorReply = (status: number, type: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  pieces: [JSON.stringify({ type: "error", error: { type, message: `${type} from the server` } })]
})

const html = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Corporate proxy</h1></body></html>"
const htmlReply = (status: number): Reply => ({ status, headers: { "content-type": "text/html" }, pieces: [html] })

const done = anthropicAnswer("end_turn", textBlock(0, "done"))
const read = (index: number, id: string) => toolBlock(index, id, "read", ['{"file_path":"a"}'])

const overloaded = anthropicEvent({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })

const scenarios: Readonly<Record<string, () => ReadonlyArray<Reply>>> = {
  S042: () => [anthropicAnswer("end_turn", textBlock(0, "Hel", "lo"))],
  S048: () => [anthropicAnswer("tool_use", toolBlock(0, "toolu_1", "edit", ['{"path": "a'])), done],
  S054: () => [
    anthropicAnswer("tool_use", read(0, "A"), toolBlock(1, "B", "bash", ['{"command":"rm x"}']), read(2, "C")),
    done
  ],
  S055: () => [anthropicAnswer("tool_use", read(0, "A"), toolBlock(1, "B", "read", ['{"file_path":"missing"}'])), done],
  S057: () => [anthropicAnswer("tool_use", thinkingBlock(0, "abc", "SIG=="), read(1, "A")), done],
  S060: () => [anthropicAnswer("end_turn", thinkingBlock(0, "abc", "SIG=="), textBlock(1, "hello")), done],
  S061: () => [anthropicAnswer("max_tokens", textBlock(0, "abc"))],
  S062: () => [anthropicAnswer("max_tokens", toolBlock(0, "A", "edit", ['{"path":"a","ne'])), done],
  S065: () => [anthropicAnswer("stop_sequence", textBlock(0, "a"))],
  S066: () => [anthropicAnswer("model_context_window_exceeded", textBlock(0, "a"))],
  S072: () => [{ pieces: [start(), read(0, "A"), overloaded] }, done],
  S074: () => [errorReply(529, "overloaded_error")],
  // A date has whole seconds only: rounded up, so that it is two to three seconds away.
  S076: () => [
    {
      ...errorReply(429, "rate_limit_error"),
      headers: () => ({ "retry-after": new Date(Math.ceil(Date.now() / 1000 + 2) * 1000).toUTCString() })
    },
    done
  ],
  S082: () => [errorReply(401, "authentication_error")],
  S083: () => [htmlReply(403)],
  S091: () => [{ pieces: [start(), textBlock(0, "hi"), delta("end_turn")] }],
  S093: () => [drip(`${start()}${textBlock(0, "drip")}${anthropicEvent({ type: "ping" })}${delta("end_turn")}${stop}`)],
  S099: () => [
    {
      headers: { "content-type": "application/json" },
      pieces: ['{"type":"error","error":{"type":"api_error","message":"Internal server error"}}']
    }
  ],
  S100: () => [{ pieces: [start(), start(), textBlock(0, "twice"), delta("end_turn"), stop] }],
  S106: () => [{ pieces: [chatChunk({ delta: { role: "assistant", content: "a" } })] }],
  S109: () => [
    chatAnswer("tool_calls", { tool_calls: [{ index: 0, function: { name: "bash", arguments: "{}" } }] }),
    chatAnswer("stop", { content: "done" })
  ],
  S110: () => [
    chatAnswer("tool_calls", {
      tool_calls: [
        { index: 0, id: "call_1", type: "function", function: { name: "bash", arguments: '{"command":"ls"}' } }
      ]
    }),
    chatAnswer("stop", { content: "done" })
  ],
  S113: () => [chatAnswer("content_filter", { content: "I" })],
  S114: () => [chatAnswer("stop", { content: "hello" })],
  S116: () => [{ pieces: ['data: {"error":{"message":"x","code":500}}\n\n'] }, chatAnswer("stop", { content: "done" })],
  S122: () => [
    {
      pieces: [
        responsesText("abc"),
        responsesEvent({
          type: "response.incomplete",
          response: {
            object: "response",
            status: "incomplete",
            incomplete_details: { reason: "max_output_tokens" },
            model: "gpt-x",
            usage: { input_tokens: 5, output_tokens: 3 }
          }
        })
      ]
    }
  ],
  S124: () => [
    {
      pieces: [
        geminiChunk(
          ["a", "b"].map((file_path) => ({ functionCall: { name: "read", args: { file_path } } })),
          { finishReason: "STOP" },
          { usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2 } }
        )
      ]
    },
    geminiAnswer("STOP", { text: "done" })
  ],
  S125: () => [
    geminiAnswer("STOP", { functionCall: { name: "read", args: { file_path: "a" } }, thoughtSignature: "SIG" }),
    geminiAnswer("STOP", { text: "done" })
  ],
  S128: () => [{ pieces: ['data: {"candidates":[],"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}\n\n'] }],
  S131: () => [htmlReply(200)]
}

/** Text one byte at a time, a second apart once it has begun; the time between is the caller's to shorten. */
export const drip = (text: string, waitMs = 1): Reply => ({
  pieces: [...Buffer.from(text)].flatMap((byte) => [Uint8Array.of(byte), { waitMs }])
})

/** The answers that the provider of a scenario gives, in order; `undefined` where none is written for it. */
export const scenarioServer = (row: { readonly id: string }): ReadonlyArray<Reply> | undefined => scenarios[row.id]?.()
