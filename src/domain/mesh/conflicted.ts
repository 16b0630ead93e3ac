/** Looks up both sides of what could not be merged, for the one who makes the step again. */
import * as Effect from "effect/Effect"
import { Digest } from "../../ports/Digest.ts"
import { TextCodec } from "../../ports/TextCodec.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Blob, Change, Conflict } from "../model/Change.ts"
import type { SessionId } from "../model/Ids.ts"
import type { SessionState } from "../session/State.ts"
import { type Contested, conflictText, type Side } from "./conflict.ts"

const sideOf = (blob: Blob, bytes: Uint8Array) =>
  Effect.map(TextCodec, ({ decode }): Side => {
    const text = decode(bytes)?.text
    return text === undefined ? { blob } : { blob, text }
  })

const kept = (blob: Blob | undefined) =>
  blob === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(WorkingCopies, (copies) => Effect.flatMap(copies.content(blob), (bytes) => sideOf(blob, bytes)))

/** What stands at a path in the session's copy, which is what others have done; nothing where it cannot be read. */
const standing = ({ id, root }: SessionState, path: string) =>
  Effect.gen(function* () {
    const { workspace } = yield* (yield* WorkingCopies).open(id, root)
    const bytes = yield* workspace.read(path)
    const { sha256 } = yield* Digest
    return yield* sideOf({ hash: yield* sha256(bytes), size: bytes.length, kind: "file" }, bytes)
  }).pipe(Effect.catchTag("FileError", () => Effect.succeed(undefined)))

/** What a try did that could not be merged into the copy of `state`'s session. */
export interface Clashed {
  readonly agent: SessionId
  readonly changes: ReadonlyArray<Change>
  readonly conflicts: ReadonlyArray<Conflict>
}

/** What the next try of a step is told where the one before could not be merged: both sides of every conflict. */
export const conflictNote = (state: SessionState, { agent, changes, conflicts }: Clashed) =>
  Effect.map(
    Effect.forEach(changes, ({ after, before, path }) =>
      Effect.gen(function* () {
        const reason = conflicts.find((conflict) => conflict.path === path)?.reason
        const [was, tried] = [yield* kept(before), yield* kept(after)]
        const now = reason === undefined ? undefined : yield* standing(state, path)
        const contested: Contested = {
          path,
          ...(was === undefined ? {} : { before: was }),
          ...(tried === undefined ? {} : { tried }),
          ...(now === undefined ? {} : { now }),
          ...(reason === undefined ? {} : { reason })
        }
        return contested
      })
    ),
    (paths) => conflictText(agent, paths)
  )
