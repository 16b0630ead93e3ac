/** A provider on a loopback port that answers byte for byte as told: pieces, pauses, cut and stalled connections. */
import { createServer, type IncomingHttpHeaders } from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { showsNothing } from "./sseServer.ts"

/** A piece of an answer: bytes, a pause, a cut of the connection, or silence until the client leaves. */
export type Piece = string | Uint8Array | { readonly waitMs: number } | "cut" | "hang"

/** One answer. */
export interface Reply {
  readonly status?: number
  /** A function where they depend on the moment of the answer. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  readonly pieces: ReadonlyArray<Piece>
  /** Takes the request, and never sends even a status line. */
  readonly silent?: boolean
}

/** One request as it came. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A running provider. */
export interface FakeProvider {
  readonly url: string
  readonly requests: ReadonlyArray<Received>
  /** Milliseconds since the epoch at which clients left before the answer's end. */
  readonly departures: ReadonlyArray<number>
  readonly close: () => Promise<void>
}

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/** Starts a provider; the last reply answers whatever comes after it. A list of replies is for answers of models alone. */
export const startFakeProvider = (
  replies: ReadonlyArray<Reply> | ((request: Received, n: number) => Reply)
): Promise<FakeProvider> => {
  const requests: Array<Received> = []
  const departures: Array<number> = []
  const replyTo = (request: Received, n: number): Reply =>
    typeof replies === "function"
      ? replies(request, n)
      : (replies[Math.min(n, replies.length - 1)] ?? { status: 500, pieces: [] })
  const server = createServer(async (incoming, response) => {
    let body = ""
    incoming.setEncoding("utf8")
    for await (const chunk of incoming) body += chunk
    const received = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, body }
    const asksModel = typeof replies === "function" || received.path !== "/api/show"
    if (asksModel) requests.push(received)
    const reply = asksModel ? replyTo(received, requests.length - 1) : showsNothing
    let left = false
    response.on("close", () => {
      left = true
      if (!response.writableEnded) departures.push(Date.now())
    })
    if (reply.silent === true) return
    const headers = typeof reply.headers === "function" ? reply.headers() : reply.headers
    response.writeHead(reply.status ?? 200, { "content-type": "text/event-stream", ...headers })
    response.flushHeaders()
    for (const piece of reply.pieces) {
      if (left || piece === "hang") return
      if (piece === "cut") {
        await sleep(5)
        response.destroy()
        return
      }
      if (typeof piece === "object" && "waitMs" in piece) await sleep(piece.waitMs)
      // A turn of the event loop between pieces, so that they arrive as they were cut.
      else await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)))
    }
    response.end()
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resolve({
        url: `http://127.0.0.1:${port}`,
        requests,
        departures,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done())
            server.closeAllConnections()
          })
      })
    })
  })
}

/** A provider that stops with the scope. */
export const fakeProvider = (
  replies: Parameters<typeof startFakeProvider>[0]
): Effect.Effect<FakeProvider, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => startFakeProvider(replies)),
    (provider) => Effect.promise(() => provider.close())
  )
