/** Connections to a provider, counted where they arrive: one serves a session's requests, and many streams end with none left. */
import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { httpFetch } from "../../../src/adapters/node/httpFetch.ts"
import { layer } from "../../../src/adapters/shared/model/HttpLanguageModel.ts"
import type { Api } from "../../../src/domain/model/Config.ts"
import { ask, credentials, fakeModel, promptOf, whole } from "../../support/models.ts"
import { apiOf } from "../../support/providerWorld.ts"
import { saying, textOf } from "../../support/replies.ts"

const apis: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google", "ollama"]

interface Counted {
  readonly status?: number
  /** An answer's end comes so much later than the rest, in milliseconds. */
  readonly endsLate?: number
  /** The rest of every answer waits until so many were begun. */
  readonly gate?: number
  /** Called when they were. */
  readonly begun?: () => void
  /** Closes each kept connection when the next request comes on it. */
  readonly stale?: boolean
}

/** A provider that counts connections. */
const counting = ({ begun, endsLate = 0, gate = 1, stale, status = 200 }: Counted = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets = new Set<Socket>()
      let opened = (): void => undefined
      const all = new Promise<void>((resolve) => {
        opened = resolve
      })
      const used = new WeakSet<Socket>()
      const counts = { connections: 0, requests: 0, open: 0, mostOpen: 0, reset: 0 }
      const server = createServer(async (incoming, response) => {
        if (stale === true && used.has(incoming.socket)) {
          counts.reset += 1
          used.delete(incoming.socket)
          incoming.socket.resetAndDestroy()
          return
        }
        used.add(incoming.socket)
        let body = ""
        for await (const chunk of incoming) body += String(chunk)
        counts.requests += 1
        counts.open += 1
        counts.mostOpen = Math.max(counts.mostOpen, counts.open)
        response.on("close", () => {
          counts.open -= 1
        })
        const path = incoming.url ?? ""
        const api = apiOf({ method: "POST", path, headers: incoming.headers, body })
        const text = path === "/api/show" ? "{}" : textOf(saying(api, { text: "Hello." }))
        response.writeHead(path === "/api/show" ? 200 : status, { "content-type": "text/event-stream" })
        const half = text.length >> 1
        response.write(text.slice(0, half))
        if (path !== "/api/show" && counts.open >= gate) {
          begun?.()
          opened()
        }
        if (path !== "/api/show") await all
        response.write(text.slice(half))
        if (endsLate > 0) await wait(endsLate)
        response.end()
      })
      server.on("connection", (socket) => {
        counts.connections += 1
        sockets.add(socket)
        socket.on("close", () => sockets.delete(socket))
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return { counts, sockets, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
    ({ server }) =>
      Effect.promise(async () => {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        await closed
      })
  )

describe("connections", () => {
  it.scopedLive("one that was closed meanwhile is replaced, and the request is sent again", () =>
    Effect.gen(function* () {
      const { counts, url } = yield* counting({ stale: true })
      const model = fakeModel("anthropic", url, { fetch: httpFetch })
      yield* Effect.gen(function* () {
        for (let n = 0; n < 3; n += 1) assert.strictEqual(whole(yield* ask(promptOf("hi"))).at(-1)?.type, "finish")
      }).pipe(Effect.provide(model))
      assert.deepStrictEqual([counts.requests, counts.reset], [3, 2])
    })
  )

  for (const api of apis)
    it.scopedLive(`one serves ten requests in a row, ${api}`, () =>
      Effect.gen(function* () {
        const { counts, url } = yield* counting()
        const model = fakeModel(api, url, { fetch: httpFetch })
        yield* Effect.gen(function* () {
          for (let n = 0; n < 10; n += 1) assert.strictEqual(whole(yield* ask(promptOf("hi"))).at(-1)?.type, "finish")
        }).pipe(Effect.provide(model))
        assert.isAtLeast(counts.requests, 10)
        assert.strictEqual(counts.connections, 1)
      })
    )

  it.scopedLive("few serve ten requests where each answer's end comes late", () =>
    Effect.gen(function* () {
      const { counts, url } = yield* counting({ endsLate: 10 })
      const model = fakeModel("openai", url, { fetch: httpFetch })
      yield* Effect.gen(function* () {
        for (let n = 0; n < 10; n += 1) yield* ask(promptOf("hi"))
      }).pipe(Effect.provide(model))
      // One, but on a machine so busy that the end is not waited for.
      assert.isBelow(counts.connections, 5)
    })
  )

  it.scopedLive("one serves requests that are refused", () =>
    Effect.gen(function* () {
      const { counts, url } = yield* counting({ status: 400 })
      const model = fakeModel("anthropic", url, { fetch: httpFetch })
      yield* Effect.gen(function* () {
        for (let n = 0; n < 5; n += 1) yield* Effect.flip(ask(promptOf("hi")))
      }).pipe(Effect.provide(model))
      assert.deepStrictEqual([counts.requests, counts.connections], [5, 1])
    })
  )
})

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const heap = (): number => {
  collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

const many = (n: number) =>
  Effect.all(
    Array.from({ length: n }, (_, k) => ask(promptOf("hi", { model: `fake-${apis[k % apis.length]}/m` }))),
    { concurrency: "unbounded" }
  )

/** One model whose providers speak each protocol. */
const everyModel = (url: string) => {
  const bases = { anthropic: url, google: url, ollama: url } as Partial<Record<Api, string>>
  const providers = apis.map((api) => [`fake-${api}`, { api, baseUrl: bases[api] ?? `${url}/v1`, models: ["m"] }])
  return layer({ providers: Object.fromEntries(providers), env: () => undefined, fetch: httpFetch }).pipe(
    Layer.provide(credentials(...apis.map((api) => `fake-${api}`)))
  )
}

describe("two hundred streams at once, in every protocol", () => {
  it.scopedLive("all end whole, in bounded memory, and leave nothing behind", () =>
    Effect.gen(function* () {
      let during = 0
      const gate = 200
      const { counts, url } = yield* counting({
        gate,
        begun: () => {
          during = heap()
        }
      })
      const { after, answers, before } = yield* Effect.gen(function* () {
        const warm = yield* counting()
        yield* Effect.provide(many(apis.length), everyModel(warm.url))
        const before = heap()
        const answers = yield* many(gate)
        return { before, answers, after: heap() }
      }).pipe(Effect.provide(everyModel(url)))
      assert.strictEqual(answers.length, gate)
      for (const parts of answers) {
        const said = whole(parts).flatMap((part) => (part.type === "text" ? [part.text] : []))
        assert.deepStrictEqual(said, ["Hello."])
      }
      assert.isAtLeast(counts.mostOpen, gate)
      assert.strictEqual(counts.open, 0)
      // Some 100 KB each were measured; ten times that would be a leak or a copy of everything.
      assert.isBelow(during - before, 200)
      assert.isBelow(after - before, 50)
    })
  )

  it.scopedLive("can all be left at once, and then no connection is in use", () =>
    Effect.gen(function* () {
      let all = (): void => undefined
      const begun = new Promise<void>((resolve) => {
        all = resolve
      })
      const { counts, url } = yield* counting({ gate: 200, endsLate: 60_000, begun: () => all() })
      yield* Effect.raceFirst(
        many(200),
        Effect.promise(() => begun)
      ).pipe(Effect.provide(everyModel(url)))
      for (let turn = 0; turn < 400 && counts.open > 0; turn += 1) yield* Effect.sleep(5)
      assert.strictEqual(counts.open, 0)
    })
  )
})
