/** Finds text and paths in a workspace, without what ignore files hide. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { FileError, WorkspaceService } from "./Workspace.ts"

/** The pattern is not one. */
export class BadPattern extends Schema.TaggedError<BadPattern>()("BadPattern", {
  pattern: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `The pattern ${JSON.stringify(this.pattern)} is not valid: ${this.reason}. Mend it and call again.`
  }
}

/** What to look for. `path` is a file or folder, the root where absent. */
export interface GrepQuery {
  readonly pattern: string
  readonly path?: string
  /** Only files whose path matches. */
  readonly glob?: string
  readonly ignoreCase?: boolean
  readonly multiline?: boolean
  /** Lines of context before and after. */
  readonly before?: number
  readonly after?: number
  /** At most so many hits; more are counted as `truncated`. */
  readonly limit: number
}

/** One line that matches, or a line of context (`hit: false`). Line numbers start at 1. Long lines are shortened. */
export interface GrepLine {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly hit: boolean
}

/** Finds text and paths in a workspace, without what `.gitignore` and its like hide, and never inside `.git`. */
export class Search extends Context.Tag("code-mesh/ports/Search")<
  Search,
  {
    /** Matching lines, sorted by path, then line. Binary files and links out of the root are passed over. */
    readonly grep: (
      workspace: WorkspaceService,
      query: GrepQuery
    ) => Effect.Effect<{ readonly lines: ReadonlyArray<GrepLine>; readonly truncated: boolean }, BadPattern | FileError>
    /** Files whose path matches, sorted in code-unit order before the limit cuts. */
    readonly glob: (
      workspace: WorkspaceService,
      query: { readonly pattern: string; readonly path?: string; readonly limit: number }
    ) => Effect.Effect<{ readonly paths: ReadonlyArray<string>; readonly truncated: boolean }, BadPattern | FileError>
  }
>() {}
