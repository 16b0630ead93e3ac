/** A directory on this disk as a ground to merge onto: what stands at each path, links not followed. */
import * as fs from "node:fs"
import type * as Effect from "effect/Effect"
import type { FileError } from "../../../ports/Workspace.ts"
import { type Held, kindOfMode } from "../../shared/copies/held.ts"
import { type Ground, parentsOf, type Standing } from "../../shared/copies/plan.ts"
import { readRegular } from "../files.ts"
import type { DiskBlobs } from "./blobs.ts"
import { attempt, sha256 } from "./own.ts"

/** What is at a path itself, or nothing. */
export const lstat = (path: string): fs.Stats | undefined => {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOTDIR") return undefined
    throw cause
  }
}

/** A file's or link's content, kept and named; nothing of anything else. */
export const heldAt = (disk: string, path: string, stat: fs.Stats, blobs: DiskBlobs): Held | undefined => {
  const link = stat.isSymbolicLink()
  if (!link && !stat.isFile()) return undefined
  const bytes = link ? new Uint8Array(fs.readlinkSync(disk, "buffer")) : readRegular({ path, disk })
  const hash = sha256(bytes)
  blobs.keep(hash, bytes)
  const mode = stat.mode & 0o7777
  const own = link ? { kind: "symlink" as const } : { kind: kindOfMode(mode), mode }
  return { hash, size: bytes.length, ...own, mtimeMs: stat.mtimeMs }
}

/** What stands at a path under a directory. */
export const standing = (dir: string, path: string, blobs: DiskBlobs): Standing => {
  for (const parent of parentsOf(path).toReversed()) {
    const stat = lstat(`${dir}/${parent}`)
    if (stat === undefined) return { kind: "absent" }
    if (!stat.isDirectory()) return { kind: "under", parent, link: stat.isSymbolicLink() }
  }
  const stat = lstat(`${dir}/${path}`)
  if (stat === undefined) return { kind: "absent" }
  const held = heldAt(`${dir}/${path}`, path, stat, blobs)
  if (held !== undefined) return { kind: "entry", held }
  return { kind: stat.isDirectory() ? "directory" : "other" }
}

const below = (dir: string, path: string): ReadonlyArray<string> =>
  fs
    .readdirSync(`${dir}/${path}`, { withFileTypes: true })
    .flatMap((it) => (it.isDirectory() ? below(dir, `${path}/${it.name}`) : [`${path}/${it.name}`]))

/** A directory as a ground. */
export const diskGround = (dir: string, blobs: DiskBlobs): Ground => ({
  look: (path): Effect.Effect<Standing, FileError> => attempt(path, () => standing(dir, path, blobs)),
  under: (path) => attempt(path, () => below(dir, path))
})
