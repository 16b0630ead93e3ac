/** How a model is to answer: what is set for all models, for its provider, for it and for its role, and what of that it takes. */
import type { Config, ModelConfig, ModelOptions } from "../model/Config.ts"
import { type Model, type ModelName, modelOf, providerOf } from "../model/Model.ts"

/** An option that a model does not take: it is not sent, or not as it was set. */
export interface Dropped {
  readonly option: string
  readonly value: string | number
  readonly reason: string
}

/** What the configuration says of one model, where its provider's `models` is a table. */
export const configuredModel = (config: Config, name: ModelName): ModelConfig | undefined => {
  const models = config.providers?.[providerOf(name)]?.models
  if (models === undefined || isList(models)) return undefined
  const model = modelOf(name)
  return Object.hasOwn(models, model) ? models[model] : undefined
}

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const roleOptions = (config: Config, role: string): ModelOptions => {
  const agents = config.agents ?? {}
  const found = Object.hasOwn(agents, role) ? agents[role] : undefined
  return typeof found === "object" ? (found.options ?? {}) : {}
}

/** The options that are set for a model in a role: a role's win over the model's, these over the provider's, these over all models'. */
export const optionsFor = (config: Config, name: ModelName, role: string): ModelOptions => {
  const { max_tokens: maxOutputTokens, options, temperature } = config.model ?? {}
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...options,
    ...config.providers?.[providerOf(name)]?.options,
    ...configuredModel(config, name)?.options,
    ...roleOptions(config, role)
  }
}

/** Why a model does not take an option as it is set; nothing where it does. */
type Check = (options: ModelOptions, model: Model) => string | undefined

// Claude refuses more than one way of sampling in a request, and both while it reasons.
const isClaude = ({ name }: Model): boolean => /claude/i.test(name)

const takes = ({ takes: known }: Model, option: "temperature" | "topP" | "reasoning"): boolean =>
  known === undefined || known.includes(option)

const reasons = ({ reasoning }: ModelOptions, model: Model): boolean =>
  reasoning !== undefined && reasoning !== "off" && model.reasoning && takes(model, "reasoning")

const sampling =
  (option: "temperature" | "topP"): Check =>
  (options, model) => {
    if (!takes(model, option)) return `the model takes no ${option}`
    if (!isClaude(model)) return undefined
    if (reasons(options, model)) return `the model takes no ${option} while it reasons`
    const twice = option === "topP" && options.temperature !== undefined && takes(model, "temperature")
    return twice ? "the model takes either temperature or topP" : undefined
  }

const checks: { readonly [K in keyof ModelOptions]-?: Check } = {
  maxOutputTokens: ({ maxOutputTokens = 0 }, { output }) =>
    maxOutputTokens > output ? `the model answers with at most ${output} tokens` : undefined,
  temperature: sampling("temperature"),
  topP: sampling("topP"),
  reasoning: ({ reasoning }, model) => {
    if (!model.reasoning) return reasoning === "off" ? undefined : "the model does not reason"
    return takes(model, "reasoning") ? undefined : "how much the model reasons cannot be set"
  }
}

const names = ["maxOutputTokens", "temperature", "topP", "reasoning"] as const

/** Of the options that are set those that a model takes, and those that it does not, with why. */
export const fitOptions = (
  set: ModelOptions,
  model: Model
): { readonly options: ModelOptions; readonly dropped: ReadonlyArray<Dropped> } => {
  const dropped: Array<Dropped> = []
  const kept = names.filter((option) => {
    const value = set[option]
    if (value === undefined) return false
    const reason = checks[option](set, model)
    if (reason !== undefined) dropped.push({ option, value, reason })
    return reason === undefined
  })
  return { options: Object.fromEntries(kept.map((option) => [option, set[option]])), dropped }
}
