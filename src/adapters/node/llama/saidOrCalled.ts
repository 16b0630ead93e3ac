/** Reads an answer that `callGrammar` shaped, piece by piece: its words as they come, its call when it is whole. */
import type { ModelPart } from "../../../ports/LanguageModel.ts"
import { isRecord, parseJson, textAt } from "../../shared/model/fields.ts"
import { argumentsPrefix, callPrefix, sayPrefix } from "./callGrammar.ts"

/** What has come so far. */
export interface Reading {
  readonly text: string
  /** How much of the text has been told. */
  readonly told: number
}

/** Nothing yet. */
export const unread: Reading = { text: "", told: 0 }

/** The JSON text of words up to where they end or an escape begins that is not whole. */
const wholeWords = (raw: string): string => /^(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-f]{4}))*/i.exec(raw)?.[0] ?? ""

const wordsOf = (raw: string): string => {
  const words = parseJson(`"${raw}"`)
  return typeof words === "string" ? words : ""
}

/** Takes one more piece; answers what it tells. */
export const readPiece = (before: Reading, piece: string): readonly [Reading, ReadonlyArray<ModelPart>] => {
  const text = before.text + piece
  if (text.startsWith(sayPrefix)) {
    const from = Math.max(before.told, sayPrefix.length)
    const raw = wholeWords(text.slice(from))
    const parts: ReadonlyArray<ModelPart> = raw === "" ? [] : [{ type: "text-delta", text: wordsOf(raw) }]
    return [{ text, told: from + raw.length }, parts]
  }
  const name = callName(text)
  const parts: ReadonlyArray<ModelPart> = name === undefined ? [] : [{ type: "call-delta", name, chars: text.length }]
  return [{ text, told: 0 }, parts]
}

const callName = (text: string): string | undefined => {
  const end = text.indexOf(argumentsPrefix)
  return text.startsWith(callPrefix) && end >= 0 ? text.slice(callPrefix.length, end) : undefined
}

/** The whole parts of an answer that has ended; a call that was cut is left out. */
export const readWhole = ({ text }: Reading): ReadonlyArray<ModelPart> => {
  if (text.startsWith(sayPrefix)) {
    const words = wordsOf(wholeWords(text.slice(sayPrefix.length)))
    return words === "" ? [] : [{ type: "text", text: words }]
  }
  const value = parseJson(text)
  const name = textAt(value, "tool")
  if (!isRecord(value) || name === undefined) return []
  return [{ type: "call", name, input: JSON.stringify(value.arguments ?? {}) }]
}
