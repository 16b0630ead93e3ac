/** The providers that are known by name, and what config and environment make of them. */
import type { Api, KeyHeader, ProviderConfig } from "../../../domain/model/Config.ts"
import { type Env, type ProviderRow, providerRows } from "./providerRows.ts"
import type { Quirks } from "./quirks.ts"

export type { Env } from "./providerRows.ts"

/** An AWS access key, and what it signs for. */
export interface AwsAccess {
  readonly id: string
  readonly secret: string
  readonly token?: string
  readonly region: string
  readonly service: string
}

/** One provider as it is used. */
export interface Provider {
  readonly id: string
  readonly api: Api
  /** The protocol to speak where the endpoint does not know the first one. */
  readonly otherApi?: Api
  readonly baseUrl: string
  /** Goes into the address of every request. */
  readonly query?: Readonly<Record<string, string>>
  /** The environment variable with the key; absent where no key is needed, or where signing in is the only way. */
  readonly keyEnv?: string
  /** How the key travels, where it is not as the protocol's own provider has it. */
  readonly auth?: KeyHeader
  /** Signs requests where there is no key. */
  readonly aws?: AwsAccess
  readonly headers: Readonly<Record<string, string>>
  readonly quirks: Quirks
  /** Whether it runs on a machine of the person's own, needs no key, and can be asked for its models. */
  readonly local: boolean
  /** The models to offer, best first. */
  readonly models: ReadonlyArray<string>
}

// OLLAMA_HOST and its like hold `host`, `host:port` or a URL; 0.0.0.0 is where a server listens, not where it is.
const hostUrl = (given: string, known: string): string => {
  const port = /:(\d+)\//.exec(known)?.[1] ?? "80"
  const url = /^https?:\/\//.test(given) ? given : `http://${given}`
  const bare = url.replace(/\/+$/, "").replace(/\/v1$/, "").replace("//0.0.0.0", "//127.0.0.1")
  const whole = /:\d+$/.test(bare) || url.startsWith("https:") ? bare : `${bare}:${port}`
  return `${whole}/v1`
}

const ownUrl = (row: ProviderRow, env: Env): string | undefined =>
  typeof row.baseUrl === "string" ? row.baseUrl : row.baseUrl(env)

const baseUrlOf = (row: ProviderRow | undefined, config: ProviderConfig | undefined, env: Env): string | undefined => {
  if (config?.baseUrl !== undefined && config.baseUrl !== "") return config.baseUrl
  if (row === undefined) return undefined
  const given = row.baseUrlEnv === undefined ? undefined : env(row.baseUrlEnv)?.trim()
  const own = ownUrl(row, env)
  if (given === undefined || given === "") return own
  return row.local === true ? hostUrl(given, own ?? "") : given
}

const isLoopback = (url: string): boolean => /^https?:\/\/(localhost|127\.|0\.0\.0\.0|\[::1\])/.test(url)

/**
 * What OpenAI's own name means at another address: such a server speaks Chat Completions as a rule, and a few speak
 * Responses only.
 */
const apisOf = (row: ProviderRow | undefined, baseUrl: string): Pick<Provider, "api" | "otherApi"> => {
  if (row === undefined) return { api: "openai" }
  if (row.api === "openai-responses" && hostOf(baseUrl) !== "api.openai.com")
    return { api: "openai", otherApi: "openai-responses" }
  return { api: row.api, ...(row.otherApi === undefined ? {} : { otherApi: row.otherApi }) }
}

const hostOf = (url: string): string => /^[a-z]+:\/\/([^/:?]+)/i.exec(url)?.[1]?.toLowerCase() ?? ""

// The part of a host's name that its owner has registered, or the whole of an address on one's own machine.
const ownerOf = (url: string): string => hostOf(url).split(".").slice(-2).join(".")

const owners: ReadonlyMap<string, Quirks> = new Map(
  Object.values(providerRows).flatMap(
    (row): ReadonlyArray<readonly [string, Quirks]> =>
      row.quirks === undefined || row.local === true || typeof row.baseUrl !== "string"
        ? []
        : [[ownerOf(row.baseUrl), row.quirks]]
  )
)

/** What is odd about an endpoint: told by whom it is like, by its address, or by its name. */
const quirksOf = (id: string, config: ProviderConfig | undefined, baseUrl: string): Quirks => {
  if (config?.like !== undefined) return providerRows[config.like]?.quirks ?? {}
  const known = owners.get(ownerOf(baseUrl))
  if (known !== undefined) return known
  // Whatever else answers to OpenAI's name is a server of another kind.
  const row = id === "openai" ? undefined : providerRows[id]
  return row?.quirks ?? (hostOf(baseUrl).endsWith("aiplatform.googleapis.com") ? { rawPredict: true } : {})
}

const awsOf = (row: ProviderRow | undefined, baseUrl: string, env: Env): Pick<Provider, "aws"> => {
  const [id, secret, token] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map(env)
  if (row?.signed === undefined || !id || !secret) return {}
  const region = /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(baseUrl)?.[1] ?? env("AWS_REGION") ?? "us-east-1"
  return { aws: { id, secret, ...(token ? { token } : {}), region, service: row.signed } }
}

const queryOf = (url: string): Pick<Provider, "baseUrl" | "query"> => {
  const [baseUrl = "", query] = url.split("?", 2)
  return query === undefined ? { baseUrl } : { baseUrl, query: Object.fromEntries(new URLSearchParams(query)) }
}

const namesOf = (models: ProviderConfig["models"]): ReadonlyArray<string> | undefined =>
  models === undefined || isList(models) ? models : Object.keys(models)

const isList = (models: NonNullable<ProviderConfig["models"]>): models is ReadonlyArray<string> => Array.isArray(models)

const optional = <K extends string, A>(key: K, value: A | undefined): { readonly [P in K]?: A } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: A })

/** A provider by name; `undefined` where neither the table nor config knows it, or nobody names its endpoint. */
export const providerOf = (
  id: string,
  configs: Readonly<Record<string, ProviderConfig>>,
  env: Env
): Provider | undefined => {
  const row = Object.hasOwn(providerRows, id) ? providerRows[id] : undefined
  const config = configs[id]
  const url = baseUrlOf(row, config, env)
  if (url === undefined) return undefined
  const keyEnv = config?.apiKeyEnv ?? row?.keyEnv
  return {
    id,
    ...(config?.api === undefined ? apisOf(row, url) : { api: config.api }),
    ...queryOf(url),
    ...optional("keyEnv", keyEnv),
    ...optional("auth", config?.auth ?? row?.auth),
    ...awsOf(row, url, env),
    headers: { ...row?.headers, ...config?.headers },
    quirks: quirksOf(id, config, url),
    // An endpoint of one's own under a new name needs the key that its owner names, or none.
    local: row === undefined ? isLoopback(url) && keyEnv === undefined : row.local === true,
    models: namesOf(config?.models) ?? row?.models ?? []
  }
}

/** The providers that need no declaration: those of the table, scripts, and model files. */
export const knownProviders: ReadonlyArray<string> = [...Object.keys(providerRows), "scripted", "local"]

/** The variable that a provider of the table waits for where it has no address yet. */
export const missingAddress = (id: string): string | undefined => providerRows[id]?.needs

/** Every provider that could be used, the configured ones first. */
export const allProviders = (configs: Readonly<Record<string, ProviderConfig>>, env: Env): ReadonlyArray<Provider> => {
  const ids = [...new Set([...Object.keys(configs), ...Object.keys(providerRows)])]
  return ids.flatMap((id) => providerOf(id, configs, env) ?? [])
}
