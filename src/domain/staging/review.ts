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

const kindOf = (blob: Blob | undefined): string => blob?.kind ?? "none"

const shown = (change: Change, before: string | undefined, after: string | undefined): string => {
  if (before === undefined || after === undefined) return `Binary file ${change.path}: ${change.kind}\n`
  const { text } = unified({
    path: change.path,
    before: change.before === undefined ? undefined : before,
    after: change.after === undefined ? undefined : after
  })
  return text === "" ? `${change.kind} ${change.path}: ${kindOf(change.before)} → ${kindOf(change.after)}\n` : text
}

/** The unified diff of these changes, in their order; binary content and modes are named. */
export const review = (changes: ReadonlyArray<Change>) =>
  Effect.map(
    Effect.forEach(changes, (change) =>
      Effect.zipWith(textOf(change.before), textOf(change.after), (before, after) => shown(change, before, after))
    ),
    (texts) => texts.join("")
  )
