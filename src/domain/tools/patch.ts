/** The tool that applies a patch to several files: all of it, or nothing. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { footprint } from "../model/Footprint.ts"
import { unified } from "../staging/diff.ts"
import { parsePatch } from "../staging/grammar.ts"
import { failed, snippet } from "./file.ts"
import { commit } from "./patchCommit.ts"
import { type Draft, draftPatch, isChanged, touched } from "./patchDraft.ts"
import { defineTool } from "./Tool.ts"

const shownText = (draft: Draft, side: "before" | "after"): string | undefined => {
  const file = draft[side]
  return file === undefined ? undefined : (file.text ?? "")
}

/** A file's change; of a move, both names. */
const diffOf = (draft: Draft, drafts: ReadonlyArray<Draft>) => {
  const source = draft.movedFrom === undefined ? undefined : drafts.find((it) => it.own === draft.movedFrom)
  return source === undefined
    ? unified({ path: draft.path, before: shownText(draft, "before"), after: shownText(draft, "after") })
    : unified({
        path: source.path,
        movedTo: draft.path,
        before: shownText(source, "before"),
        after: shownText(draft, "after")
      })
}

/** Changed files, without those whose content moved: the place it moved to tells of both. */
const toldOf = (drafts: ReadonlyArray<Draft>): ReadonlyArray<Draft> => {
  const moved = new Set(drafts.flatMap((it) => (it.movedFrom === undefined ? [] : [it.movedFrom])))
  return drafts.filter((it) => isChanged(it) && !(it.after === undefined && moved.has(it.own)))
}

const previewOf = (drafts: ReadonlyArray<Draft>): string =>
  toldOf(drafts)
    .map((draft) => diffOf(draft, drafts).text)
    .join("")

const summary = (draft: Draft, drafts: ReadonlyArray<Draft>): string => {
  const { added, removed } = diffOf(draft, drafts)
  if (draft.after === undefined) return `Deleted ${draft.path}`
  if (draft.movedFrom !== undefined) {
    const source = drafts.find((it) => it.own === draft.movedFrom)
    return `Moved ${source?.path ?? draft.movedFrom} to ${draft.path} (+${added} -${removed})`
  }
  if (draft.before === undefined) return `Created ${draft.path} (${added} lines)`
  return `Changed ${draft.path} (+${added} -${removed}):\n${snippet(draft.before.text ?? "", draft.after.text ?? "")}`
}

/** Applies a patch. */
export const patch = defineTool({
  name: "patch",
  description: `Changes several files at once: all of it, or nothing. The patch reads:
*** Begin Patch
*** Add File: path
+each line of the new file
*** Delete File: path
*** Update File: path
*** Move to: new path (optional)
@@ a line of the file that stands before the change (optional)
 a line that stays
-a line that goes
+a line that comes
*** End of File (only where the lines above are the last ones)
*** End Patch
Give three lines that stay around each change. Hunks of a file go from top to bottom.`,
  input: Schema.Struct({ patch: Schema.String }),
  prepare: (input) =>
    Effect.gen(function* () {
      const parsed = parsePatch(input.patch)
      if (Either.isLeft(parsed)) {
        return yield* Effect.fail(failed("invalid", `Line ${parsed.left.line} of the patch: ${parsed.left.reason}`))
      }
      const operations = parsed.right
      const paths = yield* touched(operations)
      const preview = yield* Effect.match(draftPatch(operations), {
        onFailure: (failure) => failure.reason,
        onSuccess: previewOf
      })
      const run = Effect.gen(function* () {
        const now = yield* touched(operations)
        if (now.write.join("\n") !== paths.write.join("\n")) {
          return yield* Effect.fail(failed("stale", "A path leads elsewhere than when the patch was prepared."))
        }
        const drafts = yield* draftPatch(operations)
        const told = toldOf(drafts)
        if (told.length === 0) return yield* Effect.fail(failed("no_change", "The patch changes nothing."))
        const seen = yield* commit(drafts.filter(isChanged))
        return { output: told.map((draft) => summary(draft, drafts)).join("\n"), seen }
      })
      return { footprint: footprint(paths), preview, run }
    })
})
