/** The tool that finds files by their paths. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Search } from "../../ports/Search.ts"
import { Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { globStart, lookedAt, shownName, shownPlace } from "./found.ts"
import { searchFailure } from "./grep.ts"
import { defineTool } from "./Tool.ts"

/** More paths than this are only counted. */
const mostPaths = 300
/** More than this are not even counted. */
const mostCounted = 1_000_000

/** Paths as a model reads them, one a line, and how many more there are. */
export const pathList = (paths: ReadonlyArray<string>): string => {
  if (paths.length === 0) return "No files found"
  const lines = paths.slice(0, mostPaths).map(shownName)
  const more = paths.length - lines.length
  return (more > 0 ? [...lines, `(truncated: ${more} more files; narrow the pattern)`] : lines).join("\n")
}

/** Finds files by glob. */
export const glob = defineTool({
  name: "glob",
  description:
    "Finds files by path, like src/**/*.{ts,tsx}; sorted. Skips what .gitignore hides, and dotfiles unless the pattern names the dot.",
  input: Schema.Struct({ pattern: Schema.String, path: Schema.optional(Schema.String) }),
  prepare: ({ path, pattern }) =>
    Effect.gen(function* () {
      const workspace = yield* Workspace
      const start = globStart(pattern, workspace.root, path)
      const place = yield* lookedAt(start.path)
      return {
        footprint: footprint({ read: [place.real] }),
        preview: `${shownName(pattern)} in ${shownPlace(place)}`,
        run: Effect.gen(function* () {
          const search = yield* Search
          const query = { pattern: start.pattern, path: place.real, limit: mostCounted }
          const { paths } = yield* Effect.mapError(search.glob(yield* Workspace, query), searchFailure)
          return { output: pathList(paths) }
        })
      }
    })
})
