/** Which IP addresses are anybody's to reach, and which belong to this machine, its network or the cloud it runs in. */

/** The 32 bits of an IPv4 address as everybody writes it (four decimal numbers), and nothing for any other spelling. */
export const ipv4Of = (text: string): number | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

const groupsOf = (text: string): ReadonlyArray<number> | undefined => {
  if (text === "") return []
  const parts = text.split(":")
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined
}

/** The last two groups of an IPv6 address may be written as an IPv4 address. */
const withoutQuad = (text: string): string | undefined => {
  const at = text.lastIndexOf(":") + 1
  if (!text.slice(at).includes(".")) return text
  const quad = ipv4Of(text.slice(at))
  return quad === undefined
    ? undefined
    : `${text.slice(0, at)}${Math.floor(quad / 65536).toString(16)}:${(quad % 65536).toString(16)}`
}

/** The eight groups of an IPv6 address; nothing where it is not one. Zones (`%eth0`) have none. */
export const ipv6Of = (text: string): ReadonlyArray<number> | undefined => {
  const [head = "", tail, ...more] = (withoutQuad(text) ?? "-").split("::")
  const before = groupsOf(head)
  if (before === undefined || more.length > 0) return
  if (tail === undefined) return before.length === 8 ? before : undefined
  const after = groupsOf(tail)
  if (after === undefined || before.length + after.length > 7) return
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

/** One spelling for each IPv6 address: that of RFC 5952. */
export const ipv6Text = (groups: ReadonlyArray<number>): string => {
  const hex = (part: ReadonlyArray<number>) => part.map((group) => group.toString(16)).join(":")
  const zeros = groups.map((_, at) => {
    const end = groups.findIndex((group, index) => index >= at && group !== 0)
    return { at, end: end < 0 ? groups.length : end }
  })
  const longest = zeros.reduce((best, run) => (run.end - run.at > best.end - best.at ? run : best), { at: 0, end: 1 })
  return longest.end - longest.at < 2
    ? hex(groups)
    : `${hex(groups.slice(0, longest.at))}::${hex(groups.slice(longest.end))}`
}

/** IPv4 blocks that are not anybody's to reach, and the length of each one's prefix (IANA's special registry). */
const closed4: ReadonlyArray<readonly [address: string, bits: number]> = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by a provider's customers; a cloud's metadata
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // a cloud's own services, on an address that looks public
  ["169.254.0.0", 16], // link-local; clouds' metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments; a cloud's metadata
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4] // reserved, and broadcast
]

const isPublic4 = (address: number): boolean =>
  !closed4.some(([start, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor(Number(ipv4Of(start)) / size)
  })

/** Of IPv6 only what is given to anybody is open, without tunnels that hold an IPv4 address, tests and documentation. */
const isPublic6 = ([first = 0, second = 0]: ReadonlyArray<number>): boolean =>
  first >= 0x2000 &&
  first <= 0x3fff &&
  !(first === 0x2001 && (second < 0x200 || second === 0xdb8)) &&
  first !== 0x2002 &&
  !(first === 0x3fff && second < 0x1000)

/** Whether an IP address, as a resolver or a socket tells it, is one of the open internet. What is no address is not. */
export const isPublicAddress = (text: string): boolean => {
  const quad = ipv4Of(text)
  if (quad !== undefined) return isPublic4(quad)
  const groups = ipv6Of(text)
  return groups !== undefined && isPublic6(groups)
}
