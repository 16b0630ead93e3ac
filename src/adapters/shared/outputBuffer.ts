/** Collects a command's output in bounded memory: its first and its last bytes. */

/** What was kept of an output. */
export interface Kept {
  /** UTF-8 decoded; where the middle is missing, a notice says how much. */
  readonly output: string
  readonly truncated: boolean
  readonly bytes: number
}

/** Takes pieces of output as they come. */
export interface OutputBuffer {
  readonly push: (chunk: Uint8Array) => void
  readonly kept: () => Kept
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/** How many bytes a character that starts with this byte takes. */
const width = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1)

/** The bytes without the half of a character at their end. */
const wholeEnd = (bytes: Uint8Array): Uint8Array => {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    return width(byte) > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

/** The bytes without the rest of a character at their start. */
const wholeStart = (bytes: Uint8Array): Uint8Array => {
  let at = 0
  while (at < 3 && isContinuation(bytes[at])) at++
  return bytes.subarray(at)
}

/** The last bytes of a stream, in a ring of fixed size that is made on first need. */
const makeRing = (size: number) => {
  let ring: Uint8Array | undefined
  let at = 0
  let total = 0
  const push = (chunk: Uint8Array): void => {
    total += chunk.length
    if (size === 0) return
    ring ??= new Uint8Array(size)
    const last = chunk.length > size ? chunk.subarray(chunk.length - size) : chunk
    const first = last.subarray(0, size - at)
    ring.set(first, at)
    ring.set(last.subarray(first.length), 0)
    at = (at + last.length) % size
  }
  const bytes = (): Uint8Array => {
    if (ring === undefined) return new Uint8Array(0)
    if (total <= size) return ring.slice(0, total)
    const out = new Uint8Array(size)
    out.set(ring.subarray(at), 0)
    out.set(ring.subarray(0, at), size - at)
    return out
  }
  return { push, bytes, total: () => total }
}

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)

const join = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const out = new Uint8Array(a.length + b.length)
  out.set(a, 0)
  out.set(b, a.length)
  return out
}

/** Keeps at most `limit` bytes of what is pushed: half from the start, half from the end. */
export const makeOutputBuffer = (limit: number): OutputBuffer => {
  const half = Math.max(0, Math.floor(limit / 2))
  const headSize = Math.max(0, limit) - half
  const chunks: Array<Uint8Array> = []
  let headLength = 0
  const ring = makeRing(half)
  const push = (chunk: Uint8Array): void => {
    const take = Math.min(headSize - headLength, chunk.length)
    if (take > 0) {
      chunks.push(chunk.slice(0, take))
      headLength += take
    }
    if (take < chunk.length) ring.push(chunk.subarray(take))
  }
  const kept = (): Kept => {
    const head = chunks.reduce(join, new Uint8Array(0))
    const bytes = headLength + ring.total()
    if (bytes <= headSize + half) return { output: decode(join(head, ring.bytes())), truncated: false, bytes }
    const start = wholeEnd(head)
    const end = wholeStart(ring.bytes())
    const notice = `\n[… ${bytes - start.length - end.length} bytes left out …]\n`
    return { output: decode(start) + notice + decode(end), truncated: true, bytes }
  }
  return { push, kept }
}
