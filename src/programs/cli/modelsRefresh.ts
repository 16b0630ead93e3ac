/** `models refresh`: fetches a newer catalog of models; the one there is stays where that does not work. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readCatalog, writeCatalog } from "../../adapters/node/catalogFile.ts"
import { httpFetch } from "../../adapters/node/httpFetch.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { decodeCatalog, encodeCatalog } from "../../adapters/shared/model/catalogText.ts"
import { catalogsOf } from "../../adapters/shared/model/modelFacts.ts"
import { fromModelsDev } from "../../adapters/shared/model/modelsDev.ts"
import { providerRows } from "../../adapters/shared/model/providerRows.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import { count } from "./words.ts"

const usual = "https://models.dev/api.json"
const mostBytes = 64 * 1024 * 1024

const fetched = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await httpFetch(url, { signal, redirect: "manual" })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  if (text.length > mostBytes) throw new Error(`${url} sent more than 64 MB`)
  return JSON.parse(text)
}

/** Fetches a catalog as models.dev publishes it, and keeps what of it belongs to the providers that are known here. */
export const refresh = (flags: { readonly url: Option.Option<string> }) =>
  Effect.gen(function* () {
    const io = yield* Io
    const url = Option.getOrElse(flags.url, () => usual)
    if (!/^https?:\/\/\S+$/.test(url))
      return yield* Effect.fail(usage("--url is no address.", "Write one that starts with https:// or http://."))
    const { cache } = pathsOf(io.env, homeOf(io.env))
    const [before] = yield* Effect.promise(() => catalogsOf(() => readCatalog(cache)))
    const failed = (why: string) =>
      new CliError(`The catalog was not refreshed: ${why}.`, `The one of ${before?.date ?? "?"} stays in use.`)
    const json = yield* Effect.tryPromise({
      try: (signal) => fetched(url, signal),
      catch: (error) => failed(error instanceof Error ? error.message : String(error))
    }).pipe(Effect.timeoutFail({ duration: "60 seconds", onTimeout: () => failed("it took more than a minute") }))
    const { rows: all, skipped } = fromModelsDev(json)
    const rows = all.filter((row) => Object.hasOwn(providerRows, row.provider))
    if (rows.length === 0) return yield* Effect.fail(failed(`${url} holds no model of a provider that is known here`))
    const date = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
    const text = encodeCatalog({ date, rows })
    if (decodeCatalog(text)?.rows.length !== rows.length)
      return yield* Effect.fail(failed(`what ${url} holds cannot be kept`))
    yield* Effect.tryPromise({ try: () => writeCatalog(cache, text), catch: (error) => failed(String(error)) })
    yield* io.out(`The catalog of ${date}: ${count(rows.length, "model")}, ${skipped} skipped.\n`)
    return exit.done
  })
