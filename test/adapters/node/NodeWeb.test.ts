/** Pages from real servers on this machine, by names that a resolver of the test knows. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as NodeWeb from "../../../src/adapters/node/NodeWeb.ts"
import type { WebRequest } from "../../../src/ports/Web.ts"

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server on the loopback address, and its port; it goes with the scope. */
const serving = (handler: Handler) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(handler)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    ),
    (server) => (server.address() as AddressInfo).port
  )

const loopback = async () => [{ address: "127.0.0.1", family: 4 }]
/** As the adapter of tests reaches it: loopback is open, and every name leads there. */
const web = NodeWeb.make({ resolve: loopback, isOpen: (address) => address === "127.0.0.1" })

const request = (port: number, more: Partial<WebRequest> = {}): WebRequest => ({
  ...{ scheme: "http", host: "page.test", port, target: "/x?y", maxBytes: 100_000 },
  ...more
})

const page = (handler: Handler, more: Partial<WebRequest> = {}) =>
  Effect.flatMap(serving(handler), (port) => web.get(request(port, more)))

const failing = (handler: Handler, more: Partial<WebRequest> = {}) =>
  Effect.map(Effect.flip(page(handler, more)), ({ kind }) => kind)

const html = { "content-type": "Text/HTML; charset=utf-8" }

describe("NodeWeb", () => {
  it.scopedLive("sends one plain request and answers the page, HTML as Markdown", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const answer = yield* page((asked, response) => {
        seen.push([asked.method, asked.url, asked.headers.host?.split(":")[0], asked.headers.cookie])
        response.writeHead(200, html).end("<h1>A</h1><a href=/b>b</a>")
      })
      assert.deepStrictEqual(seen, [["GET", "/x?y", "page.test", undefined]])
      assert.strictEqual(answer.type === "page" ? answer.mime : "", "text/html")
      assert.match(answer.type === "page" ? (answer.text ?? "") : "", /^# A\n\n\[b\]\(http:\/\/page\.test:\d+\/b\)$/)
    })
  )

  it.scopedLive("unpacks gzip, brotli and deflate, and refuses what it does not know or what is broken", () =>
    Effect.gen(function* () {
      const packed = { gzip: gzipSync("text"), br: brotliCompressSync("text"), deflate: deflateSync("text") }
      for (const [encoding, body] of Object.entries(packed)) {
        const answer = yield* page((_, response) =>
          response.writeHead(200, { "content-type": "text/plain", "content-encoding": encoding }).end(body)
        )
        assert.strictEqual(answer.type === "page" ? answer.text : "", "text", encoding)
      }
      const wrong = (encoding: string) => (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(200, { "content-encoding": encoding }).end("text")
      assert.strictEqual(yield* failing(wrong("zstd")), "encoding")
      assert.strictEqual(yield* failing(wrong("gzip, gzip")), "encoding")
      assert.strictEqual(yield* failing(wrong("gzip")), "encoding")
    })
  )

  it.scopedLive("gives up a body without end, and a small one that unpacks to a huge one, at the limit", () =>
    Effect.gen(function* () {
      const endless: Handler = (_, response) => {
        response.writeHead(200, html)
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(10_000))) {}
        }
        response.on("drain", more)
        more()
      }
      assert.strictEqual(yield* failing(endless), "too_large")
      const bomb = gzipSync(Buffer.alloc(200_000_000))
      assert.isBelow(bomb.length, 300_000)
      const before = process.memoryUsage().rss
      assert.strictEqual(
        yield* failing((_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb)),
        "too_large"
      )
      assert.isBelow(process.memoryUsage().rss - before, 100_000_000)
    })
  )

  it.scopedLive("answers a redirect without following it", () =>
    Effect.gen(function* () {
      const answer = yield* page((_, response) => void response.writeHead(301, { location: "http://127.0.0.1/" }).end())
      assert.deepStrictEqual(answer, { type: "redirect", status: 301, location: "http://127.0.0.1/" })
    })
  )

  it.scopedLive("closes the connection of a page that drips, once nobody waits for it", () =>
    Effect.gen(function* () {
      const began = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<void>()
      const dripping = yield* Effect.fork(
        page((_, response) => {
          response.writeHead(200, html)
          response.write("x")
          Deferred.unsafeDone(began, Effect.void)
          response.on("close", () => Deferred.unsafeDone(closed, Effect.void))
        })
      )
      yield* Deferred.await(began)
      yield* Fiber.interrupt(dripping)
      yield* Deferred.await(closed)
    })
  )

  it.scopedLive("says that a server broke off, speaks no HTTP, or is not there", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* failing((_, response) => {
          response.writeHead(200, { "content-length": "100" })
          response.write("x", () => response.destroy())
        }),
        "connect"
      )
      assert.strictEqual(yield* failing((_, response) => void response.socket?.end("nonsense\r\n\r\n")), "protocol")
      assert.strictEqual((yield* Effect.flip(web.get(request(1)))).kind, "connect")
      const nowhere = NodeWeb.make({ resolve: () => Promise.reject(new Error("ENOTFOUND")) })
      assert.strictEqual((yield* Effect.flip(nowhere.get(request(80)))).kind, "name")
      const empty = NodeWeb.make({ resolve: async () => [] })
      assert.strictEqual((yield* Effect.flip(empty.get(request(80)))).kind, "name")
    })
  )

  it.scopedLive("resolves a name once and connects to just that: a resolver that changes its mind leads nowhere", () =>
    Effect.gen(function* () {
      let reached = 0
      const port = yield* serving((_, response) => {
        reached += 1
        response.end("secret")
      })
      // Open at first sight, loopback from then on.
      const answers = [[{ address: "203.0.113.7", family: 4 }], [{ address: "127.0.0.1", family: 4 }]]
      let asked = 0
      const rebinding = NodeWeb.make({
        resolve: async () => answers[Math.min(asked++, 1)] ?? [],
        isOpen: (address) => address === "203.0.113.7"
      })
      const waiting = yield* Effect.fork(Effect.either(rebinding.get(request(port))))
      yield* Effect.sleep(100)
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual([asked, reached], [1, 0])
    })
  )

  it.scopedLive("as programs have it connects to nothing on this machine, whatever name or spelling leads there", () =>
    Effect.gen(function* () {
      let reached = 0
      const port = yield* serving((_, response) => {
        reached += 1
        response.end("secret")
      })
      const shipped = NodeWeb.make()
      for (const host of [
        "127.0.0.1",
        "localhost",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1"
      ])
        assert.strictEqual((yield* Effect.flip(shipped.get(request(port, { host })))).kind, "private", host)
      const mixed = NodeWeb.make({
        resolve: async () => [
          { address: "93.184.216.34", family: 4 },
          { address: "10.0.0.1", family: 4 }
        ]
      })
      assert.strictEqual((yield* Effect.flip(mixed.get(request(port)))).kind, "private")
      assert.strictEqual(reached, 0)
      assert.isTrue(Option.isNone(shipped.engine))
    })
  )
})
