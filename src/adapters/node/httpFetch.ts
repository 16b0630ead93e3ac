/**
 * `fetch` for models over Node's own HTTP client, as far as they need it. The global one loads half of a browser first,
 * and hands out each piece of a stream by itself, however many have come.
 */
import type { IncomingMessage, RequestOptions } from "node:http"
import { Headers } from "./plainHeaders.ts"

const load = (url: URL) => (url.protocol === "https:" ? import("node:https") : import("node:http"))

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

const optionsOf = (init: RequestInit): RequestOptions => ({
  method: init.method ?? "GET",
  headers: {
    accept: "*/*",
    // What is compressed would have to be unpacked here.
    "accept-encoding": "identity",
    ...Object.fromEntries(new Headers(init.headers))
  },
  ...(init.signal ? { signal: init.signal } : {})
})

/** Sends one request, and follows no redirect; the answer has a status, headers, and a body that is read once. */
export const httpFetch: typeof globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof URL ? input : String(input))
  const { request } = await load(url)
  return new Promise((resolve, reject) => {
    const sent = request(url, optionsOf(init), (message) => {
      // Those who read a model's answer use no more of a Response than this has.
      resolve(answerOf(message, url.href) as unknown as Response)
    })
    sent.on("error", reject)
    sent.end(init.body)
  })
}
