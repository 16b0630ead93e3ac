/** Opening, reading, replacing and deleting files by handle, so that what was checked is what is touched. */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { type Entry, FileError, type Stat } from "../../ports/Workspace.ts"
import { baseName, byCodeUnit, namesOf, parentOf, under, within } from "../shared/spelling.ts"
import { namedThere } from "./elsewhere.ts"
import { ensureFolder } from "./folders.ts"

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants

/** Linux's O_PATH, which Node does not name: a handle to walk on from, for which search permission is enough. */
const O_PATH = 0o10000000

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

/** The refusal of a place that is no longer where it was when it was looked up. */
const moved = (path: string, now: string): FileError =>
  new FileError({
    kind: "escape",
    path,
    reason: `while it was being opened, a link or another directory took its place, at ${now}. Nothing was touched there`
  })

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

/** Where a handle's thing stands, if that is not `disk`, a real path. One that was deleted since still counts as there. */
const strayed = (fd: number, disk: string): string | undefined => {
  const name = nameOfHandle(fd)
  if (name !== undefined) {
    const expected = namedThere(disk)
    return name === expected || name === `${expected} (deleted)` ? undefined : name
  }
  const real = fs.realpathSync.native(disk)
  if (real !== disk) return real
  const [opened, named] = [fs.fstatSync(fd), fs.lstatSync(disk)]
  return opened.ino === named.ino && opened.dev === named.dev ? undefined : disk
}

/** Opens a real path that must still lead to itself; what a link brought in since is refused before a byte of it is read. */
const openAt = (path: string, disk: string, flags: number): number => {
  const fd = fs.openSync(disk, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
  try {
    const stray = strayed(fd, disk)
    if (stray !== undefined) throw moved(path, stray)
    return fd
  } catch (cause) {
    fs.closeSync(fd)
    throw cause
  }
}

/** Opens the thing at a real path to be read; `at` is a name that stays this thing's, whatever is moved meanwhile. */
export const openFile = (path: string, disk: string): { readonly fd: number; readonly at: string } => {
  const fd = openAt(path, disk, O_RDONLY)
  return { fd, at: handles === undefined ? disk : `${handles}/${fd}` }
}

/**
 * A regular file's bytes, at a real path. Never waits for a pipe or a device, holds no more than `maxBytes`, and refuses
 * a file that by the time it is open stands elsewhere.
 */
export const readRegular = (what: {
  readonly path: string
  readonly disk: string
  readonly maxBytes?: number
}): Uint8Array => {
  const { path, disk } = what
  // A device may act when it is opened.
  mustBeRegular(fs.lstatSync(disk), path)
  const { fd } = openFile(path, disk)
  try {
    const stat = fs.fstatSync(fd)
    mustBeRegular(stat, path)
    const limit = Math.min(what.maxBytes ?? mostAtAll, stat.size === 0 ? mostUnsized : mostAtAll)
    if (stat.size > limit) throw tooLarge(path, limit)
    return readAll(fd, path, stat.size, limit)
  } finally {
    fs.closeSync(fd)
  }
}

/** Adds permission bits to the thing at a real path. */
export const addMode = (path: string, disk: string, bits: number): void => {
  const fd = openAt(path, disk, handles === undefined ? O_RDONLY : O_PATH)
  try {
    const mode = (fs.fstatSync(fd).mode & 0o7777) | bits
    if (handles === undefined) fs.fchmodSync(fd, mode)
    else fs.chmodSync(`${handles}/${fd}`, mode)
  } finally {
    fs.closeSync(fd)
  }
}

/** What an entry is itself, links not followed. */
export const kindOf = (it: fs.Stats | fs.Dirent): Entry["kind"] =>
  it.isFile() ? "file" : it.isDirectory() ? "directory" : it.isSymbolicLink() ? "symlink" : "other"

/** A stat as the port names it. */
export const statOf = (it: fs.Stats): Stat => ({
  kind: kindOf(it),
  size: it.size,
  mode: it.mode & 0o7777,
  mtimeMs: it.mtimeMs
})

/** The entries of the directory at a real path, in code-unit order. */
export const listFolder = (path: string, disk: string): ReadonlyArray<Entry> => {
  const fd = openAt(path, disk, O_RDONLY | O_DIRECTORY)
  try {
    return fs
      .readdirSync(handles === undefined ? disk : `${handles}/${fd}`, { withFileTypes: true })
      .map((it) => ({ name: it.name, kind: kindOf(it) }))
      .sort((a, b) => byCodeUnit(a.name, b.name))
  } finally {
    fs.closeSync(fd)
  }
}

const openOne = (parent: number, name: string, make: boolean): number => {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW
  const at = `${handles}/${parent}/${name}`
  try {
    return fs.openSync(at, flags)
  } catch (cause) {
    if (!make || errnoOf(cause) !== "ENOENT") throw cause
  }
  try {
    fs.mkdirSync(at)
  } catch (cause) {
    if (errnoOf(cause) !== "EEXIST") throw cause
  }
  return fs.openSync(at, flags)
}

/** A directory to work in: a real path under `base`. */
export interface Folder {
  /** How errors name the thing that is worked on. */
  readonly path: string
  readonly base: string
  readonly directory: string
  /** Make it, and those above it up to `base`, where they are missing. */
  readonly make?: true
}

/** Walks from `base` to `directory` one name at a time, following no link. */
const openByHandles = ({ base, directory, make, path }: Folder): number => {
  let fd = fs.openSync(base, O_PATH | O_DIRECTORY)
  try {
    for (const name of namesOf(within(base, directory) ?? "")) {
      const next = openOne(fd, name, make === true)
      fs.closeSync(fd)
      fd = next
    }
    return fd
  } catch (cause) {
    const at = nameOfHandle(fd)
    fs.closeSync(fd)
    // A link where a directory was located says ELOOP or ENOTDIR: someone swapped it meanwhile.
    if (errnoOf(cause) === "ELOOP") throw moved(path, at ?? directory)
    if (errnoOf(cause) === "ENOTDIR" && isLink(base, directory)) throw moved(path, at ?? directory)
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

/** Where handles have no names: the directory by its own name, for as long as that is its real one. */
const byName = ({ directory, make, path }: Folder): Opened => {
  if (make === true) ensureFolder(directory)
  const check = (): void => {
    const real = fs.realpathSync.native(directory)
    if (real !== directory) throw moved(path, real)
  }
  check()
  return { at: directory, check }
}

/** An open directory: `at` stays this directory whatever is renamed or linked; `check` throws once it was moved. */
interface Opened {
  readonly at: string
  readonly check: () => void
}

/** Runs `body` in a directory that was reached without following a link and stands where it should. */
export const inFolder = <A>(folder: Folder, body: (opened: Opened) => A): A => {
  if (handles === undefined) return body(byName(folder))
  const fd = openByHandles(folder)
  const check = (): void => {
    const stray = strayed(fd, folder.directory)
    if (stray !== undefined) throw moved(folder.path, stray)
  }
  try {
    check()
    return body({ at: `${handles}/${fd}`, check })
  } finally {
    fs.closeSync(fd)
  }
}

const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at)
}

/** Gives a file its name; takes it away again where its directory was moved in that very moment and it was new there. */
const settle = ({ at, check }: Opened, temporary: string, name: string): void => {
  check()
  const fresh = fs.lstatSync(`${at}/${name}`, { throwIfNoEntry: false }) === undefined
  fs.renameSync(temporary, `${at}/${name}`)
  try {
    check()
  } catch (cause) {
    if (fresh) fs.unlinkSync(`${at}/${name}`)
    throw cause
  }
}

/** Puts a whole file at `disk`, a real path under `base`; readers see the old bytes or the new, never a part. */
export const replaceFile = (what: {
  readonly path: string
  readonly base: string
  readonly disk: string
  readonly bytes: Uint8Array
  readonly mode?: number
}): void =>
  inFolder({ path: what.path, base: what.base, directory: parentOf(what.disk), make: true }, (opened) => {
    const temporary = `${opened.at}/.code-mesh-${randomBytes(8).toString("hex")}.tmp`
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
    try {
      try {
        writeAll(fd, what.bytes)
        if (what.mode !== undefined) fs.fchmodSync(fd, what.mode)
      } finally {
        fs.closeSync(fd)
      }
      settle(opened, temporary, baseName(what.disk))
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
}): void =>
  inFolder(what, ({ at }) => {
    const stat = fs.lstatSync(`${at}/${what.name}`)
    if (stat.isDirectory()) throw new FileError({ kind: "is_directory", path: what.path, reason: "it is a directory" })
    fs.unlinkSync(`${at}/${what.name}`)
  })
