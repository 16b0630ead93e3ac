/** Which model a turn or a side task goes to: the routes of the configuration, of which the first that matches wins. */
import type { Config } from "../model/Config.ts"
import type { ModelName } from "../model/Model.ts"

/** What a model is wanted for. */
export interface Purpose {
  /** A side task: `title`, `summary`. */
  readonly task?: string
  /** Who answers: a mode (`plan`) or an agent. */
  readonly role?: string
  /** How long the conversation is. */
  readonly tokens?: number
}

/** The model that the configuration chooses, and the key of the route, or `model.small`, that chose it. */
export interface Route {
  readonly rule: string
  readonly model: ModelName
}

const sized = /^tokens ?([<>]) ?(\d+)$/

const matches = (key: string, { role, task, tokens }: Purpose): boolean => {
  const [, sign, than] = sized.exec(key) ?? []
  if (sign !== undefined) return tokens !== undefined && (sign === ">" ? tokens > Number(than) : tokens < Number(than))
  return key === task || key === role || key === `task:${task}` || key === `role:${role}`
}

const routes = (config: Config): ReadonlyArray<readonly [string, ModelName]> =>
  Object.entries(config.model?.routes ?? {})

/** Whether a route asks how long the conversation is, which costs a count. */
export const routesBySize = (config: Config): boolean => routes(config).some(([key]) => sized.test(key))

/** The first route that matches, in the order of the file. */
export const routed = (config: Config, purpose: Purpose): Route | undefined => {
  const found = routes(config).find(([key]) => matches(key, purpose))
  return found === undefined ? undefined : { rule: found[0], model: found[1] }
}

/** The model for a side task (`title`, `summary`): by the first route that matches, else the small one, else nothing: the session's own. */
export const modelFor = (config: Config, task: string): Route | undefined => {
  const found = routed(config, { task })
  if (found !== undefined) return found
  const small = config.model?.small
  return small === undefined ? undefined : { rule: "model.small", model: small }
}
