/** The head of a model file, made byte by byte: what a test needs of one, without any weights. */

type Value = number | string | ReadonlyArray<string> | bigint | boolean

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.concat([u64(BigInt(Buffer.byteLength(value))), Buffer.from(value)])

const valueOf = (value: Value): ReadonlyArray<Buffer> => {
  if (typeof value === "string") return [u32(8), text(value)]
  if (typeof value === "number") return [u32(4), u32(value)]
  if (typeof value === "bigint") return [u32(10), u64(value)]
  if (typeof value === "boolean") return [u32(7), Buffer.from([value ? 1 : 0])]
  return [u32(9), u32(8), u64(BigInt(value.length)), ...value.map(text)]
}

/** A file that claims these things of its model, and holds no weights. */
export const ggufFile = (facts: Readonly<Record<string, Value>>, version = 3): Buffer =>
  Buffer.concat([
    Buffer.from("GGUF"),
    u32(version),
    u64(0n),
    u64(BigInt(Object.keys(facts).length)),
    ...Object.entries(facts).flatMap(([key, value]) => [text(key), ...valueOf(value)])
  ])
