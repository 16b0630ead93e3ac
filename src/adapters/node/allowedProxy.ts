/** The only way out of a sandbox with a list of hosts: a proxy outside of it, which checks each connection. */
import * as dns from "node:dns"
import * as http from "node:http"
import * as http2 from "node:http2"
import * as net from "node:net"
import { Duplex } from "node:stream"
import * as Either from "effect/Either"
import { chosenAddress, isListed } from "../../domain/permission/listedHosts.ts"
import type { Connection } from "../../ports/Shell.ts"

/** Looks a host up; none where there is no such host. */
export type Resolve = (host: string) => Promise<ReadonlyArray<string>>

/** The proxy of one command. */
export interface AllowedProxy {
  /** Serves connections that come, many over one stream, from the relay inside a sandbox. */
  readonly serve: (stream: Duplex) => void
  /** What was asked for so far. */
  readonly connections: () => ReadonlyArray<Connection>
  readonly close: () => void
}

const patience = 30_000
/** Distinct connections that are remembered; what comes after is made or refused all the same. */
const mostKept = 50

const lookUp: Resolve = async (host) => {
  try {
    return (await dns.promises.lookup(host, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}

/** Headers that belong to one connection, and those for the proxy itself. */
const ofConnection = /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i

const onward = (headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.test(name)))

const authority = (text: string): { readonly host: string; readonly port: number } | undefined => {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  return host === undefined || Number(port) < 1 || Number(port) > 65535
    ? undefined
    : { host: host.replace(/^\[|\]$/g, ""), port: Number(port) }
}

const target = (text: string): { readonly url: URL; readonly host: string; readonly port: number } | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== "http:") return undefined
  return { url, host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 80) }
}

/** The same stream, written to in bytes only: texts that the HTTP server writes arrive broken in a stream of HTTP/2. */
const inBytes = (inner: Duplex): Duplex => {
  const outer = new Duplex({
    write: (chunk, _, done) => void inner.write(chunk, done),
    final: (done) => void inner.end(done),
    read: () => void inner.resume(),
    destroy: (error, done) => {
      inner.destroy()
      done(error)
    }
  })
  inner.on("data", (chunk: Buffer) => {
    if (!outer.push(chunk)) inner.pause()
  })
  inner.on("end", () => outer.push(null))
  inner.on("close", () => outer.destroy())
  return outer
}

/** What was asked for, counted. */
const makeCount = () => {
  const seen = new Map<string, Connection>()
  const note = (host: string, port: number, refused?: string): void => {
    const key = JSON.stringify([host, port, refused])
    const times = (seen.get(key)?.times ?? 0) + 1
    if (times > 1 || seen.size < mostKept)
      seen.set(key, { host, port, times, ...(refused === undefined ? {} : { refused }) })
  }
  return { note, all: () => [...seen.values()] }
}

/** A proxy that lets these hosts through. A name is resolved once, and what was checked is what is connected to. */
export const makeProxy = (list: ReadonlyArray<string>, resolve: Resolve = lookUp): AllowedProxy => {
  const count = makeCount()
  const open = new Set<{ readonly destroy: () => void }>()
  const kept = <A extends { readonly destroy: () => void; on: (event: "close", gone: () => void) => unknown }>(
    it: A
  ): A => {
    open.add(it)
    it.on("close", () => open.delete(it))
    return it
  }

  const check = async (host: string, port: number): Promise<Either.Either<string, string>> => {
    const known = net.isIP(host) === 0
    // Only listed names are asked for: a question is a message too.
    const addresses = !isListed(list, host, port) ? [] : known ? await resolve(host) : [host]
    const chosen = chosenAddress(list, { host, port, addresses })
    count.note(host.slice(0, 253), port, Either.isLeft(chosen) ? chosen.left : undefined)
    return chosen
  }

  const server = http.createServer((asked, answer) => {
    const to = target(asked.url ?? "")
    const refuse = (code: number, why: string) => answer.writeHead(code, { connection: "close" }).end(`${why}\n`)
    if (to === undefined) return void refuse(400, "This is a proxy for http:// addresses and for CONNECT.")
    void check(to.host, to.port).then((chosen) => {
      if (Either.isLeft(chosen)) return refuse(403, `${to.url.host} was refused: ${chosen.left}.`)
      const request = kept(
        http.request({
          ...{ host: chosen.right, port: to.port, method: asked.method, path: to.url.pathname + to.url.search },
          ...{ headers: { ...onward(asked.headers), host: to.url.host }, agent: false, timeout: patience }
        })
      )
      request.on("response", (got) => {
        answer.writeHead(got.statusCode ?? 502, onward(got.headers))
        got.pipe(answer)
      })
      request.on("timeout", () => request.destroy(new Error("no answer")))
      request.on("error", (error) => (answer.headersSent ? answer.destroy() : refuse(502, error.message)))
      answer.on("close", () => request.destroy())
      asked.pipe(request)
    })
  })

  server.on("connect", (asked, client, head) => {
    client.on("error", () => undefined)
    const end = (status: string, why: string) => client.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n${why}\n`)
    const to = authority(asked.url ?? "")
    if (to === undefined) return void end("400 Bad Request", "CONNECT takes host:port.")
    void check(to.host, to.port).then((chosen) => {
      if (Either.isLeft(chosen)) return end("403 Forbidden", `${asked.url} was refused: ${chosen.left}.`)
      let made = false
      const onwards = kept(net.connect({ host: chosen.right, port: to.port, timeout: patience, allowHalfOpen: true }))
      onwards.on("connect", () => {
        made = true
        onwards.setTimeout(0)
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n")
        if (head.length > 0) onwards.write(head)
        client.pipe(onwards).pipe(client)
      })
      onwards.on("timeout", () => onwards.destroy(new Error("no answer")))
      onwards.on("error", (error) => (made ? client.destroy() : end("502 Bad Gateway", error.message)))
      client.on("close", () => onwards.destroy())
    })
  })
  server.on("clientError", (_, client) => client.destroy())

  const streams = http2.createServer()
  streams.on("session", (session) => {
    kept(session)
    session.on("error", () => undefined)
  })
  streams.on("sessionError", () => undefined)
  streams.on("stream", (stream) => {
    stream.on("error", () => undefined)
    stream.respond({ ":status": 200 })
    server.emit("connection", inBytes(stream))
  })

  return {
    serve: (stream) => {
      stream.on("error", () => undefined)
      streams.emit("connection", stream)
    },
    connections: count.all,
    close: () => {
      for (const it of open) it.destroy()
    }
  }
}
