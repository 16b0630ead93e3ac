/**
 * The address of a page in one spelling. It is read once, here, and strictly: what is checked is what is connected to, so
 * that no other reader of addresses can understand the same text differently.
 */
import * as Either from "effect/Either"
import { ipv4Of, ipv6Of, ipv6Text, isPublicAddress } from "./addresses.ts"

/** An address in parts. `host` is lower case, an IPv6 address without its brackets; `target` is the path and the query. */
export interface WebAddress {
  readonly scheme: "http" | "https"
  readonly host: string
  readonly port: number
  readonly target: string
}

const defaultPorts = { http: 80, https: 443 } as const

/** The host as rules and footprints name it: with its port where that is not the scheme's own. */
export const hostOf = ({ host, port, scheme }: WebAddress): string => {
  const name = host.includes(":") ? `[${host}]` : host
  return port === defaultPorts[scheme] ? name : `${name}:${port}`
}

/** The address as text. */
export const addressText = (address: WebAddress): string => `${address.scheme}://${hostOf(address)}${address.target}`

/** Names that mean this machine or its network, whatever a resolver says of them. */
const closedNames =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|in-addr\.arpa|ip6\.arpa)$/

const properLabel = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

const nameFault = (host: string): string | undefined => {
  if (/[^\x00-\x7f]/.test(host)) return "its host is not ASCII; write an international name in its xn-- form"
  if (host.endsWith(".")) return "its host ends with a dot; leave the dot off"
  if (host.length > 253 || !host.split(".").every((label) => properLabel.test(label)))
    return "its host is not a proper name"
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host) && ipv4Of(host) === undefined)
    return "its host is an IP address in an unusual spelling; write four decimal numbers"
  if (!host.includes(".") || closedNames.test(host)) return `${host} is a name of this machine or of a private network`
  return undefined
}

/** A host in its one spelling, or why it is not one that may be reached. */
const hostIn = (written: string): Either.Either<string, string> => {
  const host = written.toLowerCase()
  const groups = host.startsWith("[") && host.endsWith("]") ? ipv6Of(host.slice(1, -1)) : undefined
  const fault = groups === undefined ? nameFault(host) : undefined
  if (fault !== undefined) return Either.left(fault)
  const name = groups === undefined ? host : ipv6Text(groups)
  const open = (groups === undefined && ipv4Of(host) === undefined) || isPublicAddress(name)
  return open
    ? Either.right(name)
    : Either.left(`${name} is an address of this machine, of a private network, or reserved`)
}

const portIn = (written: string | undefined, scheme: WebAddress["scheme"]): Either.Either<number, string> => {
  if (written === undefined || written === ":") return Either.right(defaultPorts[scheme])
  const port = Number(written.slice(1))
  return port > 0 && port < 65536 ? Either.right(port) : Either.left("its port is not one")
}

/** The path and query: without a fragment, which is never sent, and with everything that HTTP cannot carry escaped. */
const targetIn = (written: string): string => {
  const text = written.replace(/#.*$/s, "")
  const rooted = text.startsWith("/") ? text : `/${text}`
  return rooted.replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, (char) =>
    // Half of a surrogate pair has no spelling in UTF-8.
    /^[\ud800-\udfff]$/.test(char) ? "%EF%BF%BD" : encodeURIComponent(char)
  )
}

const form = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([\s\S]*)$/i

/** Reads the address of a page, or says why there can be none: `file:` and the like, odd hosts, places that are private. */
export const readAddress = (text: string): Either.Either<WebAddress, string> =>
  Either.gen(function* () {
    if (/[\u0000-\u001f\u007f]/.test(text)) return yield* Either.left("it holds control characters")
    const [, written = "", authority = "", rest = ""] = form.exec(text) ?? []
    const scheme = written.toLowerCase()
    if (scheme !== "http" && scheme !== "https") return yield* Either.left("only http:// and https:// are fetched")
    if (authority.includes("@")) return yield* Either.left("it holds a user name or password before its host")
    const [, hostText = "", portText] = /^(\[[^\]]*\]|[^:]*)(:\d{0,5})?$/.exec(authority) ?? []
    const host = yield* hostIn(hostText)
    return { scheme, host, port: yield* portIn(portText, scheme), target: targetIn(rest) }
  })

/** A path without `.` and `..`, which lead no further up than its start. */
const withoutDots = (path: string): string => {
  const parts = path.split("/").slice(1)
  const kept: Array<string> = []
  for (const part of parts)
    if (part === "..") kept.pop()
    else if (part !== ".") kept.push(part)
  return `/${kept.join("/")}${/\/\.{1,2}$/.test(path) && kept.length > 0 ? "/" : ""}`
}

/** Where a redirect leads, from the page that sent it; read as strictly as any address. */
export const redirectFrom = (from: WebAddress, location: string): Either.Either<WebAddress, string> => {
  const to = location.trim()
  if (/^[a-z][a-z0-9+.-]*:/i.test(to)) return readAddress(to)
  if (to.startsWith("//")) return readAddress(`${from.scheme}:${to}`)
  const [path = "/"] = from.target.split("?")
  const cut = to.search(/[?#]|$/)
  const own = to.slice(0, cut)
  const start = own === "" ? path : own.startsWith("/") ? own : path.slice(0, path.lastIndexOf("/") + 1) + own
  return readAddress(`${from.scheme}://${hostOf(from)}${withoutDots(start)}${to.slice(cut)}`)
}
