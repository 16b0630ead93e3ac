/** Copies of a real tree in which a session works, and the one way its changes get out. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Blob, Change, Conflict } from "../domain/model/Change.ts"
import { SessionId } from "../domain/model/Ids.ts"
import type { FileError, WorkspaceService } from "./Workspace.ts"

/** A copy could not be made, read or merged; the real tree is as it was, or will be rolled forward on the next start. */
export class CopyFailed extends Schema.TaggedError<CopyFailed>()("CopyFailed", {
  /** Absent where no one copy is meant, such as for a kept content. */
  session: Schema.optional(SessionId),
  reason: Schema.String
}) {
  override get message(): string {
    return `The working copy${this.session === undefined ? "" : ` of ${this.session}`} failed: ${this.reason}`
  }
}

/** Milliseconds that a content is kept although nothing names it: a day. */
export const keptFor = 24 * 60 * 60 * 1000

/** Where a command runs: on disk `from`, which it is to see as `to`. */
export interface Place {
  readonly from: string
  readonly to: string
  /** Ignored folders of the real tree (`node_modules` …) that are not copied. */
  readonly readOnly: ReadonlyArray<string>
  /** Files that hold keys by their names and are in no history: commands see them where a rule lets them be read. */
  readonly secrets?: ReadonlyArray<string>
}

/** One session's copy. */
export interface Copy {
  readonly session: SessionId
  /** Files as the session sees them; `root` is the real root's name. */
  readonly workspace: WorkspaceService
  /** Puts the copy on disk for a command, on first need, and says where. */
  readonly materialise: Effect.Effect<Place, CopyFailed>
  /**
   * Hands to `record` what the copy changed since the checkpoint before, with every content kept; once that has succeeded
   * there is a new checkpoint. Where a process ends between the two, the next one is handed these changes once more.
   * Sees what commands wrote too. Sorted by path.
   */
  readonly checkpoint: <A, E>(
    record: (changes: ReadonlyArray<Change>) => Effect.Effect<A, E>
  ) => Effect.Effect<A, CopyFailed | E>
}

/** What a merge came to: all of it, or none. */
export type Merged =
  | { readonly ok: true; readonly changes: ReadonlyArray<Change> }
  | { readonly ok: false; readonly conflicts: readonly [Conflict, ...ReadonlyArray<Conflict>] }

/** How many kept contents were removed, and their bytes. */
export interface Freed {
  readonly contents: number
  readonly bytes: number
}

/** Copies of real trees, the blobs that their changes refer to, and merging. */
export class WorkingCopies extends Context.Tag("code-mesh/ports/WorkingCopies")<
  WorkingCopies,
  {
    /** The session's copy of the tree at `root`: a new one, or the one it had. Costs nothing until used. */
    readonly open: (session: SessionId, root: string) => Effect.Effect<Copy, CopyFailed>
    /**
     * Carries changes onto the real tree or into the copy by three-way merge: base = `before`, theirs = what stands there now.
     * One step: journalled, and rolled forward after a crash. What stands there already is no conflict.
     * Answers the changes as they were really made there, so that inverting those takes back exactly this merge.
     */
    readonly merge: (
      session: SessionId,
      root: string,
      changes: ReadonlyArray<Change>,
      onto: "root" | "copy"
    ) => Effect.Effect<Merged, CopyFailed | FileError>
    /** A kept content's bytes; of a symbolic link, its text. */
    readonly content: (blob: Blob) => Effect.Effect<Uint8Array, CopyFailed>
    /** The real tree itself, for programs that act in place (`debug tool`). */
    readonly inPlace: (root: string) => Effect.Effect<WorkspaceService, FileError>
    /** Sessions that have a copy with which no living program works. */
    readonly idle: Effect.Effect<ReadonlyArray<SessionId>, CopyFailed>
    /** Forgets the session's copy. Blobs stay as long as an event may name them. */
    readonly drop: (session: SessionId, root: string) => Effect.Effect<void, CopyFailed>
    /**
     * Removes contents that neither a copy nor `named` knows, and that nobody has put or found there for `keptFor`
     * milliseconds: what a run holds that has not recorded it yet stays. `named`, the hashes that events name, is asked
     * only where there is something so old.
     */
    readonly collect: <E>(named: Effect.Effect<ReadonlySet<string>, E>) => Effect.Effect<Freed, CopyFailed | E>
  }
>() {}
