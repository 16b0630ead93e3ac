/** OpenAI's Chat Completions protocol, as OpenAI and many others speak it. */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam
} from "openai/resources/chat/completions"
import type { StopReason } from "../../../domain/model/Message.ts"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { type Answer, andThen, append, type Block, blockOf, close, type Step, unchanged } from "./answer.ts"
import { at, countAt, isRecord, listAt, objectText, parseJson, textAt } from "./fields.ts"
import {
  type AssistantTurn,
  fileText,
  isPicture,
  leftOut,
  nineId,
  plainId,
  turnsOf,
  type UserTurn,
  type WireTurn,
  wellFormed,
  wireName
} from "./turns.ts"

/** What differs between the endpoints that speak this protocol. */
export interface ChatDialect {
  /** OpenAI's own endpoint, with its newer names. */
  readonly official: boolean
  /** Ids of nine letters and digits, and no `stream_options`. */
  readonly mistral: boolean
  /** Reasoning goes back as `reasoning_content`. */
  readonly echoReasoning: boolean
}

/** The dialect of an endpoint, told by its host. */
export const dialectOf = (baseUrl: string): ChatDialect => {
  const host = /^[a-z]+:\/\/([^/:]+)/i.exec(baseUrl)?.[1]?.toLowerCase() ?? ""
  const under = (domain: string) => host === domain || host.endsWith(`.${domain}`)
  return { official: under("openai.com"), mistral: under("mistral.ai"), echoReasoning: under("deepseek.com") }
}

const imageUrl = (mime: string, data: string): ChatCompletionContentPart => ({
  type: "image_url",
  image_url: { url: `data:${mime};base64,${data}` }
})

const contentPart = (part: UserTurn["parts"][number]): ChatCompletionContentPart => {
  const words = (text: string): ChatCompletionContentPart => ({ type: "text", text: wellFormed(text) })
  if (part.type === "text") return words(part.text)
  if (part.type === "image")
    return isPicture(part.mime) ? imageUrl(part.mime, part.data) : words(leftOut(`a picture of type ${part.mime}`))
  const text = fileText(part)
  if (text !== undefined) return words(text)
  if (part.data !== undefined && isPicture(part.mime)) return imageUrl(part.mime, part.data)
  if (part.data !== undefined && part.mime === "application/pdf")
    return { type: "file", file: { filename: part.name, file_data: `data:${part.mime};base64,${part.data}` } }
  return words(leftOut(`the file ${part.name}`))
}

/** A result as a model reads it where the protocol has no flag for failure. */
export const resultText = (result: UserTurn["results"][number]): string =>
  wellFormed(result.ok || /^error\b/i.test(result.text) ? result.text : `Error: ${result.text}`)

const userMessages = (turn: UserTurn): ReadonlyArray<ChatCompletionMessageParam> => {
  const results = turn.results.map(
    (result): ChatCompletionMessageParam => ({ role: "tool", tool_call_id: result.id, content: resultText(result) })
  )
  const images = turn.results.flatMap((result) => result.images)
  const parts = [...images, ...turn.parts].map(contentPart)
  if (parts.length === 0) return results.length > 0 ? results : [{ role: "user", content: "(empty)" }]
  // Plain strings where there is nothing but text: some local servers know nothing else.
  const words = parts.flatMap((part) => (part.type === "text" ? [part.text] : []))
  const content = words.length === parts.length ? words.join("\n\n") : parts
  return [...results, { role: "user", content }]
}

const assistantMessage = (turn: AssistantTurn, echo: boolean): ChatCompletionAssistantMessageParam => {
  const words = turn.parts.flatMap((part) => (part.type === "text" ? [wellFormed(part.text)] : []))
  const thoughts = turn.parts.flatMap((part) => (part.type === "reasoning" ? [wellFormed(part.text)] : []))
  const calls = turn.parts.flatMap((part) => {
    if (part.type !== "tool-call") return []
    return [
      { type: "function" as const, id: part.id, function: { name: part.name, arguments: objectText(part.input) } }
    ]
  })
  return {
    role: "assistant",
    content: words.length === 0 ? null : words.join("\n\n"),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(echo && thoughts.length > 0 ? { reasoning_content: thoughts.join("\n\n") } : {})
  }
}

const limit = (request: ModelRequest, official: boolean) => {
  if (request.maxOutput === undefined) return {}
  return official ? { max_completion_tokens: request.maxOutput } : { max_tokens: request.maxOutput }
}

/** The body of a request; valid for any messages. */
export const toBody = (request: ModelRequest, dialect: ChatDialect): ChatCompletionCreateParamsStreaming => {
  const turns = turnsOf(request.messages, {
    model: request.model,
    reasoning: dialect.echoReasoning ? "text" : "none",
    blankText: true,
    id: dialect.mistral ? nineId : plainId
  })
  const messages = turns.flatMap((turn: WireTurn) =>
    turn.role === "user" ? userMessages(turn) : [assistantMessage(turn, dialect.echoReasoning)]
  )
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    function: {
      name: wireName(tool.name),
      description: tool.description,
      parameters: { ...tool.input, type: "object" }
    }
  }))
  const system = request.system === "" ? [] : [{ role: "system" as const, content: wellFormed(request.system) }]
  return {
    model: modelOf(request.model),
    messages: [...system, ...messages],
    ...(tools.length === 0 ? {} : { tools }),
    ...limit(request, dialect.official),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(dialect.mistral ? {} : { stream_options: { include_usage: true } }),
    stream: true
  }
}

const stops: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end_turn"],
  ["tool_calls", "tool_use"],
  ["function_call", "tool_use"],
  ["length", "max_tokens"],
  ["content_filter", "refusal"]
])

const withUsage = (state: Answer, usage: unknown): Answer => {
  const input = countAt(usage, "prompt_tokens")
  if (input === undefined) return state
  const read =
    countAt(usage, "prompt_tokens_details", "cached_tokens") ?? countAt(usage, "prompt_cache_hit_tokens") ?? 0
  const write = countAt(usage, "prompt_tokens_details", "cache_write_tokens") ?? 0
  const output = countAt(usage, "completion_tokens") ?? 0
  return {
    ...state,
    usage: { input: Math.max(0, input - read - write), output, cacheRead: read, cacheWrite: write }
  }
}

// Text comes as a string, or (Mistral) as a list of text and thinking pieces.
const pieces = (content: unknown): ReadonlyArray<readonly ["text" | "reasoning", string]> => {
  if (typeof content === "string") return [["text", content]]
  if (!Array.isArray(content)) return []
  return content.flatMap((item): ReadonlyArray<readonly ["text" | "reasoning", string]> => {
    if (textAt(item, "type") === "thinking") return pieces(at(item, "thinking")).map(([, text]) => ["reasoning", text])
    return [["text", textAt(item, "text") ?? ""]]
  })
}

const words = (state: Answer, kind: "text" | "reasoning", text: string): Step => {
  if (text === "") return unchanged(state)
  const other = (block: Block) => block.kind !== "call" && block.kind !== kind && !block.closed
  if (!state.blocks.some(other)) return append(state, kind, kind, text)
  return andThen(close(state, other), (next) => append(next, kind, kind, text))
}

// Which call a piece belongs to. Servers leave out the index, the id, or both, or give every call index 0.
const keyOf = (state: Answer, delta: unknown): string => {
  const calls = state.blocks.filter((block) => block.kind === "call")
  const index = countAt(delta, "index")
  const id = textAt(delta, "id") ?? ""
  const name = textAt(delta, "function", "name") ?? ""
  const fresh = `call ${calls.length}`
  if (index === undefined) {
    const same = id === "" ? undefined : calls.findLast((call) => call.id === id)
    return same?.key ?? (id === "" && name === "" ? calls.at(-1)?.key : undefined) ?? fresh
  }
  const old = calls.findLast((call) => call.index === index)
  if (old === undefined) return fresh
  const another = id !== "" && old.id !== undefined && old.id !== "" ? id !== old.id : name !== "" && isDone(old)
  return another && name !== "" ? fresh : old.key
}

const isDone = (block: Block): boolean => isRecord(parseJson(block.text))

const callPiece = (state: Answer, delta: unknown): Step => {
  const key = keyOf(state, delta)
  const old = blockOf(state, key)
  const input = at(delta, "function", "arguments")
  const text = typeof input === "string" ? input : isRecord(input) ? JSON.stringify(input) : ""
  const id = textAt(delta, "id") ?? ""
  const name = textAt(delta, "function", "name") ?? ""
  const index = countAt(delta, "index")
  const more = {
    id: old?.id === undefined || old.id === "" ? id : old.id,
    name: old?.name === undefined || old.name === "" ? name : old.name,
    ...(index === undefined ? {} : { index })
  }
  return append(state, key, "call", text, more)
}

const joined = (step: Step, next: Step): Step =>
  step.parts.length === 0 ? next : { ...next, parts: [...step.parts, ...next.parts] }

const choiceStep = (state: Answer, choice: unknown): Step => {
  const delta = at(choice, "delta") ?? at(choice, "message")
  const thought = textAt(delta, "reasoning_content") ?? textAt(delta, "reasoning") ?? ""
  const refusal = textAt(delta, "refusal") ?? ""
  let step = words(state, "reasoning", thought)
  for (const [kind, text] of pieces(at(delta, "content"))) step = joined(step, words(step.state, kind, text))
  if (refusal !== "") step = joined(step, words({ ...step.state, refused: true }, "text", refusal))
  for (const call of listAt(delta, "tool_calls")) step = joined(step, callPiece(step.state, call))
  const said = textAt(choice, "finish_reason")
  if (said === undefined) return step
  const stop = step.state.refused === true ? "refusal" : (stops.get(said) ?? "other")
  return { ...step, state: { ...step.state, stop } }
}

const faultIn = (event: unknown) => {
  const error = at(event, "error")
  if (error === undefined || error === null) return undefined
  const code = at(error, "code")
  const status = typeof code === "number" ? code : undefined
  const type = textAt(error, "type") ?? textAt(error, "code")
  const message = textAt(error, "message") ?? (typeof error === "string" ? error : "")
  return { message, ...(status === undefined ? {} : { status }), ...(type === undefined ? {} : { type }) }
}

/** What one event of the stream adds to the answer; `[DONE]` comes as that string. */
export const fold = (state: Answer, event: unknown): Step => {
  if (event === "[DONE]") return finished(state)
  const fault = faultIn(event) ?? faultIn(at(event, "choices", 0))
  if (fault !== undefined) return { ...unchanged(state), fault }
  const served = textAt(event, "model") ?? ""
  const seen = withUsage(served === "" || served === state.served ? state : { ...state, served }, at(event, "usage"))
  const choice = listAt(event, "choices").find((one) => (countAt(one, "index") ?? 0) === 0)
  const step = choice === undefined ? unchanged(seen) : choiceStep(seen, choice)
  return textAt(event, "object") === "chat.completion" ? andThen(step, finished) : step
}

// `[DONE]` says that the answer is whole, even where no reason was given.
const finished = (state: Answer): Step => {
  const begun = state.blocks.length > 0
  const known = state.stop === undefined && begun ? { ...state, stop: "end_turn" as const } : state
  return { ...close(known, () => true), done: true }
}
