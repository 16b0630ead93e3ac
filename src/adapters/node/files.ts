/** Opening, reading, replacing and deleting files by handle, so that what was checked is what is touched. */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { FileError } from "../../ports/Workspace.ts"
import { baseName, escaped, namesOf, parentOf, under, within } from "../shared/spelling.ts"
import { ensureFolder } from "./folders.ts"

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants

/** A file that says size 0 but has bytes (/proc) is read no further than this. */
const mostUnsized = 16 * 1024 * 1024
/** What one read may hold where the caller sets no limit: the most that one array of bytes can be trusted with. */
const mostAtAll = 2 ** 31 - 1

/** The system's name for what went wrong, or nothing where it is not a system error. */
export const errnoOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

const kinds: Readonly<Record<string, readonly [FileError["kind"], string]>> = {
  ENOENT: ["missing", "there is no such file or directory"],
  EISDIR: ["is_directory", "it is a directory"],
  ENOTDIR: ["not_directory", "a part of the path is not a directory"],
  ELOOP: ["loop", "its links lead in a circle"],
  EACCES: ["permission", "the system does not permit it"],
  EPERM: ["permission", "the system does not permit it"],
  EROFS: ["permission", "the file system is read-only"],
  ENOSPC: ["no_space", "the disk is full"],
  EDQUOT: ["no_space", "the disk quota is used up"],
  EFBIG: ["no_space", "the file would grow past what the system allows"],
  ENXIO: ["not_regular", "it is not a regular file"],
  ENODEV: ["not_regular", "it is not a regular file"],
  ENAMETOOLONG: ["other", "the name is too long"]
}

/** A system error as the port names it. */
export const fileError = (path: string, cause: unknown): FileError => {
  const known = kinds[errnoOf(cause) ?? ""]
  if (known !== undefined) return new FileError({ kind: known[0], path, reason: known[1] })
  return new FileError({ kind: "other", path, reason: cause instanceof Error ? cause.message : String(cause) })
}

/** Where open handles have names; only Linux has such a place that can be walked on from. */
const handles = process.platform === "linux" && fs.existsSync("/proc/self/fd") ? "/proc/self/fd" : undefined

const nameOfHandle = (fd: number): string | undefined => {
  try {
    return handles === undefined ? undefined : fs.readlinkSync(`${handles}/${fd}`)
  } catch {
    return undefined
  }
}

const tooLarge = (path: string, limit: number): FileError =>
  new FileError({ kind: "too_large", path, reason: `it is larger than ${limit} bytes` })

const readAll = (fd: number, path: string, size: number, limit: number): Uint8Array => {
  let bytes = new Uint8Array(Math.min(limit, size === 0 ? 65_536 : size) + 1)
  let length = 0
  for (;;) {
    const got = fs.readSync(fd, bytes, length, bytes.length - length, null)
    if (got === 0) return bytes.subarray(0, length)
    length += got
    if (length > limit) throw tooLarge(path, limit)
    if (length < bytes.length) continue
    const grown = new Uint8Array(Math.min(limit + 1, bytes.length * 2))
    grown.set(bytes)
    bytes = grown
  }
}

const mustBeRegular = (stat: fs.Stats, path: string): void => {
  if (stat.isDirectory()) throw new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  if (!stat.isFile()) throw new FileError({ kind: "not_regular", path, reason: "it is not a regular file" })
}

/**
 * A regular file's bytes. Never waits for a pipe or a device, holds no more than `maxBytes`, and refuses a file that by
 * the time it is open stands outside `inside`.
 */
export const readRegular = (what: {
  readonly path: string
  readonly disk: string
  readonly inside?: string
  readonly maxBytes?: number
}): Uint8Array => {
  const { path, disk } = what
  mustBeRegular(fs.statSync(disk), path)
  const fd = fs.openSync(disk, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY)
  try {
    const stat = fs.fstatSync(fd)
    mustBeRegular(stat, path)
    const name = what.inside === undefined ? undefined : nameOfHandle(fd)
    if (name !== undefined && within(what.inside ?? "", name) === undefined) throw escaped(path, name)
    const limit = Math.min(what.maxBytes ?? mostAtAll, stat.size === 0 ? mostUnsized : mostAtAll)
    if (stat.size > limit) throw tooLarge(path, limit)
    return readAll(fd, path, stat.size, limit)
  } finally {
    fs.closeSync(fd)
  }
}

/** Linux's O_PATH, which Node does not name: a handle to walk on from, for which search permission is enough. */
const O_PATH = 0o10000000

const openOne = (parent: number, name: string): number => {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW
  const at = `${handles}/${parent}/${name}`
  try {
    return fs.openSync(at, flags)
  } catch (cause) {
    if (errnoOf(cause) !== "ENOENT") throw cause
  }
  try {
    fs.mkdirSync(at)
  } catch (cause) {
    if (errnoOf(cause) !== "EEXIST") throw cause
  }
  return fs.openSync(at, flags)
}

/** Walks from `base` to `directory` one name at a time, following no link, making what is missing. */
const openByHandles = (path: string, base: string, directory: string): number => {
  let fd = fs.openSync(base, O_PATH | O_DIRECTORY)
  try {
    for (const name of namesOf(within(base, directory) ?? "")) {
      const next = openOne(fd, name)
      fs.closeSync(fd)
      fd = next
    }
    return fd
  } catch (cause) {
    const at = nameOfHandle(fd)
    fs.closeSync(fd)
    // A link where a directory was located says ELOOP or ENOTDIR: someone swapped it meanwhile.
    if (errnoOf(cause) === "ELOOP") throw escaped(path, at ?? directory)
    if (errnoOf(cause) === "ENOTDIR" && isLink(base, directory)) throw escaped(path, at ?? directory)
    throw cause
  }
}

const isLink = (base: string, directory: string): boolean => {
  let at = base
  for (const name of namesOf(within(base, directory) ?? "")) {
    at = under(at, name)
    if (fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) return true
  }
  return false
}

const openByNames = (path: string, directory: string): void => {
  ensureFolder(directory)
  const real = fs.realpathSync.native(directory)
  if (real !== directory) throw escaped(path, real)
}

/** Runs `body` with a spelling of `directory` that stays the same directory whatever is renamed or linked meanwhile. */
const inDirectory = <A>(path: string, base: string, directory: string, body: (at: string) => A): A => {
  if (handles === undefined) {
    openByNames(path, directory)
    return body(directory)
  }
  const fd = openByHandles(path, base, directory)
  try {
    return body(`${handles}/${fd}`)
  } finally {
    fs.closeSync(fd)
  }
}

const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at)
}

/** Puts a whole file at `disk`, a real path under `base`; readers see the old bytes or the new, never a part. */
export const replaceFile = (what: {
  readonly path: string
  readonly base: string
  readonly disk: string
  readonly bytes: Uint8Array
  readonly mode?: number
}): void =>
  inDirectory(what.path, what.base, parentOf(what.disk), (at) => {
    const temporary = `${at}/.code-mesh-${randomBytes(8).toString("hex")}.tmp`
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
    try {
      try {
        writeAll(fd, what.bytes)
        if (what.mode !== undefined) fs.fchmodSync(fd, what.mode)
      } finally {
        fs.closeSync(fd)
      }
      fs.renameSync(temporary, `${at}/${baseName(what.disk)}`)
    } catch (cause) {
      fs.rmSync(temporary, { force: true })
      throw cause
    }
  })

/** Deletes the file or link `name` in `directory`, a real path under `base`. */
export const unlinkIn = (what: {
  readonly path: string
  readonly base: string
  readonly directory: string
  readonly name: string
}): void => {
  const stat = fs.lstatSync(under(what.directory, what.name))
  if (stat.isDirectory()) throw new FileError({ kind: "is_directory", path: what.path, reason: "it is a directory" })
  inDirectory(what.path, what.base, what.directory, (at) => fs.unlinkSync(`${at}/${what.name}`))
}
