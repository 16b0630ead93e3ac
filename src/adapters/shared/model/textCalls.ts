/**
 * Tool calls that a model wrote as text. Local models without native calls answer so; only a whole, valid call of an
 * offered tool at the very end of the answer counts, so that an example in prose never runs. A tag at the very end that
 * holds something else is a call too, which goes wrong: the model reads why, and can mend it.
 */
import type { ToolSpec } from "../../../domain/model/Call.ts"
import type { ModelPart } from "../../../ports/LanguageModel.ts"
import { at, isRecord, parseJson, textAt } from "./fields.ts"

interface TextCall {
  readonly name: string
  readonly input: string
}

const tagged = /<tool_call>\s*([\s\S]*?)\s*<\/tool_call>\s*$/
const fenced = /(?:^|\n)```(?:json|tool_call|tool)[ \t]*\r?\n([\s\S]*?)\r?\n```\s*$/

const callOf = (json: string, tools: ReadonlyArray<ToolSpec>): TextCall | undefined => {
  const value = parseJson(json)
  const name = textAt(value, "name") ?? textAt(value, "tool") ?? ""
  if (!isRecord(value) || !tools.some((tool) => tool.name === name)) return undefined
  const given = at(value, "arguments") ?? at(value, "input") ?? at(value, "parameters")
  const input = typeof given === "string" ? parseJson(given) : given
  return isRecord(input) ? { name, input: JSON.stringify(input) } : undefined
}

// The last opening marker before the end, so that a block never swallows the text between two blocks.
const tail = (text: string): { readonly before: string; readonly json: string } | undefined => {
  const open = text.lastIndexOf("<tool_call>")
  const tag = open < 0 ? null : tagged.exec(text.slice(open))
  if (tag !== null) return { before: text.slice(0, open), json: tag[1] ?? "" }
  const fences = [...text.matchAll(/(?:^|\n)```[^\n]*/g)]
  const start = fences.at(-2)?.index ?? -1
  const fence = start < 0 ? null : fenced.exec(text.slice(start))
  if (fence !== null) return { before: text.slice(0, start), json: fence[1] ?? "" }
  const bare = text.trim()
  return bare.startsWith("{") && bare.endsWith("}") ? { before: "", json: bare } : undefined
}

/** The calls at the end of a text, and the text before them; `undefined` where there are none. */
export const textCalls = (
  text: string,
  tools: ReadonlyArray<ToolSpec>
): { readonly text: string; readonly calls: ReadonlyArray<TextCall> } | undefined => {
  const calls: Array<TextCall> = []
  let rest = text
  for (let found = tail(rest); found !== undefined; found = tail(rest)) {
    const call = callOf(found.json, tools)
    if (call === undefined) break
    calls.unshift(call)
    rest = found.before.trimEnd()
  }
  return calls.length === 0 ? undefined : { text: rest, calls }
}

/** What a tag at the end of a text tried to call, and the text before it; `undefined` where there is no tag. */
export const wrongCall = (
  text: string
): { readonly text: string; readonly calls: ReadonlyArray<TextCall> } | undefined => {
  const open = text.lastIndexOf("<tool_call>")
  const json = open < 0 ? undefined : tagged.exec(text.slice(open))?.[1]
  if (json === undefined) return undefined
  const name = /"(?:name|tool)"\s*:\s*"([^"]*)"/.exec(json)?.[1] ?? "tool_call"
  // Its arguments as they were written, without the bracket that closes the whole.
  const input = /"(?:arguments|input|parameters)"\s*:\s*([\s\S]*?)\s*\}?$/.exec(json)?.[1]
  return {
    text: text.slice(0, open).trimEnd(),
    calls: [{ name, input: input ?? (isRecord(parseJson(json)) ? "{}" : json) }]
  }
}

/** The closing parts of an answer, with calls in its text made real where it has no others. */
export const withTextCalls = (
  parts: ReadonlyArray<ModelPart>,
  tools: ReadonlyArray<ToolSpec>
): ReadonlyArray<ModelPart> => {
  if (tools.length === 0 || parts.some((part) => part.type === "call")) return parts
  const index = parts.findLastIndex((part) => part.type === "text")
  const last = parts[index]
  const finish = parts.at(-1)
  if (last?.type !== "text" || finish?.type !== "finish" || finish.stop !== "end_turn") return parts
  const found = textCalls(last.text, tools) ?? wrongCall(last.text)
  if (found === undefined) return parts
  const text: ReadonlyArray<ModelPart> = found.text === "" ? [] : [{ type: "text", text: found.text }]
  const calls = found.calls.map((call): ModelPart => ({ type: "call", ...call }))
  return [...parts.slice(0, index), ...text, ...parts.slice(index + 1, -1), ...calls, { ...finish, stop: "tool_use" }]
}
