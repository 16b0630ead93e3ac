/** Contents by their SHA-256 in the data folder, and files there that are replaced whole. */
import { hash as hashOnce, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import { FileError } from "../../../ports/Workspace.ts"
import type { BlobStore } from "../../shared/copies/held.ts"
import { errnoOf, fileError } from "../files.ts"

/** Runs what may throw as an effect whose error names the path. */
export const attempt = <A>(path: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: body, catch: (cause) => (cause instanceof FileError ? cause : fileError(path, cause)) })

/** SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => hashOnce("sha256", bytes)

/** A name for a temporary file that nobody else has. */
export const fresh = (): string => `.code-mesh-${randomBytes(8).toString("hex")}.tmp`

const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at)
}

/** Creates a file with these bytes and permission bits, which must not exist yet. */
export const createFile = (path: string, bytes: Uint8Array, mode: number, sync = false): void => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
  const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    writeAll(fd, bytes)
    if (sync) fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes a folder of ours, for this account's eyes only. */
export const makeFolder = (path: string): void => void fs.mkdirSync(path, { recursive: true, mode: 0o700 })

const syncFolder = (path: string): void => {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Replaces a file of ours whole; with `sync`, what follows happens only once it is on the disk. */
export const replaceOwn = (path: string, bytes: Uint8Array, sync = false): void => {
  const folder = dirname(path)
  makeFolder(folder)
  const temporary = `${folder}/${fresh()}`
  try {
    createFile(temporary, bytes, 0o600, sync)
    fs.renameSync(temporary, path)
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
  if (sync) syncFolder(folder)
}

/** A blob store on this disk, and where its files are. */
export interface DiskBlobs extends BlobStore {
  readonly fileOf: (hash: string) => string
  /** Keeps bytes whose hash is known. */
  readonly keep: (hash: string, bytes: Uint8Array) => void
  /** Keeps a file's content by copying it, shared where the file system can. */
  readonly keepFile: (hash: string, path: string) => void
}

const hashShape = /^[0-9a-f]{64}$/

/** The blob store in a data folder. Nothing is made there before the first content. */
export const diskBlobs = (dataDir: string): DiskBlobs => {
  const folders = new Set<string>()
  const fileOf = (hash: string): string => {
    if (!hashShape.test(hash)) throw new FileError({ kind: "missing", path: hash, reason: "it is no content's name" })
    return `${dataDir}/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`
  }
  const place = (hash: string, fill: (temporary: string) => void): void => {
    const path = fileOf(hash)
    if (fs.existsSync(path)) return
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
  return {
    fileOf,
    keep,
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
    get: (hash) =>
      attempt(`blobs/${hash}`, () => {
        try {
          return new Uint8Array(fs.readFileSync(fileOf(hash)))
        } catch (cause) {
          if (errnoOf(cause) !== "ENOENT") throw cause
          throw new FileError({ kind: "missing", path: `blobs/${hash}`, reason: "this content was not kept" })
        }
      })
  }
}
