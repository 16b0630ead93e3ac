/** What an endpoint answers in OpenAI's Chat Completions protocol, as OpenAI and many others speak it, folded into parts. */
import type { StopReason } from "../../../domain/model/Message.ts"
import { type Answer, andThen, append, type Block, blockOf, close, type Step, unchanged, wholeImage } from "./answer.ts"
import { at, countAt, isRecord, listAt, parseJson, textAt } from "./fields.ts"
import { withDetails } from "./reasoningDetails.ts"

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

// The protocol's older form had one call, without an id.
const callsIn = (delta: unknown): ReadonlyArray<unknown> => {
  const older = at(delta, "function_call")
  return isRecord(older) ? [{ index: 0, function: older }] : listAt(delta, "tool_calls")
}

// DeepSeek's and OpenRouter's ways of saying that the answer is not whole.
const broken: ReadonlySet<string> = new Set(["insufficient_system_resource", "error"])

const choiceStep = (state: Answer, choice: unknown): Step => {
  const delta = at(choice, "delta") ?? at(choice, "message")
  const thought = textAt(delta, "reasoning_content") ?? textAt(delta, "reasoning") ?? ""
  const refusal = textAt(delta, "refusal") ?? ""
  let step = withDetails(words(state, "reasoning", thought), listAt(delta, "reasoning_details"))
  for (const [kind, text] of pieces(at(delta, "content"))) step = joined(step, words(step.state, kind, text))
  if (refusal !== "") step = joined(step, words({ ...step.state, refused: true }, "text", refusal))
  for (const image of listAt(delta, "images"))
    step = joined(step, wholeImage(step.state, textAt(image, "image_url", "url") ?? ""))
  for (const call of callsIn(delta)) step = joined(step, callPiece(step.state, call))
  const said = textAt(choice, "finish_reason")
  if (said === undefined) return step
  if (broken.has(said)) return { ...step, fault: { type: said, message: "the service broke the answer off" } }
  const stop = step.state.refused === true ? "refusal" : (stops.get(said) ?? "other")
  return { ...step, state: { ...step.state, stop } }
}

const faultIn = (event: unknown) => {
  const error = textAt(event, "object") === "error" ? event : at(event, "error")
  if (error === undefined || error === null) return undefined
  const code = at(error, "code")
  const status = typeof code === "number" ? code : undefined
  const type = textAt(error, "type") ?? textAt(error, "code")
  const message = textAt(error, "message") ?? (typeof error === "string" ? error : "")
  return { message, ...(status === undefined ? {} : { status }), ...(type === undefined ? {} : { type }) }
}

// Groq's is in a field of its own.
const usageIn = (event: unknown): unknown => at(event, "usage") ?? at(event, "x_groq", "usage")

/** What one event of the stream adds to the answer; `[DONE]` comes as that string. */
export const fold = (state: Answer, event: unknown): Step => {
  if (event === "[DONE]") return finished(state)
  const fault = faultIn(event) ?? faultIn(at(event, "choices", 0))
  if (fault !== undefined) return { ...unchanged(state), fault }
  const served = textAt(event, "model") ?? ""
  const seen = withUsage(served === "" || served === state.served ? state : { ...state, served }, usageIn(event))
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
