/** What checkpoints and merges do to the rows of an overlay. */
import * as Effect from "effect/Effect"
import type { Change } from "../../../domain/model/Change.ts"
import type { FileError } from "../../../ports/Workspace.ts"
import { byCodeUnit } from "../spelling.ts"
import { type BlobStore, changeOf, type Held, same } from "./held.ts"
import type { OverlayParts, Row } from "./overlay.ts"
import { mergeHeld, moves, rebased, type Step } from "./plan.ts"

/** Replaces the rows by others and keeps them; where that fails they are as they were. */
const replace = (parts: OverlayParts, rows: ReadonlyMap<string, Row>): Effect.Effect<void, FileError> => {
  const before = [...parts.rows]
  const put = (all: Iterable<readonly [string, Row]>) => {
    const copied = [...all]
    parts.rows.clear()
    for (const [path, row] of copied) parts.rows.set(path, row)
  }
  put(rows)
  return Effect.tapError(parts.save, () => Effect.sync(() => put(before)))
}

/** Hands over what was changed since the checkpoint before, sorted by path; then a new checkpoint. */
export const checkpointRows = <A, E>(
  parts: OverlayParts,
  record: (changes: ReadonlyArray<Change>) => Effect.Effect<A, E>
): Effect.Effect<A, FileError | E> =>
  Effect.gen(function* () {
    const moved = [...parts.rows].filter(([, row]) => !same(row.was, row.now))
    if (moved.length === 0) return yield* record([])
    const changes = yield* Effect.forEach(moved, ([path, row]) => changeOf(parts.blobs, path, row.was, row.now))
    const next = new Map(parts.rows)
    for (const [path, row] of moved) next.set(path, { was: row.now, now: row.now })
    const sorted = changes.toSorted((a, b) => byCodeUnit(a.path, b.path))
    return yield* Effect.uninterruptible(Effect.zipLeft(record(sorted), replace(parts, next)))
  })

/** A checkpoint's content with a merged step in it as well, so that the next checkpoint doesn't report the step. */
export const carried = (blobs: BlobStore, step: Step, was: Held | null, now: Held | null) => {
  if (same(was, now)) return Effect.succeed(step.after)
  return Effect.map(mergeHeld(blobs, step.asked.before, step.asked.after, was), (outcome) =>
    "clash" in outcome ? was : outcome.held
  )
}

/** Makes a plan's steps in an overlay; its next checkpoint doesn't report them. */
export const mergeRows = (parts: OverlayParts, steps: ReadonlyArray<Step>): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    const next = new Map(parts.rows)
    for (const step of steps.filter(moves)) {
      const row = parts.rows.get(step.path)
      const was = row === undefined ? step.after : yield* carried(parts.blobs, step, row.was, row.now)
      next.set(step.path, { was, now: step.after })
    }
    yield* replace(parts, next)
  })

/** Brings an overlay to what the real tree holds after a plan's steps were made there. */
export const rebaseRows = (parts: OverlayParts, steps: ReadonlyArray<Step>): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    const next = new Map(parts.rows)
    for (const step of steps) {
      const row = parts.rows.get(step.path)
      if (row === undefined) continue
      const was = yield* rebased(parts.blobs, step, row.was)
      const now = yield* rebased(parts.blobs, step, row.now)
      if (same(was, step.after) && same(now, step.after)) next.delete(step.path)
      else next.set(step.path, { was, now })
    }
    yield* replace(parts, next)
  })
