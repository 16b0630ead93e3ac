/** A tree with nothing in it, at a root that need not exist: for deciding what a call would be, without a disk. */
import * as Effect from "effect/Effect"
import { FileError, type WorkspaceService } from "../../ports/Workspace.ts"

/** An absolute path without `.`, `..` and doubled slashes. */
const normal = (path: string): string => {
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "" && part !== ".") parts.push(part)
  }
  return `/${parts.join("/")}`
}

const absolute = (path: string, root: string, home: string): string => {
  if (path === "~" || path.startsWith("~/")) return normal(`${home}${path.slice(1)}`)
  return normal(path.startsWith("/") ? path : `${root}/${path}`)
}

/** Resolves paths by their spelling alone; every file is missing, and nothing can be written. */
export const emptyTree = (root: string, home: string): WorkspaceService => {
  const missing = (path: string) =>
    Effect.fail(new FileError({ kind: "missing", path, reason: "there is no such file or directory" }))
  return {
    root,
    locate: (path) =>
      Effect.sync(() => {
        const real = absolute(path, root, home)
        const inside = real === root || real.startsWith(`${root}/`)
        return { path: inside ? real.slice(root.length + 1) : real, real, inside }
      }),
    read: missing,
    write: missing,
    remove: missing,
    list: missing
  }
}
