/** Signs requests with an AWS access key (Signature Version 4), with what every host has for hashing. */
import type { AwsAccess } from "./providers.ts"

const text = new TextEncoder()

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")

const sha256 = async (data: string): Promise<string> => hex(await crypto.subtle.digest("SHA-256", text.encode(data)))

const hmac = async (key: BufferSource, data: string): Promise<ArrayBuffer> => {
  const usable = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  return crypto.subtle.sign("HMAC", usable, text.encode(data))
}

// Every character but the unreserved ones, as AWS counts them.
const escaped = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)

// AWS escapes the path as it stands in the request once more.
const pathOf = (url: URL): string => url.pathname.split("/").map(escaped).join("/")

const queryOf = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join("&")

/** One request, as it is signed. */
export interface Signable {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The headers that sign a request at a moment (milliseconds since 1970), beside those it has. */
export const signature = async (
  request: Signable,
  access: AwsAccess,
  now: number
): Promise<Readonly<Record<string, string>>> => {
  const url = new URL(request.url)
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "")
  const day = stamp.slice(0, 8)
  const added = { "x-amz-date": stamp, ...(access.token === undefined ? {} : { "x-amz-security-token": access.token }) }
  const signed = Object.entries({ ...request.headers, ...added, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const names = signed.map(([name]) => name).join(";")
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join("")
  const canonical = [request.method, pathOf(url), queryOf(url), lines, names, await sha256(request.body)].join("\n")
  const scope = `${day}/${access.region}/${access.service}/aws4_request`
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, await sha256(canonical)].join("\n")
  let key: BufferSource = text.encode(`AWS4${access.secret}`)
  for (const part of [day, access.region, access.service, "aws4_request"]) key = await hmac(key, part)
  const proof = hex(await hmac(key, toSign))
  const authorization = `AWS4-HMAC-SHA256 Credential=${access.id}/${scope}, SignedHeaders=${names}, Signature=${proof}`
  return { ...added, authorization }
}

/** A fetch that signs what it sends. */
export const signing =
  (inner: typeof globalThis.fetch, access: AwsAccess, now: () => number): typeof globalThis.fetch =>
  async (input, init) => {
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url
    const headers = new Headers(init?.headers)
    const body = typeof init?.body === "string" ? init.body : ""
    const request = { method: init?.method ?? "GET", url, body, headers: contentOf(headers) }
    for (const [name, value] of Object.entries(await signature(request, access, now()))) headers.set(name, value)
    return inner(input, { ...init, headers })
  }

// Others may be changed on their way, and need no signature.
const contentOf = (headers: Headers): Readonly<Record<string, string>> => {
  const type = headers.get("content-type")
  return type === null ? {} : { "content-type": type }
}
