/** A copy whose tree lies over a frozen one: what is its own, and what that is over. */
import type { OverlayMount } from "./overlayMount.ts"
import type { Snapshot } from "./snapshots.ts"
import type { TreeFile } from "./store.ts"

/** A frozen tree with what a copy has otherwise, mounted over it. */
export interface Overlaid {
  readonly snapshot: Snapshot
  mount: OverlayMount
}

type Files = ReadonlyMap<string, TreeFile>

/** Stands for a file of the frozen tree that the copy has not. */
const removed: TreeFile = { hash: "", size: 0, kind: "file", ino: 0, ctimeMs: 0 }

/** A frozen tree's files with what a copy has otherwise. */
export const withOwn = (frozen: Files, own: Files): Map<string, TreeFile> => {
  const all = new Map(frozen)
  for (const [path, file] of own)
    if (file.hash === "") all.delete(path)
    else all.set(path, file)
  return all
}

/** What a copy has otherwise than the frozen tree that it lies over. */
export const ownFiles = (frozen: Files, files: Files): Files => {
  const own = new Map<string, TreeFile>()
  for (const [path, file] of files) if (frozen.get(path) !== file) own.set(path, file)
  for (const path of frozen.keys()) if (!files.has(path)) own.set(path, removed)
  return own
}
