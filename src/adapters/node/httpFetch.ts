/**
 * `fetch` for models over Node's own HTTP client, as far as they need it. The global one loads half of a browser first,
 * and hands out each piece of a stream by itself, however many have come.
 */
import type { Agent, IncomingMessage, RequestOptions } from "node:http"
import { Headers } from "./plainHeaders.ts"

const load = (url: URL) => (url.protocol === "https:" ? import("node:https") : import("node:http"))

// Node's own agent closes what was idle for five seconds; a command between two requests takes longer than that.
const idleMillis = 60_000

const agents = new Map<string, Agent>()

/** The connections of this process by protocol, kept for the next request. */
const agentOf = async (url: URL): Promise<Agent> => {
  const known = agents.get(url.protocol)
  if (known !== undefined) return known
  const { Agent } = await load(url)
  const agent = agents.get(url.protocol) ?? new Agent({ keepAlive: true, scheduling: "lifo", timeout: idleMillis })
  agents.set(url.protocol, agent)
  return agent
}

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "")
  return headers
}

const bodyOf = (message: IncomingMessage) => {
  // Gives all that has come since it was last asked.
  const pieces = message[Symbol.asyncIterator]()
  const cancel = async (): Promise<void> => {
    message.destroy()
  }
  return { getReader: () => ({ read: () => pieces.next(), cancel }), cancel }
}

const answerOf = (message: IncomingMessage, url: string) => {
  const status = message.statusCode ?? 0
  const text = async (): Promise<string> => {
    const pieces: Array<Uint8Array> = []
    for await (const piece of message) pieces.push(piece)
    return new TextDecoder().decode(Buffer.concat(pieces))
  }
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: message.statusMessage ?? "",
    url,
    headers: headersOf(message),
    body: bodyOf(message),
    text,
    json: async (): Promise<unknown> => JSON.parse(await text())
  }
}

const optionsOf = (init: RequestInit, agent: Agent): RequestOptions => ({
  agent,
  method: init.method ?? "GET",
  headers: {
    accept: "*/*",
    // What is compressed would have to be unpacked here.
    "accept-encoding": "identity",
    ...Object.fromEntries(new Headers(init.headers))
  },
  ...(init.signal ? { signal: init.signal } : {})
})

const isReset = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ECONNRESET"

/** Sends one request, and follows no redirect; the answer has a status, headers, and a body that is read once. */
export const httpFetch: typeof globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof URL ? input : String(input))
  const { request } = await load(url)
  const options = optionsOf(init, await agentOf(url))
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const sent = request(url, options, (message) => {
        // Those who read a model's answer use no more of a Response than this has.
        resolve(answerOf(message, url.href) as unknown as Response)
      })
      // A kept connection that the other side had just closed has not carried the request: the next one does.
      sent.on("error", (error) => (sent.reusedSocket && isReset(error) ? send() : reject(error)))
      sent.end(init.body)
    }
    send()
  })
}
