/** Which hosts a list of them allows: for the proxy of a sandbox. Pure. */
import * as Either from "effect/Either"
import { ipv6Of, ipv6Text, isPublicAddress } from "./addresses.ts"

/** A host in its one spelling: lower case, without brackets and without a dot at its end. */
const plain = (host: string): string => {
  const bare = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
  const groups = ipv6Of(bare)
  return groups === undefined ? bare : ipv6Text(groups)
}

const hits = (pattern: string, host: string, port: number): boolean => {
  const own = /:(\d+)$/.exec(pattern)
  if (own !== null && Number(own[1]) !== port) return false
  const name = own === null ? pattern : pattern.slice(0, own.index)
  return name.startsWith("*.") ? host.endsWith(name.slice(1).toLowerCase()) : host === plain(name)
}

/** Whether a list names this host on this port; `*.example.com` are all below it, and not itself. */
export const isListed = (list: ReadonlyArray<string>, host: string, port: number): boolean =>
  list.some((pattern) => hits(pattern, plain(host), port))

/**
 * The address to connect to, of those that a host was resolved to just now, or why none may be. A private address must be
 * listed itself: a name alone could lead anywhere.
 */
export const chosenAddress = (
  list: ReadonlyArray<string>,
  { addresses, host, port }: { readonly host: string; readonly port: number; readonly addresses: ReadonlyArray<string> }
): Either.Either<string, string> => {
  // What follows a NUL is a name to us and none to a resolver.
  if (/[^\x21-\x7e]/.test(host)) return Either.left("it is not the name of a host")
  if (!isListed(list, host, port)) return Either.left("it is not one of the hosts in sandbox.network")
  const [first] = addresses
  if (first === undefined) return Either.left("there is no such host")
  const own = plain(host) === "localhost"
  const loopback = (address: string) => address.startsWith("127.") || plain(address) === "::1"
  const closed = addresses.find(
    (address) => !isPublicAddress(address) && !isListed(list, address, port) && !(own && loopback(address))
  )
  return closed === undefined
    ? Either.right(first)
    : Either.left(`it leads to ${closed}, which is not an address of the open internet and not listed`)
}
