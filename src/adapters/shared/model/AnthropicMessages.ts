/** Anthropic's Messages protocol: the request's body, and the answer's events folded into parts. */
import type {
  ContentBlockParam,
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  OutputConfig,
  TextBlockParam,
  ToolResultBlockParam
} from "@anthropic-ai/sdk/resources/messages"
import type { ImagePart, StopReason } from "../../../domain/model/Message.ts"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest, TokenUsage } from "../../../ports/LanguageModel.ts"
import { type Answer, amend, andThen, append, blockOf, close, type Step, unchanged } from "./answer.ts"
import { at, countAt, isRecord, listAt, parseJson, textAt } from "./fields.ts"
import { closed, toolSchema } from "./jsonSchema.ts"
import { claudeVersion } from "./takes.ts"
import {
  type AssistantTurn,
  fileText,
  isPicture,
  leftOut,
  plainId,
  turnsOf,
  type UserTurn,
  type WireTurn,
  wellFormed,
  wireName
} from "./turns.ts"

const text = (value: string): TextBlockParam => ({ type: "text", text: wellFormed(value) })

const picture = (part: typeof ImagePart.Type): ImageBlockParam | TextBlockParam => {
  const { data, mime } = part
  if (mime !== "image/png" && mime !== "image/jpeg" && mime !== "image/gif" && mime !== "image/webp")
    return text(leftOut(`a picture of type ${mime}`))
  return { type: "image", source: { type: "base64", media_type: mime, data } }
}

const userBlock = (part: UserTurn["parts"][number]): ContentBlockParam => {
  if (part.type === "text") return text(part.text)
  if (part.type === "image") return picture(part)
  const words = fileText(part)
  if (words !== undefined) return text(words)
  if (part.data !== undefined && isPicture(part.mime))
    return picture({ type: "image", mime: part.mime, data: part.data })
  if (part.data !== undefined && part.mime === "application/pdf") {
    const source = { type: "base64", media_type: "application/pdf", data: part.data } as const
    return { type: "document", title: wellFormed(part.name), source }
  }
  return text(leftOut(`the file ${part.name}`))
}

const resultBlock = (result: UserTurn["results"][number]): ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id: result.id,
  content: [text(result.text), ...result.images.map(picture)],
  ...(result.ok ? {} : { is_error: true })
})

const assistantBlock = (part: AssistantTurn["parts"][number]): ContentBlockParam => {
  if (part.type === "text") return text(part.text)
  if (part.type === "tool-call") {
    const input = parseJson(part.input)
    return { type: "tool_use", id: part.id, name: part.name, input: isRecord(input) ? input : {} }
  }
  if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted }
  return { type: "thinking", thinking: part.text, signature: part.signature ?? "" }
}

const message = (turn: WireTurn): { readonly role: WireTurn["role"]; readonly content: Array<ContentBlockParam> } => {
  if (turn.role === "assistant") return { role: "assistant", content: turn.parts.map(assistantBlock) }
  const content = [...turn.results.map(resultBlock), ...turn.parts.map(userBlock)]
  return { role: "user", content: content.length === 0 ? [text("(empty)")] : content }
}

const cached = (block: ContentBlockParam): ContentBlockParam =>
  block.type === "thinking" || block.type === "redacted_thinking"
    ? block
    : { ...block, cache_control: { type: "ephemeral" } }

// The last message, and the one that was last a request ago: what it stored is found again however much came since.
const withBreakpoints = (messages: ReadonlyArray<ReturnType<typeof message>>): Array<MessageParam> =>
  messages.map((one, index) => {
    if (one.role !== "user" || index < messages.length - 3) return one
    return { ...one, content: one.content.map((block, k) => (k === one.content.length - 1 ? cached(block) : block)) }
  })

// How many tokens the models that are told in tokens may think.
const budgets = { low: 2_048, medium: 8_192, high: 24_576 } as const

// Models from 4.6 on are told an effort, those before a number of tokens, which counts towards the output.
const thinkingOf = ({ reasoning, model }: ModelRequest, most: number): Partial<MessageCreateParamsStreaming> => {
  if (reasoning === undefined) return {}
  const version = claudeVersion(modelOf(model)) ?? 0
  if (reasoning === "off") return alwaysThinks.test(model) ? {} : { thinking: { type: "disabled" } }
  if (version >= 406)
    return { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: reasoning } }
  const budget = Math.min(budgets[reasoning], most - 1_024)
  return budget < 1_024 ? {} : { thinking: { type: "enabled", budget_tokens: budget } }
}

// A model that is told a number of tokens refuses to think on where the last calls were made without a thought: by
// another model, or before thinking was asked for.
const mayThink = (messages: ReadonlyArray<ReturnType<typeof message>>): boolean => {
  const first = messages.findLast(({ role }) => role === "assistant")?.content[0]?.type
  const answers = messages.at(-1)?.content.some(({ type }) => type === "tool_result") === true
  return !answers || first === "thinking" || first === "redacted_thinking"
}

const alwaysThinks = /claude-(fable|mythos)/

const samplingOf = ({ temperature, topP }: ModelRequest, thinks: boolean) => {
  // A model that thinks refuses both, and those of the same age refuse the two together.
  if (thinks) return {}
  if (temperature !== undefined) return { temperature }
  return topP === undefined ? {} : { top_p: topP }
}

const shapeOf = (request: ModelRequest, effort: OutputConfig | undefined): Partial<MessageCreateParamsStreaming> => {
  const { schema } = request
  if (schema === undefined) return effort === undefined ? {} : { output_config: effort }
  return { output_config: { ...effort, format: { type: "json_schema", schema: closed(schema.schema) } } }
}

/** The body of a request; valid for any messages. */
export const toBody = (
  request: ModelRequest,
  options: { readonly maxOutput: number }
): MessageCreateParamsStreaming => {
  const most = request.maxOutput ?? options.maxOutput
  const turns = turnsOf(request.messages, { model: request.model, reasoning: "signed", blankText: false, id: plainId })
  const messages = turns.map(message)
  const asked = thinkingOf(request, most)
  const thinking = asked.thinking?.type === "enabled" && !mayThink(messages) ? {} : asked
  const thinks = thinking.thinking !== undefined && thinking.thinking.type !== "disabled"
  const system: TextBlockParam = { ...text(request.system), cache_control: { type: "ephemeral" } }
  const tools = request.tools.map((tool) => ({
    name: wireName(tool.name),
    description: tool.description,
    input_schema: toolSchema(tool.input)
  }))
  return {
    model: modelOf(request.model),
    max_tokens: most,
    ...thinking,
    ...shapeOf(request, thinking.output_config ?? undefined),
    ...samplingOf(request, thinks),
    ...(request.system.trim() === "" ? {} : { system: [system] }),
    ...(tools.length === 0 ? {} : { tools }),
    messages: withBreakpoints(messages),
    stream: true
  }
}

const stops: ReadonlyMap<string, StopReason> = new Map([
  ["end_turn", "end_turn"],
  ["tool_use", "tool_use"],
  ["max_tokens", "max_tokens"],
  ["stop_sequence", "stop_sequence"],
  ["pause_turn", "pause"],
  ["refusal", "refusal"],
  ["model_context_window_exceeded", "context_full"]
])

const withUsage = (state: Answer, usage: unknown): Answer => {
  const now: TokenUsage = state.usage
  return {
    ...state,
    usage: {
      input: countAt(usage, "input_tokens") ?? now.input,
      output: countAt(usage, "output_tokens") ?? now.output,
      cacheRead: countAt(usage, "cache_read_input_tokens") ?? now.cacheRead,
      cacheWrite: countAt(usage, "cache_creation_input_tokens") ?? now.cacheWrite
    }
  }
}

const begin = (state: Answer, index: string, block: unknown): Step => {
  const start = (kind: "text" | "reasoning" | "call", words: string, more = {}): Step =>
    andThen(
      close(state, (open) => open.key === index),
      (next) => append(next, index, kind, words, more)
    )
  switch (textAt(block, "type")) {
    case "text":
      return start("text", textAt(block, "text") ?? "")
    case "thinking":
      return start("reasoning", textAt(block, "thinking") ?? "", { signature: textAt(block, "signature") ?? "" })
    case "redacted_thinking":
      return start("reasoning", "", { redacted: textAt(block, "data") ?? "" })
    case "tool_use": {
      const input = at(block, "input")
      // Some proxies give the whole input here and no deltas.
      const whole = isRecord(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : ""
      return start("call", whole, { id: textAt(block, "id") ?? "", name: textAt(block, "name") ?? "" })
    }
    default:
      return unchanged(state)
  }
}

const grow = (state: Answer, index: string, delta: unknown): Step => {
  const open = blockOf(state, index)
  switch (textAt(delta, "type")) {
    case "text_delta":
      return append(state, index, "text", textAt(delta, "text") ?? "")
    case "thinking_delta":
      return append(state, index, "reasoning", textAt(delta, "thinking") ?? "")
    case "signature_delta": {
      const signature = (open?.signature ?? "") + (textAt(delta, "signature") ?? "")
      return unchanged(amend(state, index, { signature }))
    }
    case "input_json_delta":
      return open?.kind === "call" && !open.closed
        ? append(state, index, "call", textAt(delta, "partial_json") ?? "")
        : unchanged(state)
    default:
      return unchanged(state)
  }
}

const ended = (state: Answer, event: unknown): Answer => {
  const said = textAt(event, "delta", "stop_reason")
  return {
    ...withUsage(state, at(event, "usage")),
    ...(said === undefined ? {} : { stop: stops.get(said) ?? "other" })
  }
}

// An answer in one piece, from an endpoint that does not stream.
const whole = (state: Answer, event: unknown): Step => {
  const blocks = listAt(event, "content")
  const all = blocks.reduce<Step>(
    (step, block, index) => andThen(step, (next) => begin(next, String(index), block)),
    unchanged(started(state, event))
  )
  const closed = andThen(all, (next) => close(next, () => true))
  const said = textAt(event, "stop_reason")
  return { ...closed, state: { ...closed.state, stop: stops.get(said ?? "") ?? "other" }, done: true }
}

const started = (state: Answer, event: unknown): Answer => {
  const served = textAt(event, "model")
  return { ...withUsage(state, at(event, "usage")), ...(served === undefined ? {} : { served }) }
}

/** What one event of the stream adds to the answer; unknown events add nothing. */
export const fold = (state: Answer, event: unknown): Step => {
  const index = String(countAt(event, "index") ?? 0)
  switch (textAt(event, "type")) {
    case "message_start":
      return unchanged(started(state, at(event, "message")))
    case "content_block_start":
      return begin(state, index, at(event, "content_block"))
    case "content_block_delta":
      return grow(state, index, at(event, "delta"))
    case "content_block_stop":
      return close(state, (block) => block.key === index)
    case "message_delta":
      return unchanged(ended(state, event))
    case "message_stop":
      return { ...close(state, () => true), done: true }
    case "message":
      return whole(state, event)
    case "error": {
      const type = textAt(event, "error", "type")
      const fault = { message: textAt(event, "error", "message") ?? "", ...(type === undefined ? {} : { type }) }
      return { ...unchanged(state), fault }
    }
    default:
      return unchanged(state)
  }
}
