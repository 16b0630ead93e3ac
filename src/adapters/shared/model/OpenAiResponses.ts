/** OpenAI's Responses protocol, stateless: everything is sent each time, and nothing is kept by the provider. */
import type {
  ResponseCreateParamsStreaming,
  ResponseFunctionCallOutputItemList,
  ResponseInputContent,
  ResponseInputItem
} from "openai/resources/responses/responses"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { type Answer, amend, andThen, append, type Block, blockOf, close, type Step, unchanged } from "./answer.ts"
import { at, countAt, isRecord, listAt, objectText, parseJson, textAt } from "./fields.ts"
import { isStrict, toolSchema } from "./jsonSchema.ts"
import { effortWord } from "./takes.ts"
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

const words = (text: string): ResponseInputContent => ({ type: "input_text", text: wellFormed(text) })

const picture = (mime: string, data: string): ResponseInputContent =>
  isPicture(mime)
    ? { type: "input_image", detail: "auto", image_url: `data:${mime};base64,${data}` }
    : words(leftOut(`a picture of type ${mime}`))

const contentPart = (part: UserTurn["parts"][number]): ResponseInputContent => {
  if (part.type === "text") return words(part.text)
  if (part.type === "image") return picture(part.mime, part.data)
  const text = fileText(part)
  if (text !== undefined) return words(text)
  if (part.data !== undefined && isPicture(part.mime)) return picture(part.mime, part.data)
  if (part.data !== undefined && part.mime === "application/pdf")
    return { type: "input_file", filename: part.name, file_data: `data:${part.mime};base64,${part.data}` }
  return words(leftOut(`the file ${part.name}`))
}

const output = (result: UserTurn["results"][number]): string | ResponseFunctionCallOutputItemList => {
  const text = resultText(result)
  const images = result.images.filter((image) => isPicture(image.mime))
  if (images.length === 0) return text
  const url = (image: (typeof images)[number]) => `data:${image.mime};base64,${image.data}`
  const pictures = images.map((image) => ({ type: "input_image" as const, image_url: url(image) }))
  return [{ type: "input_text", text }, ...pictures]
}

const userItems = (turn: UserTurn): ReadonlyArray<ResponseInputItem> => {
  const results = turn.results.map(
    (result): ResponseInputItem => ({ type: "function_call_output", call_id: result.id, output: output(result) })
  )
  const content = turn.parts.map(contentPart)
  if (content.length > 0) return [...results, { type: "message", role: "user", content }]
  return results.length > 0 ? results : [{ type: "message", role: "user", content: [words("(empty)")] }]
}

// What `signature` holds: the id and the encrypted reasoning, which go back together or not at all.
const reasoningItem = (signature: string, text: string): ReadonlyArray<ResponseInputItem> => {
  const kept = parseJson(signature)
  const id = textAt(kept, "id")
  const encrypted = textAt(kept, "encrypted_content")
  if (id === undefined || encrypted === undefined) return []
  const summary = text === "" ? [] : [{ type: "summary_text" as const, text: wellFormed(text) }]
  return [{ type: "reasoning", id, summary, encrypted_content: encrypted }]
}

const assistantItems = (turn: AssistantTurn): ReadonlyArray<ResponseInputItem> =>
  turn.parts.flatMap((part): ReadonlyArray<ResponseInputItem> => {
    if (part.type === "text") return [{ role: "assistant", content: wellFormed(part.text) }]
    if (part.type === "reasoning") return reasoningItem(part.signature ?? "", part.text)
    return [{ type: "function_call", call_id: part.id, name: part.name, arguments: objectText(part.input) }]
  })

const thinkingOf = (request: ModelRequest): Partial<ResponseCreateParamsStreaming> => {
  const effort = effortWord(request)
  return effort === undefined ? {} : { reasoning: { effort, summary: "auto" } }
}

const shapeOf = ({ schema }: ModelRequest): Partial<ResponseCreateParamsStreaming> => {
  if (schema === undefined || !isRecord(schema.schema)) return {}
  const format = { type: "json_schema" as const, name: wireName(schema.name), schema: { ...schema.schema } }
  return { text: { format: { ...format, strict: isStrict(schema.schema) } } }
}

/** The body of a request; valid for any messages. `reasoning` asks for what reasoning models want back. */
export const toBody = (
  request: ModelRequest,
  options: { readonly reasoning: boolean }
): ResponseCreateParamsStreaming => {
  const rules = { model: request.model, reasoning: "signed", blankText: true, id: plainId } as const
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    name: wireName(tool.name),
    description: tool.description,
    parameters: toolSchema(tool.input),
    strict: false
  }))
  return {
    model: modelOf(request.model),
    ...(request.system === "" ? {} : { instructions: wellFormed(request.system) }),
    input: turnsOf(request.messages, rules).flatMap((turn: WireTurn) =>
      turn.role === "user" ? userItems(turn) : assistantItems(turn)
    ),
    ...(tools.length === 0 ? {} : { tools }),
    ...(request.maxOutput === undefined ? {} : { max_output_tokens: request.maxOutput }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...thinkingOf(request),
    ...shapeOf(request),
    ...(request.session === undefined ? {} : { prompt_cache_key: request.session }),
    ...(options.reasoning ? { include: ["reasoning.encrypted_content" as const] } : {}),
    store: false,
    stream: true
  }
}

const keyOf = (event: unknown): string => {
  const index = countAt(event, "output_index")
  return index === undefined ? (textAt(event, "item_id") ?? textAt(event, "item", "id") ?? "0") : String(index)
}

const kindOf = (item: unknown): Block["kind"] | undefined => {
  const type = textAt(item, "type")
  if (type === "message") return "text"
  return type === "reasoning" ? "reasoning" : type === "function_call" ? "call" : undefined
}

const textOf = (item: unknown, kind: Block["kind"]): string => {
  if (kind === "call") return textAt(item, "arguments") ?? ""
  const all = [...listAt(item, "summary"), ...listAt(item, "content")]
  return all.map((one) => textAt(one, "text") ?? textAt(one, "refusal") ?? "").join(kind === "text" ? "" : "\n\n")
}

const factsOf = (item: unknown, kind: Block["kind"]): Partial<Block> => {
  if (kind === "call") {
    const id = textAt(item, "call_id") ?? textAt(item, "id") ?? ""
    return { id, name: textAt(item, "name") ?? "", ...(textAt(item, "status") === "incomplete" ? { cut: true } : {}) }
  }
  const id = textAt(item, "id")
  const encrypted = textAt(item, "encrypted_content")
  if (kind === "text" || id === undefined || encrypted === undefined) return {}
  return { signature: JSON.stringify({ id, encrypted_content: encrypted }) }
}

const refuses = (item: unknown): boolean => listAt(item, "content").some((one) => textAt(one, "type") === "refusal")

// The whole answer repeats what came by itself.
const imageDone = (state: Answer, key: string, item: unknown): Step => {
  const mime = `image/${textAt(item, "output_format") ?? "png"}`
  const data = textAt(item, "result") ?? ""
  if (data === "" || blockOf(state, key) !== undefined) return unchanged(state)
  return andThen(append(state, key, "image", data, { mime }), (next) => close(next, (block) => block.key === key))
}

// The item as a whole: its text replaces what came in pieces, or comes at once where nothing came.
const itemDone = (state: Answer, key: string, item: unknown): Step => {
  if (textAt(item, "type") === "image_generation_call") return imageDone(state, key, item)
  const kind = kindOf(item)
  const old = blockOf(state, key)
  if (kind === undefined || old?.closed === true) return unchanged(state)
  const text = textOf(item, kind)
  const step =
    old === undefined || old.text === ""
      ? append(state, key, kind, text, factsOf(item, kind))
      : unchanged(amend(state, key, { ...factsOf(item, kind), ...(text === "" ? {} : { text }) }))
  const seen = refuses(item) ? { ...step, state: { ...step.state, refused: true } } : step
  return andThen(seen, (next) => close(next, (block) => block.key === key))
}

// What came in pieces is not said again.
const wholeText = (state: Answer, key: string, kind: Block["kind"], text = ""): Step => {
  const old = blockOf(state, key)
  return old === undefined || (old.text === "" && !old.closed) ? append(state, key, kind, text) : unchanged(state)
}

const begin = (state: Answer, key: string, item: unknown): Step => {
  const kind = kindOf(item)
  if (kind === undefined || blockOf(state, key) !== undefined) return unchanged(state)
  return append(state, key, kind, "", factsOf(item, kind))
}

const withUsage = (state: Answer, usage: unknown): Answer => {
  const input = countAt(usage, "input_tokens")
  if (input === undefined) return state
  const read = countAt(usage, "input_tokens_details", "cached_tokens") ?? 0
  const write = countAt(usage, "input_tokens_details", "cache_write_tokens") ?? 0
  const out = countAt(usage, "output_tokens") ?? 0
  return {
    ...state,
    usage: { input: Math.max(0, input - read - write), output: out, cacheRead: read, cacheWrite: write }
  }
}

const stopOf = (state: Answer, response: unknown): NonNullable<Answer["stop"]> => {
  const reason = textAt(response, "incomplete_details", "reason")
  if (reason === "max_output_tokens" || reason === "max_tokens") return "max_tokens"
  if (reason === "content_filter" || state.refused === true) return "refusal"
  return reason === undefined && textAt(response, "status") !== "incomplete" ? "end_turn" : "other"
}

const finished = (state: Answer, response: unknown): Step => {
  const served = textAt(response, "model")
  const seen = withUsage({ ...state, ...(served === undefined ? {} : { served }) }, at(response, "usage"))
  const all = listAt(response, "output").reduce<Step>(
    (step, item, index) => andThen(step, (next) => itemDone(next, String(index), item)),
    unchanged(seen)
  )
  const stopped = { ...all.state, stop: stopOf(all.state, response) }
  const closed = close(stopped, () => true)
  return { ...closed, parts: [...all.parts, ...closed.parts], done: true }
}

const faultOf = (state: Answer, error: unknown): Step => {
  const type = textAt(error, "code") ?? textAt(error, "type")
  const fault = { message: textAt(error, "message") ?? "", ...(type === undefined || type === "error" ? {} : { type }) }
  return { ...unchanged(state), fault }
}

/** What one event of the stream adds to the answer; unknown events add nothing. */
export const fold = (state: Answer, event: unknown): Step => {
  const key = keyOf(event)
  const delta = textAt(event, "delta") ?? ""
  switch (textAt(event, "type")) {
    case "response.output_item.added":
      return begin(state, key, at(event, "item"))
    case "response.output_text.delta":
      return append(state, key, "text", delta)
    case "response.refusal.delta":
      return append({ ...state, refused: true }, key, "text", delta)
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      return append(state, key, "reasoning", delta)
    case "response.function_call_arguments.delta":
      return append(state, key, "call", delta)
    case "response.output_text.done":
      return wholeText(state, key, "text", textAt(event, "text"))
    case "response.function_call_arguments.done":
      return wholeText(state, key, "call", textAt(event, "arguments"))
    case "response.output_item.done":
      return itemDone(state, key, at(event, "item"))
    case "response.completed":
    case "response.incomplete":
      return finished(state, at(event, "response"))
    case "response.failed":
      return faultOf(state, at(event, "response", "error"))
    case "error":
      return faultOf(state, isRecord(at(event, "error")) ? at(event, "error") : event)
    default:
      if (textAt(event, "object") === "response") return finished(state, event)
      return isRecord(at(event, "error")) && textAt(event, "type") === undefined
        ? faultOf(state, at(event, "error"))
        : unchanged(state)
  }
}
