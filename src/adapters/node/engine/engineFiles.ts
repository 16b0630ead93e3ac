/** The files of plans' tasks. */
import { unlinkSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { SessionId } from "../../../domain/model/Ids.ts"

/** The database of a plan's tasks. */
export const engineFile = (folder: string, plan: SessionId): string => join(folder, `${plan}.db`)

/** Removes a database that nobody has open, with its journals. */
export const removeFile = (path: string): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      try {
        unlinkSync(file)
      } catch {
        // It was never there.
      }
    }
  })
