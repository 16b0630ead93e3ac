/** Walks a workspace's files where they stand on disk, with what lies over them; much faster than by the port. */
import * as fs from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Entry } from "../../ports/Workspace.ts"
import { noIgnores } from "../shared/ignores.ts"
import type { Start } from "../shared/searchStart.ts"
import { byCodeUnit } from "../shared/spelling.ts"
import { type Frame, firstFrame, ignoreFilesIn, mostIgnoreBytes, type Quarry, ruled, stepInto } from "../shared/walk.ts"
import type { Disk, Over } from "./disk.ts"
import { listFolder } from "./files.ts"

/** A workspace's files by relative path, or by absolute path where they are outside. */
export interface DiskFiles {
  readonly entries: (path: string) => ReadonlyArray<Entry>
  /** What holds a path's bytes, a file on disk or their own reader; nothing where the workspace has none there. */
  readonly place: (path: string) => Exclude<Over, null> | undefined
  /** The same, but a path that stands where its name says is left relative to the directory. */
  readonly spelled: (path: string) => Exclude<Over, null> | undefined
}

type Changed = ReadonlyMap<string, ReadonlyMap<string, Entry["kind"] | "gone">>

/** What lies over each directory: new names, and names that are gone. */
const overByDirectory = (over: ReadonlyMap<string, Over>): Changed => {
  const all = new Map<string, Map<string, Entry["kind"] | "gone">>()
  const put = (path: string, kind: Entry["kind"] | "gone"): void => {
    const at = path.lastIndexOf("/")
    const directory = at < 0 ? "" : path.slice(0, at)
    const known = all.get(directory) ?? new Map<string, Entry["kind"] | "gone">()
    known.set(path.slice(at + 1), kind)
    all.set(directory, known)
    if (kind !== "gone" && directory !== "" && all.get(parentOf(directory))?.get(nameOf(directory)) !== "directory") {
      put(directory, "directory")
    }
  }
  for (const [path, place] of over) if (place === null) put(path, "gone")
  for (const [path, place] of over) if (place !== null) put(path, "file")
  return all
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** What a directory held, and the marks of its state then. */
interface Known {
  readonly mtime: bigint
  readonly ctime: bigint
  readonly inode: bigint
  readonly device: bigint
  readonly entries: ReadonlyArray<Entry>
}

/** A directory changed this lately may change again within one tick of a coarse clock, so it is not remembered. */
const settledMs = 3000
const mostRemembered = 20_000

/**
 * Directories as they were read, held against what the system says of them now: no entry comes, goes or changes its kind
 * without a new time on the directory.
 */
export class Directories {
  private readonly known = new Map<string, Known>()
  private readonly settledMs: number

  constructor(settled = settledMs) {
    this.settledMs = settled
  }

  /** A directory's entries as they are now, in no order; none where it cannot be read. */
  entries(directory: string): ReadonlyArray<Entry> {
    try {
      const stat = fs.statSync(directory, { bigint: true })
      const before = this.known.get(directory)
      if (before !== undefined && isAsBefore(before, stat)) return before.entries
      // By handle: what a link put in a directory's place meanwhile is not listed.
      const entries = listFolder(directory, directory)
      this.remember(directory, stat, entries)
      return entries
    } catch {
      return []
    }
  }

  private remember(directory: string, stat: fs.BigIntStats, entries: ReadonlyArray<Entry>): void {
    const changed = Math.max(Number(stat.mtimeMs), Number(stat.ctimeMs))
    this.known.delete(directory)
    if (Date.now() - changed < this.settledMs) return
    if (this.known.size >= mostRemembered) this.known.clear()
    this.known.set(directory, { mtime: stat.mtimeNs, ctime: stat.ctimeNs, inode: stat.ino, device: stat.dev, entries })
  }
}

const isAsBefore = (before: Known, now: fs.BigIntStats): boolean =>
  before.mtime === now.mtimeNs && before.ctime === now.ctimeNs && before.inode === now.ino && before.device === now.dev

/** The files of a workspace on disk, as they are now. */
export const diskFiles = (disk: Disk, directories: Directories): DiskFiles => {
  const over = disk.over()
  const index: Changed = over.size === 0 ? new Map() : overByDirectory(over)
  const onDisk = (path: string): string => (path.startsWith("/") ? path : join(disk.dir, path))
  return {
    entries: (path) => {
      const base = directories.entries(onDisk(path))
      const changed = index.get(path)
      if (changed === undefined) return base
      const rest = base.filter((entry) => !changed.has(entry.name))
      const added = [...changed].flatMap(([name, kind]) => (kind === "gone" ? [] : [{ name, kind }]))
      return [...rest, ...added].sort((a, b) => byCodeUnit(a.name, b.name))
    },
    place: (path) => {
      const place = over.get(path)
      return place === undefined ? onDisk(path) : (place ?? undefined)
    },
    spelled: (path) => {
      const place = over.get(path)
      return place === undefined ? path : (place ?? undefined)
    }
  }
}

const ignoreText = (files: DiskFiles, path: string): string | undefined => {
  try {
    const place = files.place(path)
    if (place === undefined) return undefined
    if (typeof place !== "string") return new TextDecoder().decode(place())
    const stat = fs.lstatSync(place)
    return stat.isFile() && stat.size <= mostIgnoreBytes ? fs.readFileSync(place, "utf8") : undefined
  } catch {
    return undefined
  }
}

const withRules = (files: DiskFiles, frame: Frame, entries: ReadonlyArray<Entry>): Frame => {
  let now = frame
  for (const { path, rank } of ignoreFilesIn(frame, entries)) {
    const text = ignoreText(files, path)
    if (text !== undefined) now = ruled(now, rank, text)
  }
  return now
}

const frameAt = (files: DiskFiles, start: Start, quarry: Quarry): Frame => {
  let ignores = noIgnores
  start.above.forEach((above, depth) => {
    const frame = firstFrame(quarry, above, start.names.slice(0, depth), ignores)
    ignores = withRules(files, frame, files.entries(above)).ignores
  })
  return firstFrame(quarry, start.path, start.names, ignores)
}

/** So many directories are read before others have a turn. */
const atATime = 64

/** The files below a start, unsorted; `links` are those that are links. */
export const walkDisk = (
  files: DiskFiles,
  start: Start,
  quarry: Quarry
): Effect.Effect<{ readonly files: ReadonlyArray<string>; readonly links: ReadonlyArray<string> }> =>
  Effect.suspend(() => {
    const found: Array<string> = []
    const links: Array<string> = []
    const waiting = [frameAt(files, start, quarry)]
    const some = (): void => {
      for (let count = 0; count < atATime; count++) {
        const frame = waiting.pop()
        if (frame === undefined) return
        const entries = files.entries(frame.path)
        const step = stepInto(quarry, withRules(files, frame, entries), entries)
        for (const file of step.files) found.push(file)
        for (const link of step.links) links.push(link)
        for (const next of step.next) waiting.push(next)
      }
    }
    return Effect.whileLoop({
      while: () => waiting.length > 0,
      body: () => Effect.zipRight(Effect.sync(some), Effect.yieldNow()),
      step: () => undefined
    }).pipe(Effect.as({ files: found, links }))
  })
