/** Google's Gemini protocol (`streamGenerateContent`): the request's body, and the answer's chunks folded into parts. */

import type { Json } from "../../../domain/model/Json.ts"
import type { StopReason } from "../../../domain/model/Message.ts"
import { modelOf, type Reasoning } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { type Answer, andThen, close, type Step, speak, unchanged, wholeCall, wholeImage } from "./answer.ts"
import { at, countAt, isRecord, listAt, parseJson, textAt } from "./fields.ts"
import { toolSchema } from "./jsonSchema.ts"
import {
  type AssistantTurn,
  fileText,
  isPicture,
  leftOut,
  turnsOf,
  type UserTurn,
  wellFormed,
  wireName
} from "./turns.ts"

/** One part of a content, as Gemini takes it. */
export type GeminiPart =
  | { readonly text: string }
  | { readonly inlineData: { readonly mimeType: string; readonly data: string } }
  | {
      readonly functionCall: { readonly name: string; readonly args: Readonly<Record<string, unknown>> }
      readonly thoughtSignature?: string
    }
  | { readonly functionResponse: { readonly name: string; readonly response: Readonly<Record<string, unknown>> } }

/** One turn, as Gemini takes it. */
export interface GeminiContent {
  readonly role: "user" | "model"
  readonly parts: ReadonlyArray<GeminiPart>
}

/** Whether thoughts are shown, and how much to think: in words from Gemini 3 on, in tokens before. */
export interface GeminiThinking {
  readonly includeThoughts: boolean
  readonly thinkingLevel?: "minimal" | "low" | "medium" | "high"
  readonly thinkingBudget?: number
}

/** The body of a request. */
export interface GeminiBody {
  readonly contents: ReadonlyArray<GeminiContent>
  readonly systemInstruction?: { readonly parts: ReadonlyArray<GeminiPart> }
  readonly tools?: ReadonlyArray<{
    readonly functionDeclarations: ReadonlyArray<{
      readonly name: string
      readonly description: string
      readonly parametersJsonSchema: unknown
    }>
  }>
  readonly generationConfig: {
    readonly maxOutputTokens?: number
    readonly temperature?: number
    readonly topP?: number
    readonly thinkingConfig?: GeminiThinking
    readonly responseMimeType?: "application/json"
    readonly responseJsonSchema?: Json
  }
}

const words = (text: string): GeminiPart => ({ text: wellFormed(text) })

const bytes = (mimeType: string, data: string): GeminiPart => ({ inlineData: { mimeType, data } })

const picture = (mime: string, data: string): GeminiPart =>
  isPicture(mime) ? bytes(mime, data) : words(leftOut(`a picture of type ${mime}`))

const userPart = (part: UserTurn["parts"][number]): GeminiPart => {
  if (part.type === "text") return words(part.text)
  if (part.type === "image") return picture(part.mime, part.data)
  const text = fileText(part)
  if (text !== undefined) return words(text)
  if (part.data !== undefined && (isPicture(part.mime) || part.mime === "application/pdf"))
    return bytes(part.mime, part.data)
  return words(leftOut(`the file ${part.name}`))
}

// Gemini wants a letter or an underscore first.
const ownName = (name: string): string => (/^[a-zA-Z_]/.test(name) ? name : `_${name}`.slice(0, 64))

// Results are told from each other by their order alone: ids are ours, and Gemini's older models refuse them.
const userContent = (turn: UserTurn): GeminiContent => {
  const results = turn.results.map(({ name, ok, text }): GeminiPart => {
    const response = { [ok ? "output" : "error"]: wellFormed(text) }
    return { functionResponse: { name: ownName(name), response } }
  })
  const pictures = turn.results.flatMap(({ images }) => images.map(({ data, mime }) => picture(mime, data)))
  const parts = [...results, ...pictures, ...turn.parts.map(userPart)]
  return { role: "user", parts: parts.length === 0 ? [words("(empty)")] : parts }
}

// What Google names for calls that one of its newer models did not make itself; it refuses them without a token.
const foreign = "skip_thought_signature_validator"

const modelContent = (turn: AssistantTurn, model: string): GeminiContent => {
  let calls = 0
  const parts = turn.parts.flatMap((part): ReadonlyArray<GeminiPart> => {
    if (part.type === "text") return [words(part.text)]
    if (part.type === "reasoning") return []
    const input = parseJson(part.input)
    const functionCall = { name: ownName(part.name), args: isRecord(input) ? input : {} }
    calls += 1
    // Of calls side by side only the first carries a token.
    const token = part.signature ?? (calls === 1 && isThree(model) ? foreign : undefined)
    return [{ functionCall, ...(token === undefined ? {} : { thoughtSignature: token }) }]
  })
  return { role: "model", parts }
}

// Pro models always think; this is the least that they may be told.
const budgets = { off: 0, low: 1_024, medium: 8_192, high: 24_576 } as const
const leastOfPro = 128

const isThree = (model: string): boolean => /gemini-([3-9]|\d\d)/.test(model)

const thinkingOf = (model: string, reasoning: Reasoning | undefined): GeminiThinking => {
  const includeThoughts = reasoning !== "off"
  if (reasoning === undefined) return { includeThoughts }
  const pro = /-pro/.test(model)
  if (isThree(model))
    return { includeThoughts, thinkingLevel: reasoning === "off" ? (pro ? "low" : "minimal") : reasoning }
  return { includeThoughts, thinkingBudget: Math.max(budgets[reasoning], pro ? leastOfPro : 0) }
}

/** The body of a request; valid for any messages. `reasoning` asks for thoughts to be shown. */
export const toBody = (request: ModelRequest, options: { readonly reasoning: boolean }): GeminiBody => {
  const { maxOutput, messages, reasoning, schema, system, temperature, topP } = request
  const model = modelOf(request.model)
  const turns = turnsOf(messages, { model: request.model, reasoning: "none", blankText: false, id: (id) => id })
  const functionDeclarations = request.tools.map((tool) => ({
    name: ownName(wireName(tool.name)),
    description: tool.description,
    parametersJsonSchema: toolSchema(tool.input)
  }))
  return {
    contents: turns.map((turn) => (turn.role === "user" ? userContent(turn) : modelContent(turn, model))),
    ...(system.trim() === "" ? {} : { systemInstruction: { parts: [words(system)] } }),
    ...(functionDeclarations.length === 0 ? {} : { tools: [{ functionDeclarations }] }),
    generationConfig: {
      ...(maxOutput === undefined ? {} : { maxOutputTokens: maxOutput }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(schema === undefined ? {} : { responseMimeType: "application/json", responseJsonSchema: schema.schema }),
      ...(options.reasoning ? { thinkingConfig: thinkingOf(model, reasoning) } : {})
    }
  }
}

const stops: ReadonlyMap<string, StopReason> = new Map([
  ["STOP", "end_turn"],
  ["MAX_TOKENS", "max_tokens"],
  ["SAFETY", "refusal"],
  ["RECITATION", "refusal"],
  ["LANGUAGE", "refusal"],
  ["BLOCKLIST", "refusal"],
  ["PROHIBITED_CONTENT", "refusal"],
  ["SPII", "refusal"],
  ["IMAGE_SAFETY", "refusal"],
  ["IMAGE_PROHIBITED_CONTENT", "refusal"]
])

// The model tried to call a tool and its own provider could not read it: nothing was said, and another try may do better.
const garbled: ReadonlySet<string> = new Set(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])

const grow = (state: Answer, part: unknown): Step => {
  const picture = textAt(part, "inlineData", "data")
  if (picture !== undefined && at(part, "thought") !== true)
    return wholeImage(state, picture, textAt(part, "inlineData", "mimeType"))
  const call = at(part, "functionCall")
  if (!isRecord(call))
    return speak(state, at(part, "thought") === true ? "reasoning" : "text", textAt(part, "text") ?? "")
  const id = textAt(call, "id")
  const signature = textAt(part, "thoughtSignature")
  return wholeCall(state, call.args, {
    name: textAt(call, "name") ?? "",
    ...(id === undefined ? {} : { id }),
    ...(signature === undefined ? {} : { signature })
  })
}

const withUsage = (state: Answer, chunk: unknown): Answer => {
  const usage = at(chunk, "usageMetadata")
  const input = countAt(usage, "promptTokenCount")
  if (input === undefined) return state
  const cacheRead = countAt(usage, "cachedContentTokenCount") ?? 0
  const output = (countAt(usage, "candidatesTokenCount") ?? 0) + (countAt(usage, "thoughtsTokenCount") ?? 0)
  const whole = input + (countAt(usage, "toolUsePromptTokenCount") ?? 0)
  return { ...state, usage: { input: Math.max(0, whole - cacheRead), output, cacheRead, cacheWrite: 0 } }
}

const ended = (step: Step, candidate: unknown, counted: boolean): Step => {
  const reason = textAt(candidate, "finishReason")
  if (reason === undefined || reason === "FINISH_REASON_UNSPECIFIED") return step
  if (garbled.has(reason)) {
    const said = textAt(candidate, "finishMessage") ?? "the model's tool call could not be read"
    return { ...step, fault: { type: "malformed_call", message: `${reason}: ${said}` } }
  }
  const closed = close({ ...step.state, stop: stops.get(reason) ?? "other" }, () => true)
  // Counts may follow in a chunk of their own.
  return { ...closed, parts: [...step.parts, ...closed.parts], ...(counted ? { done: true } : {}) }
}

/** What one chunk of the stream adds to the answer; unknown fields add nothing. */
export const fold = (state: Answer, chunk: unknown): Step => {
  const error = at(chunk, "error")
  if (isRecord(error)) {
    const type = textAt(error, "status")?.toLowerCase()
    const status = countAt(error, "code")
    const message = textAt(error, "message") ?? ""
    const fault = { message, ...(type === undefined ? {} : { type }), ...(status === undefined ? {} : { status }) }
    return { ...unchanged(state), fault }
  }
  const served = textAt(chunk, "modelVersion")
  const seen = withUsage({ ...state, ...(served === undefined ? {} : { served }) }, chunk)
  const blocked = textAt(chunk, "promptFeedback", "blockReason")
  if (blocked !== undefined) {
    const said = textAt(chunk, "promptFeedback", "blockReasonMessage")
    const message = `the prompt was blocked: ${blocked}${said === undefined ? "" : ` (${said})`}`
    return { ...unchanged(seen), fault: { type: "blocked", message } }
  }
  const candidate = at(chunk, "candidates", 0)
  const step = listAt(candidate, "content", "parts").reduce<Step>(
    (all, part) => andThen(all, (next) => grow(next, part)),
    unchanged(seen)
  )
  return ended(step, candidate, countAt(chunk, "usageMetadata", "promptTokenCount") !== undefined)
}
