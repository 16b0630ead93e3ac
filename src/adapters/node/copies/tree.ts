/** The workspace of a materialised copy: a tree on disk that is seen at the real root. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { FileError, type WorkspaceService } from "../../../ports/Workspace.ts"
import { isGits } from "../../shared/copies/plan.ts"
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
} from "../../shared/spelling.ts"
import { listFolder, readRegular, replaceFile, statOf, unlinkIn } from "../files.ts"
import { lstat } from "./ground.ts"
import { attempt } from "./own.ts"

/** Where a copy's tree stands, which names it is seen at, and what is not in it but only in the real tree. */
export interface Tree {
  readonly root: string
  readonly realRoot: string
  readonly dir: () => string
  readonly home: string
  readonly bound: () => ReadonlyArray<string>
  /** Told of every path that a file tool writes. */
  readonly wrote: (path: string) => void
  /** The real workspace, for what is outside. */
  readonly real: WorkspaceService
}

/** Whether a path is git's, or in a folder that the copy only shows. */
const isShown = (tree: Tree, key: string): boolean =>
  key === ".git" || key.startsWith(".git/") || tree.bound().some((folder) => within(folder, key) !== undefined)

/** Where a path under the root is on disk. */
const onDisk = (tree: Tree, key: string): string => under(isShown(tree, key) ? tree.realRoot : tree.dir(), key)

const findLink =
  (tree: Tree) =>
  (real: string): Found => {
    const inner = within(tree.realRoot, real)
    const disk = inner === undefined || inner === "" ? real : onDisk(tree, inner)
    const stat = lstat(disk)
    return stat === undefined ? "missing" : stat.isSymbolicLink() ? { link: fs.readlinkSync(disk) } : "thing"
  }

interface Inside {
  readonly key: string
  readonly disk: string
}
type Spot = Inside | { readonly outside: string }

const spotOf = (tree: Tree, path: string): Spot => {
  const refused = unspeakable(path)
  if (refused !== undefined) throw refused
  const real = followLinks(absolute(path, tree.root, tree.home), findLink(tree))
  if (typeof real !== "string") throw real
  const key = within(tree.realRoot, real)
  return key === undefined ? { outside: real } : { key, disk: onDisk(tree, key) }
}

const insideOr = (tree: Tree, path: string): Spot => {
  const spot = spotOf(tree, path)
  if (!("outside" in spot)) return spot
  if (normal(absolute(path, tree.root, tree.home)) === spot.outside) return spot
  throw escaped(path, spot.outside)
}

const writable = (tree: Tree, path: string, key: string): void => {
  const gits = isGits(key)
  if (!gits && !isShown(tree, key)) return
  const reason = gits
    ? "git's own folder is not part of a working copy"
    : "it is in an ignored folder, which the copy only shows"
  throw new FileError({ kind: "permission", path, reason })
}

const writeAt = (tree: Tree, path: string, spot: Inside, bytes: Uint8Array, mode: number | undefined) => {
  writable(tree, path, spot.key)
  const stat = lstat(spot.disk)
  if (stat?.isDirectory()) throw new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  if (stat !== undefined && !stat.isFile())
    throw new FileError({ kind: "not_regular", path, reason: "it is not a regular file" })
  const keep = mode ?? (stat === undefined ? undefined : stat.mode & 0o7777)
  tree.wrote(spot.key)
  replaceFile({ path, base: tree.dir(), disk: spot.disk, bytes, ...(keep === undefined ? {} : { mode: keep }) })
}

const removeAt = (tree: Tree, path: string, directory: string, name: string): void => {
  const key = directory === "" ? name : `${directory}/${name}`
  writable(tree, path, key)
  tree.wrote(key)
  unlinkIn({ path, base: tree.dir(), directory: under(tree.dir(), directory), name })
}

const nameIn = (path: string): string => {
  const name = baseName(path.replace(/\/+$/, ""))
  if (name === "" || name === "." || name === ".." || name === "~")
    throw new FileError({ kind: "is_directory", path, reason: "it is a directory" })
  return name
}

/** Hands what turned out to be outside on to the real workspace. */
const passOn = (
  done: Effect.Effect<string | undefined, FileError>,
  outside: (real: string) => Effect.Effect<void, FileError>
): Effect.Effect<void, FileError> => Effect.flatMap(done, (real) => (real === undefined ? Effect.void : outside(real)))

/** The tree as a workspace. */
export const treeWorkspace = (tree: Tree): WorkspaceService => ({
  root: tree.root,
  locate: (path) =>
    attempt(path, () => {
      const spot = spotOf(tree, path)
      const place =
        "outside" in spot
          ? { path: spot.outside, real: spot.outside, inside: false }
          : { path: spot.key, real: under(tree.root, spot.key), inside: true }
      const stat = lstat("outside" in spot ? spot.outside : spot.disk)
      return stat === undefined ? place : { ...place, stat: statOf(stat) }
    }),
  read: (path, maxBytes) =>
    attempt(path, () => {
      const spot = insideOr(tree, path)
      const disk = "outside" in spot ? spot.outside : spot.disk
      return readRegular({ path, disk, ...(maxBytes === undefined ? {} : { maxBytes }) })
    }),
  write: (path, bytes, mode) =>
    attempt(path, () => {
      const spot = insideOr(tree, path)
      if ("outside" in spot) return spot.outside
      writeAt(tree, path, spot, bytes, mode)
      return undefined
    }).pipe((it) => passOn(it, (real) => tree.real.write(real, bytes, mode))),
  remove: (path) =>
    attempt(path, () => {
      const name = nameIn(path)
      const spot = insideOr(tree, parentOf(path.replace(/\/+$/, "")) || ".")
      if ("outside" in spot) return under(spot.outside, name)
      removeAt(tree, path, spot.key, name)
      return undefined
    }).pipe((it) => passOn(it, (real) => tree.real.remove(real))),
  list: (path) =>
    attempt(path, () => {
      const spot = insideOr(tree, path)
      return listFolder(path, "outside" in spot ? spot.outside : spot.disk)
    })
})
