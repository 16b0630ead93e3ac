/** How a workspace is searched by walking it. */
import * as Effect from "effect/Effect"
import { BadPattern, type GrepQuery } from "../../ports/Search.ts"
import type { Entry, FileError, WorkspaceService } from "../../ports/Workspace.ts"
import { filterOf, globOf } from "./globs.ts"
import { FirstHits, lookAt, textOf } from "./grepLines.ts"
import { noIgnores } from "./ignores.ts"
import { linePatternOf } from "./regexes.ts"
import { type Start, startOf } from "./searchStart.ts"
import { type Frame, firstFrame, ignoreFilesIn, mostIgnoreBytes, type Quarry, ruled, stepInto } from "./walk.ts"

/** Files larger than this are not searched. */
export const mostSearched = 64 * 1024 * 1024

const decoder = new TextDecoder()

/** A directory that cannot be read is passed over, as one that vanished meanwhile. */
const entriesOf = (workspace: WorkspaceService, path: string): Effect.Effect<ReadonlyArray<Entry>> =>
  Effect.orElseSucceed(workspace.list(path), () => [])

const withRules = (workspace: WorkspaceService, frame: Frame, entries: ReadonlyArray<Entry>): Effect.Effect<Frame> =>
  Effect.reduce(ignoreFilesIn(frame, entries), frame, (before, { path, rank }) =>
    workspace.read(path, mostIgnoreBytes).pipe(
      Effect.map((bytes) => ruled(before, rank, decoder.decode(bytes))),
      Effect.orElseSucceed(() => before)
    )
  )

/** The first frame with the rules of every directory above it. */
const frameAt = (workspace: WorkspaceService, start: Start, quarry: Quarry): Effect.Effect<Frame> =>
  Effect.gen(function* () {
    let ignores = noIgnores
    for (const [depth, above] of start.above.entries()) {
      const frame = firstFrame(quarry, above, start.names.slice(0, depth), ignores)
      ignores = (yield* withRules(workspace, frame, yield* entriesOf(workspace, above))).ignores
    }
    return firstFrame(quarry, start.path, start.names, ignores)
  })

interface Found {
  readonly files: ReadonlyArray<string>
  readonly links: ReadonlyArray<string>
}

const walk = (workspace: WorkspaceService, start: Start, quarry: Quarry): Effect.Effect<Found> =>
  Effect.gen(function* () {
    const files: Array<string> = []
    const links: Array<string> = []
    const waiting = [yield* frameAt(workspace, start, quarry)]
    for (let frame = waiting.pop(); frame !== undefined; frame = waiting.pop()) {
      const entries = yield* entriesOf(workspace, frame.path)
      const step = stepInto(quarry, yield* withRules(workspace, frame, entries), entries)
      for (const file of step.files) files.push(file)
      for (const link of step.links) links.push(link)
      for (const next of step.next) waiting.push(next)
      yield* Effect.yieldNow()
    }
    return { files, links }
  })

/** Whether a link is listed: one that leads to a directory is not a file. */
const isFileLink = (workspace: WorkspaceService, path: string): Effect.Effect<boolean> =>
  workspace.locate(path).pipe(
    Effect.map((it) => it.stat?.kind !== "directory"),
    Effect.orElseSucceed(() => true)
  )

/** Sorted, then cut. */
export const firstPaths = (
  paths: ReadonlyArray<string>,
  limit: number
): { readonly paths: ReadonlyArray<string>; readonly truncated: boolean } => ({
  // Without a comparison of its own, `sort` goes by code units.
  paths: [...paths].sort().slice(0, limit),
  truncated: paths.length > limit
})

/** The files whose paths match. */
export const glob = Effect.fn("WalkSearch.glob")(function* (
  workspace: WorkspaceService,
  query: { readonly pattern: string; readonly path?: string; readonly limit: number }
) {
  const quarry = globOf(query.pattern)
  if (typeof quarry === "string") return yield* new BadPattern({ pattern: query.pattern, reason: quarry })
  const start = yield* startOf(workspace, query.path, "directory")
  const found = yield* walk(workspace, start, { glob: quarry })
  const links = yield* Effect.filter(found.links, (path) => isFileLink(workspace, path))
  return firstPaths([...found.files, ...links], query.limit)
})

/** The files that a search looks into, as its filter has them. */
export const filtered = (
  query: GrepQuery,
  start: Start,
  files: ReadonlyArray<string>
): ReadonlyArray<string> | BadPattern => {
  if (query.glob === undefined) return files
  const filter = filterOf(query.glob)
  if (typeof filter === "string") return new BadPattern({ pattern: query.glob, reason: filter })
  const skip = start.path === "" ? 0 : start.path.length + 1
  return files.filter((path) => filter(path, path.slice(skip)))
}

const filesOf = (
  workspace: WorkspaceService,
  query: GrepQuery
): Effect.Effect<ReadonlyArray<string>, BadPattern | FileError> =>
  Effect.gen(function* () {
    const start = yield* startOf(workspace, query.path, "any")
    if (start.isFile) return [start.path]
    const files = filtered(query, start, (yield* walk(workspace, start, "all")).files)
    return files instanceof BadPattern ? yield* files : files
  })

/** The lines that match. */
export const grep = Effect.fn("WalkSearch.grep")(function* (workspace: WorkspaceService, query: GrepQuery) {
  const multiline = query.multiline === true
  const pattern = linePatternOf(query.pattern, { ignoreCase: query.ignoreCase === true, multiline })
  if (typeof pattern === "string") return yield* new BadPattern({ pattern: query.pattern, reason: pattern })
  const files = yield* filesOf(workspace, query)
  const first = new FirstHits(query.limit)
  const look = { pattern, multiline, before: query.before ?? 0, after: query.after ?? 0, most: query.limit + 1 }
  for (const path of files) {
    const bytes = yield* Effect.orElseSucceed(workspace.read(path, mostSearched), () => new Uint8Array())
    const text = textOf(bytes)
    if (text !== undefined && text !== "") first.add(lookAt(path, text, look))
    yield* Effect.yieldNow()
  }
  return first.result()
})
