/**
 * Any list of messages as turns that every provider accepts: they alternate, begin and end with the person, and every
 * tool call is answered, once, at the start of the next turn. What does not fit is repaired, never refused.
 */
import type { Message, Part, ToolCallPart, ToolResultPart } from "../../../domain/model/Message.ts"

type Of<T extends Part["type"]> = Extract<Part, { readonly type: T }>

/** A tool call with the id that the provider sees. */
export interface WireCall {
  readonly type: "tool-call"
  readonly id: string
  readonly name: string
  readonly input: string
  /** The provider's own token for it, which only that provider reads. */
  readonly signature?: string
}

/** A tool result with the id that the provider sees. */
export interface WireResult {
  readonly id: string
  /** The name of the tool that was called, as the call has it. */
  readonly name: string
  readonly ok: boolean
  readonly text: string
  readonly images: ReadonlyArray<Of<"image">>
}

/** What a person gives: results of the calls before, then the rest. */
export interface UserTurn {
  readonly role: "user"
  readonly results: ReadonlyArray<WireResult>
  readonly parts: ReadonlyArray<Of<"text"> | Of<"image"> | Of<"file">>
}

/** What a model said. */
export interface AssistantTurn {
  readonly role: "assistant"
  readonly parts: ReadonlyArray<Of<"text"> | Of<"reasoning"> | WireCall>
}

/** One turn as a provider sees it. */
export type WireTurn = UserTurn | AssistantTurn

/** What differs between providers. */
export interface TurnRules {
  /** The model that is asked: only its own reasoning goes back to it. */
  readonly model: string
  /** Which of it: what the provider signed, all that has text, or none. */
  readonly reasoning: "signed" | "text" | "none"
  /** Whether text of blanks alone may be sent. */
  readonly blankText: boolean
  /** A call's id as this provider wants it. */
  readonly id: (id: string) => string
}

/** Ids of letters, digits, `_` and `-`, at most 40 long, as Anthropic and OpenAI want them. */
export const plainId = (id: string): string => {
  const clean = id.replace(/[^a-zA-Z0-9_-]/g, "_")
  return clean.length <= 40 ? clean : `${clean.slice(0, 31)}_${hash36(id)}`
}

/** Ids of exactly nine letters and digits, as Mistral wants them. */
export const nineId = (id: string): string =>
  /^[a-zA-Z0-9]{9}$/.test(id) ? id : (hash36(id) + hash36(`${id}#`)).padEnd(9, "0").slice(0, 9)

// FNV-1a: short, stable, and not a secret.
const hash36 = (text: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(36).padStart(7, "0")
}

/** A tool's name as providers accept it. */
export const wireName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "unnamed"

/** Text without halves of surrogate pairs, which JSON can spell but providers refuse. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd")

interface Run {
  readonly role: Message["role"]
  readonly parts: ReadonlyArray<Part>
}

const roleOf = (part: Part, role: Message["role"]): Message["role"] =>
  part.type === "text" ? role : part.type === "tool-call" || part.type === "reasoning" ? "assistant" : "user"

const sendable = (part: Part, rules: TurnRules): boolean => {
  if (part.type === "text") return rules.blankText ? part.text !== "" : part.text.trim() !== ""
  if (part.type !== "reasoning") return true
  if (part.by !== rules.model || rules.reasoning === "none") return false
  return rules.reasoning === "text" ? part.text !== "" : part.redacted !== undefined || part.signature !== undefined
}

const group = (runs: ReadonlyArray<Run>): ReadonlyArray<Run> => {
  const out: Array<{ role: Message["role"]; parts: Array<Part> }> = []
  for (const run of runs) {
    const last = out.at(-1)
    if (last?.role === run.role) last.parts.push(...run.parts)
    else out.push({ role: run.role, parts: [...run.parts] })
  }
  return out
}

// Reasoning must be followed by what it led to.
const trimmed = (run: Run): Run => {
  if (run.role === "user") return run
  const end = run.parts.findLastIndex((part) => part.type !== "reasoning")
  return { role: run.role, parts: run.parts.slice(0, end + 1) }
}

const runsOf = (messages: ReadonlyArray<Message>, rules: TurnRules): ReadonlyArray<Run> => {
  const single = messages.flatMap(({ parts, role }) =>
    parts.filter((part) => sendable(part, rules)).map((part) => ({ role: roleOf(part, role), parts: [part] }))
  )
  return group(
    group(single)
      .map(trimmed)
      .filter((run) => run.parts.length > 0)
  )
}

const named = (run: Run, used: Set<string>, rules: TurnRules) => {
  const calls: Array<{ readonly call: ToolCallPart; readonly id: string }> = []
  const parts = run.parts.flatMap((part): AssistantTurn["parts"] => {
    if (part.type === "text" || part.type === "reasoning") return [part]
    if (part.type !== "tool-call") return []
    let id = rules.id(part.id)
    for (let copy = 2; used.has(id); copy += 1) id = rules.id(`${part.id}_${copy}`)
    used.add(id)
    calls.push({ call: part, id })
    const own = part.by === undefined || part.by === rules.model
    const signature = part.signature === undefined || !own ? {} : { signature: part.signature }
    return [{ type: "tool-call", id, name: wireName(part.name), input: part.input, ...signature }]
  })
  return { calls, parts }
}

const noResult = "No result of this call was recorded; it may or may not have run."

const wireResult = (id: string, name: string, result: ToolResultPart | undefined): WireResult => ({
  id,
  name: wireName(name),
  ok: result?.ok ?? false,
  text: result === undefined ? noResult : result.text.trim() === "" ? "(no output)" : result.text,
  images: result?.images ?? []
})

const userTurn = (run: Run | undefined, calls: ReturnType<typeof named>["calls"]): UserTurn => {
  const left = (run?.parts ?? []).filter((part) => part.type === "tool-result")
  const results = calls.map(({ call, id }) => {
    const index = left.findIndex((result) => result.id === call.id)
    return wireResult(id, call.name, index < 0 ? undefined : left.splice(index, 1)[0])
  })
  const parts = (run?.parts ?? []).flatMap((part): UserTurn["parts"] => {
    if (part.type === "text" || part.type === "image" || part.type === "file") return [part]
    if (part.type !== "tool-result" || !left.includes(part)) return []
    return [{ type: "text", text: `Result of ${part.name}: ${part.text}` }]
  })
  return { role: "user", results, parts }
}

/** The turns of any list of messages. */
export const turnsOf = (messages: ReadonlyArray<Message>, rules: TurnRules): ReadonlyArray<WireTurn> => {
  const out: Array<WireTurn> = []
  const used = new Set<string>()
  let calls: ReturnType<typeof named>["calls"] = []
  for (const run of runsOf(messages, rules)) {
    if (run.role === "user") {
      out.push(userTurn(run, calls))
      calls = []
      continue
    }
    if (out.length === 0) out.push({ role: "user", results: [], parts: [{ type: "text", text: "(continued)" }] })
    const next = named(run, used, rules)
    calls = next.calls
    out.push({ role: "assistant", parts: next.parts })
  }
  if (out.at(-1)?.role === "user") return out
  if (calls.length > 0) return [...out, userTurn(undefined, calls)]
  return [...out, { role: "user", results: [], parts: [{ type: "text", text: "Continue." }] }]
}

/** A file as text for models that take no files; `undefined` where it has no text. */
export const fileText = (file: Of<"file">): string | undefined =>
  file.text === undefined ? undefined : `<file name=${JSON.stringify(file.name)}>\n${file.text}\n</file>`

/** A result as a model reads it where the protocol has no flag for failure. */
export const resultText = (result: WireResult): string =>
  wellFormed(result.ok || /^error\b/i.test(result.text) ? result.text : `Error: ${result.text}`)

/** What a model reads instead of content that its provider does not take. */
export const leftOut = (what: string): string => `(${what} was attached, but this model cannot read it)`

const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])

/** Whether providers take pictures of this kind. */
export const isPicture = (mime: string): boolean => pictures.has(mime)
