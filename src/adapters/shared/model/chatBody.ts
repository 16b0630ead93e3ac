/** A request in OpenAI's Chat Completions protocol, with the oddities of the endpoint that it goes to. */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionContentPartText,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam
} from "openai/resources/chat/completions"
import { modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { isRecord, objectText } from "./fields.ts"
import { isStrict, toolSchema } from "./jsonSchema.ts"
import type { Quirks } from "./quirks.ts"
import { detailsOf } from "./reasoningDetails.ts"
import { effortWord, isOpenAiReasoner } from "./takes.ts"
import {
  type AssistantTurn,
  fileText,
  isPicture,
  leftOut,
  nineId,
  plainId,
  resultText,
  turnsOf,
  type UserTurn,
  wellFormed,
  wireName
} from "./turns.ts"

type Message = ChatCompletionMessageParam

/** A body with the fields that only some endpoints know. */
export type ChatBody = ChatCompletionCreateParamsStreaming & {
  readonly reasoning?: { readonly effort: string } | { readonly enabled: false }
  readonly thinking?: { readonly type: "enabled" | "disabled" }
}

const imageUrl = (mime: string, data: string): ChatCompletionContentPart => ({
  type: "image_url",
  image_url: { url: `data:${mime};base64,${data}` }
})

const words = (text: string): ChatCompletionContentPartText => ({ type: "text", text: wellFormed(text) })

// `document_url` is Mistral's, and not in OpenAI's types.
const document = (name: string, url: string, as: NonNullable<Quirks["pdfAs"]>): ChatCompletionContentPart =>
  as === "file"
    ? { type: "file", file: { filename: name, file_data: url } }
    : ({ type: "document_url", document_name: name, document_url: url } as unknown as ChatCompletionContentPart)

const contentPart = (part: UserTurn["parts"][number], quirks: Quirks): ChatCompletionContentPart => {
  if (part.type === "text") return words(part.text)
  if (part.type === "image")
    return isPicture(part.mime) ? imageUrl(part.mime, part.data) : words(leftOut(`a picture of type ${part.mime}`))
  const text = fileText(part)
  if (text !== undefined) return words(text)
  if (part.data !== undefined && isPicture(part.mime)) return imageUrl(part.mime, part.data)
  if (part.data !== undefined && part.mime === "application/pdf" && quirks.pdfAs !== undefined)
    return document(part.name, `data:${part.mime};base64,${part.data}`, quirks.pdfAs)
  return words(leftOut(`the file ${part.name}`))
}

const userMessages = (turn: UserTurn, quirks: Quirks): ReadonlyArray<Message> => {
  const results = turn.results.map(
    (result): Message => ({ role: "tool", tool_call_id: result.id, content: resultText(result) })
  )
  const images = turn.results.flatMap((result) => result.images)
  const parts = [...images, ...turn.parts].map((part) => contentPart(part, quirks))
  if (parts.length === 0) return results.length > 0 ? results : [{ role: "user", content: "(empty)" }]
  // Plain strings where there is nothing but text: some local servers know nothing else.
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []))
  const content = texts.length === parts.length ? texts.join("\n\n") : parts
  const between: ReadonlyArray<Message> =
    quirks.noUserAfterTool === true && results.length > 0 ? [{ role: "assistant", content: "Done." }] : []
  return [...results, ...between, { role: "user", content }]
}

const reasoningBack = (turn: AssistantTurn, { reasoningBack: as }: Quirks) => {
  const thoughts = turn.parts.filter((part) => part.type === "reasoning")
  if (as === undefined || thoughts.length === 0) return {}
  if (as === "reasoning_details")
    return { reasoning_details: thoughts.flatMap(({ signature }) => detailsOf(signature)) }
  return { reasoning_content: thoughts.map(({ text }) => wellFormed(text)).join("\n\n") }
}

const assistantMessage = (turn: AssistantTurn, quirks: Quirks): ChatCompletionAssistantMessageParam => {
  const texts = turn.parts.flatMap((part) => (part.type === "text" ? [wellFormed(part.text)] : []))
  const calls = turn.parts.flatMap((part) => {
    if (part.type !== "tool-call") return []
    return [
      { type: "function" as const, id: part.id, function: { name: part.name, arguments: objectText(part.input) } }
    ]
  })
  return {
    role: "assistant",
    content: texts.length === 0 ? null : texts.join("\n\n"),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...reasoningBack(turn, quirks)
  }
}

const marked = (message: Message): Message => {
  const { content, role } = message
  if ((role !== "user" && role !== "tool" && role !== "system") || !content) return message
  const parts = typeof content === "string" ? [words(content)] : content
  const last = parts.length - 1
  const all = parts.map((part, index) => (index === last ? { ...part, cache_control: { type: "ephemeral" } } : part))
  return { ...message, content: all } as Message
}

// As for Anthropic itself: the instructions, and the last two places where a person or a tool has spoken.
const withMarks = (messages: ReadonlyArray<Message>): Array<Message> => {
  const ends = messages.flatMap(({ role }, index) => {
    const next = messages[index + 1]?.role
    return (role === "user" || role === "tool") && (next === undefined || next === "assistant") ? [index] : []
  })
  const chosen = new Set(ends.slice(-2))
  return messages.map((message, index) => (chosen.has(index) || message.role === "system" ? marked(message) : message))
}

const systemOf = (request: ModelRequest, quirks: Quirks): ReadonlyArray<Message> => {
  if (request.system === "") return []
  const developer = quirks.systemAs === "developer" && isOpenAiReasoner(modelOf(request.model))
  return [{ role: developer ? "developer" : "system", content: wellFormed(request.system) }]
}

const effortOf = (request: ModelRequest, quirks: Quirks): Partial<ChatBody> => {
  const { reasoning } = request
  if (reasoning === undefined) return {}
  if (quirks.effortAs === "thinking") return { thinking: { type: reasoning === "off" ? "disabled" : "enabled" } }
  if (quirks.effortAs === "reasoning")
    return { reasoning: reasoning === "off" ? { enabled: false } : { effort: reasoning } }
  return { reasoning_effort: effortWord(request) ?? null }
}

const shapeOf = ({ schema }: ModelRequest, { schemaAs }: Quirks): Partial<ChatBody> => {
  if (schema === undefined || !isRecord(schema.schema)) return {}
  if (schemaAs !== "json_schema") return { response_format: { type: "json_object" } }
  const json_schema = { name: wireName(schema.name), schema: { ...schema.schema }, strict: isStrict(schema.schema) }
  return { response_format: { type: "json_schema", json_schema } }
}

const samplingOf = ({ maxOutput, temperature, topP }: ModelRequest, { limitAs }: Quirks) => ({
  ...(maxOutput === undefined ? {} : { [limitAs ?? "max_tokens"]: maxOutput }),
  ...(temperature === undefined ? {} : { temperature }),
  ...(topP === undefined ? {} : { top_p: topP })
})

const messagesOf = (request: ModelRequest, quirks: Quirks): Array<Message> => {
  const turns = turnsOf(request.messages, {
    model: request.model,
    reasoning:
      quirks.reasoningBack === undefined ? "none" : quirks.reasoningBack === "reasoning_details" ? "signed" : "text",
    blankText: true,
    id: quirks.nineIds === true ? nineId : plainId
  })
  const all = [
    ...systemOf(request, quirks),
    ...turns.flatMap(
      (turn): ReadonlyArray<Message> =>
        turn.role === "user" ? userMessages(turn, quirks) : [assistantMessage(turn, quirks)]
    )
  ]
  return quirks.cacheMarks === true && /claude/.test(request.model) ? withMarks(all) : all
}

/** The body of a request; valid for any messages. */
export const toBody = (request: ModelRequest, quirks: Quirks): ChatBody => {
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    function: { name: wireName(tool.name), description: tool.description, parameters: toolSchema(tool.input) }
  }))
  return {
    model: modelOf(request.model),
    messages: messagesOf(request, quirks),
    ...(tools.length === 0 ? {} : { tools }),
    ...samplingOf(request, quirks),
    ...effortOf(request, quirks),
    ...shapeOf(request, quirks),
    ...(request.session === undefined ? {} : { prompt_cache_key: request.session }),
    ...(quirks.usageUnasked === true ? {} : { stream_options: { include_usage: true } }),
    stream: true
  }
}
