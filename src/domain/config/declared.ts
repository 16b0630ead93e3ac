/** Whether the models that stand in for others are ones that somebody declared: a typing error is told at once, not when they are needed. */
import type { Config } from "../model/Config.ts"
import { type ModelName, modelOf, providerOf } from "../model/Model.ts"
import type { Key } from "./describe.ts"
import { nearest } from "./suggest.ts"

/** A setting that makes no sense beside the others. */
export interface Misfit {
  readonly key: Key
  readonly reason: string
}

/** The providers that need no declaration, as the program knows them. */
export type Providers = ReadonlyArray<string> | undefined

const meant = (word: string, known: ReadonlyArray<string>): string => {
  const near = nearest(word, known)
  return near === undefined ? "" : `; did you mean ${near}?`
}

/** Why a model is not a declared one; nothing where it is. */
const undeclared = (config: Config, providers: Providers, name: ModelName): string | undefined => {
  if (providers === undefined) return undefined
  const configured = config.providers ?? {}
  const id = providerOf(name)
  const all = [...Object.keys(configured), ...providers]
  if (!all.includes(id)) return `${name} is not declared: there is no provider ${id}${meant(id, all)}`
  const listed = configured[id]?.models
  if (!Array.isArray(listed) || listed.includes(modelOf(name))) return undefined
  return `${name} is not declared: it is not among the models of [providers.${id}]${meant(modelOf(name), listed)}`
}

/** The first route or fallback that names a model that is not declared; without `providers` any model is. */
export const misfit = (config: Config, providers: Providers): Misfit | undefined => {
  const { fallback = [], routes = {} } = config.model ?? {}
  for (const [name, model] of Object.entries(routes)) {
    const reason = undeclared(config, providers, model)
    if (reason !== undefined) return { key: ["model", "routes", name], reason }
  }
  for (const model of fallback) {
    const reason = undeclared(config, providers, model)
    if (reason !== undefined) return { key: ["model", "fallback"], reason }
  }
  return undefined
}
