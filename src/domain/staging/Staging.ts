/** Carries a session's file changes out and back: apply, discard, undo, redo. Each is one merge and one event. */
import * as Effect from "effect/Effect"
import { type CopyFailed, type Merged, WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { FileError } from "../../ports/Workspace.ts"
import { type Change, invert } from "../model/Change.ts"
import type { Fact } from "../model/Event.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { Batch, SessionState } from "../session/State.ts"

/** What became of a merge, as the facts that tell it; `ok` is false where it conflicted and nothing was changed. */
export interface Staged {
  readonly ok: boolean
  readonly facts: ReadonlyArray<Fact>
}

/** What is staged, one change a path: from what stood there before the first change to what the last one left. */
export const squash = (batches: ReadonlyArray<Batch>): ReadonlyArray<Change> => {
  const byPath = new Map<string, Change>()
  for (const change of batches.flatMap((batch) => batch.changes)) {
    const first = byPath.get(change.path)
    byPath.set(change.path, first === undefined ? change : joined(first, change))
  }
  return Array.from(byPath.values())
    .filter((change) => change.before?.hash !== change.after?.hash || change.before?.kind !== change.after?.kind)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

const joined = (first: Change, next: Change): Change => {
  const { before } = first
  const { after } = next
  const { before: _before, after: _after, ...rest } = next
  const kind =
    before === undefined ? "create" : after === undefined ? "delete" : next.kind === "create" ? "modify" : next.kind
  return {
    ...rest,
    kind,
    added: first.added + next.added,
    removed: first.removed + next.removed,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after })
  }
}

/** The changes that wait in the copy; only those of `paths` where given. */
export const waiting = (state: SessionState, paths?: ReadonlyArray<string>): ReadonlyArray<Change> =>
  squash(state.batches.filter((batch) => batch.where === "copy")).filter(
    (change) => paths === undefined || paths.includes(change.path)
  )

/** The paths that this session has changed in the real tree and not undone since. */
export const appliedPaths = (state: SessionState): ReadonlyArray<string> =>
  squash(state.batches.filter((batch) => batch.where === "root")).map((change) => change.path)

type Failed = CopyFailed | FileError | WriteError

const told = (merged: Merged, facts: (changes: ReadonlyArray<Change>) => ReadonlyArray<Fact>): Staged =>
  merged.ok
    ? { ok: true, facts: facts(merged.changes) }
    : { ok: false, facts: [{ type: "changes.conflicted", conflicts: merged.conflicts }] }

const settle = (handle: SessionHandle, staged: Staged): Effect.Effect<boolean, WriteError> =>
  Effect.as(handle.record(staged.facts), staged.ok)

/** Merges what is staged onto the real tree, all or nothing; answers whether it did. */
export const apply = Effect.fn("Staging.apply")(function* (handle: SessionHandle, paths?: ReadonlyArray<string>) {
  const copies = yield* WorkingCopies
  const state = yield* handle.state
  const changes = waiting(state, paths)
  const merged = yield* copies.merge(state.id, state.root, changes, "root")
  return yield* settle(
    handle,
    told(merged, (made) => [{ type: "changes.applied", changes: withAll(changes, made) }])
  )
})

/** Paths that the real tree already had as staged were not merged, but are applied all the same. */
const withAll = (wanted: ReadonlyArray<Change>, made: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const done = new Map(made.map((change) => [change.path, change]))
  return wanted.map((change) => done.get(change.path) ?? change)
}

/** Takes what is staged out of the copy again. */
export const discard = Effect.fn("Staging.discard")(function* (handle: SessionHandle, paths?: ReadonlyArray<string>) {
  const copies = yield* WorkingCopies
  const state = yield* handle.state
  const changes = waiting(state, paths)
  const merged = yield* copies.merge(state.id, state.root, changes.map(invert), "copy")
  return yield* settle(
    handle,
    told(merged, () => [{ type: "changes.discarded", paths: changes.map((change) => change.path) }])
  )
})

const mergeBatches = (
  state: SessionState,
  batches: ReadonlyArray<Batch>,
  direction: (change: Change) => Change
): Effect.Effect<Merged, CopyFailed | FileError, WorkingCopies> =>
  Effect.gen(function* () {
    const copies = yield* WorkingCopies
    const made: Array<Change> = []
    for (const where of ["root", "copy"] as const) {
      const changes = squash(batches.filter((batch) => batch.where === where)).map(direction)
      if (changes.length === 0) continue
      const merged = yield* copies.merge(state.id, state.root, changes, where)
      if (!merged.ok) return merged
      made.push(...merged.changes)
    }
    return { ok: true, changes: made }
  })

/** Takes the newest turn's file changes back, wherever they are, by the inverse merge. */
export const undo = Effect.fn("Staging.undo")(function* (handle: SessionHandle) {
  const state = yield* handle.state
  const turn = Math.max(...state.batches.map((batch) => batch.turn))
  const batches = state.batches.filter((batch) => batch.turn === turn)
  const merged = yield* mergeBatches(state, batches, invert)
  const from = batches.some((batch) => batch.where === "root") ? "root" : "copy"
  return yield* settle(
    handle,
    told(merged, (changes) => [{ type: "changes.undone", turn, changes, from }])
  )
})

/** Puts back what was undone last. */
export const redo = Effect.fn("Staging.redo")(function* (handle: SessionHandle) {
  const state = yield* handle.state
  const turn = state.undone[state.undone.length - 1]?.turn ?? 0
  const merged = yield* mergeBatches(
    state,
    state.undone.filter((batch) => batch.turn === turn),
    (change) => change
  )
  return yield* settle(
    handle,
    told(merged, (changes) => [{ type: "changes.applied", changes, redone: turn }])
  )
})

/** All that staging may fail with. */
export type StagingError = Failed
