/** Files under a directory on this machine. */
import * as fs from "node:fs"
import { homedir } from "node:os"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FileError, type Located, type Stat, Workspace, type WorkspaceService } from "../../ports/Workspace.ts"
import {
  absolute,
  baseName,
  escaped,
  type Found,
  followLinks,
  normal,
  parentOf,
  under,
  unspeakable,
  within
} from "../shared/spelling.ts"
import { putOnDisk } from "./disk.ts"
import { errnoOf, fileError, listFolder, readRegular, replaceFile, statOf, unlinkIn } from "./files.ts"

/** The person's home, if it is not this account's. */
export interface NodeWorkspaceOptions {
  readonly home?: string
}

const findLink = (real: string): Found => {
  try {
    return fs.lstatSync(real).isSymbolicLink() ? { link: fs.readlinkSync(real) } : "thing"
  } catch (cause) {
    const code = errnoOf(cause)
    if (code === "ENOENT" || code === "ENOTDIR") return "missing"
    throw cause
  }
}

/** Where an absolute spelling really leads on this disk, whether or not something stands there. */
export const realOf = (path: string): string => {
  try {
    return fs.realpathSync.native(path)
  } catch (cause) {
    const code = errnoOf(cause)
    if (code !== "ENOENT" && code !== "ENOTDIR") throw cause
  }
  const real = followLinks(path, findLink)
  if (typeof real !== "string") throw real
  return real
}

const statAt = (real: string): Stat | undefined => {
  try {
    return statOf(fs.statSync(real))
  } catch (cause) {
    const code = errnoOf(cause)
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw cause
  }
}

/** One root, under the name the model uses and the name the disk uses. */
interface Roots {
  readonly root: string
  readonly realRoot: string
  readonly home: string
}

/** Where a spelling leads: `disk` is the real path that the system knows. */
interface Target {
  readonly located: Located
  readonly disk: string
}

const target = (roots: Roots, path: string): Target => {
  const refused = unspeakable(path)
  if (refused !== undefined) throw refused
  const disk = realOf(absolute(path, roots.root, roots.home))
  const inner = within(roots.realRoot, disk)
  const stat = statAt(disk)
  const place =
    inner === undefined
      ? { path: disk, real: disk, inside: false }
      : { path: inner, real: under(roots.root, inner), inside: true }
  return { disk, located: stat === undefined ? place : { ...place, stat } }
}

/** Whether a spelling, links not looked at, names something under the root. */
const spelledInside = (roots: Roots, path: string): boolean => {
  const spelled = normal(absolute(path, roots.root, roots.home))
  return within(roots.root, spelled) !== undefined || within(roots.realRoot, spelled) !== undefined
}

/** The target of a path that is to be opened: one that is spelled inside must be inside, any other must be the real one. */
const openable = (roots: Roots, path: string): Target => {
  const it = target(roots, path)
  if (it.located.inside) return it
  if (spelledInside(roots, path) || normal(absolute(path, roots.root, roots.home)) !== it.disk)
    throw escaped(path, it.located.real)
  return it
}

const attempt = <A>(path: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: body, catch: (cause) => (cause instanceof FileError ? cause : fileError(path, cause)) })

const writeAt = (roots: Roots, path: string, bytes: Uint8Array, mode: number | undefined): void => {
  const { disk, located } = openable(roots, path)
  const stat = located.stat
  if (stat?.kind === "directory") throw new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  if (stat !== undefined && stat.kind !== "file") {
    throw new FileError({ kind: "not_regular", path, reason: "it is not a regular file" })
  }
  // A rename would replace a file that its owner has made read-only.
  if (stat !== undefined) fs.accessSync(disk, fs.constants.W_OK)
  const keep = mode ?? stat?.mode
  replaceFile({
    path,
    base: located.inside ? roots.realRoot : "/",
    disk,
    bytes,
    ...(keep === undefined ? {} : { mode: keep })
  })
}

const removeAt = (roots: Roots, path: string): void => {
  const spelled = absolute(path, roots.root, roots.home).replace(/\/+$/, "")
  const name = baseName(spelled)
  if (name === "" || name === "." || name === "..") {
    throw new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  }
  const parent = openable(roots, parentOf(spelled))
  unlinkIn({ path, base: parent.located.inside ? roots.realRoot : "/", directory: parent.disk, name })
}

/** A workspace over the directory at `root`, which may itself be a link. */
export const make = (root: string, options: NodeWorkspaceOptions = {}): Effect.Effect<WorkspaceService, FileError> =>
  attempt(root, () => {
    const named = normal(root)
    const realRoot = fs.realpathSync.native(named)
    if (!fs.statSync(realRoot).isDirectory()) {
      throw new FileError({ kind: "not_directory", path: root, reason: "it is not a directory" })
    }
    const roots: Roots = { root: named, realRoot, home: options.home ?? homedir() }
    const service: WorkspaceService = {
      root: named,
      locate: (path) => attempt(path, () => target(roots, path).located),
      read: (path, maxBytes) =>
        attempt(path, () => {
          const { disk } = openable(roots, path)
          return readRegular({ path, disk, ...(maxBytes === undefined ? {} : { maxBytes }) })
        }),
      write: (path, bytes, mode) => attempt(path, () => writeAt(roots, path, bytes, mode)),
      remove: (path) =>
        attempt(path, () => {
          const refused = unspeakable(path)
          if (refused !== undefined) throw refused
          removeAt(roots, path)
        }),
      list: (path) => attempt(path, () => listFolder(path, openable(roots, path).disk))
    }
    const nothingOver: ReadonlyMap<string, string | null> = new Map()
    putOnDisk(service, () => ({ dir: realRoot, over: () => nothingOver }))
    return service
  })

/** The workspace at `root`. */
export const layer = (root: string, options?: NodeWorkspaceOptions): Layer.Layer<Workspace, FileError> =>
  Layer.effect(Workspace, make(root, options))
