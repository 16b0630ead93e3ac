/** What changed in a materialised tree since its last checkpoint, whoever changed it. */
import * as fs from "node:fs"
import { type Held, kindOfMode, same } from "../../shared/copies/held.ts"
import { addMode, openFile, readRegular } from "../files.ts"
import type { DiskBlobs } from "./blobs.ts"
import { ignoredAmong } from "./ignored.ts"
import { hashFile, isAsBefore, treeFile } from "./materialise.ts"
import { sha256 } from "./own.ts"
import { pace } from "./pace.ts"
import type { TreeFile } from "./store.ts"

/** A tree to look through. `skipped` are folders whose content is never a change. */
export interface Scan {
  readonly folder: string
  readonly tree: string
  readonly root: string
  readonly blobs: DiskBlobs
  readonly files: ReadonlyMap<string, TreeFile>
  readonly named: ReadonlySet<string>
  readonly skipped: ReadonlySet<string>
  readonly signal: AbortSignal
}

/** A path whose content is another than at the last checkpoint. */
export interface Moved {
  readonly path: string
  readonly was: Held | null
  readonly now: TreeFile | null
}

/** Larger files are not held in memory whole. */
const large = 8 * 1024 * 1024

/** A folder's entries; one that a command locked is opened first, since the tree is ours. */
const entriesOf = (path: string): ReadonlyArray<fs.Dirent> => {
  try {
    return fs.readdirSync(path, { withFileTypes: true })
  } catch {
    fs.chmodSync(path, 0o700)
    return fs.readdirSync(path, { withFileTypes: true })
  }
}

const contentOf = async (disk: string, stat: fs.Stats, blobs: DiskBlobs): Promise<Held> => {
  if (stat.isSymbolicLink()) {
    const text = fs.readlinkSync(disk, "buffer")
    const hash = sha256(text)
    blobs.keep(hash, text)
    return { hash, size: text.length, kind: "symlink" }
  }
  if ((stat.mode & 0o400) === 0) addMode(disk, disk, 0o400)
  const kind = kindOfMode(stat.mode)
  if (stat.size > large) {
    const { at, fd } = openFile(disk, disk)
    try {
      const hash = await hashFile(at)
      blobs.keepFile(hash, at)
      return { hash, size: stat.size, kind }
    } finally {
      fs.closeSync(fd)
    }
  }
  const bytes = readRegular({ path: disk, disk })
  const hash = sha256(bytes)
  blobs.keep(hash, bytes)
  return { hash, size: bytes.length, kind }
}

/** Every file's and link's path under some folders, and the folders in which no known file is, which it stays out of. */
const walk = async (scan: Scan, from: ReadonlyArray<string>, known: ReadonlySet<string> | undefined) => {
  const rest = pace(scan.signal)
  const found: Array<string> = []
  const unknown: Array<string> = []
  const folders = [...from]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(`${scan.tree}/${folder}`)) {
      if (entry.name === ".git") continue
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (!entry.isDirectory()) {
        if (entry.isFile() || entry.isSymbolicLink()) found.push(path)
      } else if (scan.skipped.has(path)) continue
      else if (known === undefined || known.has(path)) folders.push(path)
      else unknown.push(path)
    }
    await rest()
  }
  return { found, unknown }
}

const foldersOf = (paths: Iterable<string>): ReadonlySet<string> => {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** All paths of the tree that count: those known, those that file tools named, and others that are not ignored. */
const pathsOf = async (scan: Scan): Promise<ReadonlyArray<string>> => {
  const counted = (path: string) => scan.files.has(path) || scan.named.has(path)
  const first = await walk(scan, [""], foldersOf([...scan.files.keys(), ...scan.named]))
  const asked = [...first.found.filter((path) => !counted(path)), ...first.unknown.map((path) => `${path}/`)]
  const hidden = await ignoredAmong(scan, asked)
  const open = first.unknown.filter((path) => !hidden.has(`${path}/`) && !hidden.has(path))
  const second = open.length === 0 ? [] : (await walk(scan, open, undefined)).found
  const hiddenToo = await ignoredAmong(scan, second)
  return [...first.found.filter((path) => !hidden.has(path)), ...second.filter((path) => !hiddenToo.has(path))]
}

/** What moved, and the files as they are now. Only files whose stat differs are read. */
export const scanTree = async (scan: Scan) => {
  const rest = pace(scan.signal)
  const files = new Map<string, TreeFile>()
  const moved: Array<Moved> = []
  for (const path of await pathsOf(scan)) {
    const disk = `${scan.tree}/${path}`
    const before = scan.files.get(path)
    const stat = fs.lstatSync(disk)
    if (before !== undefined && isAsBefore(before, stat)) files.set(path, before)
    else {
      const held = await contentOf(disk, stat, scan.blobs)
      const now = treeFile(held, fs.lstatSync(disk))
      files.set(path, now)
      if (before === undefined || !same(before, now)) moved.push({ path, was: before ?? null, now })
    }
    await rest()
  }
  for (const [path, was] of scan.files) if (!files.has(path)) moved.push({ path, was, now: null })
  return { files, moved }
}
