/** The tool that finds text in files. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type BadPattern, type GrepLine, type GrepQuery, Search } from "../../ports/Search.ts"
import { type FileError, Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { fileFailure } from "./file.ts"
import { globStart, lookedAt, shownName, shownPlace } from "./found.ts"
import { defineTool, ToolFailure, ToolRun } from "./Tool.ts"

/** Hits shown where the model sets no limit, and the most it may set. */
const usualHits = 200
const mostHits = 2000
/** Hits that are looked at to list files or to count. */
const mostCounted = 50_000
/** The most characters of an answer. */
const mostOutput = 30_000
const mostContext = 50

/** A search's failure as a model reads it. */
export const searchFailure = (error: BadPattern | FileError): ToolFailure =>
  error._tag === "FileError" ? fileFailure(error) : new ToolFailure({ kind: "invalid", reason: error.message })

/** What a search found. */
export interface Found {
  readonly lines: ReadonlyArray<GrepLine>
  readonly truncated: boolean
}

const cut = "(truncated: there are more; narrow the search)"

/** As many lines as fit, then a line that says that some are missing. */
const fitting = (lines: ReadonlyArray<string>, truncated: boolean): string => {
  if (lines.length === 0) return "No matches found"
  let length = 0
  const end = lines.findIndex((line) => {
    length += line.length + 1
    return length > mostOutput
  })
  return end < 0 && !truncated ? lines.join("\n") : [...lines.slice(0, end < 0 ? lines.length : end), cut].join("\n")
}

/** `path:line:text` for hits, `path-line-text` for context, `--` where lines are left out between context. */
export const contentOf = ({ lines, truncated }: Found, context: boolean): string => {
  const shown: Array<string> = []
  lines.forEach((line, at) => {
    const before = lines[at - 1]
    if (context && before !== undefined && (before.path !== line.path || before.line + 1 !== line.line))
      shown.push("--")
    const mark = line.hit ? ":" : "-"
    shown.push(`${shownName(line.path)}${mark}${line.line}${mark}${line.text}`)
  })
  return fitting(shown, truncated)
}

/** Each file's hits, in the order of paths. */
export const countsOf = (lines: ReadonlyArray<GrepLine>): ReadonlyArray<readonly [string, number]> => {
  const counts = new Map<string, number>()
  for (const line of lines) if (line.hit) counts.set(line.path, (counts.get(line.path) ?? 0) + 1)
  return [...counts]
}

const byFile = ({ lines, truncated }: Found, limit: number, show: (path: string, count: number) => string): string => {
  const counts = countsOf(lines)
  const shown = counts.slice(0, limit).map(([path, count]) => show(shownName(path), count))
  return fitting(shown, truncated || shown.length < counts.length)
}

/** Any number: a refinement would cost a definition in every request, so it is brought into bounds here instead. */
const Lines = Schema.optional(Schema.Number)

const whole = (value: number, most: number): number => Math.min(most, Math.max(0, Math.floor(value)))

const Input = Schema.Struct({
  pattern: Schema.String,
  path: Schema.optional(Schema.String),
  glob: Schema.optional(Schema.String),
  output_mode: Schema.optional(Schema.Literal("content", "files_with_matches", "count")),
  "-i": Schema.optional(Schema.Boolean),
  "-A": Lines,
  "-B": Lines,
  "-C": Lines,
  head_limit: Lines,
  multiline: Schema.optional(Schema.Boolean)
})

/** The search that a call means. */
export const queryOf = (input: typeof Input.Type, path: string, root: string): GrepQuery => {
  const content = (input.output_mode ?? "content") === "content"
  const around = (own: number | undefined): number => whole(own ?? input["-C"] ?? 0, mostContext)
  const limit = whole(input.head_limit ?? usualHits, mostHits) || mostHits
  return {
    pattern: input.pattern,
    path,
    ignoreCase: input["-i"] === true,
    multiline: input.multiline === true,
    before: content ? around(input["-B"]) : 0,
    after: content ? around(input["-A"]) : 0,
    limit: content ? limit : mostCounted,
    ...(input.glob === undefined ? {} : { glob: globStart(input.glob, root).pattern })
  }
}

const shownAs = (input: typeof Input.Type, found: Found): string => {
  const files = whole(input.head_limit ?? mostHits, mostHits) || mostHits
  if (input.output_mode === "files_with_matches") return byFile(found, files, (path) => path)
  if (input.output_mode === "count") return byFile(found, files, (path, count) => `${path}:${count}`)
  return contentOf(found, (input["-A"] ?? 0) + (input["-B"] ?? 0) + (input["-C"] ?? 0) > 0)
}

/** What the session may not read is not shown to it by a search either. */
const readable = (found: Found, root: string, mayRead: (real: string) => boolean): Found => {
  const known = new Map<string, boolean>()
  const may = (path: string): boolean => {
    const answer = known.get(path) ?? mayRead(path.startsWith("/") ? path : `${root}/${path}`)
    known.set(path, answer)
    return answer
  }
  return { ...found, lines: found.lines.filter((line) => may(line.path)) }
}

/** Finds lines by regular expression. */
export const grep = defineTool({
  name: "grep",
  description:
    "Finds lines by regular expression (ripgrep). glob filters files, like *.ts. Skips binary files and what .gitignore hides.",
  input: Input,
  prepare: (input) =>
    Effect.map(lookedAt(input.path), (place) => ({
      footprint: footprint({ read: [place.real] }),
      preview: `${shownName(input.pattern)} in ${shownPlace(place)}`,
      run: Effect.gen(function* () {
        const search = yield* Search
        const workspace = yield* Workspace
        const query = queryOf(input, place.real, workspace.root)
        const found = yield* Effect.mapError(search.grep(workspace, query), searchFailure)
        const { mayRead } = yield* ToolRun
        return { output: shownAs(input, readable(found, workspace.root, mayRead)) }
      })
    }))
})
