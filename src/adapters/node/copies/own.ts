/** Files of our own in the data folder: made for this account only, and replaced whole. */
import { hash as hashOnce, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import { FileError } from "../../../ports/Workspace.ts"
import { fileError } from "../files.ts"
import { ensureFolder } from "../folders.ts"

/** Runs what may throw as an effect whose error names the path. */
export const attempt = <A>(path: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: body, catch: (cause) => (cause instanceof FileError ? cause : fileError(path, cause)) })

/** SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => hashOnce("sha256", bytes)

/** A name for a temporary file that nobody else has. */
export const fresh = (): string => `.code-mesh-${randomBytes(8).toString("hex")}.tmp`

/** Writes all of the bytes, however many writes that takes. */
export const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at)
}

/** Creates a file with these bytes, which must not exist yet; `mode` is what the system's mask leaves of it, `exact` all of it. */
export const createFile = (
  path: string,
  bytes: Uint8Array,
  mode: number,
  how: { readonly sync?: boolean; readonly exact?: number } = {}
): void => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
  const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    writeAll(fd, bytes)
    if (how.exact !== undefined) fs.fchmodSync(fd, how.exact)
    if (how.sync === true) fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Whether a kept file is there; says that it is in use, so that it is not collected before somebody can name it. */
export const inUse = (path: string): boolean => {
  const now = new Date()
  try {
    fs.utimesSync(path, now, now)
    return true
  } catch {
    // Where times cannot be set, nothing can be removed either.
    return fs.existsSync(path)
  }
}

/** Makes a folder of ours, for this account's eyes only. */
export const makeFolder = (path: string): void => ensureFolder(path, 0o700)

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
    createFile(temporary, bytes, 0o600, { sync })
    fs.renameSync(temporary, path)
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
  if (sync) syncFolder(folder)
}

const unlock = (path: string): void => {
  fs.chmodSync(path, 0o700)
  for (const entry of fs.readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) unlock(`${path}/${entry.name}`)
}

/** Removes a folder of ours with all that is in it, whatever a command made unwritable there. Follows no link. */
export const removeTree = (path: string): void => {
  try {
    fs.rmSync(path, { recursive: true, force: true })
  } catch {
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) unlock(path)
    fs.rmSync(path, { recursive: true, force: true })
  }
}
