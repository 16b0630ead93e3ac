/** A session's title by the small model, while the first turn runs; the first words of the prompt stay where that fails. */
import * as Effect from "effect/Effect"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { modelFor } from "../config/routes.ts"
import { titlePrompt } from "../context/prompts/titlePrompt.ts"
import { wholeAnswer } from "../context/wholeAnswer.ts"
import type { Config } from "../model/Config.ts"
import { type ModelName, priced, priceOf } from "../model/Model.ts"
import { titleOf } from "../session/begin.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"

/** The longest title, in characters. */
const most = 60

/** A model's answer as a title: its first line without quotes and marks; nothing where it says nothing. */
export const cleanTitle = (answer: string): string | undefined => {
  const line = answer.trim().replace(/\n[\s\S]*$/, "")
  const bare = line
    .replace(/^(title|titel)\s*:/i, "")
    .replace(/^[\s"'`*#_“„«]+|[\s"'`*_”“».]+$/g, "")
    .replace(/\s+/g, " ")
  const chars = Array.from(bare)
  if (chars.length === 0) return undefined
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : bare
}

/**
 * The model that is to name a session: only one that the person set for small work, only for the title that the program
 * made itself from the first prompt, and never out of a budget that somebody set for other work.
 */
export const titleModel = (config: Config, state: SessionState): ModelName | undefined => {
  const { limits, pins, title, turn } = state
  const made = title !== "" && title === titleOf([{ type: "text", text: pins.goal }])
  const limited = config.budget !== undefined || limits.tokens !== undefined || limits.cost !== undefined
  return turn === 1 && made && !limited ? modelFor(config, "title")?.model : undefined
}

const ask = (name: ModelName, goal: string) =>
  Effect.gen(function* () {
    const models = yield* LanguageModel
    const model = yield* models.describe(name)
    const request = {
      model: name,
      system: titlePrompt,
      messages: [{ role: "user" as const, parts: [{ type: "text" as const, text: goal.slice(0, 2000) }] }],
      tools: [],
      maxOutput: Math.min(model.output, 400)
    }
    const { end, text } = yield* wholeAnswer(request)
    return { title: cleanTitle(text), usage: end === undefined ? undefined : priced(end.usage, priceOf(model)) }
  })

/** Names the session where a small model is set. It never fails: a title is no reason to. */
export const entitle = (handle: SessionHandle, config: Config): Effect.Effect<void, never, LanguageModel> =>
  Effect.gen(function* () {
    const before = yield* handle.state
    const model = titleModel(config, before)
    if (model === undefined) return
    const { title, usage } = yield* Effect.timeout(ask(model, before.pins.goal), "30 seconds")
    const now = (yield* handle.state).title
    // Somebody may have renamed it meanwhile.
    const kept = now === before.title ? (title ?? now) : now
    yield* handle.record([{ type: "session.titled", title: kept, model, ...(usage === undefined ? {} : { usage }) }])
  }).pipe(Effect.catchAll((error) => Effect.logDebug("The session keeps its first words as its title", error)))
