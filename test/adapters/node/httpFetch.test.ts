/** Fetch over Node's HTTP client: what models need of it is as with the global one. */
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, describe, it } from "vitest"
import { httpFetch } from "../../../src/adapters/node/httpFetch.ts"
import { FormData, Headers as PlainHeaders } from "../../../src/adapters/node/plainHeaders.ts"

const closed = new Map<string, () => void>()

const routes: Readonly<Record<string, RequestListener>> = {
  "/echo": (request, response) => {
    const body: Array<Buffer> = []
    request.on("data", (data: Buffer) => body.push(data))
    request.on("end", () => {
      const { "content-type": type, "content-length": length, "x-one": one } = request.headers
      response.setHeader("x-two", ["a", "b"])
      response.end(JSON.stringify({ method: request.method, type, length, one, body: Buffer.concat(body).toString() }))
    })
  },
  "/moved": (_, response) => response.writeHead(302, { location: "/echo" }).end("elsewhere"),
  "/missing": (_, response) => response.writeHead(404, { "content-type": "application/json" }).end('{"error":"none"}'),
  "/empty": (_, response) => response.writeHead(204).end(),
  "/cut": (_, response) => {
    response.write("half")
    setImmediate(() => response.destroy())
  },
  "/endless": (request, response) => {
    response.write("begun")
    response.on("close", () => closed.get(request.headers["x-one"] as string)?.())
  },
  "/pieces": (_, response) => {
    for (let piece = 0; piece < 500; piece++) response.write(`data: ${"ä".repeat(piece % 90)}\n\n`)
    response.end()
  }
}

const server = createServer((request, response) => routes[request.url ?? ""]?.(request, response))
server.listen(0, "127.0.0.1")
await once(server, "listening")
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const said = async (fetch: typeof globalThis.fetch, path: string, init: RequestInit) => {
  const response = await fetch(`${base}${path}`, { redirect: "manual", ...init })
  const { ok, status, statusText } = response
  const header = (name: string) => response.headers.get(name)
  return { ok, status, statusText, two: header("x-two"), type: header("Content-Type"), text: await response.text() }
}

describe("an answer", () => {
  const post = {
    method: "POST",
    headers: { "content-type": "application/json", "x-one": "1" },
    body: '{"words":"über"}'
  }
  const cases: ReadonlyArray<readonly [string, RequestInit]> = [
    ["/echo", {}],
    ["/echo", post],
    ["/moved", {}],
    ["/missing", {}],
    ["/empty", {}],
    ["/pieces", {}]
  ]
  for (const [path, init] of cases)
    it(`is that of the global fetch: ${init.method ?? "GET"} ${path}`, async () => {
      assert.deepStrictEqual(await said(httpFetch, path, init), await said(globalThis.fetch, path, init))
    })

  it("is read as JSON", async () => {
    assert.deepStrictEqual(await (await httpFetch(`${base}/missing`)).json(), { error: "none" })
  })

  it("that breaks off fails where it is read", async () => {
    const reader = (await httpFetch(`${base}/cut`)).body?.getReader()
    const all = async () => {
      while (!(await reader?.read())?.done);
    }
    await assertRejects(all())
  })
})

describe("a request", () => {
  for (const leave of ["abort", "cancel"] as const)
    it(`that is left by ${leave} closes its connection`, async () => {
      const gone = new Promise<void>((resolve) => closed.set(leave, resolve))
      const control = new AbortController()
      const response = await httpFetch(`${base}/endless`, { headers: { "x-one": leave }, signal: control.signal })
      const reader = response.body?.getReader()
      assert.strictEqual(Buffer.from((await reader?.read())?.value ?? []).toString(), "begun")
      if (leave === "abort") {
        const next = assertRejects(reader?.read())
        control.abort()
        await next
      } else await reader?.cancel()
      await gone
    })

  it("that is aborted before it is sent is not sent", async () => {
    await assertRejects(httpFetch(`${base}/echo`, { signal: AbortSignal.abort() }))
  })

  it("that nobody takes says why", async () => {
    const free = createServer().listen(0, "127.0.0.1")
    await once(free, "listening")
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    const error = await assertRejects(httpFetch(`http://127.0.0.1:${port}/`))
    assert.match(String(error), /ECONNREFUSED/)
  })
})

describe("the stand-in for Headers", () => {
  const build = (Kind: typeof PlainHeaders | typeof Headers) => {
    const headers = new Kind({ "X-B": " 2 ", accept: "*/*" })
    headers.append("x-b", "3")
    headers.append("Z", "1")
    headers.set("z", "2")
    headers.append("gone", "1")
    headers.delete("GONE")
    const seen: Array<string> = []
    headers.forEach((value, name) => {
      seen.push(`${name}=${value}`)
    })
    return { all: [...headers], again: [...new Kind([...headers])], entries: [...headers.entries()], seen }
  }

  it("does what the SDKs do with the global one", () => {
    assert.deepStrictEqual(build(PlainHeaders), build(Headers))
    assert.isTrue(new PlainHeaders({ A: "1" }).has("a"))
    assert.isNull(new PlainHeaders().get("a"))
    assert.notInstanceOf("text", FormData)
  })
})

const assertRejects = async (promise: Promise<unknown> | undefined): Promise<unknown> => {
  const outcome = await Promise.resolve(promise).then(
    () => ({ failed: false, error: undefined }),
    (error: unknown) => ({ failed: true, error })
  )
  assert.isTrue(outcome.failed, "it did not fail")
  return outcome.error
}
