/** A request as the conversation that a model in the process reads: its tools, calls and results are told in words. */
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { parseJson } from "../../shared/model/fields.ts"
import { type AssistantTurn, fileText, leftOut, plainId, turnsOf, type UserTurn } from "../../shared/model/turns.ts"
import type { LlamaItem } from "./llamaModule.ts"

const toolsOf = ({ tools }: ModelRequest): string =>
  [
    "Answer with one JSON object and nothing else, in one of two ways:",
    '{"say": "…"} with your words for the person, or\n{"tool": "…", "arguments": {…}} with a tool and its arguments.',
    "What a tool comes to is given to you next. The tools, each with the JSON schema of its arguments:",
    ...tools.map((tool) => `## ${tool.name}\n${tool.description}\n${JSON.stringify(tool.input)}`)
  ].join("\n\n")

const heard = ({ parts, results }: UserTurn): string => {
  const came = results.map(({ name, ok, text }) => `${ok ? "Result" : "Failure"} of ${name}:\n${text}`)
  const said = parts.map((part) => {
    if (part.type === "text") return part.text
    if (part.type === "image") return leftOut("a picture")
    return fileText(part) ?? leftOut(`the file ${part.name}`)
  })
  return [...came, ...said].join("\n\n")
}

const told = ({ parts }: AssistantTurn, inJson: boolean): string =>
  parts
    .flatMap((part) => {
      if (part.type === "reasoning") return []
      if (part.type === "tool-call")
        return [`{"tool": ${JSON.stringify(part.name)}, "arguments": ${JSON.stringify(parseJson(part.input) ?? {})}}`]
      return [inJson ? `{"say": ${JSON.stringify(part.text)}}` : part.text]
    })
    .join("\n")

/** The conversation, up to where the model is to go on. */
export const llamaHistory = (request: ModelRequest): ReadonlyArray<LlamaItem> => {
  const { messages, model, system, tools } = request
  const inJson = tools.length > 0
  const head = [system, ...(inJson ? [toolsOf(request)] : [])].filter((text) => text !== "").join("\n\n")
  const turns = turnsOf(messages, { model, reasoning: "none", blankText: false, id: plainId })
  return [
    ...(head === "" ? [] : [{ type: "system" as const, text: head }]),
    ...turns.map(
      (turn): LlamaItem =>
        turn.role === "user" ? { type: "user", text: heard(turn) } : { type: "model", response: [told(turn, inJson)] }
    ),
    { type: "model", response: [""] }
  ]
}
