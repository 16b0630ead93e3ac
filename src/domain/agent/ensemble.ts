/** One answer of several: how models are asked about one another's answers, and what comes of what they say. */
import type { ModelRequest } from "../../ports/LanguageModel.ts"
import type { Candidate, EnsembleWay, Vote } from "../model/Ensemble.ts"
import type { Message } from "../model/Message.ts"
import type { Model, ModelName } from "../model/Model.ts"

/** An answer that has words. */
export interface Worded {
  readonly model: ModelName
  readonly text: string
}

/** The answers that have words, in order. */
export const worded = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Worded> =>
  candidates.flatMap(({ model, text }) => (text === undefined ? [] : [{ model, text }]))

const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)} […]`)

const question = (messages: ReadonlyArray<Message>): string => {
  const said = messages.filter(
    ({ parts, role }) => role === "user" && parts.some((part) => part.type === "text" && part.text.trim() !== "")
  )
  return (said.at(-1)?.parts ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n")
}

const pick = [
  "You compare answers to the same question. Judge by correctness first, then by completeness, then by brevity.",
  "Write the number of the best answer on the first line, alone, and one sentence on why on the second."
].join("\n")

const merge = [
  "You make one answer of several to the same question. Keep what is correct, settle where they disagree, leave out",
  "what is said twice. Write the answer alone, without a word on how it was made."
].join("\n")

/**
 * What a model is asked about answers to a request, so that it fits its window. `first` is the one that stands first, as
 * whoever compares favours that one.
 */
export const about = (
  how: EnsembleWay,
  request: ModelRequest,
  answers: ReadonlyArray<Worded>,
  asked: { readonly model: Model; readonly first: number }
): ModelRequest => {
  const { first, model } = asked
  // A character is at most one and a half tokens; half of the window stays free for what is said of them.
  const room = Math.floor(model.context / 3 / (answers.length + 1))
  const turned = [...answers.slice(first), ...answers.slice(0, first)]
  const text = [
    `# Question\n${clip(question(request.messages), room)}`,
    ...turned.map((answer, index) => `# Answer ${index + 1}\n${clip(answer.text, room)}`)
  ].join("\n\n")
  return {
    model: model.name,
    system: how === "merge" ? merge : pick,
    messages: [{ role: "user", parts: [{ type: "text", text }] }],
    tools: [],
    maxOutput: Math.min(model.output, Math.max(1, Math.floor(model.context / 4)))
  }
}

/** Whose answer a model named, where the one at `first` stood first; nobody's where it named none. */
export const namedIn = (said: string, answers: ReadonlyArray<Worded>, first: number): ModelName | undefined => {
  const number = Number(/\d+/.exec(said)?.[0] ?? 0)
  return number < 1 || number > answers.length ? undefined : answers[(number - 1 + first) % answers.length]?.model
}

/** The answer that most votes are for; the one that comes first among those with equally many. */
export const elected = (answers: ReadonlyArray<Worded>, votes: ReadonlyArray<Vote>): Worded | undefined => {
  const count = ({ model }: Worded): number => votes.filter((vote) => vote.for === model).length
  return answers.reduce<Worded | undefined>(
    (best, one) => (best === undefined || count(one) > count(best) ? one : best),
    undefined
  )
}

/** A request as another model is asked it: without tools where none was called in it, as the answer is wanted now. */
export const alsoAsked = (request: ModelRequest, model: Model): ModelRequest => {
  const called = request.messages.some(({ parts }) => parts.some((part) => part.type === "tool-call"))
  const { messages, schema, system, tools } = request
  const most = Math.min(request.maxOutput ?? model.output, model.output)
  return {
    model: model.name,
    system,
    messages,
    tools: called ? tools : [],
    maxOutput: most,
    ...(schema === undefined ? {} : { schema })
  }
}
