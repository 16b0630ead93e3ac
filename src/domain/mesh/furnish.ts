/** Makes a fresh copy hold what a plan's copy holds. */
import * as Effect from "effect/Effect"
import { Digest } from "../../ports/Digest.ts"
import { CopyFailed, WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { WorkspaceService } from "../../ports/Workspace.ts"
import type { Blob, Change } from "../model/Change.ts"
import type { SessionId } from "../model/Ids.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"

const standing = (workspace: WorkspaceService, path: string) =>
  Effect.gen(function* () {
    const { stat } = yield* workspace.locate(path)
    if (stat?.kind !== "file") return undefined
    const bytes = yield* workspace.read(path)
    const hash = yield* (yield* Digest).sha256(bytes)
    const blob: Blob = { hash, size: bytes.length, kind: (stat.mode & 0o111) === 0 ? "file" : "executable" }
    return blob
  })

/**
 * Merges what a plan has staged into a copy that is new. Where a person changed the same lines of the real tree meanwhile,
 * it stands there as the plan has it: whoever works on it goes on with the plan's tree, and the person is told of the
 * conflict when the plan's changes are applied to theirs.
 */
export const furnish = (session: SessionId, root: string, staged: ReadonlyArray<Change>) =>
  Effect.gen(function* () {
    if (staged.length === 0) return
    const copies = yield* WorkingCopies
    const merged = yield* copies.merge(session, root, staged, "copy")
    if (merged.ok) return
    const { workspace } = yield* copies.open(session, root)
    const over = yield* Effect.forEach(staged, ({ before: _before, ...change }) =>
      Effect.map(
        standing(workspace, change.path),
        (now): Change => (now === undefined ? change : { ...change, before: now })
      )
    )
    const again = yield* copies.merge(session, root, over, "copy")
    if (!again.ok)
      return yield* new CopyFailed({
        session,
        reason: `what is merged already cannot be put there: ${again.conflicts.map(({ path }) => path).join(", ")}`
      })
  })

/**
 * Makes a session's copy anew from its log. A program may have died between a merge and the word of it: what its log does not
 * tell would stand in the way of whoever does it again.
 */
export const refurnish = (state: SessionState) =>
  Effect.gen(function* () {
    yield* (yield* WorkingCopies).drop(state.id, state.root)
    yield* furnish(state.id, state.root, Staging.waiting(state))
  })
