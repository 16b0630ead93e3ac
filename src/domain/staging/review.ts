/** Staged changes as text for people: unified diffs of what each path was and would be. */
import * as Effect from "effect/Effect"
import { TextCodec } from "../../ports/TextCodec.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Blob, Change } from "../model/Change.ts"
import { unified } from "./diff.ts"

const textOf = (blob: Blob | undefined) =>
  Effect.gen(function* () {
    if (blob === undefined) return ""
    const copies = yield* WorkingCopies
    const codec = yield* TextCodec
    return codec.decode(yield* copies.content(blob))?.text
  })

const header = (change: Change): string =>
  change.kind === "mode"
    ? `mode ${change.path}: ${change.before?.kind ?? "none"} → ${change.after?.kind ?? "none"}\n`
    : `Binary file ${change.path}: ${change.kind}\n`

/** The unified diff of these changes, in their order; binary content and modes are named. */
export const review = (changes: ReadonlyArray<Change>) =>
  Effect.map(
    Effect.forEach(changes, (change) =>
      Effect.gen(function* () {
        const before = yield* textOf(change.before)
        const after = yield* textOf(change.after)
        if (before === undefined || after === undefined || before === after) return header(change)
        return unified({
          path: change.path,
          before: change.before === undefined ? undefined : before,
          after: change.after === undefined ? undefined : after
        }).text
      })
    ),
    (texts) => texts.join("")
  )
