/** Which model answers a turn, and how it is to answer: by what the prompt names, the routes and the options. */
import * as Effect from "effect/Effect"
import { Tokenizer } from "../../ports/Tokenizer.ts"
import { type Dropped, fitOptions, optionsFor } from "../config/modelOptions.ts"
import { routed, routesBySize } from "../config/routes.ts"
import { textOf } from "../context/budget.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config, ModelOptions } from "../model/Config.ts"
import type { Model, ModelName } from "../model/Model.ts"
import type { SessionState } from "../session/State.ts"
import { transcript } from "../session/transcript.ts"

/** A model, and the route that chose it, where one did. */
export interface Choice {
  readonly name: ModelName
  readonly route?: string
}

/** How many tokens the words of a conversation have. */
const conversationTokens = (state: SessionState) =>
  Effect.gen(function* () {
    const tokenizer = yield* Tokenizer
    let sum = 0
    for (const part of transcript(state).flatMap((message) => message.parts))
      sum += yield* tokenizer.count(state.model, textOf(part))
    return sum
  })

/**
 * The model of the next turn: the one that the prompt names, else the mode's own, else that of the first route that matches,
 * else the session's.
 */
export const chooseModel = (
  config: Config,
  state: SessionState,
  { model: named, mode }: TurnOptions,
  ofMode?: ModelName
) =>
  Effect.gen(function* () {
    const model = named ?? ofMode
    if (model !== undefined) return { name: model }
    const tokens = routesBySize(config) ? { tokens: yield* conversationTokens(state) } : {}
    const route = routed(config, { role: mode ?? state.mode, ...tokens })
    const choice: Choice = route === undefined ? { name: state.model } : { name: route.model, route: route.rule }
    return choice
  })

/** How a model is to answer in a mode; what the prompt itself asks for wins. */
export const answersAs = (
  config: Config,
  model: Model,
  mode: string,
  asked: ModelOptions = {}
): { readonly options: ModelOptions; readonly dropped: ReadonlyArray<Dropped> } =>
  fitOptions({ ...optionsFor(config, model.name, mode), ...asked }, model)
