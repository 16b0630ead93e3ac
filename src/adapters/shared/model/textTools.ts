/**
 * Tools for models that have no calls of their own: they are described in words, and what was called and came back is
 * told in words. `textCalls` reads what such a model answers.
 */
import type { ToolSpec } from "../../../domain/model/Call.ts"
import type { Message, Part } from "../../../domain/model/Message.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { parseJson } from "./fields.ts"

const describe = (tools: ReadonlyArray<ToolSpec>): string =>
  [
    "You can use tools. To use one, end your answer with exactly this and nothing after it:",
    '<tool_call>{"name": "the tool", "arguments": {…}}</tool_call>',
    "Several such lines in a row use several tools. What they come to is given to you in <tool_result>. When you need no tool, just answer.",
    "The tools, each with the JSON schema of its arguments:",
    ...tools.map((tool) => `## ${tool.name}\n${tool.description}\n${JSON.stringify(tool.input)}`)
  ].join("\n\n")

const told = (part: Part): ReadonlyArray<Part> => {
  if (part.type === "tool-call") {
    const call = { name: part.name, arguments: parseJson(part.input) ?? {} }
    return [{ type: "text", text: `<tool_call>${JSON.stringify(call)}</tool_call>` }]
  }
  if (part.type !== "tool-result") return [part]
  const name = JSON.stringify(part.name)
  const text = `<tool_result name=${name} ok=${part.ok}>\n${part.text}\n</tool_result>`
  return [{ type: "text", text }, ...(part.images ?? [])]
}

/** The same request without native tools; a request without tools as it is. */
export const inWords = (request: ModelRequest): ModelRequest =>
  request.tools.length === 0
    ? request
    : {
        ...request,
        system: request.system === "" ? describe(request.tools) : `${request.system}\n\n${describe(request.tools)}`,
        messages: request.messages.map(({ parts, role }): Message => ({ role, parts: parts.flatMap(told) })),
        tools: []
      }
