/** The tool that lists a directory. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Entry, Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { fileFailure } from "./file.ts"
import { lookedAt, shownName, shownPlace } from "./found.ts"
import { defineTool } from "./Tool.ts"

/** A longer directory is cut here. */
const mostEntries = 500

const marks: Readonly<Record<Entry["kind"], string>> = { file: "", directory: "/", symlink: "@", other: " (no file)" }

/** A directory's entries as a model reads them: folders end in `/`, links in `@`. */
export const listing = (entries: ReadonlyArray<Entry>): string => {
  const lines = entries.slice(0, mostEntries).map((it) => `${shownName(it.name)}${marks[it.kind]}`)
  const more = entries.length - lines.length
  if (more > 0) lines.push(`(truncated: ${more} more entries)`)
  return lines.length === 0 ? "(empty)" : lines.join("\n")
}

/** Lists a directory, hidden entries too, `.git` not. */
export const ls = defineTool({
  name: "ls",
  description: "Lists a directory. Folders end in /, links in @.",
  input: Schema.Struct({ path: Schema.optional(Schema.String) }),
  prepare: ({ path }) =>
    Effect.map(lookedAt(path), (place) => ({
      footprint: footprint({ read: [place.real] }),
      preview: shownPlace(place),
      run: Effect.gen(function* () {
        const workspace = yield* Workspace
        const entries = yield* Effect.mapError(workspace.list(place.real), fileFailure)
        return { output: listing(entries.filter((it) => it.name !== ".git")) }
      })
    }))
})
