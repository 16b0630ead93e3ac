/** The providers that are known by name: protocol, endpoint, key and oddities, a few lines each. */
import type { Api, KeyHeader } from "../../../domain/model/Config.ts"
import type { Quirks } from "./quirks.ts"

/** Reads an environment variable. */
export type Env = (name: string) => string | undefined

/** One provider of the table. */
export interface ProviderRow {
  readonly api: Api
  /** The protocol to speak where the endpoint does not know the first one. */
  readonly otherApi?: Api
  /** `{model}` in it is the model's name; a function where it depends on the environment. */
  readonly baseUrl: string | ((env: Env) => string | undefined)
  /** The variable that holds another address. */
  readonly baseUrlEnv?: string
  /** The variable without which there is no address. */
  readonly needs?: string
  readonly keyEnv?: string
  readonly auth?: KeyHeader
  /** Requests may be signed with an AWS access key of the environment, for the service of this name. */
  readonly signed?: string
  /** It runs on a machine of the person's own and needs no key. */
  readonly local?: true
  readonly headers?: Readonly<Record<string, string>>
  readonly quirks?: Quirks
  readonly models?: ReadonlyArray<string>
}

const openAi: Quirks = {
  limitAs: "max_completion_tokens",
  systemAs: "developer",
  schemaAs: "json_schema",
  pdfAs: "file",
  noTextCalls: true
}

const first = (env: Env, ...names: ReadonlyArray<string>): string | undefined =>
  names.map((name) => env(name)?.trim()).find((value) => value !== undefined && value !== "")

const awsRegion = (env: Env): string => first(env, "AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1"

const azureUrl = (env: Env): string | undefined => {
  const resource = first(env, "AZURE_OPENAI_ENDPOINT")
    ?.replace(/\/+$/, "")
    .replace(/\/openai(\/v1)?$/, "")
  if (resource === undefined) return undefined
  // With a version, the older addresses are meant, where each deployment has its own.
  const version = first(env, "AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION")
  return version === undefined || version === "v1"
    ? `${resource}/openai/v1`
    : `${resource}/openai/deployments/{model}?api-version=${encodeURIComponent(version)}`
}

const vertexUrl = (env: Env): string | undefined => {
  const project = first(env, "ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT")
  if (project === undefined) return undefined
  const region = first(env, "CLOUD_ML_REGION", "GOOGLE_CLOUD_LOCATION") ?? "global"
  const many = region === "us" || region === "eu"
  const host = many ? `aiplatform.${region}.rep` : region === "global" ? "aiplatform" : `${region}-aiplatform`
  return `https://${host}.googleapis.com/v1/projects/${project}/locations/${region}/publishers/anthropic/models/{model}`
}

/** Every provider that is known by name, best known first. */
export const providerRows: Readonly<Record<string, ProviderRow>> = {
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
    // Azure knows the field as well, but not at its older addresses, which refuse what they do not know.
    quirks: { ...openAi, cacheKey: true },
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
    quirks: {
      reasoningBack: "reasoning_details",
      effortAs: "reasoning",
      schemaAs: "json_schema",
      pdfAs: "file",
      cacheMarks: true
    },
    models: ["anthropic/claude-sonnet-5.5", "openai/gpt-5.6"]
  },
  mistral: {
    api: "openai",
    baseUrl: "https://api.mistral.ai/v1",
    keyEnv: "MISTRAL_API_KEY",
    quirks: {
      usageUnasked: true,
      nineIds: true,
      noUserAfterTool: true,
      schemaAs: "json_schema",
      pdfAs: "document_url"
    },
    models: ["devstral-latest", "mistral-medium-latest"]
  },
  // Its token, and the headers that go with it, are what signing in gives.
  copilot: {
    api: "openai",
    otherApi: "openai-responses",
    baseUrl: "https://api.githubcopilot.com",
    quirks: { effortFor: /gpt-[5-9]/, copilotHeaders: true, noTextCalls: true }
  },
  azure: {
    api: "openai",
    baseUrl: azureUrl,
    needs: "AZURE_OPENAI_ENDPOINT",
    keyEnv: "AZURE_OPENAI_API_KEY",
    auth: "api-key",
    quirks: openAi
  },
  bedrock: {
    api: "anthropic",
    baseUrl: (env) => `https://bedrock-mantle.${awsRegion(env)}.api.aws/anthropic`,
    baseUrlEnv: "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    keyEnv: "AWS_BEARER_TOKEN_BEDROCK",
    auth: "bearer",
    signed: "bedrock-mantle",
    models: ["anthropic.claude-sonnet-5-5", "anthropic.claude-opus-5-5"]
  },
  vertex: {
    api: "anthropic",
    baseUrl: vertexUrl,
    needs: "ANTHROPIC_VERTEX_PROJECT_ID",
    keyEnv: "GOOGLE_OAUTH_ACCESS_TOKEN",
    auth: "bearer",
    quirks: { rawPredict: true },
    models: ["claude-sonnet-5-5", "claude-opus-5-5"]
  },
  deepseek: {
    api: "openai",
    baseUrl: "https://api.deepseek.com/v1",
    keyEnv: "DEEPSEEK_API_KEY",
    quirks: { reasoningBack: "reasoning_content", effortAs: "thinking", schemaAs: "json_object" },
    models: ["deepseek-v4-pro", "deepseek-v4-flash"]
  },
  xai: {
    api: "openai",
    baseUrl: "https://api.x.ai/v1",
    keyEnv: "XAI_API_KEY",
    quirks: { effortFor: /grok-3-mini|grok-4\.[3-9]/, schemaAs: "json_schema" },
    models: ["grok-4.7"]
  },
  groq: {
    api: "openai",
    baseUrl: "https://api.groq.com/openai/v1",
    keyEnv: "GROQ_API_KEY",
    quirks: { effortFor: /gpt-oss/, schemaAs: "json_object" },
    models: ["openai/gpt-oss-120b"]
  },
  together: {
    api: "openai",
    baseUrl: "https://api.together.xyz/v1",
    keyEnv: "TOGETHER_API_KEY",
    quirks: { effortFor: /gpt-oss/, schemaAs: "json_schema" },
    models: ["Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"]
  },
  deepinfra: {
    api: "openai",
    baseUrl: "https://api.deepinfra.com/v1/openai",
    keyEnv: "DEEPINFRA_API_KEY",
    quirks: { effortFor: /gpt-oss/, schemaAs: "json_object" },
    models: ["Qwen/Qwen3-Coder-480B-A35B-Instruct"]
  },
  fireworks: {
    api: "openai",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyEnv: "FIREWORKS_API_KEY",
    quirks: { effortFor: /gpt-oss/, schemaAs: "json_schema" }
  },
  cerebras: {
    api: "openai",
    baseUrl: "https://api.cerebras.ai/v1",
    keyEnv: "CEREBRAS_API_KEY",
    quirks: {
      limitAs: "max_completion_tokens",
      effortFor: /gpt-oss/,
      schemaAs: "json_schema"
    }
  },
  // Much that answers at Ollama's address knows its compatible protocol alone.
  ollama: {
    api: "ollama",
    otherApi: "openai",
    baseUrl: "http://127.0.0.1:11434/v1",
    baseUrlEnv: "OLLAMA_HOST",
    local: true
  },
  lmstudio: {
    api: "openai",
    baseUrl: "http://127.0.0.1:1234/v1",
    baseUrlEnv: "LMSTUDIO_HOST",
    local: true,
    quirks: { schemaAs: "json_schema" }
  },
  llamacpp: {
    api: "openai",
    baseUrl: "http://127.0.0.1:8080/v1",
    baseUrlEnv: "LLAMACPP_HOST",
    local: true,
    quirks: { reasoningBack: "reasoning_content", schemaAs: "json_schema" }
  }
}
