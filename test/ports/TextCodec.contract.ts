/** What every TextCodec must hold. */
import * as Effect from "effect/Effect"
import { type Encoding, TextCodec } from "../../src/ports/TextCodec.ts"
import { type Contract, equal } from "../support/contract.ts"

const bytes = (...list: ReadonlyArray<number>): Uint8Array => new Uint8Array(list)
const ascii = (text: string): ReadonlyArray<number> => Array.from(text, (char) => char.charCodeAt(0))

const decodes = (input: Uint8Array, text: string, encoding: Encoding) =>
  Effect.map(TextCodec, (codec) => {
    equal(codec.decode(input), { text, encoding })
    equal(codec.encode(text, encoding), input)
  })
const binary = (...inputs: ReadonlyArray<Uint8Array>) =>
  Effect.map(TextCodec, (codec) => {
    for (const input of inputs) equal(codec.decode(input), undefined)
  })

const encodings = ["utf-8", "utf-8-bom", "utf-16le", "utf-16be", "latin1"] as const

/** What every TextCodec must hold. */
export const textCodecContract: Contract<TextCodec> = {
  name: "TextCodec",
  tests: [
    { name: "no bytes are an empty text", run: decodes(bytes(), "", "utf-8") },
    { name: "UTF-8 is read and written", run: decodes(bytes(0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80), "ä😀", "utf-8") },
    { name: "a mark is kept beside the text", run: decodes(bytes(0xef, 0xbb, 0xbf, 0x61), "a", "utf-8-bom") },
    {
      name: "a second mark is a character of the text",
      run: decodes(bytes(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf), "\ufeff", "utf-8-bom")
    },
    { name: "UTF-16LE is known by its mark", run: decodes(bytes(0xff, 0xfe, 0x61, 0, 0xac, 0x20), "a€", "utf-16le") },
    { name: "UTF-16BE is known by its mark", run: decodes(bytes(0xfe, 0xff, 0, 0x61, 0x20, 0xac), "a€", "utf-16be") },
    {
      name: "bytes that are not valid UTF-8 come back one by one, 0x80 to 0x9f too",
      run: decodes(bytes(0xe9, 0x80, 0x9f, 0xff, 0x0a), "\u00e9\u0080\u009f\u00ff\n", "latin1")
    },
    {
      name: "an overlong or truncated sequence is not valid",
      run: Effect.zipRight(
        decodes(bytes(0xc0, 0xaf), "\u00c0\u00af", "latin1"),
        decodes(bytes(0x61, 0xe2, 0x82), "a\u00e2\u0082", "latin1")
      )
    },
    {
      name: "a mark before invalid UTF-8 is bytes like the others",
      run: decodes(bytes(0xef, 0xbb, 0xbf, 0xe9), "\u00ef\u00bb\u00bf\u00e9", "latin1")
    },
    {
      name: "a NUL byte makes it binary, and so do half characters of UTF-16",
      run: binary(
        bytes(...ascii("a"), 0),
        bytes(0xff, 0xfe, 0x61),
        bytes(0xff, 0xfe, 0, 0xd8),
        bytes(0xef, 0xbb, 0xbf, 0)
      )
    },
    {
      name: "half of a surrogate pair has no bytes in any encoding",
      run: Effect.map(TextCodec, (codec) => {
        for (const encoding of encodings) {
          for (const text of ["a\ud800b", "\udc00", "\ud83d", "\ude00\ud83d"])
            equal(codec.encode(text, encoding), undefined)
        }
      })
    },
    {
      name: "what Latin-1 has no byte for is refused",
      run: Effect.map(TextCodec, (codec) => equal(codec.encode("a€", "latin1"), undefined))
    },
    {
      name: "megabytes come back as they were",
      run: Effect.map(TextCodec, (codec) => {
        const large = Uint8Array.from({ length: 3_000_000 }, (_, index) => 1 + ((index * 31) % 255))
        const read = codec.decode(large)
        equal(read?.encoding, "latin1")
        const back = codec.encode(read?.text ?? "", "latin1")
        equal(back?.length === large.length && back.every((byte, index) => byte === large[index]), true)
      })
    }
  ]
}
