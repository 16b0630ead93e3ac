/** What a provider of each protocol sends for a wanted answer, over loopback or inside a page. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Api } from "../../src/domain/model/Config.ts"
import { languageModelContract, type Wanted } from "../ports/LanguageModel.contract.ts"
import { collect } from "./contract.ts"
import type { Reply } from "./fakeProvider.ts"
import { fakeModel } from "./models.ts"
import {
  anthropicAnswer,
  chatAnswer,
  errorReply,
  geminiAnswer,
  ollamaAnswer,
  responsesEvent,
  showsNothing,
  textBlock,
  toolBlock
} from "./sseServer.ts"

/** An answer over Anthropic Messages. */
export const anthropic = (wanted: Wanted): Reply => {
  if (wanted.overloaded === true) return errorReply(529, "overloaded_error")
  const text = wanted.text === undefined ? [] : [textBlock(0, ...wanted.text.split(/(?= )/))]
  const calls = (wanted.calls ?? []).map((call, k) =>
    toolBlock(k + 1, call.id, call.name, [JSON.stringify(call.input)])
  )
  const { pieces } = anthropicAnswer(calls.length > 0 ? "tool_use" : "end_turn", ...text, ...calls)
  return wanted.hang === true ? { pieces: [...pieces.slice(0, 2), "hang"] } : { pieces }
}

const chat = (wanted: Wanted): Reply => {
  if (wanted.overloaded === true) return errorReply(503, "server_error")
  const text = (wanted.text ?? "").split(/(?= )/).map((content) => ({ content }))
  const calls = (wanted.calls ?? []).map((call, index) => ({
    tool_calls: [{ index, id: call.id, function: { name: call.name, arguments: JSON.stringify(call.input) } }]
  }))
  const { pieces } = chatAnswer(calls.length > 0 ? "tool_calls" : "stop", ...text, ...calls)
  return wanted.hang === true ? { pieces: [...pieces.slice(0, 1), "hang"] } : { pieces }
}

const responses = (wanted: Wanted): Reply => {
  if (wanted.overloaded === true) return errorReply(503, "server_error")
  const text = wanted.text ?? ""
  const message = { type: "message", id: "m", role: "assistant", content: [{ type: "output_text", text }] }
  const calls = (wanted.calls ?? []).map((call) => ({
    type: "function_call",
    id: `fc_${call.id}`,
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.input)
  }))
  const begin = text
    .split(/(?= )/)
    .map((delta) => responsesEvent({ type: "response.output_text.delta", output_index: 0, delta }))
  if (wanted.hang === true) return { pieces: [...begin, "hang"] }
  const items = [message, ...calls].map((item, output_index) =>
    responsesEvent({ type: "response.output_item.done", output_index, item })
  )
  const usage = { input_tokens: 3, output_tokens: 2 }
  const done = responsesEvent({
    type: "response.completed",
    response: { status: "completed", output: [message, ...calls], usage }
  })
  return { pieces: [...begin, ...items, done] }
}

const gemini = (wanted: Wanted): Reply => {
  if (wanted.overloaded === true) return errorReply(503, "UNAVAILABLE")
  const text = wanted.text === undefined ? [] : wanted.text.split(/(?= )/).map((piece) => ({ text: piece }))
  const calls = (wanted.calls ?? []).map(({ id, input, name }) => ({ functionCall: { id, name, args: input } }))
  const { pieces } = geminiAnswer("STOP", ...text, ...calls)
  return wanted.hang === true ? { pieces: [...pieces.slice(0, 2), "hang"] } : { pieces }
}

const ollama = (wanted: Wanted): Reply => {
  if (wanted.overloaded === true) return errorReply(503, "server busy")
  const text = wanted.text === undefined ? [] : wanted.text.split(/(?= )/).map((content) => ({ content }))
  const calls = (wanted.calls ?? []).map(({ id, input, name }) => ({
    tool_calls: [{ id, function: { name, arguments: input } }]
  }))
  const { pieces } = ollamaAnswer("stop", ...text, ...calls)
  return wanted.hang === true ? { pieces: [...pieces.slice(0, 1), "hang"] } : { pieces }
}

/** Each protocol and its answers. */
export const protocols: ReadonlyArray<readonly [Api, (wanted: Wanted) => Reply]> = [
  ["anthropic", anthropic],
  ["openai", chat],
  ["openai-responses", responses],
  ["google", gemini],
  ["ollama", ollama]
]

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

const streamOf = (reply: Reply, signal: AbortSignal | null | undefined): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: async (controller) => {
      for (const piece of reply.pieces) {
        if (piece === "hang" || piece === "cut") {
          if (piece === "hang") await new Promise((resolve) => signal?.addEventListener("abort", resolve))
          return controller.error(signal?.reason ?? new TypeError("network error"))
        }
        if (typeof piece === "string") controller.enqueue(new TextEncoder().encode(piece))
        else if (piece instanceof Uint8Array) controller.enqueue(piece)
        await pause()
      }
      controller.close()
    }
  })

/** Answers in this page as a server would; the last reply answers whatever comes after it. */
const fetchOf = (replies: ReadonlyArray<Reply>): typeof globalThis.fetch =>
  (() => {
    let n = 0
    return async (input, init) => {
      const asksModel = !String(input).endsWith("/api/show")
      const reply = !asksModel
        ? showsNothing
        : (replies[Math.min(n++, replies.length - 1)] ?? { status: 500, pieces: [] })
      const headers = typeof reply.headers === "function" ? reply.headers() : reply.headers
      return new Response(streamOf(reply, init?.signal), {
        status: reply.status ?? 200,
        headers: { "content-type": "text/event-stream", ...headers }
      })
    }
  })()

/** Runs the contract of models in a page, over a protocol whose server is a function of the page. */
export const collectIn = (wanted: Api) => {
  const reply = protocols.find(([api]) => api === wanted)?.[1]
  if (reply === undefined) throw new Error(`no protocol ${wanted}`)
  const contract = languageModelContract("fake/m", (answers) =>
    Effect.succeed(fakeModel(wanted, "http://127.0.0.1:9", { fetch: fetchOf(answers.map(reply)) }))
  )
  return collect(contract, Layer.empty)
}
