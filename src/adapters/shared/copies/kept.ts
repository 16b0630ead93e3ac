/** Where working copies of a map keep what outlives a page. */
import type * as Effect from "effect/Effect"
import type { FileError } from "../../../ports/Workspace.ts"

/** Bytes by name; `get` answers nothing for a name that is not there. Each `put` is whole or not at all. */
export interface KeptBytes {
  readonly get: (name: string) => Effect.Effect<Uint8Array | undefined, FileError>
  readonly put: (name: string, bytes: Uint8Array) => Effect.Effect<void, FileError>
  readonly remove: (name: string) => Effect.Effect<void, FileError>
  /** What is kept under a folder's name, and when it was put there, in milliseconds. */
  readonly list: (
    folder: string
  ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly size: number; readonly at: number }>, FileError>
}
