/** The search engine that a person has configured: one request, one JSON answer, read by the names that the settings give. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SearchConfig } from "../../../domain/model/Config.ts"
import { type Web, WebFailed, type WebResult } from "../../../ports/Web.ts"

/** The engine's settings. */
export type SearchEngine = SearchConfig

/** What the engine's adapter needs of its host. */
interface Around {
  readonly env: (name: string) => string | undefined
  readonly fetch?: typeof globalThis.fetch
}

const timeout = 20_000
const mostBytes = 1_000_000
const mostResults = 10
const mostText = 600

const fail = (reason: string) => Effect.fail(new WebFailed({ kind: "engine", reason }))

const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
          ? (inner as Readonly<Record<string, unknown>>)[key]
          : undefined,
      value
    )

const word = (value: unknown): string =>
  typeof value === "string"
    ? value
        .replace(/<[^<>]{0,200}>/g, "")
        .replace(/\s+/g, " ")
        .trim()
        .slice(0, mostText)
    : ""

/** The results in an answer, by the engine's names for them; those without an address are none. */
export const resultsIn = (answer: unknown, engine: SearchEngine): ReadonlyArray<WebResult> | undefined => {
  const list = at(answer, engine.results ?? "results")
  if (!Array.isArray(list)) return undefined
  return list
    .map((one: unknown) => ({
      title: word(at(one, engine.title ?? "title")),
      url: word(at(one, engine.link ?? "url")),
      text: word(at(one, engine.text ?? "content"))
    }))
    .filter(({ url }) => /^https?:\/\//.test(url))
    .slice(0, mostResults)
}

/** `{query}` in the address takes the query; an address without it is sent `{ "query": … }` as JSON. */
const requestOf = (engine: SearchEngine, query: string, key: string | undefined): readonly [string, RequestInit] => {
  const gets = engine.url.includes("{query}")
  const headers: Record<string, string> = { accept: "application/json" }
  if (key !== undefined)
    headers[engine.apiKeyHeader ?? "authorization"] = engine.apiKeyHeader === undefined ? `Bearer ${key}` : key
  if (!gets) headers["content-type"] = "application/json"
  return [
    engine.url.replaceAll("{query}", encodeURIComponent(query)),
    {
      headers,
      method: gets ? "GET" : "POST",
      ...(gets ? {} : { body: JSON.stringify({ query }) }),
      // A key goes to the engine only.
      redirect: "error",
      credentials: "omit"
    }
  ]
}

const bounded = async (response: Response): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    size += part.value.length
    chunks.push(part.value)
    if (size > mostBytes) {
      await reader?.cancel()
      throw new Error(`its answer is longer than ${mostBytes} bytes`)
    }
  }
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode()
}

const asked = (engine: SearchEngine, query: string, around: Around) =>
  Effect.gen(function* () {
    const host = hostOf(engine.url)
    const key = engine.apiKeyEnv === undefined ? undefined : around.env(engine.apiKeyEnv)
    if (engine.apiKeyEnv !== undefined && (key === undefined || key === ""))
      return yield* fail(`${host} needs a key, and ${engine.apiKeyEnv} is not set in the environment.`)
    const [url, init] = requestOf(engine, query, key)
    const { fetch = globalThis.fetch } = around
    const answer = yield* Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch.call(globalThis, url, { ...init, signal })
        return { status: response.status, text: await bounded(response) }
      },
      // The cause may quote the address, and with it a key.
      catch: (error) =>
        new WebFailed({
          kind: "engine",
          reason: `${host} did not answer: ${error instanceof Error ? error.name : "failed"}.`
        })
    }).pipe(
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => new WebFailed({ kind: "engine", reason: `${host} did not answer within ${timeout} ms.` })
      })
    )
    if (answer.status !== 200) return yield* fail(`${host} answered with status ${answer.status}.`)
    const json = yield* Effect.try({
      try: (): unknown => JSON.parse(answer.text),
      catch: () => new WebFailed({ kind: "engine", reason: `${host} did not answer with JSON.` })
    })
    const results = resultsIn(json, engine)
    const wanted = engine.results ?? "results"
    return (
      results ??
      (yield* fail(`${host} answered without a list ${JSON.stringify(wanted)}; set tools.websearch.results.`))
    )
  })

const hostOf = (url: string): string => {
  const text = url.replaceAll("{query}", "")
  return URL.canParse(text) ? new URL(text).host : text
}

/** Searching with the engine, or the refusal to where none is configured. */
export const searchEngine = (
  engine: SearchEngine | undefined,
  around: Around
): Pick<Web["Type"], "engine" | "search"> =>
  engine === undefined
    ? {
        engine: Option.none(),
        search: () => Effect.fail(new WebFailed({ kind: "unconfigured", reason: "No search engine is configured." }))
      }
    : { engine: Option.some(hostOf(engine.url)), search: (query) => asked(engine, query, around) }
