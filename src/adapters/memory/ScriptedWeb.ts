/** A web of given pages: for tests, demonstrations and hosts that are to reach nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { addressText } from "../../domain/permission/webAddress.ts"
import { Web, type WebAnswer, WebFailed, type WebRequest, type WebResult } from "../../ports/Web.ts"
import { contentType, pageText } from "../shared/web/pageText.ts"

/** What stands at one address. */
export interface ScriptedPage {
  /** Absent: 200, or 302 where it redirects. */
  readonly status?: number
  /** The `Content-Type`; `text/html; charset=utf-8` where absent. */
  readonly type?: string
  readonly body?: string | Uint8Array
  /** Where it redirects to. */
  readonly location?: string
  /** Milliseconds until it answers; `Infinity` is a server that never does. */
  readonly after?: number
}

/** The pages by address, or a function of it; and what a search finds, by the query. Without `search` there is no engine. */
export interface ScriptedPages {
  readonly pages: Readonly<Record<string, ScriptedPage>> | ((address: string) => ScriptedPage | undefined)
  readonly search?: (query: string) => ReadonlyArray<WebResult>
}

const lookUp = ({ pages }: ScriptedPages, address: string): ScriptedPage => {
  const known =
    typeof pages === "function" ? pages(address) : Object.hasOwn(pages, address) ? pages[address] : undefined
  return known ?? { status: 404, type: "text/plain", body: "Not found" }
}

const answerOf = (page: ScriptedPage, address: string): WebAnswer => {
  if (page.location !== undefined) return { type: "redirect", status: page.status ?? 302, location: page.location }
  const { body = "", status = 200, type = "text/html; charset=utf-8" } = page
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
  const text = pageText(bytes, type, address)
  return { type: "page", status, mime: contentType(type).mime, bytes, ...(text === undefined ? {} : { text }) }
}

const get = (pages: ScriptedPages, request: WebRequest): Effect.Effect<WebAnswer, WebFailed> =>
  Effect.gen(function* () {
    const address = addressText(request)
    const page = lookUp(pages, address)
    if (page.after === Number.POSITIVE_INFINITY) return yield* Effect.never
    if (page.after !== undefined) yield* Effect.sleep(page.after)
    const answer = answerOf(page, address)
    if (answer.type === "page" && answer.bytes.length > request.maxBytes)
      return yield* new WebFailed({ kind: "too_large", reason: `The page is longer than ${request.maxBytes} bytes.` })
    return answer
  })

/** Makes a web of these pages. */
export const make = (pages: ScriptedPages): Web["Type"] => ({
  get: (request) => get(pages, request),
  engine: pages.search === undefined ? Option.none() : Option.some("search.scripted"),
  search: (query) =>
    pages.search === undefined
      ? Effect.fail(new WebFailed({ kind: "unconfigured", reason: "No search engine is configured." }))
      : Effect.succeed(pages.search(query))
})

/** A web of these pages; none where none is given. */
export const layer = (pages: ScriptedPages = { pages: {} }): Layer.Layer<Web> => Layer.succeed(Web, make(pages))
