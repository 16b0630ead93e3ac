/** One step down a tree: which entries of a directory are found, and which directories come next. */
import type { Entry } from "../../ports/Workspace.ts"
import type { Glob, GlobState } from "./globs.ts"
import { bytesOf, excludeRank, type Ignores, ignoreNames, isIgnored, withIgnoreFile } from "./ignores.ts"
import { under } from "./spelling.ts"

/** What is looked for on the way: a glob, or every file. */
export type Quarry = { readonly glob: Glob } | "all"

/** A directory on the way. */
export interface Frame {
  /** As the workspace names it: relative to the root, or absolute where it is outside. */
  readonly path: string
  /** The path below the place where ignore files begin to count, by `bytesOf`. */
  readonly counted: string
  readonly ignores: Ignores
  readonly state: GlobState
}

/** What a directory came to. `links` are files that are links; whether they lead to a directory is not known here. */
export interface Step {
  readonly files: ReadonlyArray<string>
  readonly links: ReadonlyArray<string>
  readonly next: ReadonlyArray<Frame>
}

/** An ignore file bigger than this is no ignore file. */
export const mostIgnoreBytes = 4 * 1024 * 1024

/** The files whose rules count from this directory on, if they are there: name and rank. */
export const ignoreFilesIn = (
  frame: Frame,
  entries: ReadonlyArray<Entry>
): ReadonlyArray<{ readonly path: string; readonly rank: number }> => {
  const found = entries.flatMap((entry) => {
    const rank = ignoreNames.indexOf(entry.name)
    return rank >= 0 && entry.kind === "file" ? [{ path: join(frame.path, entry.name), rank }] : []
  })
  const isTop = frame.counted === ""
  return isTop && entries.some((entry) => entry.name === ".git" && entry.kind === "directory")
    ? [...found, { path: join(frame.path, ".git/info/exclude"), rank: excludeRank }]
    : found
}

/** A path and a name below it; the empty path is the root. */
export const join = (path: string, name: string): string => (path === "" ? name : under(path, name))

/** The frame with an ignore file's rules. */
export const ruled = (frame: Frame, rank: number, text: string): Frame => ({
  ...frame,
  ignores: withIgnoreFile(frame.ignores, rank, frame.counted, text)
})

/** What a directory's entries come to, once its ignore files count. Never `.git`. */
export const stepInto = (quarry: Quarry, frame: Frame, entries: ReadonlyArray<Entry>): Step => {
  const files: Array<string> = []
  const links: Array<string> = []
  const next: Array<Frame> = []
  const hidden = (name: string, directory: boolean): boolean =>
    frame.ignores.files.length > 0 && isIgnored(frame.ignores, join(frame.counted, bytesOf(name)), directory)
  for (const { name, kind } of entries) {
    if (name === ".git" || kind === "other") continue
    if (kind === "directory") {
      const state = quarry === "all" ? frame.state : quarry.glob.enter(frame.state, name)
      if (state === undefined || hidden(name, true)) continue
      next.push({
        path: join(frame.path, name),
        counted: join(frame.counted, bytesOf(name)),
        ignores: frame.ignores,
        state
      })
    } else if (quarry === "all" || quarry.glob.takes(frame.state, name)) {
      if (!hidden(name, false)) (kind === "file" ? files : links).push(join(frame.path, name))
    }
  }
  return { files, links, next }
}

/** The first frame of a walk. */
export const firstFrame = (quarry: Quarry, path: string, names: ReadonlyArray<string>, ignores: Ignores): Frame => ({
  path,
  counted: bytesOf(names.join("/")),
  ignores,
  state: quarry === "all" ? [] : quarry.glob.start
})
