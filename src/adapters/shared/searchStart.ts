/** Where a search starts, and the directories above it whose ignore files count. */
import * as Effect from "effect/Effect"
import { FileError, type WorkspaceService } from "../../ports/Workspace.ts"
import { escaped, normal, within } from "./spelling.ts"

/** The place a search starts at. */
export interface Start {
  /** As the workspace names it: relative to the root, or absolute where it is outside. */
  readonly path: string
  /** Its names below the root; none where it is outside, since ignore files count from it then. */
  readonly names: ReadonlyArray<string>
  /** The directories above it, from the root on; none where it is outside. */
  readonly above: ReadonlyArray<string>
  readonly isFile: boolean
}

/** Resolves a search's path, which must be there. */
export const startOf = (
  workspace: WorkspaceService,
  path: string | undefined,
  wanted: "directory" | "any"
): Effect.Effect<Start, FileError> =>
  Effect.flatMap(workspace.locate(path ?? ""), (it) => {
    const named = path ?? ""
    if (it.stat === undefined) {
      return new FileError({ kind: "missing", path: named, reason: "there is no such file or directory" })
    }
    const isFile = it.stat.kind !== "directory"
    if (isFile && wanted === "directory") {
      return new FileError({ kind: "not_directory", path: named, reason: "it is not a directory" })
    }
    if (it.stat.kind === "other") {
      return new FileError({ kind: "not_regular", path: named, reason: "it is not a regular file" })
    }
    // Spelled inside and outside all the same: a link led out, perhaps since somebody allowed the search.
    const spelled = named.startsWith("/") ? normal(named) : undefined
    if (!it.inside && spelled !== undefined && within(workspace.root, spelled) !== undefined) {
      return escaped(named, it.real)
    }
    const names = it.inside && it.path !== "" ? it.path.split("/") : []
    const above = it.inside ? names.map((_, at) => names.slice(0, at).join("/")) : []
    return Effect.succeed({ path: it.path, names, above, isFile })
  })
