/** Whether a provider takes a key: one request that costs nothing, of the cheapest kind that needs the key. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { KeyHeader } from "../../../domain/model/Config.ts"
import type { Credential } from "../../../ports/Credentials.ts"
import type { Provider } from "../model/providers.ts"
import { type Fetch, jsonCall } from "./jsonCall.ts"
import { openRouter } from "./openRouter.ts"

/** What came of it. `unclear`: an answer that says nothing of the key. */
export interface CheckResult {
  readonly check: "valid" | "refused" | "unreachable" | "unclear"
  readonly detail: string
}

const usual: Readonly<Partial<Record<Provider["api"], KeyHeader>>> = {
  anthropic: "x-api-key",
  google: "x-goog-api-key"
}

const bare = (url: string): string => url.replace(/\/+$/, "")

/** OpenRouter's list of models is open to everybody. */
const pathOf = ({ api, baseUrl, id }: Provider, base: string): string => {
  if (id === openRouter) return `${base}/key`
  if (api === "anthropic") return `${base.replace(/\/v1$/, "")}/v1/models?limit=1`
  if (api === "google") return `${base.replace(/\/v1beta$/, "")}/v1beta/models?pageSize=1`
  return baseUrl.includes("{model}") ? "" : `${base}/models`
}

const withQueryOf = (url: string, query: Provider["query"] = {}): string => {
  const pairs = new URLSearchParams(query).toString()
  return pairs === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${pairs}`
}

const headersOf = ({ api, auth, headers }: Provider, credential: Credential): Readonly<Record<string, string>> => {
  const key = Redacted.value(credential.key)
  const header = auth ?? usual[api] ?? "bearer"
  return {
    accept: "application/json",
    ...(api === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}),
    ...(header === "bearer" ? { authorization: `Bearer ${key}` } : { [header]: key }),
    ...headers,
    ...credential.endpoint?.headers
  }
}

const judged = (status: number): CheckResult => {
  const detail = `HTTP ${status}`
  if (status >= 200 && status < 300) return { check: "valid", detail }
  return { check: status === 401 || status === 403 ? "refused" : "unclear", detail }
}

/** Google answers a wrong key with 400. */
const says = (body: unknown): boolean => /API_KEY_INVALID|invalid_api_key/.test(JSON.stringify(body) ?? "")

/** Asks a provider about a key; bounded in time, and without a word of the answer. */
export const checkCredential = (
  fetch: Fetch,
  provider: Provider,
  credential: Credential
): Effect.Effect<CheckResult> => {
  const path = pathOf(provider, bare(credential.endpoint?.baseUrl ?? provider.baseUrl))
  if (path === "") return Effect.succeed({ check: "unclear", detail: "there is nothing to ask without a model" })
  return jsonCall(fetch, withQueryOf(path, provider.query), {
    method: "GET",
    headers: headersOf(provider, credential)
  }).pipe(
    Effect.match({
      onFailure: ({ message }): CheckResult => ({ check: "unreachable", detail: message }),
      onSuccess: ({ body, status }): CheckResult =>
        status === 400 && says(body) ? { check: "refused", detail: "HTTP 400" } : judged(status)
    })
  )
}
