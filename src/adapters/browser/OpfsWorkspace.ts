/** Files in the browser's own file system (OPFS), or in a folder that the person opened. */
import * as Effect from "effect/Effect"
import { type Entry, FileError, type Located, type Stat, type WorkspaceService } from "../../ports/Workspace.ts"
import {
  absolute,
  baseName,
  byCodeUnit,
  namesOf,
  normal,
  parentOf,
  under,
  unspeakable,
  within
} from "../shared/spelling.ts"

/** The folder whose files are seen at the root; the browser's own file system where absent. Home is a name only. */
export interface OpfsWorkspaceOptions {
  readonly folder?: FileSystemDirectoryHandle
  readonly home?: string
}

const named = (path: string, kind: FileError["kind"], reason: string): FileError =>
  new FileError({ kind, path, reason })
const missing = (path: string): FileError => named(path, "missing", "there is no such file or directory")
const notDirectory = (path: string): FileError => named(path, "not_directory", "a part of the path is not a directory")
const isDirectory = (path: string): FileError => named(path, "is_directory", "it is a directory")

const reasons: Readonly<Record<string, readonly [FileError["kind"], string]>> = {
  NotFoundError: ["missing", "there is no such file or directory"],
  TypeMismatchError: ["not_directory", "a part of the path is not a directory"],
  NotAllowedError: ["permission", "the browser does not permit it"],
  NoModificationAllowedError: ["permission", "the file is locked"],
  SecurityError: ["permission", "the browser does not permit it"],
  QuotaExceededError: ["no_space", "the browser's quota is used up"]
}

const fileError = (path: string, cause: unknown): FileError => {
  if (cause instanceof FileError) return cause
  const known = cause instanceof DOMException ? reasons[cause.name] : undefined
  return named(path, known?.[0] ?? "other", known?.[1] ?? (cause instanceof Error ? cause.message : String(cause)))
}

const nameOf = (cause: unknown): string => (cause instanceof DOMException ? cause.name : "")

/** A directory's entry by name; the platform has no way to ask but to try both kinds. */
const childOf = async (folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemHandle | undefined> => {
  try {
    return await folder.getFileHandle(name)
  } catch (cause) {
    if (nameOf(cause) === "TypeMismatchError") return folder.getDirectoryHandle(name)
    if (nameOf(cause) === "NotFoundError") return undefined
    throw cause
  }
}

const isFolder = (it: FileSystemHandle | "blocked" | undefined): it is FileSystemDirectoryHandle =>
  typeof it === "object" && it.kind === "directory"
const isFile = (it: FileSystemHandle | undefined): it is FileSystemFileHandle => it?.kind === "file"

/** What stands at a path below a folder; `blocked` where a part of the path is a file. */
const find = async (
  top: FileSystemDirectoryHandle,
  path: string
): Promise<FileSystemHandle | "blocked" | undefined> => {
  let at: FileSystemHandle | undefined = top
  for (const name of namesOf(path)) {
    if (!isFolder(at)) return at === undefined ? undefined : "blocked"
    at = await childOf(at, name)
  }
  return at
}

const folderAt = async (top: FileSystemDirectoryHandle, path: string): Promise<FileSystemDirectoryHandle> => {
  let at = top
  for (const name of namesOf(path)) at = await at.getDirectoryHandle(name, { create: true })
  return at
}

/** A browser's files have no permission bits; these are what a new file has elsewhere. */
const statOf = async (it: FileSystemHandle): Promise<Stat> => {
  if (!isFile(it)) return { kind: "directory", size: 0, mode: 0o755, mtimeMs: 0 }
  const file = await it.getFile()
  return { kind: "file", size: file.size, mode: 0o644, mtimeMs: file.lastModified }
}

/** In a worker, where Safari has only this way to write. */
interface SyncHandle {
  readonly truncate: (size: number) => void
  readonly write: (bytes: Uint8Array) => number
  readonly flush: () => void
  readonly close: () => void
}

const hasStream = (it: object): it is FileSystemFileHandle => "createWritable" in it
const hasSync = (it: object): it is { readonly createSyncAccessHandle: () => Promise<SyncHandle> } =>
  "createSyncAccessHandle" in it

const put = async (file: object, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
  if (hasStream(file)) {
    const stream = await file.createWritable()
    await stream.write(bytes)
    return stream.close()
  }
  if (!hasSync(file)) throw new Error("this browser cannot write here")
  const handle = await file.createSyncAccessHandle()
  try {
    handle.truncate(0)
    handle.write(bytes)
    handle.flush()
  } finally {
    handle.close()
  }
}

/** A directory's entries, sorted. */
const entriesOf = async (folder: FileSystemDirectoryHandle): Promise<ReadonlyArray<Entry>> => {
  const entries: Array<Entry> = []
  for await (const [name, it] of folder.entries()) entries.push({ name, kind: it.kind })
  return entries.sort((a, b) => byCodeUnit(a.name, b.name))
}

/** A root, the folder behind it, and what is done there. Paths outside the root lead nowhere: there is nothing. */
class Files {
  readonly root: string
  private readonly home: string
  private readonly top: FileSystemDirectoryHandle

  constructor(root: string, home: string, top: FileSystemDirectoryHandle) {
    this.root = root
    this.home = home
    this.top = top
  }

  private spelled(path: string): string {
    const refused = unspeakable(path)
    if (refused !== undefined) throw refused
    return normal(absolute(path, this.root, this.home))
  }

  /** The path below the root; outside there is nothing. */
  private inner(path: string): string {
    const inner = within(this.root, this.spelled(path))
    if (inner === undefined) throw missing(path)
    return inner
  }

  async locate(path: string): Promise<Located> {
    const real = this.spelled(path)
    const inner = within(this.root, real)
    if (inner === undefined) return { path: real, real, inside: false }
    const found = await find(this.top, inner)
    const place = { path: inner, real: under(this.root, inner), inside: true }
    return found === undefined || found === "blocked" ? place : { ...place, stat: await statOf(found) }
  }

  async read(path: string, maxBytes: number | undefined): Promise<Uint8Array> {
    const found = await find(this.top, this.inner(path))
    if (found === "blocked") throw notDirectory(path)
    if (found === undefined) throw missing(path)
    if (!isFile(found)) throw isDirectory(path)
    const file = await found.getFile()
    if (maxBytes !== undefined && file.size > maxBytes) {
      throw named(path, "too_large", `it is larger than ${maxBytes} bytes`)
    }
    return new Uint8Array(await file.arrayBuffer())
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const inner = this.inner(path)
    const found = await find(this.top, inner)
    if (found === "blocked") throw notDirectory(path)
    if (isFolder(found)) throw isDirectory(path)
    const folder = await folderAt(this.top, parentOf(inner))
    await put(await folder.getFileHandle(baseName(inner), { create: true }), bytes.slice())
  }

  async remove(path: string): Promise<void> {
    const inner = this.inner(path)
    const found = await find(this.top, inner)
    if (found === "blocked") throw notDirectory(path)
    if (found === undefined) throw missing(path)
    if (!isFile(found)) throw isDirectory(path)
    await (await folderAt(this.top, parentOf(inner))).removeEntry(baseName(inner))
  }

  async list(path: string): Promise<ReadonlyArray<Entry>> {
    const found = await find(this.top, this.inner(path))
    if (found === undefined) throw missing(path)
    if (!isFolder(found)) throw notDirectory(path)
    return entriesOf(found)
  }
}

const attempt = <A>(path: string, body: () => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.tryPromise({ try: body, catch: (cause) => fileError(path, cause) })

/** A workspace over a folder of the browser, seen at `root`. It holds no links and no permission bits. */
export const make = (root: string, options: OpfsWorkspaceOptions = {}): Effect.Effect<WorkspaceService, FileError> =>
  Effect.map(
    attempt(root, () => Promise.resolve(options.folder ?? navigator.storage.getDirectory())),
    (top) => {
      const files = new Files(normal(root), options.home ?? "/home", top)
      return {
        root: files.root,
        locate: (path) => attempt(path, () => files.locate(path)),
        read: (path, maxBytes) => attempt(path, () => files.read(path, maxBytes)),
        write: (path, bytes) => attempt(path, () => files.write(path, bytes)),
        remove: (path) => attempt(path, () => files.remove(path)),
        list: (path) => attempt(path, () => files.list(path))
      }
    }
  )
