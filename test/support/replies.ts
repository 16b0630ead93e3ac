/** More answers for the loopback provider: Responses in full, odd framings, and answers that begin and stop anywhere. */
import { gzipSync } from "node:zlib"
import type { Api } from "../../src/domain/model/Config.ts"
import type { Piece, Reply } from "./fakeProvider.ts"
import {
  anthropicAnswer,
  anthropicEvent,
  chatAnswer,
  geminiAnswer,
  ollamaAnswer,
  responsesEvent,
  textBlock,
  toolBlock
} from "./sseServer.ts"

/** A tool call as a test writes it. */
export interface Asked {
  readonly id: string
  readonly name: string
  readonly input: string
}

/** What an answer says, in any protocol. */
export interface Said {
  readonly text?: string
  readonly calls?: ReadonlyArray<Asked>
}

const message = (text: string, index: number) => [
  responsesEvent({
    type: "response.output_item.added",
    output_index: index,
    item: { type: "message", id: `msg_${index}`, role: "assistant", content: [] }
  }),
  responsesEvent({ type: "response.output_text.delta", output_index: index, content_index: 0, delta: text }),
  responsesEvent({
    type: "response.output_item.done",
    output_index: index,
    item: { type: "message", id: `msg_${index}`, role: "assistant", content: [{ type: "output_text", text }] }
  })
]

const functionCall = (call: Asked, index: number) => {
  const item = { type: "function_call", id: `fc_${index}`, call_id: call.id, name: call.name }
  return [
    responsesEvent({ type: "response.output_item.added", output_index: index, item: { ...item, arguments: "" } }),
    responsesEvent({ type: "response.function_call_arguments.delta", output_index: index, delta: call.input }),
    responsesEvent({
      type: "response.output_item.done",
      output_index: index,
      item: { ...item, arguments: call.input, status: "completed" }
    })
  ]
}

const responsesAnswer = ({ calls = [], text }: Said): Reply => ({
  pieces: [
    responsesEvent({ type: "response.created", response: { id: "resp_1", status: "in_progress" } }),
    ...(text === undefined ? [] : message(text, 0)),
    ...calls.flatMap((call, index) => functionCall(call, index + 1)),
    responsesEvent({
      type: "response.completed",
      response: { status: "completed", model: "m-1", output: [], usage: { input_tokens: 10, output_tokens: 2 } }
    })
  ]
})

// Gemini and Ollama send arguments as values, never as text; what is no JSON they could not have sent.
const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A whole answer in a protocol. */
export const saying = (api: Api, said: Said): Reply => {
  const { calls = [], text } = said
  if (api === "openai-responses") return responsesAnswer(said)
  if (api === "google")
    return geminiAnswer(
      "STOP",
      ...(text === undefined ? [] : [{ text }]),
      ...calls.map(({ id, input, name }) => ({ functionCall: { id, name, args: jsonOr(input) } }))
    )
  if (api === "ollama")
    return ollamaAnswer(
      "stop",
      ...(text === undefined ? [] : [{ content: text }]),
      ...calls.map(({ id, input, name }) => ({ tool_calls: [{ id, function: { name, arguments: jsonOr(input) } }] }))
    )
  const stops = calls.length > 0
  if (api === "anthropic")
    return anthropicAnswer(
      stops ? "tool_use" : "end_turn",
      ...(text === undefined ? [] : [textBlock(0, text)]),
      ...calls.map((call, index) => toolBlock(index + 1, call.id, call.name, [call.input]))
    )
  return chatAnswer(
    stops ? "tool_calls" : "stop",
    ...(text === undefined ? [] : [{ role: "assistant", content: text }]),
    ...calls.map((call, index) => ({
      tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: call.input } }]
    }))
  )
}

/** An answer's pieces as one text. */
export const textOf = (reply: Reply): string => reply.pieces.filter((piece) => typeof piece === "string").join("")

/** The same answer, its text changed as a whole. */
export const mapped = (reply: Reply, change: (text: string) => string): Reply => ({
  ...reply,
  pieces: [change(textOf(reply))]
})

/** The same answer, compressed. */
export const zipped = (reply: Reply): Reply => ({
  ...reply,
  headers: { "content-encoding": "gzip" },
  pieces: [gzipSync(textOf(reply))]
})

/** The same answer in pieces of so many bytes. */
export const inBytes = (reply: Reply, size: number): Reply => {
  const all = Buffer.from(textOf(reply))
  return {
    ...reply,
    pieces: Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.subarray(n * size, (n + 1) * size))
  }
}

/** The first pieces of an answer, then something else. */
export const cutAfter = (reply: Reply, pieces: number, ...then: ReadonlyArray<Piece>): Reply => ({
  ...reply,
  pieces: [...reply.pieces.slice(0, pieces), ...then]
})

/** An error event of Anthropic's stream. */
export const streamError = (type: string): string =>
  anthropicEvent({ type: "error", error: { type, message: `${type} in the stream` } })
