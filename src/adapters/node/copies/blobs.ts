/** Contents by their SHA-256 in the data folder. */
import * as fs from "node:fs"
import { dirname } from "node:path"
import type * as Effect from "effect/Effect"
import { FileError } from "../../../ports/Workspace.ts"
import type { BlobStore } from "../../shared/copies/held.ts"
import { errnoOf } from "../files.ts"
import { attempt, createFile, fresh, inUse, makeFolder, sha256 } from "./own.ts"
import { type PackWriter, packsIn } from "./packs.ts"

/** A blob store on this disk, and where its files are. */
export interface DiskBlobs extends BlobStore {
  /** A file that holds a kept content. */
  readonly fileOf: (hash: string) => string
  readonly has: (hash: string) => boolean
  readonly bytes: (hash: string) => Uint8Array
  /** Keeps many small contents in one file. */
  readonly pack: () => PackWriter
  /** Keeps bytes whose hash is known. */
  readonly keep: (hash: string, bytes: Uint8Array) => void
  /** Keeps a file's content by copying it, shared where the file system can. */
  readonly keepFile: (hash: string, path: string) => void
}

const hashShape = /^[0-9a-f]{64}$/

/** The blob store in a data folder. Nothing is made there before the first content. */
export const diskBlobs = (dataDir: string): DiskBlobs => {
  const folders = new Set<string>()
  const pathOf = (hash: string): string => {
    if (!hashShape.test(hash)) throw new FileError({ kind: "missing", path: hash, reason: "it is no content's name" })
    return `${dataDir}/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`
  }
  const place = (hash: string, fill: (temporary: string) => void): void => {
    const path = pathOf(hash)
    if (inUse(path)) return
    const folder = dirname(path)
    if (!folders.has(folder)) makeFolder(folder)
    folders.add(folder)
    const temporary = `${folder}/${fresh()}`
    try {
      fill(temporary)
      fs.renameSync(temporary, path)
    } catch (cause) {
      fs.rmSync(temporary, { force: true })
      throw cause
    }
  }
  const keep = (hash: string, bytes: Uint8Array): void => place(hash, (at) => createFile(at, bytes, 0o600))
  const packs = packsIn(`${dataDir}/packs`)
  const bytesOf = (hash: string): Uint8Array => {
    try {
      return new Uint8Array(fs.readFileSync(pathOf(hash)))
    } catch (cause) {
      if (errnoOf(cause) !== "ENOENT") throw cause
    }
    const packed = packs.get(hash)
    if (packed !== undefined) return packed
    throw new FileError({ kind: "missing", path: `blobs/${hash}`, reason: "this content was not kept" })
  }
  return {
    keep,
    has: (hash) => packs.has(hash) || inUse(pathOf(hash)),
    bytes: bytesOf,
    pack: () => packs.writer(fresh().slice(1, -4)),
    fileOf: (hash) => {
      if (!fs.existsSync(pathOf(hash))) keep(hash, bytesOf(hash))
      return pathOf(hash)
    },
    keepFile: (hash, path) =>
      place(hash, (at) => {
        fs.copyFileSync(path, at, fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL)
        fs.chmodSync(at, 0o600)
      }),
    put: (bytes) =>
      attempt(`${dataDir}/blobs`, () => {
        const hash = sha256(bytes)
        keep(hash, bytes)
        return hash
      }),
    get: (hash): Effect.Effect<Uint8Array, FileError> => attempt(`blobs/${hash}`, () => bytesOf(hash))
  }
}
