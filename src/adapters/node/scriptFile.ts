/** Reads the script of a scripted model from a file: one JSON object, or one turn a line. */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { ModelError } from "../../ports/LanguageModel.ts"

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    const lines = text.split("\n").filter((line) => line.trim() !== "")
    return { turns: lines.map((line): unknown => JSON.parse(line)) }
  }
}

/** The content of a script file, undecoded. */
export const readScript = (path: string, model: string): Effect.Effect<unknown, ModelError> =>
  Effect.tryPromise({
    try: async () => parse(await readFile(path, "utf8")),
    catch: (cause) =>
      new ModelError({
        kind: "missing_model",
        model,
        reason: `the script ${path} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: "Name a readable JSON file after scripted/."
      })
  })
