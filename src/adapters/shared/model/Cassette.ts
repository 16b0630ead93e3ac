/**
 * Cassettes: what was asked and what a provider answered, byte for byte, one exchange a line. Keys never enter one:
 * no request header is kept, and of the answer's only those that decide how it is read.
 */
import { canonical } from "../../../domain/model/Json.ts"
import { isRecord, listAt, parseJson, textAt } from "./fields.ts"

/** One recorded exchange; a chunk is `{ text }`, or `{ base64 }` where its bytes are no whole text. */
export interface Exchanged {
  readonly v: 1
  readonly method: string
  readonly path: string
  /** The request's body, in canonical JSON. */
  readonly body: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: ReadonlyArray<{ readonly text: string } | { readonly base64: string }>
  /** The connection broke after the last chunk. */
  readonly broken?: true
}

type Fetch = typeof globalThis.fetch

const kept = new Set(["content-type", "retry-after", "retry-after-ms"])

const chunkOf = (bytes: Uint8Array): Exchanged["chunks"][number] => {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    let binary = ""
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return { base64: btoa(binary) }
  }
}

const bytesOf = (chunk: Exchanged["chunks"][number]): Uint8Array<ArrayBuffer> =>
  "text" in chunk
    ? new TextEncoder().encode(chunk.text)
    : Uint8Array.from(atob(chunk.base64), (character) => character.charCodeAt(0))

const bodyText = (init: RequestInit | undefined): string => {
  const body = typeof init?.body === "string" ? init.body : ""
  const value = parseJson(body)
  return value === undefined ? body : canonical(value)
}

const address = (input: Parameters<Fetch>[0]): URL =>
  new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url)

const asked = (input: Parameters<Fetch>[0], init: RequestInit | undefined) => ({
  method: (init?.method ?? "GET").toUpperCase(),
  path: address(input).pathname,
  body: bodyText(init)
})

/** What may be a secret of a request: its headers, but those that every request has. */
const secretsIn = (input: Parameters<Fetch>[0], init: RequestInit | undefined): ReadonlyArray<string> => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
  return [...headers]
    .filter(([name]) => !/^(accept|content-|user-agent|x-stainless-|anthropic-version|anthropic-beta)/.test(name))
    .map(([, value]) => value.replace(/^(Bearer|Basic)\s+/i, ""))
    .filter((value) => value.length >= 8)
}

/** The same exchange without secrets that the provider echoed. Chunks that share one become one. */
const discreetly = (exchange: Exchanged, secrets: ReadonlyArray<string>): Exchanged => {
  const hide = (text: string): string => secrets.reduce((all, secret) => all.replaceAll(secret, "[redacted]"), text)
  const said = exchange.chunks.map((chunk) => ("text" in chunk ? chunk.text : ""))
  const whole = said.join("")
  const body = hide(exchange.body)
  return hide(whole) === whole ? { ...exchange, body } : { ...exchange, body, chunks: [{ text: hide(whole) }] }
}

/** A fetch that hands on what `inner` does, and gives each exchange as a line once it is over. */
export const recordFetch =
  (inner: Fetch, write: (line: string) => void): Fetch =>
  async (input, init) => {
    const response = await inner(input, init)
    const headers = Object.fromEntries([...response.headers].filter(([name]) => kept.has(name)))
    const chunks: Array<Exchanged["chunks"][number]> = []
    let written = false
    const done = (broken: boolean): void => {
      if (written) return
      written = true
      const line: Exchanged = { v: 1, ...asked(input, init), status: response.status, headers, chunks }
      write(JSON.stringify(discreetly(broken ? { ...line, broken: true } : line, secretsIn(input, init))))
    }
    // Whoever leaves in the middle leaves a broken exchange behind, so that the next one stays the next one.
    init?.signal?.addEventListener("abort", () => done(true), { once: true })
    const reader = response.body?.getReader()
    if (reader === undefined) {
      done(false)
      return response
    }
    const copy = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const next = await reader.read()
          if (next.done) {
            done(false)
            return controller.close()
          }
          chunks.push(chunkOf(next.value))
          controller.enqueue(next.value)
        } catch (error) {
          done(true)
          controller.error(error)
        }
      },
      cancel: async (reason) => {
        done(true)
        await reader.cancel(reason)
      }
    })
    return new Response(copy, { status: response.status, headers: response.headers })
  }

const exchangeOf = (line: string, number: number): Exchanged => {
  const value = parseJson(line)
  const [method, path, body] = [textAt(value, "method"), textAt(value, "path"), textAt(value, "body")]
  const status = isRecord(value) ? value.status : undefined
  if (method === undefined || path === undefined || body === undefined || typeof status !== "number")
    throw new Error(`line ${number} of the cassette is no recorded exchange`)
  const chunks = listAt(value, "chunks").flatMap((chunk): Exchanged["chunks"] => {
    const [text, base64] = [textAt(chunk, "text"), textAt(chunk, "base64")]
    return text !== undefined ? [{ text }] : base64 === undefined ? [] : [{ base64 }]
  })
  const given = isRecord(value) && isRecord(value.headers) ? Object.entries(value.headers) : []
  const headers = Object.fromEntries(given.flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : [])))
  const broken = isRecord(value) && value.broken === true ? { broken: true as const } : {}
  return { v: 1, method, path, body, status, headers, chunks, ...broken }
}

/** Where two JSON texts first differ, in words. */
const difference = (expected: string, given: string): string => {
  const [left, right] = [parseJson(expected), parseJson(given)]
  if (isRecord(left) && isRecord(right)) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
    const name = names.find((one) => canonical(left[one] ?? null) !== canonical(right[one] ?? null))
    const [was, is] = [left[name ?? ""], right[name ?? ""]]
    if (name !== undefined && Array.isArray(was) && Array.isArray(is)) {
      const index = is.findIndex((one, k) => canonical(one) !== canonical(was[k] ?? null))
      return `${name}[${index < 0 ? is.length : index}] differs from the recording`
    }
    if (name !== undefined) return `${name} differs from the recording`
  }
  return "the body differs from the recording"
}

const replay = (exchange: Exchanged, signal: AbortSignal | null | undefined): Response => {
  let next = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (signal?.aborted === true) return controller.error(new Error("aborted"))
      const chunk = exchange.chunks[next]
      next += 1
      if (chunk !== undefined) return controller.enqueue(bytesOf(chunk))
      return exchange.broken === true
        ? controller.error(new Error("the recorded connection broke"))
        : controller.close()
    }
  })
  return new Response(body, { status: exchange.status, headers: exchange.headers })
}

/** What a replay answers where a request is not the one that was recorded; the model's error is `protocol`. */
export class CassetteMismatch extends Error {
  override readonly name = "CassetteMismatch"
}

/**
 * A fetch that answers from recorded lines; a request that differs from its recording fails. Equal requests have their
 * answers in order; requests that were made at the same time may come in any.
 */
export const replayFetch = (lines: ReadonlyArray<string>): Fetch => {
  const exchanges = lines.filter((line) => line.trim() !== "").map((line, index) => exchangeOf(line, index + 1))
  const used = new Set<number>()
  return async (input, init) => {
    const given = asked(input, init)
    const same = ({ body, method, path }: Exchanged): boolean =>
      method === given.method && path === given.path && body === given.body
    const found = exchanges.findIndex((exchange, index) => !used.has(index) && same(exchange))
    const next = found >= 0 ? found : exchanges.findIndex((_, index) => !used.has(index))
    const exchange = exchanges[next]
    if (exchange === undefined)
      throw new CassetteMismatch(`the cassette has ${exchanges.length} exchanges and this is one more`)
    const where = `exchange ${next + 1} of the cassette:`
    if (exchange.method !== given.method || exchange.path !== given.path)
      throw new CassetteMismatch(
        `${where} ${given.method} ${given.path} instead of ${exchange.method} ${exchange.path}`
      )
    // What was asked in vain when it was recorded may be asked again: it takes no other's answer.
    used.add(next)
    if (exchange.body !== given.body) throw new CassetteMismatch(`${where} ${difference(exchange.body, given.body)}`)
    return replay(exchange, init?.signal)
  }
}
