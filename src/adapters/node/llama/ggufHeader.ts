/** What the head of a model file says of the model, read without loading it: its weights and its words are passed over. */
import { type FileHandle, open } from "node:fs/promises"

/** What a file says of its model. */
export interface GgufFacts {
  /** The window that the model was made for, in tokens. */
  readonly context: number
}

// Far more than any head has; what claims more is no head.
const most = 256 * 1024 * 1024
const piece = 256 * 1024

/** Reads numbers and texts one after the other. */
const readerOf = (file: FileHandle) => {
  let buffer = Buffer.alloc(0)
  let at = 0
  let start = 0
  const need = async (bytes: number): Promise<void> => {
    if (at + bytes <= buffer.length) return
    if (start + at + bytes > most) throw new Error("its head is too long")
    const next = Buffer.alloc(Math.max(piece, bytes))
    start += at
    const { bytesRead } = await file.read(next, 0, next.length, start)
    buffer = next.subarray(0, bytesRead)
    at = 0
    if (bytesRead < bytes) throw new Error("it ends in the middle of its head")
  }
  const take = async (bytes: number): Promise<Buffer> => {
    await need(bytes)
    at += bytes
    return buffer.subarray(at - bytes, at)
  }
  const count = async (): Promise<number> => Number((await take(8)).readBigUInt64LE())
  return {
    take,
    count,
    whole: async () => (await take(4)).readUInt32LE(),
    text: async () => (await take(await count())).toString("utf8"),
    skip: async (bytes: number): Promise<void> => {
      const held = Math.min(bytes, buffer.length - at)
      at += held
      if (bytes === held) return
      start += at + bytes - held
      buffer = Buffer.alloc(0)
      at = 0
    }
  }
}

type Reader = ReturnType<typeof readerOf>

// The kinds of value, by their number in the file: how many bytes each takes.
const sizes: ReadonlyArray<number> = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
const text = 8
const list = 9

const sizeOf = (kind: number): number => {
  const size = sizes[kind]
  if (size === undefined) throw new Error(`it holds a value of the unknown kind ${kind}`)
  return size
}

/** Passes over a value. */
const pass = async (reader: Reader, kind: number): Promise<void> => {
  if (kind === text) return reader.skip(await reader.count())
  if (kind !== list) return reader.skip(sizeOf(kind))
  const inner = await reader.whole()
  const length = await reader.count()
  if (inner !== text && inner !== list) return reader.skip(length * sizeOf(inner))
  for (let index = 0; index < length; index += 1) await pass(reader, inner)
}

const numberOf = async (reader: Reader, kind: number): Promise<number> => {
  const bytes = await reader.take(sizeOf(kind))
  return bytes.length === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, bytes.length)
}

const factsFrom = async (reader: Reader): Promise<GgufFacts> => {
  if ((await reader.take(4)).toString("latin1") !== "GGUF") throw new Error("it is no GGUF file")
  const version = await reader.whole()
  if (version < 2 || version > 9) throw new Error(`it is of GGUF's version ${version}, which is not known`)
  await reader.count()
  const values = await reader.count()
  for (let index = 0; index < values; index += 1) {
    const key = await reader.text()
    const kind = await reader.whole()
    if (!/^[^.]+\.context_length$/.test(key)) await pass(reader, kind)
    else {
      const context = await numberOf(reader, kind)
      if (context > 0) return { context }
    }
  }
  throw new Error("it does not say how long its window is, so it is no language model")
}

/** What a model file says; rejects where it cannot be read, or is none. */
export const ggufHeader = async (path: string): Promise<GgufFacts> => {
  const file = await open(path, "r")
  try {
    return await factsFrom(readerOf(file))
  } finally {
    await file.close()
  }
}
