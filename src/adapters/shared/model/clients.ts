/**
 * Opens requests: through the official SDKs, which are loaded when the first request needs them, and to Gemini, Ollama
 * and Vertex directly: their SDKs would be many packages around one POST (docs/decisions/023 and 025).
 */
import type { MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/messages"
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions"
import type { ResponseCreateParamsStreaming } from "openai/resources/responses/responses"
import type { KeyHeader } from "../../../domain/model/Config.ts"
import type { GeminiBody } from "./GoogleGemini.ts"
import type { OllamaBody } from "./OllamaChat.ts"

/** Where and as whom to ask. */
export interface Endpoint {
  readonly baseUrl: string
  readonly query?: Readonly<Record<string, string>>
  readonly key: string | undefined
  /** How the key travels; as the protocol's own provider has it where absent. */
  readonly auth?: KeyHeader
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof globalThis.fetch
}

// The largest delay that timers know, some 24 days: our own idle timeout decides.
const never = 2_147_483_647

/** The header that carries a key; none where there is no key. */
const keyHeader = (auth: KeyHeader, key: string | undefined): Readonly<Record<string, string>> => {
  if (key === undefined) return {}
  return auth === "bearer" ? { authorization: `Bearer ${key}` } : { [auth]: key }
}

const common = (endpoint: Endpoint) => ({
  baseURL: endpoint.baseUrl.replace(/\/+$/, ""),
  ...(endpoint.query === undefined ? {} : { defaultQuery: endpoint.query }),
  fetch: endpoint.fetch,
  maxRetries: 0,
  timeout: never,
  logLevel: "off" as const,
  dangerouslyAllowBrowser: true
})

// The SDKs send every key as a bearer token; `null` takes that away where another header is meant.
const sdkHeaders = ({ auth, headers, key }: Endpoint) => ({
  ...(auth === undefined || auth === "bearer" ? {} : { authorization: null, ...keyHeader(auth, key) }),
  ...headers
})

// `post` and not `messages.create`: that one prints warnings about old models on the console.
/** Sends a Messages request. */
export const openAnthropic = async (endpoint: Endpoint, body: MessageCreateParamsStreaming): Promise<Response> => {
  const { BaseAnthropic } = await import("./anthropicClient.ts")
  const options = common(endpoint)
  // The SDK's paths begin with `/v1`; many write it into the base URL as well.
  const baseURL = options.baseURL.replace(/\/v1$/, "")
  const key = endpoint.key ?? "none"
  // The SDK sends keys as bearer tokens, as the API of 2026-10-21 wants them; others that speak the protocol look for
  // the older header.
  const own = endpoint.auth !== undefined || /^https:\/\/([\w-]+\.)*anthropic\.com$/.test(baseURL)
  const defaultHeaders = { ...(own ? {} : { "x-api-key": key }), ...sdkHeaders(endpoint) }
  const client = new BaseAnthropic({ ...options, baseURL, defaultHeaders, apiKey: key })
  return client.post("/v1/messages", { body, stream: true }).asResponse()
}

const openAi = async (endpoint: Endpoint, path: string, body: unknown): Promise<Response> => {
  const { OpenAI } = await import("openai")
  const plain = { organization: null, project: null, apiKey: endpoint.key ?? "none" }
  const client = new OpenAI({ ...common(endpoint), defaultHeaders: sdkHeaders(endpoint), ...plain })
  return client.post(path, { body, stream: true }).asResponse()
}

/** Sends a Chat Completions request. */
export const openChat = (endpoint: Endpoint, body: ChatCompletionCreateParamsStreaming): Promise<Response> =>
  openAi(endpoint, "/chat/completions", body)

/** Sends a Responses request. */
export const openResponses = (endpoint: Endpoint, body: ResponseCreateParamsStreaming): Promise<Response> =>
  openAi(endpoint, "/responses", body)

const post = (endpoint: Endpoint, url: string, auth: KeyHeader, body: object) => {
  const query = new URLSearchParams(endpoint.query).toString()
  const key = keyHeader(endpoint.auth ?? auth, endpoint.key)
  return endpoint.fetch(query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...key, ...endpoint.headers },
    body: JSON.stringify(body)
  })
}

/** Sends a Messages request to Vertex, where the address names the model and the body the version of the protocol. */
export const openVertex = (
  endpoint: Endpoint,
  { model: _, ...body }: MessageCreateParamsStreaming
): Promise<Response> => {
  const url = `${endpoint.baseUrl.replace(/\/+$/, "")}:streamRawPredict`
  return post(endpoint, url, "bearer", { anthropic_version: "vertex-2023-10-16", ...body })
}

/** Sends a Gemini request; `model` as Google names it, with or without its `models/`. */
export const openGemini = (endpoint: Endpoint, model: string, body: GeminiBody): Promise<Response> => {
  // Many write the version into the base URL.
  const base = endpoint.baseUrl.replace(/\/+$/, "").replace(/\/v1(beta|alpha)?$/, "")
  const path = model.includes("/") ? model : `models/${model}`
  return post(endpoint, `${base}/v1beta/${encodeURI(path)}:streamGenerateContent?alt=sse`, "x-goog-api-key", body)
}

/** The root of an Ollama server, whose compatible protocol stands under `/v1`. */
export const ollamaRoot = (baseUrl: string): string => baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "")

/** Sends an Ollama request. */
export const openOllama = (endpoint: Endpoint, body: OllamaBody): Promise<Response> =>
  post(endpoint, `${ollamaRoot(endpoint.baseUrl)}/api/chat`, "bearer", body)
