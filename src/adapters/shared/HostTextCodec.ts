/** The text codec over the TextDecoder and TextEncoder that Node and browsers share. */
import type * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { DecodedText, Encoding } from "../../ports/TextCodec.ts"
import { TextCodec } from "../../ports/TextCodec.ts"

const startsWith = (bytes: Uint8Array, mark: ReadonlyArray<number>): boolean =>
  bytes.length >= mark.length && mark.every((byte, index) => bytes[index] === byte)

const utf8Mark = [0xef, 0xbb, 0xbf]

/** The text where the bytes are valid, else nothing; a mark inside the bytes stays a character. */
const strictly = (label: string, bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** One character a byte; `TextDecoder("latin1")` would be windows-1252, which loses bytes. */
const bytewise = (bytes: Uint8Array): string => {
  const pieces: Array<string> = []
  for (let start = 0; start < bytes.length; start += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 8192)))
  }
  return pieces.join("")
}

const decoded = (text: string | undefined, encoding: Encoding): DecodedText | undefined =>
  text === undefined ? undefined : { text, encoding }

const decode = (bytes: Uint8Array): DecodedText | undefined => {
  if (startsWith(bytes, utf8Mark)) {
    const text = strictly("utf-8", bytes.subarray(3))
    if (text !== undefined && !text.includes("\0")) return { text, encoding: "utf-8-bom" }
  }
  if (startsWith(bytes, [0xff, 0xfe])) return decoded(strictly("utf-16le", bytes.subarray(2)), "utf-16le")
  if (startsWith(bytes, [0xfe, 0xff])) return decoded(strictly("utf-16be", bytes.subarray(2)), "utf-16be")
  if (bytes.includes(0)) return undefined
  return decoded(strictly("utf-8", bytes), "utf-8") ?? { text: bytewise(bytes), encoding: "latin1" }
}

const utf8 = (text: string, mark: ReadonlyArray<number>): Uint8Array => {
  const body = new TextEncoder().encode(text)
  if (mark.length === 0) return body
  const bytes = new Uint8Array(mark.length + body.length)
  bytes.set(mark)
  bytes.set(body, mark.length)
  return bytes
}

const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(2 + text.length * 2)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xfeff, littleEndian)
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 + index * 2, text.charCodeAt(index), littleEndian)
  }
  return bytes
}

const latin1 = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return undefined
    bytes[index] = code
  }
  return bytes
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const encode = (text: string, encoding: Encoding): Uint8Array | undefined => {
  if (loneSurrogate.test(text)) return undefined
  switch (encoding) {
    case "utf-8":
      return utf8(text, [])
    case "utf-8-bom":
      return utf8(text, utf8Mark)
    case "utf-16le":
      return utf16(text, true)
    case "utf-16be":
      return utf16(text, false)
    case "latin1":
      return latin1(text)
  }
}

/** The codec itself. */
export const make: Context.Tag.Service<TextCodec> = { decode, encode }

/** Text in every encoding that the port names, over the host's own coders. */
export const layer: Layer.Layer<TextCodec> = Layer.succeed(TextCodec, make)
