/** Which files of a copy travel to other machines: those that are the project's own, and never one that holds keys. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { Place } from "../../../ports/WorkingCopies.ts"
import { ignoredAmong, ignoredFolders, trackedAmong } from "../copies/ignored.ts"
import { sha256 } from "../copies/own.ts"
import type { Mode, Packed } from "./packing.ts"

/** A file that travels, and its content's hash. */
export interface Traveller extends Packed {
  readonly hash: string
}

const walk = (from: string, skipped: ReadonlySet<string>, at = ""): ReadonlyArray<string> =>
  fs.readdirSync(`${from}/${at}`, { withFileTypes: true }).flatMap((entry) => {
    const path = at === "" ? entry.name : `${at}/${entry.name}`
    if (entry.name === ".git" || skipped.has(path)) return []
    if (entry.isDirectory()) return walk(from, skipped, path)
    return entry.isFile() || entry.isSymbolicLink() ? [path] : []
  })

const travellerAt = (disk: string, path: string): Traveller => {
  const stat = fs.lstatSync(disk)
  const link = stat.isSymbolicLink()
  const bytes = () => (link ? fs.readlinkSync(disk, "buffer") : fs.readFileSync(disk))
  const mode: Mode = link ? "120000" : (stat.mode & 0o111) === 0 ? "100644" : "100755"
  return { path, mode, bytes, hash: sha256(bytes()) }
}

/**
 * The files of a copy that travel: all but those that an ignore file names and no history has, and those that hold keys by
 * their names. `scratch` is a folder for git's own notes.
 */
export const travellers = (place: Place, root: string, scratch: string): Effect.Effect<ReadonlyArray<Traveller>> =>
  Effect.promise(async () => {
    const inside = (paths: ReadonlyArray<string>) => paths.map((path) => path.slice(place.to.length + 1))
    const skipped = new Set([...inside(place.readOnly), ...(await ignoredFolders(root))])
    const keys = new Set(inside(place.secrets ?? []))
    const all = walk(place.from, skipped).filter((path) => !keys.has(path))
    const ignored = await ignoredAmong({ folder: scratch, tree: place.from, root }, all)
    const tracked = await trackedAmong(root, [...ignored])
    return all
      .filter((path) => !ignored.has(path) || tracked.has(path))
      .map((path) => travellerAt(`${place.from}/${path}`, path))
  })
