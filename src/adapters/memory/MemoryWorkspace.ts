/** Files in memory: the headless world's, and the base for working copies in a browser. */
import * as Effect from "effect/Effect"
import { type Entry, FileError, type Located, type Stat, type WorkspaceService } from "../../ports/Workspace.ts"
import {
  absolute,
  baseName,
  byCodeUnit,
  escaped,
  type Found,
  followLinks,
  namesOf,
  normal,
  parentOf,
  under,
  unspeakable,
  within
} from "../shared/spelling.ts"

/** What a file is made of at the start: its text or bytes, a link's text, or something that is no file (a pipe). */
export type MemoryFile = string | Uint8Array | { readonly link: string } | { readonly other: true }

/** The files at the start, by absolute path or by a path relative to the root, and the person's home. */
export interface MemoryWorkspaceOptions {
  readonly files?: Readonly<Record<string, MemoryFile>>
  readonly directories?: ReadonlyArray<string>
  readonly home?: string
}

interface Directory {
  readonly kind: "directory"
  readonly entries: Map<string, Node>
  mtimeMs: number
}

type Node =
  | Directory
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly mode: number; readonly mtimeMs: number }
  | { readonly kind: "symlink"; readonly link: string }
  | { readonly kind: "other" }

/** A tree of files, and a clock of its own that only says which write was later. */
class Tree {
  readonly top: Directory = { kind: "directory", entries: new Map(), mtimeMs: 0 }
  private ticks = 0

  tick(): number {
    this.ticks += 1
    return this.ticks
  }

  /** What stands at a normal absolute path, links not followed. */
  at(path: string): Node | undefined {
    let node: Node | undefined = this.top
    for (const name of namesOf(path)) node = node?.kind === "directory" ? node.entries.get(name) : undefined
    return node
  }

  /** The same, as a walk over links asks for it. */
  find(path: string): Found {
    const node = this.at(path)
    return node === undefined ? "missing" : node.kind === "symlink" ? { link: node.link } : "thing"
  }

  /** The directory at a normal absolute path, made if it is missing. */
  directory(path: string): Directory | FileError {
    let node = this.top
    for (const name of namesOf(path)) {
      const next = node.entries.get(name)
      if (next === undefined) {
        const made: Directory = { kind: "directory", entries: new Map(), mtimeMs: this.tick() }
        node.entries.set(name, made)
        node = made
      } else if (next.kind === "directory") node = next
      else return new FileError({ kind: "not_directory", path, reason: "a part of the path is not a directory" })
    }
    return node
  }

  put(path: string, node: Node): FileError | undefined {
    const parent = this.directory(parentOf(path))
    if (parent instanceof FileError) return parent
    parent.entries.set(baseName(path), node)
    parent.mtimeMs = this.tick()
    return undefined
  }
}

const encoder = new TextEncoder()

const seeded = (file: MemoryFile, tree: Tree): Node => {
  if (typeof file === "string") return seeded(encoder.encode(file), tree)
  if (file instanceof Uint8Array) return { kind: "file", bytes: file.slice(), mode: 0o644, mtimeMs: tree.tick() }
  return "link" in file ? { kind: "symlink", link: file.link } : { kind: "other" }
}

const statOf = (node: Node): Stat => ({
  kind: node.kind,
  size: node.kind === "file" ? node.bytes.length : 0,
  mode: node.kind === "file" ? node.mode : node.kind === "directory" ? 0o755 : 0o644,
  mtimeMs: node.kind === "file" || node.kind === "directory" ? node.mtimeMs : 0
})

/** What a path came to: where it leads, and what stands there. */
interface Target {
  readonly located: Located
  readonly disk: string
  readonly node: Node | undefined
}

const refusalOf = (node: Node | undefined, path: string): FileError | undefined => {
  if (node === undefined) return new FileError({ kind: "missing", path, reason: "there is no such file or directory" })
  if (node.kind === "directory") return new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  if (node.kind !== "file") return new FileError({ kind: "not_regular", path, reason: "it is not a regular file" })
  return undefined
}

class Files {
  readonly root: string
  readonly realRoot: string
  private readonly tree: Tree
  private readonly home: string

  constructor(tree: Tree, root: string, realRoot: string, home: string) {
    this.tree = tree
    this.root = root
    this.realRoot = realRoot
    this.home = home
  }

  /** Where a spelling leads, or why it leads nowhere. */
  target(path: string): Target | FileError {
    const refused = unspeakable(path)
    if (refused !== undefined) return refused
    const disk = followLinks(absolute(path, this.root, this.home), (at) => this.tree.find(at))
    if (disk instanceof FileError) return disk
    const inner = within(this.realRoot, disk)
    const node = this.tree.at(disk)
    const place =
      inner === undefined
        ? { path: disk, real: disk, inside: false }
        : { path: inner, real: under(this.root, inner), inside: true }
    return { disk, node, located: node === undefined ? place : { ...place, stat: statOf(node) } }
  }

  /** The target of a path that is to be opened: one that is spelled inside must be inside. */
  openable(path: string): Target | FileError {
    const it = this.target(path)
    if (it instanceof FileError || it.located.inside) return it
    const spelled = normal(absolute(path, this.root, this.home))
    const inside = within(this.root, spelled) !== undefined || within(this.realRoot, spelled) !== undefined
    return inside ? escaped(path, it.located.real) : it
  }

  /** Why nothing can stand at a path: a part of it is a file. */
  private blocked(disk: string, path: string): FileError | undefined {
    for (let at = parentOf(disk); at !== "/" && at !== ""; at = parentOf(at)) {
      const node = this.tree.at(at)
      if (node !== undefined && node.kind !== "directory") {
        return new FileError({ kind: "not_directory", path, reason: "a part of the path is not a directory" })
      }
    }
    return undefined
  }

  read(path: string, maxBytes: number | undefined): Uint8Array | FileError {
    const it = this.openable(path)
    if (it instanceof FileError) return it
    const refused = this.blocked(it.disk, path) ?? refusalOf(it.node, path)
    if (refused !== undefined) return refused
    if (it.node?.kind !== "file") return new FileError({ kind: "other", path, reason: "it changed meanwhile" })
    if (maxBytes !== undefined && it.node.bytes.length > maxBytes) {
      return new FileError({ kind: "too_large", path, reason: `it is larger than ${maxBytes} bytes` })
    }
    return it.node.bytes.slice()
  }

  write(path: string, bytes: Uint8Array, mode: number | undefined): FileError | undefined {
    const it = this.openable(path)
    if (it instanceof FileError) return it
    const refused = it.node === undefined ? undefined : refusalOf(it.node, path)
    if (refused !== undefined) return refused
    const kept = it.node?.kind === "file" ? it.node.mode : 0o644
    const put = this.tree.put(it.disk, {
      kind: "file",
      bytes: bytes.slice(),
      mode: mode ?? kept,
      mtimeMs: this.tree.tick()
    })
    return put === undefined ? undefined : new FileError({ kind: put.kind, path, reason: put.reason })
  }

  remove(path: string): FileError | undefined {
    const refused = unspeakable(path)
    if (refused !== undefined) return refused
    const spelled = absolute(path, this.root, this.home).replace(/\/+$/, "")
    const name = baseName(spelled)
    const parent = this.openable(parentOf(spelled))
    if (parent instanceof FileError) return parent
    const node = parent.node?.kind === "directory" ? parent.node.entries.get(name) : undefined
    if (parent.node !== undefined && parent.node.kind !== "directory") {
      return new FileError({ kind: "not_directory", path, reason: "a part of the path is not a directory" })
    }
    if (node?.kind === "directory" || name === "" || name === "." || name === "..") {
      return new FileError({ kind: "is_directory", path, reason: "it is a directory" })
    }
    if (node === undefined) return refusalOf(node, path)
    if (parent.node?.kind === "directory") parent.node.entries.delete(name)
    return undefined
  }

  list(path: string): ReadonlyArray<Entry> | FileError {
    const it = this.openable(path)
    if (it instanceof FileError) return it
    if (it.node?.kind !== "directory") {
      const refused = this.blocked(it.disk, path)
      if (refused !== undefined || it.node === undefined) return refused ?? refusalOf(undefined, path) ?? []
      return new FileError({ kind: "not_directory", path, reason: "it is not a directory" })
    }
    return [...it.node.entries]
      .map(([name, node]) => ({ name, kind: node.kind }))
      .sort((a, b) => byCodeUnit(a.name, b.name))
  }
}

const answer = <A>(body: () => A): Effect.Effect<Exclude<A, FileError>, FileError> =>
  Effect.suspend(() => {
    const it = body()
    return it instanceof FileError ? Effect.fail(it) : Effect.succeed(it as Exclude<A, FileError>)
  })

const seed = (tree: Tree, root: string, options: MemoryWorkspaceOptions): FileError | undefined => {
  for (const path of options.directories ?? []) {
    const made = tree.directory(normal(under(path.startsWith("/") ? "/" : root, path)))
    if (made instanceof FileError) return made
  }
  for (const [path, file] of Object.entries(options.files ?? {})) {
    const failed = tree.put(normal(path.startsWith("/") ? path : under(root, path)), seeded(file, tree))
    if (failed !== undefined) return failed
  }
  return undefined
}

/** A workspace in memory at `root`, which may itself be a link among `files`. */
export const make = (root: string, options: MemoryWorkspaceOptions = {}): Effect.Effect<WorkspaceService, FileError> =>
  Effect.suspend(() => {
    const tree = new Tree()
    const named = normal(root)
    const failed = seed(tree, named, options)
    if (failed !== undefined) return Effect.fail(failed)
    const realRoot = followLinks(named, (at) => tree.find(at))
    if (realRoot instanceof FileError) return Effect.fail(realRoot)
    const top = tree.directory(realRoot)
    if (top instanceof FileError) return Effect.fail(top)
    const files = new Files(tree, named, realRoot, options.home ?? "/home/user")
    return Effect.succeed(serviceOf(files))
  })

const serviceOf = (files: Files): WorkspaceService => ({
  root: files.root,
  locate: (path) =>
    answer(() => {
      const it = files.target(path)
      return it instanceof FileError ? it : it.located
    }),
  read: (path, maxBytes) => answer(() => files.read(path, maxBytes)),
  write: (path, bytes, mode) => Effect.asVoid(answer(() => files.write(path, bytes, mode))),
  remove: (path) => Effect.asVoid(answer(() => files.remove(path))),
  list: (path) => answer(() => files.list(path))
})
