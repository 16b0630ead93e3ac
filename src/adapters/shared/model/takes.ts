/** Which of the options of a request an endpoint takes for a model. */
import { type Model, type ModelOption, modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import type { Provider } from "./providers.ts"

/** The version of a Claude model as a number: 406 is 4.6. `undefined` for models of others. */
export const claudeVersion = (model: string): number | undefined => {
  if (!/claude/.test(model)) return undefined
  const found = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[.-](\d{1,2})(?!\d))?/.exec(model)
  return found === null ? 0 : Number(found[1]) * 100 + Number(found[2] ?? 0)
}

/** Whether a model is one of OpenAI's that think before they answer. */
export const isOpenAiReasoner = (model: string): boolean =>
  /(^|[^a-z0-9])(o[1-9]|gpt-([5-9]|\d\d))/.test(model) && !/-chat/.test(model)

// Claude after Opus 4.6 and OpenAI's reasoning models answer an error to any sampling of one's own.
const takesSampling = (model: string): boolean => (claudeVersion(model) ?? 0) <= 406 && !isOpenAiReasoner(model)

const takesEffort = ({ api, quirks }: Provider, model: string): boolean =>
  api !== "openai" || quirks.effortFor?.test(model) !== false

const takesSchema = ({ api, quirks }: Provider, model: string): boolean => {
  if (api === "anthropic") return (claudeVersion(model) ?? 0) >= 405
  return api !== "openai" || quirks.schemaAs === "json_schema"
}

/** The options that an endpoint takes for a model, of those that the model is not known to refuse; others must not be sent. */
export const takesOf = (provider: Provider, facts: Model): ReadonlyArray<ModelOption> => {
  const model = modelOf(facts.name)
  const all: ReadonlyArray<ModelOption> = [
    ...(takesSampling(model) ? (["temperature", "topP"] as const) : []),
    ...(facts.reasoning && takesEffort(provider, model) ? (["reasoning"] as const) : []),
    ...(takesSchema(provider, model) ? (["schema"] as const) : [])
  ]
  return all.filter((option) => facts.takes?.includes(option) !== false)
}

/** How much to think, in the words of OpenAI's models: older ones cannot be told not to, the newer can. */
export const effortWord = ({ model, reasoning }: ModelRequest) => {
  if (reasoning !== "off") return reasoning
  if (/\/o[1-9]|gpt-oss|gpt-5-codex/.test(model)) return "low"
  return /gpt-5(?![.\d])/.test(model) ? "minimal" : "none"
}
