/**
 * Pages by the browser's fetch, which reads only what other sites let this page read, follows redirects blindly or not at
 * all, and shows no addresses: so no redirect is followed, and a name that leads to a private address is left to the browser.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { addressText } from "../../domain/permission/webAddress.ts"
import { Web, type WebAnswer, WebFailed, type WebRequest } from "../../ports/Web.ts"
import { contentType, pageText } from "../shared/web/pageText.ts"
import { type SearchEngine, searchEngine } from "../shared/web/searchEngine.ts"

/** The page's own fetch where absent; the engine that its settings name. */
export interface FetchWebOptions {
  readonly fetch?: typeof globalThis.fetch
  readonly engine?: SearchEngine | undefined
}

const failed = (kind: WebFailed["kind"], reason: string): WebFailed => new WebFailed({ kind, reason })

const bodyOf = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
  const reader = response.body?.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    size += part.value.length
    chunks.push(part.value)
    if (size > maxBytes) {
      await reader?.cancel()
      throw failed("too_large", `The page is longer than ${maxBytes} bytes.`)
    }
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const answered = async (request: WebRequest, response: Response): Promise<WebAnswer> => {
  if (response.type === "opaqueredirect")
    throw failed("redirect", "It redirects, and a browser does not tell where to. Give the address that it leads to.")
  const bytes = await bodyOf(response, request.maxBytes)
  const type = response.headers.get("content-type") ?? ""
  const text = pageText(bytes, type, addressText(request))
  return {
    ...{ type: "page", status: response.status, mime: contentType(type).mime, bytes },
    ...(text === undefined ? {} : { text })
  }
}

const get = (request: WebRequest, { fetch = globalThis.fetch }: FetchWebOptions): Effect.Effect<WebAnswer, WebFailed> =>
  Effect.tryPromise({
    try: async (signal) => {
      const settings: RequestInit = { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", signal }
      return await answered(request, await fetch.call(globalThis, addressText(request), settings))
    },
    catch: (error) =>
      error instanceof WebFailed
        ? error
        : failed(
            "blocked",
            `${request.host} does not let other pages read it (CORS), or was not reached: a browser does not say which.`
          )
  })

/** Makes the web of a page. */
export const make = (options: FetchWebOptions = {}): Web["Type"] => ({
  get: (request) => get(request, options),
  ...searchEngine(options.engine, {
    env: () => undefined,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch })
  })
})

/** The web as a page reaches it. */
export const layer = (options: FetchWebOptions = {}): Layer.Layer<Web> => Layer.sync(Web, () => make(options))
