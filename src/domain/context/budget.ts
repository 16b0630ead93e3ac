/** How many tokens a request may take, and a count that needs no tokenizer and is never far off. */
import type { ToolSpec } from "../model/Call.ts"
import type { Message, Part } from "../model/Message.ts"
import type { Model } from "../model/Model.ts"

/** Tokens: `input` is the most that a request may take, `compactAt` where compaction begins, `output` the answer's share. */
export interface Budget {
  readonly input: number
  readonly compactAt: number
  readonly output: number
}

/** Kept free for what no count sees: framing, and the difference between a count and the provider's own. */
const margin = 0.02

/**
 * The budget for a model. Compaction begins with a fifth of the window left, or 20,000 tokens where the window is over
 * 200,000; `cap` narrows the window.
 */
export const budgetOf = (model: Model, cap?: number): Budget => {
  const window = Math.min(model.context, cap ?? model.context)
  const output = Math.min(model.output, Math.floor(window / 4))
  const input = Math.max(1, Math.floor(window * (1 - margin)) - output)
  const left = window > 200_000 ? 20_000 : Math.floor(window / 5)
  return { input, output, compactAt: Math.max(1, Math.min(input, window - Math.max(left, output))) }
}

/** Tokens by a rule of thumb: half the ASCII characters and one and a half for any other; a true count is at most twice that. */
export const roughTokens = (text: string): number => {
  let other = 0
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) other++
  return Math.ceil((text.length - other) / 2 + other * 1.5)
}

/** What an image is reckoned at, in tokens: the most that the providers here charge for one. */
export const imageTokens = 1600

/** The text of a part that is counted; images count as such. */
export const textOf = (part: Part): string => {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text + (part.type === "reasoning" ? (part.redacted ?? "") : "")
    case "tool-call":
      return `${part.name} ${part.id} ${part.input}`
    case "tool-result":
      return `${part.id} ${part.text}`
    case "file":
      return `${part.name} ${part.text ?? ""}`
    case "image":
      return ""
  }
}

const pictures = (part: Part): number =>
  part.type === "image" || (part.type === "file" && part.data !== undefined)
    ? 1
    : part.type === "tool-result"
      ? (part.images?.length ?? 0)
      : 0

const rough = new WeakMap<Part, number>()

const roughly = (part: Part): number => {
  const tokens = rough.get(part) ?? roughTokens(textOf(part))
  rough.set(part, tokens)
  return tokens
}

/** Counts a part by a count of its text. */
export const partTokens = (part: Part, count: (text: string) => number): number =>
  4 + (count === roughTokens ? roughly(part) : count(textOf(part))) + imageTokens * pictures(part)

/** Counts a message by a count of text. */
export const messageTokens = (message: Message, count: (text: string) => number): number =>
  message.parts.reduce((sum, part) => sum + partTokens(part, count), 4)

const textsByTools = new WeakMap<ReadonlyArray<ToolSpec>, ReadonlyArray<string>>()

/** The texts that are counted of tools, made once for a list: it stays the same for every request of a turn. */
export const toolTexts = (tools: ReadonlyArray<ToolSpec>): ReadonlyArray<string> => {
  const texts =
    textsByTools.get(tools) ?? tools.map((tool) => tool.name + tool.description + JSON.stringify(tool.input))
  textsByTools.set(tools, texts)
  return texts
}

const roughFrames = new WeakMap<ReadonlyArray<ToolSpec>, { readonly system: string; readonly tokens: number }>()

const frameBy = (system: string, tools: ReadonlyArray<ToolSpec>, count: (text: string) => number): number =>
  count(system) + toolTexts(tools).reduce((sum, text) => sum + 8 + count(text), 0)

/** Counts what stands before every message: the system prompt and the tools. */
export const frameTokens = (
  system: string,
  tools: ReadonlyArray<ToolSpec>,
  count: (text: string) => number
): number => {
  if (count !== roughTokens) return frameBy(system, tools, count)
  const known = roughFrames.get(tools)
  if (known?.system === system) return known.tokens
  const tokens = frameBy(system, tools, count)
  roughFrames.set(tools, { system, tokens })
  return tokens
}
