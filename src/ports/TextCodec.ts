/** Bytes to text and back without losing one, which the domain has no host global for. */
import * as Context from "effect/Context"

/**
 * How a file's bytes spell its text. `latin1` stands for bytes that are not valid UTF-8: each byte is one character, so
 * that what is not touched comes back as it was.
 */
export type Encoding = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "latin1"

/** A file's text without its byte order mark, and how to spell it again. */
export interface DecodedText {
  readonly text: string
  readonly encoding: Encoding
}

/** Bytes to text and back without losing one. */
export class TextCodec extends Context.Tag("code-mesh/ports/TextCodec")<
  TextCodec,
  {
    /** The text, or nothing where the bytes are binary (a NUL byte without a UTF-16 mark). */
    readonly decode: (bytes: Uint8Array) => DecodedText | undefined
    /** The bytes, or nothing where the encoding has no spelling for a character; lone surrogates have none. */
    readonly encode: (text: string, encoding: Encoding) => Uint8Array | undefined
  }
>() {}
