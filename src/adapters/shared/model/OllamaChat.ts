/**
 * Ollama's own chat protocol. Its OpenAI-compatible one has no `num_ctx`: prompts beyond the server's default window
 * would be cut there without a word.
 */
import type { Json } from "../../../domain/model/Json.ts"
import type { StopReason } from "../../../domain/model/Message.ts"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { type Answer, andThen, close, type Step, speak, unchanged, wholeCall } from "./answer.ts"
import { at, countAt, isRecord, listAt, parseJson, textAt } from "./fields.ts"
import { toolSchema } from "./jsonSchema.ts"
import {
  type AssistantTurn,
  fileText,
  isPicture,
  leftOut,
  plainId,
  resultText,
  turnsOf,
  type UserTurn,
  type WireTurn,
  wellFormed,
  wireName
} from "./turns.ts"

/** One message, as Ollama takes it. */
export interface OllamaMessage {
  readonly role: "system" | "user" | "assistant" | "tool"
  readonly content: string
  readonly thinking?: string
  readonly images?: ReadonlyArray<string>
  readonly tool_name?: string
  readonly tool_calls?: ReadonlyArray<{
    readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }
  }>
}

/** The body of a request. */
export interface OllamaBody {
  readonly model: string
  readonly messages: ReadonlyArray<OllamaMessage>
  readonly tools?: ReadonlyArray<{
    readonly type: "function"
    readonly function: { readonly name: string; readonly description: string; readonly parameters: unknown }
  }>
  readonly options: {
    readonly num_ctx: number
    readonly num_predict?: number
    readonly temperature?: number
    readonly top_p?: number
  }
  readonly think?: boolean | "low" | "medium" | "high"
  readonly format?: Json
  readonly stream: true
}

const wordsOf = (part: UserTurn["parts"][number]): string => {
  if (part.type === "text") return part.text
  if (part.type === "image") return isPicture(part.mime) ? "" : leftOut(`a picture of type ${part.mime}`)
  const text = fileText(part)
  if (text !== undefined) return text
  return part.data !== undefined && isPicture(part.mime) ? "" : leftOut(`the file ${part.name}`)
}

const picturesOf = (part: UserTurn["parts"][number]): ReadonlyArray<string> =>
  (part.type === "image" || part.type === "file") && part.data !== undefined && isPicture(part.mime) ? [part.data] : []

const userMessages = (turn: UserTurn): ReadonlyArray<OllamaMessage> => {
  const results = turn.results.map((result): OllamaMessage => {
    const images = result.images.filter(({ mime }) => isPicture(mime)).map(({ data }) => data)
    return {
      role: "tool",
      content: resultText(result),
      tool_name: result.name,
      ...(images.length === 0 ? {} : { images })
    }
  })
  const words = turn.parts.map(wordsOf).filter((text) => text !== "")
  const images = turn.parts.flatMap(picturesOf)
  if (words.length === 0 && images.length === 0)
    return results.length > 0 ? results : [{ role: "user", content: "(empty)" }]
  const content = wellFormed(words.join("\n\n"))
  return [...results, { role: "user", content, ...(images.length === 0 ? {} : { images }) }]
}

const assistantMessage = (turn: AssistantTurn): OllamaMessage => {
  const words = turn.parts.flatMap((part) => (part.type === "text" ? [wellFormed(part.text)] : []))
  const calls = turn.parts.flatMap((part) => {
    if (part.type !== "tool-call") return []
    const input = parseJson(part.input)
    return [{ function: { name: part.name, arguments: isRecord(input) ? input : {} } }]
  })
  const thoughts = turn.parts.flatMap((part) => (part.type === "reasoning" ? [wellFormed(part.text)] : []))
  const thinking = thoughts.length === 0 ? {} : { thinking: thoughts.join("\n\n") }
  return {
    role: "assistant",
    content: words.join("\n\n"),
    ...thinking,
    ...(calls.length === 0 ? {} : { tool_calls: calls })
  }
}

const messages = (turn: WireTurn): ReadonlyArray<OllamaMessage> =>
  turn.role === "user" ? userMessages(turn) : [assistantMessage(turn)]

// Most models think or don't; gpt-oss alone can be told how much, and not be told to stop.
const thinkOf = ({ model, reasoning }: ModelRequest): Pick<OllamaBody, "think"> => {
  if (reasoning === undefined) return {}
  if (/gpt-oss/.test(model)) return { think: reasoning === "off" ? "low" : reasoning }
  return { think: reasoning !== "off" }
}

/** The body of a request; valid for any messages. `window` is the number of tokens that the server is to hold. */
export const toBody = (request: ModelRequest, options: { readonly window: number }): OllamaBody => {
  const { maxOutput, schema, system, temperature, topP } = request
  const turns = turnsOf(request.messages, { model: request.model, reasoning: "text", blankText: true, id: plainId })
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    function: {
      name: wireName(tool.name),
      description: tool.description,
      parameters: toolSchema(tool.input)
    }
  }))
  return {
    model: modelOf(request.model),
    messages: [
      ...(system === "" ? [] : [{ role: "system" as const, content: wellFormed(system) }]),
      ...turns.flatMap(messages)
    ],
    ...(tools.length === 0 ? {} : { tools }),
    options: {
      num_ctx: options.window,
      ...(maxOutput === undefined ? {} : { num_predict: maxOutput }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP })
    },
    ...thinkOf(request),
    ...(schema === undefined ? {} : { format: schema.schema }),
    stream: true
  }
}

const stops: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end_turn"],
  ["length", "max_tokens"]
])

const callStep = (state: Answer, call: unknown): Step => {
  const id = textAt(call, "id")
  const name = textAt(call, "function", "name") ?? ""
  return wholeCall(state, at(call, "function", "arguments"), { name, ...(id === undefined ? {} : { id }) })
}

const finished = (step: Step, line: unknown): Step => {
  const input = countAt(line, "prompt_eval_count") ?? 0
  const output = countAt(line, "eval_count") ?? 0
  const stop = stops.get(textAt(line, "done_reason") ?? "stop") ?? "other"
  const state = { ...step.state, stop, usage: { input, output, cacheRead: 0, cacheWrite: 0 } }
  const closed = close(state, () => true)
  return { ...closed, parts: [...step.parts, ...closed.parts], done: true }
}

/** What one line of the stream adds to the answer; unknown fields add nothing. */
export const fold = (state: Answer, line: unknown): Step => {
  const error = textAt(line, "error")
  if (error !== undefined) return { ...unchanged(state), fault: { message: error } }
  const served = textAt(line, "model")
  const seen = served === undefined || served === state.served ? state : { ...state, served }
  const message = at(line, "message")
  const said = andThen(speak(seen, "reasoning", textAt(message, "thinking") ?? ""), (next) =>
    speak(next, "text", textAt(message, "content") ?? "")
  )
  const step = listAt(message, "tool_calls").reduce<Step>(
    (all, call) => andThen(all, (next) => callStep(next, call)),
    said
  )
  return at(line, "done") === true ? finished(step, line) : step
}
