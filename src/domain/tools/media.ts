/** What a file is, by its first bytes, where it is not text. */

/** A kind of file: an image that models can look at, or something that is named and refused. */
export type Media =
  | { readonly kind: "image"; readonly mime: string }
  | { readonly kind: "other"; readonly name: string }

const signatures: ReadonlyArray<readonly [signature: ReadonlyArray<number>, media: Media]> = [
  [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], { kind: "image", mime: "image/png" }],
  [[0xff, 0xd8, 0xff], { kind: "image", mime: "image/jpeg" }],
  [[0x47, 0x49, 0x46, 0x38], { kind: "image", mime: "image/gif" }],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], { kind: "other", name: "a PDF document" }],
  [[0x50, 0x4b, 0x03, 0x04], { kind: "other", name: "a ZIP archive (or an office document, which is one)" }],
  [[0x1f, 0x8b], { kind: "other", name: "a gzip archive" }],
  [[0x7f, 0x45, 0x4c, 0x46], { kind: "other", name: "an ELF program or library" }],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], { kind: "other", name: "an SQLite database" }]
]

const has = (bytes: Uint8Array, at: number, signature: ReadonlyArray<number>): boolean =>
  signature.every((byte, index) => bytes[at + index] === byte)

/** What the bytes are, if they start as a known format does. */
export const mediaOf = (bytes: Uint8Array): Media | undefined => {
  if (has(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && has(bytes, 8, [0x57, 0x45, 0x42, 0x50])) {
    return { kind: "image", mime: "image/webp" }
  }
  return signatures.find(([signature]) => has(bytes, 0, signature))?.[1]
}
