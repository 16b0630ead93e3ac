/**
 * Pages over HTTP/1.1 by Node's own client: a name is resolved once, every address that it has is checked, and only these
 * addresses are connected to. Node's `fetch` could not promise that. Proxies of the environment are not used: they would
 * resolve the name again.
 */
import { lookup } from "node:dns/promises"
import type { IncomingMessage } from "node:http"
import { isIP, type LookupFunction } from "node:net"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { isPublicAddress } from "../../domain/permission/addresses.ts"
import { Web, type WebAnswer, WebFailed, type WebRequest } from "../../ports/Web.ts"
import { contentType, pageText } from "../shared/web/pageText.ts"
import { type SearchEngine, searchEngine } from "../shared/web/searchEngine.ts"

/** An address that a name stands for. */
export interface Resolved {
  readonly address: string
  readonly family: number
}

/**
 * How this adapter works. `resolve` and `isOpen` are for tests, whose servers are on this machine: no setting, flag or
 * model input reaches them, and no world of `programs/` names them.
 */
export interface NodeWebOptions {
  readonly engine?: SearchEngine | undefined
  readonly env?: (name: string) => string | undefined
  readonly resolve?: (host: string) => Promise<ReadonlyArray<Resolved>>
  readonly isOpen?: (address: string) => boolean
}

const failed = (kind: WebFailed["kind"], reason: string): WebFailed => new WebFailed({ kind, reason })

const resolved = (request: WebRequest, options: NodeWebOptions): Effect.Effect<ReadonlyArray<Resolved>, WebFailed> =>
  Effect.gen(function* () {
    const { host } = request
    const resolve = options.resolve ?? ((name: string) => lookup(name, { all: true }))
    const family = isIP(host)
    const found =
      family > 0
        ? [{ address: host, family }]
        : yield* Effect.tryPromise({
            try: () => resolve(host),
            catch: (error) => failed("name", `${host} was not found: ${codeOf(error)}.`)
          })
    const isOpen = options.isOpen ?? isPublicAddress
    const closed = found.find(({ address }) => !isOpen(address))
    if (closed !== undefined)
      return yield* failed(
        "private",
        `${host} stands for ${closed.address}, which is of this machine, a private network, or reserved; it was not connected to.`
      )
    return found.length > 0 ? found : yield* failed("name", `${host} has no address.`)
  })

const codeOf = (error: unknown): string =>
  error instanceof Error
    ? "code" in error && typeof error.code === "string"
      ? error.code
      : error.message
    : String(error)

/** Answers what was resolved before, and asks nobody. */
const pinned =
  (found: ReadonlyArray<Resolved>): LookupFunction =>
  (_host, options, answer) => {
    const [first] = found
    if (options.all === true) answer(null, [...found])
    else answer(null, first?.address ?? "", first?.family ?? 0)
  }

/** What unpacks a body; nothing where none is needed, and a failure where the packing is not known. */
const unpacker = (encoding: string) => {
  switch (encoding) {
    case "":
    case "identity":
      return undefined
    case "gzip":
    case "x-gzip":
      return createGunzip()
    case "br":
      return createBrotliDecompress()
    case "deflate":
      return createInflate()
    default:
      return failed("encoding", `The page is packed as ${JSON.stringify(encoding)}, which is not read.`)
  }
}

/** The whole body, unpacked; it is given up as soon as it is longer than the limit. */
const readBody = (response: IncomingMessage, maxBytes: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const unpack = unpacker((response.headers["content-encoding"] ?? "").trim().toLowerCase())
    const give = (error: WebFailed) => {
      reject(error)
      response.destroy()
    }
    if (unpack instanceof WebFailed) return give(unpack)
    const body = unpack === undefined ? response : response.pipe(unpack)
    const chunks: Array<Uint8Array> = []
    let size = 0
    body.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBytes) return
      unpack?.destroy()
      give(failed("too_large", `The page is longer than ${maxBytes} bytes.`))
    })
    body.on("end", () => resolve(Buffer.concat(chunks)))
    body.on("error", (error) =>
      give(failed(unpack === undefined ? "connect" : "encoding", `The page broke off: ${codeOf(error)}.`))
    )
    response.on("aborted", () => give(failed("connect", "The server broke the page off.")))
  })

const headers = {
  "user-agent": "code-mesh",
  accept: "text/html,application/xhtml+xml,text/markdown,text/plain;q=0.9,application/json;q=0.9,*/*;q=0.5",
  "accept-encoding": "gzip, br"
}

const answerOf = async (request: WebRequest, response: IncomingMessage): Promise<WebAnswer> => {
  const status = response.statusCode ?? 0
  const { location } = response.headers
  if (status >= 300 && status < 400 && location !== undefined) {
    response.destroy()
    return { type: "redirect", status, location }
  }
  const bytes = await readBody(response, request.maxBytes)
  const type = response.headers["content-type"] ?? ""
  const address = `${request.scheme}://${request.host.includes(":") ? `[${request.host}]` : request.host}:${request.port}${request.target}`
  const text = pageText(bytes, type, address)
  return { type: "page", status, mime: contentType(type).mime, bytes, ...(text === undefined ? {} : { text }) }
}

const isTls = (code: string): boolean => /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(code)

// Loaded with the first page: TLS alone takes longer to load than most of what is here.
const clientOf = (scheme: WebRequest["scheme"]) =>
  Effect.promise(() => (scheme === "https" ? import("node:https") : import("node:http")))

const connected = (request: WebRequest, found: ReadonlyArray<Resolved>): Effect.Effect<WebAnswer, WebFailed> =>
  Effect.flatMap(clientOf(request.scheme), ({ request: send }) => connectedBy(send, request, found))

const connectedBy = (
  send: typeof import("node:http").request,
  request: WebRequest,
  found: ReadonlyArray<Resolved>
): Effect.Effect<WebAnswer, WebFailed> =>
  Effect.async((resume) => {
    const { host, port, target } = request
    const options = {
      ...{ host, port, path: target, headers, agent: false, autoSelectFamily: true },
      lookup: pinned(found),
      ...(isIP(host) > 0 ? {} : { servername: host })
    }
    const sent = send(options)
    const fail = (error: unknown) =>
      resume(
        Effect.fail(
          error instanceof WebFailed
            ? error
            : failed(
                isTls(codeOf(error)) ? "tls" : codeOf(error).startsWith("HPE_") ? "protocol" : "connect",
                `${host} did not answer: ${codeOf(error)}.`
              )
        )
      )
    sent.on("error", fail)
    sent.on("response", (response) => {
      answerOf(request, response).then((answer) => resume(Effect.succeed(answer)), fail)
    })
    sent.end()
    return Effect.sync(() => sent.destroy())
  })

/** Makes the web of this machine. */
export const make = (options: NodeWebOptions = {}): Web["Type"] => ({
  get: (request) => Effect.flatMap(resolved(request, options), (found) => connected(request, found)),
  ...searchEngine(options.engine, { env: options.env ?? (() => undefined) })
})

/** The web as this machine reaches it; pages of private addresses are refused. */
export const layer = (options: Pick<NodeWebOptions, "engine" | "env"> = {}): Layer.Layer<Web> =>
  Layer.sync(Web, () => make({ engine: options.engine, ...(options.env === undefined ? {} : { env: options.env }) }))
