/** Asks servers which models they have and what these can do, each in a bounded time; one that is not there has none. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Model, modelOf } from "../../../domain/model/Model.ts"
import { ollamaRoot } from "./clients.ts"
import { at, countAt, isRecord, listAt, parseJson } from "./fields.ts"
import { type Offering, offeringsIn } from "./offerings.ts"
import type { Env, Provider } from "./providers.ts"

/** How servers are asked. */
export interface Asking {
  readonly env: Env
  readonly fetch?: typeof globalThis.fetch
  readonly probeTimeout?: Duration.DurationInput
}

const waitFor = (provider: Provider, asking: Asking): Duration.DurationInput =>
  asking.probeTimeout ?? Duration.millis(provider.local ? 300 : 4_000)

// An answer of megabytes is no list of models.
const mostAnswer = 16 * 1024 * 1024

const ask = async (
  provider: Provider,
  asking: Asking,
  request: { readonly url: string; readonly init: RequestInit }
) => {
  const send = asking.fetch ?? globalThis.fetch
  const response = await send(request.url, {
    ...request.init,
    headers: { ...provider.headers, ...request.init.headers },
    redirect: "manual"
  })
  // Read to its end in any case, so that a recording of it is whole and the connection is free.
  const text = await response.text()
  return response.ok && text.length <= mostAnswer ? parseJson(text) : undefined
}

const asked = (provider: Provider, asking: Asking, url: string, init: RequestInit = {}): Effect.Effect<unknown> =>
  Effect.tryPromise((signal) => ask(provider, asking, { url, init: { ...init, signal } })).pipe(
    Effect.timeout(waitFor(provider, asking)),
    Effect.orElseSucceed(() => undefined)
  )

const base = (provider: Provider): string => provider.baseUrl.replace(/\/+$/, "")

/** Where a provider lists its models, and how the question carries the key. */
const listing = (
  provider: Provider,
  key: string | undefined
): { readonly url: string; readonly headers: HeadersInit } => {
  switch (provider.api) {
    case "anthropic":
      return {
        url: `${base(provider).replace(/\/v1$/, "")}/v1/models?limit=1000`,
        headers: { "anthropic-version": "2023-06-01", ...(key === undefined ? {} : { "x-api-key": key }) }
      }
    case "google":
      return {
        url: `${base(provider).replace(/\/v1(beta|alpha)?$/, "")}/v1beta/models?pageSize=1000`,
        headers: key === undefined ? {} : { "x-goog-api-key": key }
      }
    default:
      return {
        url: `${base(provider)}/models`,
        headers:
          key === undefined
            ? {}
            : { [provider.auth === "api-key" ? "api-key" : "authorization"]: bearer(provider, key) }
      }
  }
}

const bearer = (provider: Provider, key: string): string => (provider.auth === "api-key" ? key : `Bearer ${key}`)

/** What a local server says of itself beside its list: LM Studio's own list, the window that a llama.cpp server was started with. */
const aside = (
  provider: Provider,
  asking: Asking
): Effect.Effect<(models: ReadonlyArray<Offering>) => ReadonlyArray<Offering>> => {
  if (provider.id === "lmstudio")
    return Effect.map(asked(provider, asking, `${ollamaRoot(provider.baseUrl)}/api/v0/models`), (answer) => {
      const more = new Map(offeringsIn(answer).map((model) => [model.id, model]))
      return (models) => models.map((model) => ({ ...model, ...more.get(model.id) }))
    })
  if (provider.id !== "llamacpp") return Effect.succeed((models) => models)
  return Effect.map(asked(provider, asking, `${ollamaRoot(provider.baseUrl)}/props`), (answer) => {
    const context = countAt(answer, "default_generation_settings", "n_ctx")
    return (models) => (context === undefined ? models : models.map((model) => ({ ...model, context })))
  })
}

/** The models that a server says it has, and what it says of them; none where it does not answer in time. */
export const offeredBy = (provider: Provider, asking: Asking, key?: string): Effect.Effect<ReadonlyArray<Offering>> => {
  const { headers, url } = listing(provider, key)
  return Effect.map(
    Effect.all([asked(provider, asking, url, { headers }), aside(provider, asking)], { concurrency: "unbounded" }),
    ([answer, completed]) => completed(offeringsIn(answer))
  )
}

/** The facts with what the server says in their place. */
export const servedFacts = (facts: Model, { id: _id, ...said }: Offering): Model => {
  const context = said.context ?? facts.context
  const most = Math.max(1, Math.floor(context / 2))
  const output = Math.min(said.output ?? (said.context === undefined ? facts.output : most), most)
  const kinds = Object.keys(said).map((key) => (["context", "output", "price"].includes(key) ? key : "abilities"))
  return {
    ...facts,
    ...said,
    context,
    output,
    from: { ...facts.from, ...Object.fromEntries(kinds.map((kind) => [kind, "server"])) }
  }
}

/** The window that an Ollama server is asked for where nobody set another: what most machines have the memory for. */
const usualWindow = 32_768

const inShow = (model: Model, answer: unknown, { env }: Asking): Model | undefined => {
  const info = at(answer, "model_info")
  const most = Object.keys(isRecord(info) ? info : {}).flatMap((key) =>
    key.endsWith(".context_length") ? (countAt(info, key) ?? []) : []
  )[0]
  if (most === undefined) return undefined
  const wanted = Number(env("OLLAMA_CONTEXT_LENGTH") ?? usualWindow)
  const can = listAt(answer, "capabilities")
  return servedFacts(model, {
    id: modelOf(model.name),
    context: Math.min(most, Number.isInteger(wanted) && wanted > 0 ? wanted : usualWindow),
    output: model.output,
    images: can.includes("vision"),
    reasoning: can.includes("thinking"),
    // A server too old to say is taken at its best; it will say so if it can't.
    tools: can.length === 0 || can.includes("tools")
  })
}

/** What an Ollama server says of a model, its window cut to `OLLAMA_CONTEXT_LENGTH`; `undefined` where it says nothing in time. */
export const shownModel = (provider: Provider, model: Model, asking: Asking): Effect.Effect<Model | undefined> =>
  Effect.map(
    asked(provider, asking, `${ollamaRoot(provider.baseUrl)}/api/show`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: modelOf(model.name) })
    }),
    (answer) => inShow(model, answer, asking)
  )
