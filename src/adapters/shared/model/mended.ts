/**
 * Mends the broken JSON of a call's input: what small models leave out or add around a value. Words are never changed,
 * and a call that was cut is never completed; what cannot be mended goes on as it is, and the model is told.
 */
import * as Effect from "effect/Effect"
import type { ModelPart } from "../../../ports/LanguageModel.ts"
import { isRecord, parseJson } from "./fields.ts"

// What stands outside of texts, with the depth at the end: a text or a bracket that is open there was cut.
const isCut = (json: string): boolean => {
  let quote = ""
  let depth = 0
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index] ?? ""
    if (quote !== "") {
      if (character === "\\") index += 1
      else if (character === quote) quote = ""
    } else if (character === '"' || character === "'") quote = character
    else if (character === "{" || character === "[") depth += 1
    else if (character === "}" || character === "]") depth -= 1
  }
  return quote !== "" || depth > 0
}

const fence = /^```[a-z]*\s*\n([\s\S]*?)\n?```$/

const bare = (input: string): string => {
  const text = input.trim()
  return (fence.exec(text)?.[1] ?? text).trim()
}

// An escape that JSON does not have would lose its backslash: `\d` of a pattern, `\U` of a path.
const oddEscape = /(?<!\\)(?:\\\\)*\\(?:[^"\\/bfnrtu'\n]|u(?![0-9a-fA-F]{4}))/

/** Whether broken JSON may be mended without guessing at what the model meant to say. */
export const mendable = (json: string): boolean => json.startsWith("{") && !isCut(json) && !oddEscape.test(json)

const mend = async (input: string): Promise<string | undefined> => {
  const json = bare(input)
  if (isRecord(parseJson(json))) return json
  if (!mendable(json)) return undefined
  const { jsonrepair } = await import("jsonrepair")
  try {
    const text = jsonrepair(json)
    return isRecord(parseJson(text)) ? text : undefined
  } catch {
    return undefined
  }
}

const isWhole = (input: string): boolean => input.trim() === "" || parseJson(input) !== undefined

/** A part of an answer with its call's input mended where it has to be and can be; `wrote` then is what the model wrote. */
export const mended = (part: ModelPart): Effect.Effect<ModelPart> => {
  if (part.type !== "call" || isWhole(part.input)) return Effect.succeed(part)
  return Effect.map(
    Effect.promise(() => mend(part.input)),
    (input) => (input === undefined ? part : { ...part, input, wrote: part.input })
  )
}
