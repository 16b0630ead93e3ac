/** Writes what a patch came to: every file, or none. */
import * as Effect from "effect/Effect"
import type { Digest } from "../../ports/Digest.ts"
import { Workspace } from "../../ports/Workspace.ts"
import type { Seen } from "../model/Call.ts"
import { failed, fileFailure, save } from "./file.ts"
import type { Draft } from "./patchDraft.ts"
import type { ToolFailure } from "./Tool.ts"

type Needs = Workspace | Digest

const make = (draft: Draft): Effect.Effect<ReadonlyArray<Seen>, ToolFailure, Needs> =>
  draft.after === undefined
    ? Effect.flatMap(Workspace, (workspace) => Effect.as(Effect.mapError(workspace.remove(draft.own), fileFailure), []))
    : Effect.map(save(draft.real, draft.after.bytes, draft.mode), (seen) => [seen])

/** Puts a file back as it was. A link that was taken away comes back as the file that it led to. */
const restore = ({ before, mode, own, real }: Draft): Effect.Effect<boolean, never, Workspace> =>
  Effect.flatMap(Workspace, (workspace) =>
    before === undefined
      ? Effect.isSuccess(workspace.remove(real))
      : Effect.isSuccess(workspace.write(own, before.bytes, mode))
  )

const rollBack = (done: ReadonlyArray<Draft>, cause: ToolFailure): Effect.Effect<never, ToolFailure, Workspace> =>
  Effect.gen(function* () {
    const back = yield* Effect.forEach([...done].reverse(), (draft) =>
      Effect.map(restore(draft), (ok) => (ok ? [] : [draft.path]))
    )
    const lost = back.flat()
    const rest =
      lost.length === 0 ? "Nothing of the patch was applied." : `These files could not be put back: ${lost.join(", ")}.`
    return yield* Effect.fail(failed(cause.kind, `${cause.reason} ${rest}`))
  })

/** Makes all changes, deletions first; where one fails, those made before are taken back. Not to be interrupted midway. */
export const commit = (drafts: ReadonlyArray<Draft>): Effect.Effect<ReadonlyArray<Seen>, ToolFailure, Needs> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const order = [...drafts].sort((a, b) => Number(a.after !== undefined) - Number(b.after !== undefined))
      const done: Array<Draft> = []
      const seen: Array<Seen> = []
      for (const draft of order) {
        seen.push(...(yield* Effect.catchAll(make(draft), (failure) => rollBack(done, failure))))
        done.push(draft)
      }
      return seen
    })
  )
