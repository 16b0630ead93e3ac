/** The providers that are known by name, and what config and environment make of them. */
import type { Api, ProviderConfig } from "../../../domain/model/Config.ts"

/** One provider as it is used. */
export interface Provider {
  readonly id: string
  readonly api: Api
  /** The protocol to speak where the endpoint does not know the first one. */
  readonly otherApi?: Api
  readonly baseUrl: string
  /** The environment variable with the key; absent where no key is needed. */
  readonly keyEnv?: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether it runs on a machine of the person's own, needs no key, and can be asked for its models. */
  readonly local: boolean
  /** The models to offer, best first. */
  readonly models: ReadonlyArray<string>
}

interface Row {
  readonly api: Api
  readonly baseUrl: string
  readonly keyEnv?: string
  readonly baseUrlEnv?: string
  readonly models?: ReadonlyArray<string>
}

const rows: Readonly<Record<string, Row>> = {
  anthropic: {
    api: "anthropic",
    baseUrl: "https://api.anthropic.com",
    keyEnv: "ANTHROPIC_API_KEY",
    baseUrlEnv: "ANTHROPIC_BASE_URL",
    models: ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"]
  },
  openai: {
    api: "openai-responses",
    baseUrl: "https://api.openai.com/v1",
    keyEnv: "OPENAI_API_KEY",
    baseUrlEnv: "OPENAI_BASE_URL",
    models: ["gpt-5.6", "gpt-5.6-terra", "gpt-5.6-luna"]
  },
  google: {
    api: "google",
    baseUrl: "https://generativelanguage.googleapis.com",
    keyEnv: "GEMINI_API_KEY",
    baseUrlEnv: "GEMINI_BASE_URL",
    models: ["gemini-3.8-flash", "gemini-3.1-pro-preview", "gemini-2.5-pro", "gemini-3.1-flash-lite"]
  },
  openrouter: {
    api: "openai",
    baseUrl: "https://openrouter.ai/api/v1",
    keyEnv: "OPENROUTER_API_KEY",
    models: ["anthropic/claude-sonnet-5.5", "openai/gpt-5.6"]
  },
  mistral: {
    api: "openai",
    baseUrl: "https://api.mistral.ai/v1",
    keyEnv: "MISTRAL_API_KEY",
    models: ["devstral-latest", "mistral-medium-latest"]
  },
  deepseek: {
    api: "openai",
    baseUrl: "https://api.deepseek.com/v1",
    keyEnv: "DEEPSEEK_API_KEY",
    models: ["deepseek-v4-pro", "deepseek-v4-flash"]
  },
  xai: { api: "openai", baseUrl: "https://api.x.ai/v1", keyEnv: "XAI_API_KEY", models: ["grok-4.7"] },
  groq: {
    api: "openai",
    baseUrl: "https://api.groq.com/openai/v1",
    keyEnv: "GROQ_API_KEY",
    models: ["openai/gpt-oss-120b"]
  },
  together: {
    api: "openai",
    baseUrl: "https://api.together.xyz/v1",
    keyEnv: "TOGETHER_API_KEY",
    models: ["Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"]
  },
  deepinfra: {
    api: "openai",
    baseUrl: "https://api.deepinfra.com/v1/openai",
    keyEnv: "DEEPINFRA_API_KEY",
    models: ["Qwen/Qwen3-Coder-480B-A35B-Instruct"]
  },
  fireworks: { api: "openai", baseUrl: "https://api.fireworks.ai/inference/v1", keyEnv: "FIREWORKS_API_KEY" },
  cerebras: { api: "openai", baseUrl: "https://api.cerebras.ai/v1", keyEnv: "CEREBRAS_API_KEY" },
  ollama: { api: "ollama", baseUrl: "http://127.0.0.1:11434/v1", baseUrlEnv: "OLLAMA_HOST" },
  lmstudio: { api: "openai", baseUrl: "http://127.0.0.1:1234/v1", baseUrlEnv: "LMSTUDIO_HOST" },
  llamacpp: { api: "openai", baseUrl: "http://127.0.0.1:8080/v1", baseUrlEnv: "LLAMACPP_HOST" }
}

/** Reads an environment variable. */
export type Env = (name: string) => string | undefined

// OLLAMA_HOST and its like hold `host`, `host:port` or a URL; 0.0.0.0 is where a server listens, not where it is.
const hostUrl = (given: string, known: string): string => {
  const port = /:(\d+)\//.exec(known)?.[1] ?? "80"
  const url = /^https?:\/\//.test(given) ? given : `http://${given}`
  const bare = url.replace(/\/+$/, "").replace(/\/v1$/, "").replace("//0.0.0.0", "//127.0.0.1")
  const whole = /:\d+$/.test(bare) || url.startsWith("https:") ? bare : `${bare}:${port}`
  return `${whole}/v1`
}

const baseUrlOf = (row: Row | undefined, config: ProviderConfig | undefined, env: Env): string | undefined => {
  if (config?.baseUrl !== undefined && config.baseUrl !== "") return config.baseUrl
  const given = row?.baseUrlEnv === undefined ? undefined : env(row.baseUrlEnv)?.trim()
  if (row === undefined || given === undefined || given === "") return row?.baseUrl
  return row.keyEnv === undefined ? hostUrl(given, row.baseUrl) : given
}

const isLoopback = (url: string): boolean => /^https?:\/\/(localhost|127\.|0\.0\.0\.0|\[::1\])/.test(url)

/**
 * What OpenAI's own name means at another address: such a server speaks Chat Completions as a rule, and a few speak
 * Responses only.
 */
const apisAt = (row: Row, baseUrl: string): Pick<Provider, "api" | "otherApi"> =>
  row.api === "openai-responses" && !baseUrl.startsWith("https://api.openai.com/")
    ? { api: "openai", otherApi: "openai-responses" }
    : row.api === "ollama"
      ? // Much that answers at Ollama's address knows its compatible protocol alone.
        { api: "ollama", otherApi: "openai" }
      : { api: row.api }

/** A provider by name; `undefined` where neither the table nor config knows it, or config names no endpoint. */
export const providerOf = (
  id: string,
  configs: Readonly<Record<string, ProviderConfig>>,
  env: Env
): Provider | undefined => {
  const row = rows[id]
  const config = configs[id]
  const baseUrl = baseUrlOf(row, config, env)
  if (baseUrl === undefined) return undefined
  const keyEnv = config?.apiKeyEnv ?? row?.keyEnv
  // An endpoint of one's own under a known name needs the key that its owner names, or none.
  const local = row === undefined ? isLoopback(baseUrl) && config?.apiKeyEnv === undefined : row.keyEnv === undefined
  const apis: Pick<Provider, "api" | "otherApi"> =
    config?.api !== undefined ? { api: config.api } : row === undefined ? { api: "openai" } : apisAt(row, baseUrl)
  return {
    id,
    ...apis,
    baseUrl,
    ...(keyEnv === undefined ? {} : { keyEnv }),
    headers: config?.headers ?? {},
    local,
    models: config?.models ?? row?.models ?? []
  }
}

/** Every provider that could be used, the configured ones first. */
export const allProviders = (configs: Readonly<Record<string, ProviderConfig>>, env: Env): ReadonlyArray<Provider> => {
  const ids = [...new Set([...Object.keys(configs), ...Object.keys(rows)])]
  return ids.flatMap((id) => providerOf(id, configs, env) ?? [])
}
