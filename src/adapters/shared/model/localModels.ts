/** Asks a server of the person's own which models it has, and what they can do; one that is not there has none. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Model, modelOf } from "../../../domain/model/Model.ts"
import { ollamaRoot } from "./clients.ts"
import { at, countAt, isRecord, listAt, parseJson, textAt } from "./fields.ts"
import type { Env, Provider } from "./providers.ts"

/** How local servers are asked. */
interface Asking {
  readonly fetch?: typeof globalThis.fetch
  readonly probeTimeout?: Duration.DurationInput
}

const embedding = /embed|bge-|rerank|whisper/i

const ask = async (provider: Provider, options: Asking, signal: AbortSignal): Promise<ReadonlyArray<string>> => {
  const send = options.fetch ?? globalThis.fetch
  const url = `${provider.baseUrl.replace(/\/+$/, "")}/models`
  const response = await send(url, { headers: { ...provider.headers }, redirect: "manual", signal })
  if (!response.ok) {
    // What is not read would keep its connection, and with it the program.
    void response.body?.cancel()
    return []
  }
  const answer: unknown = await response.json()
  const ids = listAt(answer, "data").map((one) => textAt(one, "id") ?? "")
  return at(answer, "data") === undefined ? [] : ids.filter((id) => id !== "" && !embedding.test(id))
}

/** The models of a local server that answers in time, and those that config names beside them. */
export const localModels = (provider: Provider, options: Asking): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise((signal) => ask(provider, options, signal)).pipe(
    Effect.timeout(options.probeTimeout ?? Duration.millis(300)),
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
    Effect.map((found) => [...new Set([...provider.models, ...found])])
  )

/** The window that an Ollama server is asked for where nobody set another: what most machines have the memory for. */
const usualWindow = 32_768

const show = async (provider: Provider, model: Model, asking: Asking & { readonly env: Env }, signal: AbortSignal) => {
  const send = asking.fetch ?? globalThis.fetch
  const response = await send(`${ollamaRoot(provider.baseUrl)}/api/show`, {
    method: "POST",
    headers: { "content-type": "application/json", ...provider.headers },
    body: JSON.stringify({ model: modelOf(model.name) }),
    redirect: "manual",
    signal
  })
  // Read to its end in any case, so that a recording of it is whole.
  const text = await response.text()
  if (!response.ok) return undefined
  const answer = parseJson(text)
  const info = at(answer, "model_info")
  const most = Object.keys(isRecord(info) ? info : {}).flatMap((key) =>
    key.endsWith(".context_length") ? (countAt(info, key) ?? []) : []
  )[0]
  if (most === undefined) return undefined
  const wanted = Number(asking.env("OLLAMA_CONTEXT_LENGTH") ?? usualWindow)
  const can = listAt(answer, "capabilities")
  const context = Math.min(most, Number.isInteger(wanted) && wanted > 0 ? wanted : usualWindow)
  return {
    ...model,
    context,
    output: Math.min(model.output, Math.floor(context / 2)),
    images: can.includes("vision"),
    reasoning: can.includes("thinking"),
    // A server too old to say is taken at its best; it will say so if it can't.
    tools: can.length === 0 || can.includes("tools")
  }
}

/** What an Ollama server says of a model, its window cut to `OLLAMA_CONTEXT_LENGTH`; `undefined` where it says nothing in time. */
export const shownModel = (
  provider: Provider,
  model: Model,
  asking: Asking & { readonly env: Env }
): Effect.Effect<Model | undefined> =>
  Effect.tryPromise((signal) => show(provider, model, asking, signal)).pipe(
    Effect.timeout(asking.probeTimeout ?? Duration.millis(300)),
    Effect.orElseSucceed(() => undefined)
  )
