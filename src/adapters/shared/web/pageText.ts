/** What a page says of itself, and its text: by the encoding that it names, or the one that it must be in. */
import { htmlMarkdown } from "./htmlMarkdown.ts"

/** The type in lower case and the encoding that a `Content-Type` names. */
export const contentType = (header: string): { readonly mime: string; readonly charset: string | undefined } => {
  const [mime = "", ...parameters] = header.split(";")
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([\w.:-]+)"?\s*$/i.exec(one)?.[1]).find((it) => it)
  return { mime: mime.trim().toLowerCase(), charset }
}

const textual =
  /^text\/|^(?:application|model)\/(?:.*\+)?(?:json|xml|yaml|x-yaml|toml|javascript|ecmascript|x-sh|sql|graphql|x-ndjson|rtf)$|\+(?:json|xml|yaml)$/
const html = /^(?:text\/html|application\/xhtml\+xml)$/
const unknown = new Set(["", "application/octet-stream", "binary/octet-stream"])

const marks: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]]
]

const marked = (bytes: Uint8Array): string | undefined =>
  marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0]

/** The encoding that a page names in its first kilobyte. */
const named = (bytes: Uint8Array): string | undefined => {
  const head = String.fromCharCode(...bytes.subarray(0, 1024))
  return (
    /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1] ??
    /^<\?xml[^>]{0,100}?encoding=["']([\w.:-]+)/.exec(head)?.[1]
  )
}

const decoder = (label: string | undefined, fatal: boolean): TextDecoder | undefined => {
  try {
    return label === undefined ? undefined : new TextDecoder(label, { fatal })
  } catch {
    return undefined
  }
}

/** What Windows-1252 has from 0x80 to 0x9f: Node 20 reads Latin-1 there, and legacy pages hold their quotes there. */
const windows = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"

const decoded = (decode: TextDecoder | undefined, bytes: Uint8Array): string | undefined => {
  try {
    const text = decode?.decode(bytes)
    return decode?.encoding === "windows-1252"
      ? text?.replace(/[\x80-\x9f]/g, (char) => windows.charAt(char.charCodeAt(0) - 0x80))
      : text
  } catch {
    return undefined
  }
}

const wide = /^utf-?16/i

/** The text of bytes: by their mark, by the name given, by UTF-8 where they are valid, else as Windows-1252. */
const textOf = (bytes: Uint8Array, label: string | undefined): string =>
  decoded(decoder(marked(bytes), false), bytes) ??
  // UTF-8 that is valid is hardly ever anything else, whatever a server says; a wrong name is common.
  (!wide.test(label ?? "") && bytes.some((byte) => byte > 127) ? decoded(decoder("utf-8", true), bytes) : undefined) ??
  decoded(decoder(label, false), bytes) ??
  decoded(decoder("windows-1252", false), bytes) ??
  ""

const looksBinary = (bytes: Uint8Array): boolean => marked(bytes) === undefined && bytes.subarray(0, 8192).includes(0)

/** The text of a page, HTML as Markdown; nothing where it is binary by its type or its bytes. */
export const pageText = (bytes: Uint8Array, header: string, address: string): string | undefined => {
  const { charset, mime } = contentType(header)
  if (!(textual.test(mime) || unknown.has(mime))) return undefined
  if (looksBinary(bytes) && !wide.test(charset ?? "")) return undefined
  const isHtml = html.test(mime)
  const text = textOf(bytes, charset ?? (isHtml || mime.endsWith("xml") ? named(bytes) : undefined))
  const page = isHtml || (unknown.has(mime) && /^\s*<(?:!doctype\s+html|html)[\s>]/i.test(text))
  return page ? htmlMarkdown(text, address) : text
}
