/** The tool that reads a page of the web. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import { Web, type WebAnswer, type WebFailed } from "../../ports/Web.ts"
import { footprint } from "../model/Footprint.ts"
import { addressText, hostOf, readAddress, redirectFrom, type WebAddress } from "../permission/webAddress.ts"
import { mediaOf } from "./media.ts"
import { speaking } from "./passages.ts"
import { defineTool, type Outcome, ToolFailure, ToolRun } from "./Tool.ts"

const mostBytes = 5 * 1024 * 1024
const mostImage = 4 * 1024 * 1024
const mostRedirects = 5
const timeout = 30_000
/** Characters shown, a little less than what dispatch lets through. */
const mostShown = 36_000

type Page = Extract<WebAnswer, { type: "page" }>

const failed = (kind: string, reason: string) => new ToolFailure({ kind, reason })

const refused = (text: string, why: string) => failed("refused", `${text.slice(0, 300)} is not fetched: ${why}.`)

/** Where a redirect leads, if it may be followed. A host that was not allowed is named, so that it can be asked for. */
const followed = (from: WebAddress, location: string) =>
  Effect.gen(function* () {
    const { mayReach } = yield* ToolRun
    const to = redirectFrom(from, location)
    if (Either.isLeft(to)) return yield* refused(`${addressText(from)} redirects to ${location}, which`, to.left)
    const next = to.right
    const again = `Call webfetch with ${addressText(next)} if you want that.`
    if (from.scheme === "https" && next.scheme === "http")
      return yield* failed("redirect", `${addressText(from)} redirects to an address without encryption. ${again}`)
    if (hostOf(next) !== hostOf(from) && !mayReach(hostOf(next)))
      return yield* failed("redirect", `${addressText(from)} redirects to another host, ${hostOf(next)}. ${again}`)
    return next
  })

const get = (first: WebAddress) =>
  Effect.gen(function* () {
    const web = yield* Web
    let address = first
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const answer = yield* web.get({ ...address, maxBytes: mostBytes })
      if (answer.type === "page") return { address, page: answer }
      address = yield* followed(address, answer.location)
    }
    return yield* failed(
      "redirect",
      `${addressText(first)} redirects more than ${mostRedirects} times; no page was read.`
    )
  })

const binary = (page: Page, where: string): Effect.Effect<Outcome, ToolFailure> => {
  const media = mediaOf(page.bytes)
  const size = `${page.bytes.length} bytes`
  if (media?.kind !== "image")
    return Effect.fail(
      failed(
        "binary",
        `${where} is ${media?.name ?? (page.mime === "" ? "a binary file" : page.mime)} of ${size}, which can't be shown as text.`
      )
    )
  return page.bytes.length > mostImage
    ? Effect.fail(failed("too_large", `${where} is an image of ${size}; at most ${mostImage} are shown.`))
    : Effect.succeed({
        output: `${where} is an image (${media.mime}, ${size}).`,
        images: [{ type: "image", mime: media.mime, data: Encoding.encodeBase64(page.bytes) }]
      })
}

const shown = (page: Page, address: WebAddress, prompt: string): Effect.Effect<Outcome, ToolFailure> => {
  const where = addressText(address)
  if (page.text === undefined) return binary(page, where)
  const ok = page.status >= 200 && page.status < 300
  const body = page.text.trim() === "" ? "(The page has no text.)" : speaking(page.text, prompt, mostShown)
  // Whoever wrote the page is not the person: the model is told where words come from.
  const head = `${where} answered ${page.status}${page.mime === "" ? "" : ` (${page.mime})`}. The page's own text, not the user's:`
  return Effect.succeed({ output: `${head}\n\n${body}`, ok })
}

const notFetched = (address: WebAddress) => (error: WebFailed) =>
  failed(error.kind === "private" ? "refused" : error.kind, `${addressText(address)} was not read: ${error.reason}`)

/** Reads a page. */
export const webfetch = defineTool({
  name: "webfetch",
  description:
    "Reads a public web page (http or https): HTML as Markdown, text and JSON as they are, images as images. Of a long page, prompt says which parts to show.",
  input: Schema.Struct({ url: Schema.String, prompt: Schema.optional(Schema.String) }),
  prepare: ({ prompt = "", url }) =>
    Effect.gen(function* () {
      const read = readAddress(url)
      if (Either.isLeft(read)) return yield* refused(url, read.left)
      const address = read.right
      return {
        footprint: footprint({ net: [hostOf(address)] }),
        preview: addressText(address),
        run: get(address).pipe(
          Effect.timeoutFail({
            duration: timeout,
            onTimeout: () => failed("timeout", `${addressText(address)} was not read within ${timeout} ms.`)
          }),
          Effect.flatMap((found) => shown(found.page, found.address, prompt)),
          Effect.catchTag("WebFailed", (error) => notFetched(address)(error))
        )
      }
    })
})
