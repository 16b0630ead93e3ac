/** Makes a full tree from the real tree's bytes, and freezes every file's content as it is copied. */
import * as fs from "node:fs"
import { FileError } from "../../../ports/Workspace.ts"
import { type Held, kindOfMode } from "../../shared/copies/held.ts"
import { errnoOf, openFile } from "../files.ts"
import type { DiskBlobs } from "./blobs.ts"
import { lstat } from "./ground.ts"
import { makeFolder, sha256, writeAll } from "./own.ts"
import { pace } from "./pace.ts"
import type { PackWriter } from "./packs.ts"
import type { TreeFile } from "./store.ts"

/** One tree to make. `cache` knows the hashes of files by their stat, and is brought up to date. */
export interface Making {
  readonly from: string
  readonly to: string
  readonly blobs: DiskBlobs
  /** Where small contents are kept. */
  readonly pack: PackWriter
  readonly cache: Map<string, TreeFile>
  /** Absolute paths that are not the project's: our own data folder. */
  readonly without: ReadonlySet<string>
  /** Ignored folders, relative. `left` are made as empty folders, `plain` are copied without being frozen. */
  readonly left: ReadonlySet<string>
  readonly plain: ReadonlySet<string>
  readonly freeze: boolean
  readonly signal: AbortSignal
  /** Told of each folder made. */
  readonly folders?: Set<string>
}

const { COPYFILE_EXCL, COPYFILE_FICLONE, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants

/** Larger files are copied by the system, which may share their blocks. */
const small = 128 * 1024
/** A stat this fresh could miss a change of the same size in the same tick of the clock. */
const settled = 50

/** A file's line in a checkpoint. */
export const treeFile = (held: Held, stat: fs.Stats): TreeFile => ({
  ...held,
  mode: stat.mode & 0o7777,
  mtimeMs: stat.mtimeMs,
  ino: stat.ino,
  ctimeMs: trusted(stat.ctimeMs, Date.now())
})

const trusted = (ctimeMs: number, now: number): number => (now - ctimeMs < settled ? 0 : ctimeMs)

/** Whether a stat is the one that a file was remembered by. */
export const isAsBefore = (file: TreeFile, stat: fs.Stats): boolean =>
  file.ctimeMs !== 0 &&
  file.ctimeMs === stat.ctimeMs &&
  file.mtimeMs === stat.mtimeMs &&
  file.ino === stat.ino &&
  file.mode === (stat.mode & 0o7777) &&
  (file.kind === "symlink") === stat.isSymbolicLink() &&
  (file.kind === "symlink" || file.size === stat.size)

const readWhole = (fd: number, size: number): Buffer => {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  while (at < size) {
    const got = fs.readSync(fd, bytes, at, size - at, null)
    if (got === 0) return bytes.subarray(0, at)
    at += got
  }
  return bytes
}

interface Copied {
  readonly held: Held
  /** The stats of what was copied and of the copy. */
  readonly source: fs.Stats
  readonly made: fs.Stats
}

const finish = (to: string, stat: fs.Stats): void => {
  fs.chmodSync(to, stat.mode & 0o7777)
  fs.utimesSync(to, stat.atime, stat.mtime)
}

/** A new file with the bytes, permission bits and time of another; answers its own stat. */
const putAlike = (to: string, bytes: Uint8Array, source: fs.Stats): fs.Stats => {
  const fd = fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, source.mode & 0o7777)
  try {
    if (bytes.length > 0) writeAll(fd, bytes)
    const made = fs.fstatSync(fd)
    if (made.mode !== source.mode) fs.fchmodSync(fd, source.mode & 0o7777)
    fs.futimesSync(fd, source.atimeMs / 1000, source.mtimeMs / 1000)
    return fs.fstatSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

const copySmall = (fd: number, source: fs.Stats, making: Making, to: string, known: string | undefined): Copied => {
  const bytes = readWhole(fd, source.size)
  const hash = known ?? sha256(bytes)
  if (known === undefined) making.pack.keep(hash, bytes)
  const made = putAlike(to, bytes, source)
  return { held: { hash, size: bytes.length, kind: kindOfMode(source.mode) }, source, made }
}

const copyLarge = async (
  /** A name that stays this file's. */
  from: string,
  stat: fs.Stats,
  making: Making,
  to: string,
  freeze: boolean
): Promise<Copied> => {
  await fs.promises.copyFile(from, to, COPYFILE_FICLONE | COPYFILE_EXCL)
  const hash = freeze ? await hashFile(to) : ""
  if (freeze) making.blobs.keepFile(hash, to)
  finish(to, stat)
  const made = fs.lstatSync(to)
  return { held: { hash, size: made.size, kind: kindOfMode(stat.mode) }, source: stat, made }
}

/** A large file's SHA-256 without holding it whole. */
export const hashFile = async (path: string): Promise<string> => {
  const { createHash } = await import("node:crypto")
  const hash = createHash("sha256")
  for await (const chunk of fs.createReadStream(path)) hash.update(chunk)
  return hash.digest("hex")
}

/** A large file that is as it was when it was frozen; nothing where it changes just now. */
const copyKnown = (from: string, to: string, known: TreeFile, stat: fs.Stats): Copied | undefined => {
  fs.copyFileSync(from, to, COPYFILE_FICLONE | COPYFILE_EXCL)
  const after = fs.statSync(from, { throwIfNoEntry: false })
  if (after === undefined || !isAsBefore(known, after)) {
    fs.rmSync(to, { force: true })
    return undefined
  }
  finish(to, stat)
  return {
    held: { hash: known.hash, size: known.size, kind: kindOfMode(stat.mode) },
    source: stat,
    made: fs.lstatSync(to)
  }
}

const copyFile = async (making: Making, path: string, from: string, to: string, freeze: boolean) => {
  const { at, fd } = openFile(path, from)
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) return undefined
    const cached = freeze ? making.cache.get(path) : undefined
    const known =
      cached !== undefined && isAsBefore(cached, stat) && making.blobs.isSettled(cached.hash) ? cached : undefined
    if (stat.size <= small) return copySmall(fd, stat, making, to, freeze ? known?.hash : "")
    const copied = known === undefined ? undefined : copyKnown(at, to, known, stat)
    return copied ?? (await copyLarge(at, stat, making, to, freeze))
  } finally {
    fs.closeSync(fd)
  }
}

const copyLink = (making: Making, from: string, to: string, freeze: boolean): Copied => {
  const source = fs.lstatSync(from)
  const text = fs.readlinkSync(from, "buffer")
  const hash = freeze ? sha256(text) : ""
  if (freeze) making.pack.keep(hash, text)
  fs.symlinkSync(text, to)
  return { held: { hash, size: text.length, kind: "symlink" }, source, made: fs.lstatSync(to) }
}

/** Errors of one path that mean it is not there to be copied: it vanished, was swapped, or is not ours to read. */
const passable = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EPERM", "ENXIO"])

/** An entry of a folder that is being copied, and whether it is frozen. */
interface Item {
  readonly path: string
  readonly entry: fs.Dirent
  readonly freeze: boolean
}

const copyOne = async (making: Making, { entry, freeze, path }: Item, files: Map<string, TreeFile>): Promise<void> => {
  const [from, to] = [`${making.from}/${path}`, `${making.to}/${path}`]
  try {
    const copied = entry.isSymbolicLink()
      ? copyLink(making, from, to, freeze)
      : entry.isFile()
        ? await copyFile(making, path, from, to, freeze)
        : undefined
    if (copied === undefined || !freeze) return
    files.set(path, { ...treeFile(copied.held, copied.made), ctimeMs: copied.made.ctimeMs })
    making.cache.set(path, treeFile(copied.held, copied.source))
  } catch (cause) {
    // What could not be read is not in the copy; what could not be written ends it.
    if (cause instanceof FileError && cause.kind === "escape") return
    const code = errnoOf(cause) ?? ""
    if (!passable.has(code) || !(cause instanceof Error && "path" in cause && cause.path === from)) throw cause
  }
}

/** A folder still to be copied. */
interface Folder {
  readonly path: string
  readonly freeze: boolean
}

const copyFolder = (making: Making, { freeze, path }: Item): ReadonlyArray<Folder> => {
  const to = `${making.to}/${path}`
  fs.mkdirSync(to)
  making.folders?.add(path)
  if (making.left.has(path)) return []
  fs.chmodSync(to, (fs.lstatSync(`${making.from}/${path}`).mode & 0o7777) | 0o700)
  return [{ path, freeze: freeze && !making.plain.has(path) }]
}

/** What stands for git's own folder in a copy: an empty one, or an empty file where a worktree has a file. */
const emptyGit = (entry: fs.Dirent, to: string): void => {
  if (entry.isDirectory()) fs.mkdirSync(to)
  else fs.writeFileSync(to, "")
}

/** Makes the tree and answers its files as they were copied. Pipes, sockets and devices are passed over. */
export const makeTree = async (making: Making): Promise<Map<string, TreeFile>> => {
  const files = new Map<string, TreeFile>()
  const rest = pace(making.signal)
  makeFolder(making.to)
  const folders: Array<Folder> = [{ path: "", freeze: making.freeze }]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const under = folder.path === "" ? "" : `${folder.path}/`
    for (const entry of readFolder(`${making.from}/${folder.path}`)) {
      const item = { path: under + entry.name, entry, freeze: folder.freeze }
      if (making.without.has(`${making.from}/${item.path}`)) continue
      if (entry.name === ".git") emptyGit(entry, `${making.to}/${item.path}`)
      else if (entry.isDirectory()) folders.push(...copyFolder(making, item))
      else await copyOne(making, item, files)
      const pause = rest()
      if (pause !== undefined) await pause
    }
  }
  settleFiles(files, files.keys())
  return files
}

/** An entry of a live tree that is not as it was frozen. */
export interface Entry {
  readonly path: string
  readonly entry: fs.Dirent
}

/** What must be done to a frozen tree for it to be as the live one, in this order. Folders stand before what is in them. */
export interface Differences {
  readonly removed: ReadonlyArray<string>
  readonly gone: ReadonlyArray<string>
  readonly folders: ReadonlyArray<Entry>
  /** Files and links, and git's own entries in folders that are new. */
  readonly changed: ReadonlyArray<Entry>
}

/** Brings a tree that is as it was frozen up to the live one; `files` are those of the tree. */
export const layDifferences = async (
  making: Making,
  { changed, folders, gone, removed }: Differences,
  files: Map<string, TreeFile>
): Promise<void> => {
  for (const path of removed) {
    fs.rmSync(`${making.to}/${path}`, { force: true })
    files.delete(path)
  }
  for (const path of gone) fs.rmSync(`${making.to}/${path}`, { recursive: true, force: true })
  for (const { entry, path } of folders) {
    if (lstat(`${making.from}/${path}`)?.isDirectory()) copyFolder(making, { path, entry, freeze: true })
  }
  for (const { entry, path } of changed) {
    if (entry.name === ".git") {
      emptyGit(entry, `${making.to}/${path}`)
      continue
    }
    fs.rmSync(`${making.to}/${path}`, { force: true })
    files.delete(path)
    await copyOne(making, { path, entry, freeze: true }, files)
  }
  settleFiles(
    files,
    changed.map(({ path }) => path)
  )
}

/** Nobody else writes in a tree before it is made, so only then it counts how fresh a file is. */
const settleFiles = (files: Map<string, TreeFile>, paths: Iterable<string>): void => {
  const now = Date.now()
  for (const path of paths) {
    const file = files.get(path)
    if (file !== undefined && trusted(file.ctimeMs, now) === 0) files.set(path, { ...file, ctimeMs: 0 })
  }
}

/** A folder's entries; none where it vanished or is not ours to read. */
export const readFolder = (path: string): ReadonlyArray<fs.Dirent> => {
  try {
    return fs.readdirSync(path, { withFileTypes: true })
  } catch (cause) {
    if (passable.has(errnoOf(cause) ?? "")) return []
    throw cause
  }
}

/** Copies ignored folders that a sandbox had bound so far, since there is none now. */
export const copyFolders = async (making: Making, paths: ReadonlyArray<string>): Promise<void> => {
  for (const path of paths) {
    if (lstat(`${making.from}/${path}`)?.isDirectory() !== true) continue
    fs.rmSync(`${making.to}/${path}`, { recursive: true, force: true })
    await makeTree({
      ...making,
      from: `${making.from}/${path}`,
      to: `${making.to}/${path}`,
      left: new Set(),
      plain: new Set(),
      freeze: false,
      cache: new Map()
    })
  }
}
