/** Asks a server of the person's own which models it has; one that is not there has none. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { at, listAt, textAt } from "./fields.ts"
import type { Provider } from "./providers.ts"

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
  if (!response.ok) return []
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
