/** Trees of files in memory, one a root, each made once. */
import * as Effect from "effect/Effect"
import type { FileError, WorkspaceService } from "../../ports/Workspace.ts"
import { type MemoryFile, make } from "./MemoryWorkspace.ts"

/** Gives the tree at a root: the given files at the first root, an empty tree at any other. */
export const memoryTrees = (
  root: string,
  files: Readonly<Record<string, MemoryFile>>
): ((root: string) => Effect.Effect<WorkspaceService, FileError>) => {
  const trees = new Map<string, WorkspaceService>()
  return (at) =>
    Effect.suspend(() => {
      const known = trees.get(at)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.tap(make(at, at === root ? { files } : {}), (tree) => Effect.sync(() => trees.set(at, tree)))
    })
}
