/** Files under one root, as a model sees them. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A file could not be read or written. `missing`, `is_directory`, `not_directory`, `not_regular` (a pipe, socket or
 * device), `too_large`, `permission`, `loop` (symbolic links without end), `escape` (a link led out of the root), `no_space`,
 * `other`.
 */
export class FileError extends Schema.TaggedError<FileError>()("FileError", {
  kind: Schema.Literal(
    "missing",
    "is_directory",
    "not_directory",
    "not_regular",
    "too_large",
    "permission",
    "loop",
    "escape",
    "no_space",
    "other"
  ),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.reason}`
  }
}

/** What stands at a path; `size` in bytes, `mode` are the permission bits. */
export interface Stat {
  readonly kind: "file" | "directory" | "symlink" | "other"
  readonly size: number
  readonly mode: number
  readonly mtimeMs: number
}

/** A path as it was written, resolved through every link. */
export interface Located {
  /** Relative to the root with forward slashes (`""` is the root itself); absolute where it is outside. */
  readonly path: string
  /** The real absolute path, as the model may know it: inside the root it starts with the root. */
  readonly real: string
  readonly inside: boolean
  /** Absent where nothing stands there. Links were followed. */
  readonly stat?: Stat
}

/** A directory's entry; `kind` is the entry's own, links not followed. */
export interface Entry {
  readonly name: string
  readonly kind: "file" | "directory" | "symlink" | "other"
}

/**
 * Files under one root. A working copy is a workspace whose `root` is the real one's name.
 * Paths may be relative to the root or absolute; `~` is the person's home. What is outside the root is read, written,
 * removed and listed by its real path only, as `locate` tells it: so a link that is put there later is not followed.
 */
export interface WorkspaceService {
  /** The root as the model sees it: an absolute path. */
  readonly root: string
  /** Resolves a path through links; of a path that does not exist, its nearest parent that does. */
  readonly locate: (path: string) => Effect.Effect<Located, FileError>
  /** A regular file's bytes; larger ones than `maxBytes` are refused without being read. Never blocks on a pipe. */
  readonly read: (path: string, maxBytes?: number) => Effect.Effect<Uint8Array, FileError>
  /** Creates or replaces a file whole, with its parent folders; an existing file keeps its mode. */
  readonly write: (path: string, bytes: Uint8Array, mode?: number) => Effect.Effect<void, FileError>
  /** Deletes a file or a link. */
  readonly remove: (path: string) => Effect.Effect<void, FileError>
  /** A directory's entries, sorted by name in code-unit order. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<Entry>, FileError>
}

/** Files under one root, as a model sees them. */
export class Workspace extends Context.Tag("code-mesh/ports/Workspace")<Workspace, WorkspaceService>() {}
