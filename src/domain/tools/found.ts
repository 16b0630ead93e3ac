/** Where the tools that list and search look, and how they show paths to a model. */
import * as Effect from "effect/Effect"
import { type Located, Workspace } from "../../ports/Workspace.ts"
import { fileFailure } from "./file.ts"
import type { ToolFailure } from "./Tool.ts"

/** A name on one line, whatever is in it: quoted as JSON where it could be taken for something else. */
export const shownName = (name: string): string =>
  /^[\s"]|\s$|[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(name) ? JSON.stringify(name) : name

/** Where a call looks: a path as the model wrote it, resolved; the root where it wrote none. */
export const lookedAt = (path: string | undefined): Effect.Effect<Located, ToolFailure, Workspace> =>
  Effect.flatMap(Workspace, (workspace) => Effect.mapError(workspace.locate(path ?? ""), fileFailure))

/** A place for people: relative to the root where it is inside. */
export const shownPlace = (it: Located): string => (it.path === "" ? "." : shownName(it.path))

const wild = /[*?[\]{}\\]/

/** A glob in two: the folder it starts from (the root where it says none), and the rest, relative to that. */
export interface GlobStart {
  readonly path?: string
  readonly pattern: string
}

/** The parts that say where a glob starts: up to the first part with a wildcard, and never the last part. */
const fixedParts = (parts: ReadonlyArray<string>): number => {
  const at = parts.findIndex((part) => wild.test(part))
  return at < 0 ? parts.length - 1 : at
}

/**
 * A glob as a search takes it. It is relative to `path`; an absolute one under the root is relative to the root, so that
 * ignore files count on the way; one that leads elsewhere says itself where it starts.
 */
export const globStart = (pattern: string, root: string, path?: string): GlobStart => {
  const prefix = root.endsWith("/") ? root : `${root}/`
  const parts = pattern.split("/")
  const climbs = parts.includes("..")
  if (!climbs && pattern.startsWith(prefix)) return { pattern: pattern.slice(prefix.length) }
  const elsewhere = pattern.startsWith("/") || pattern.startsWith("~/")
  if (!elsewhere && !climbs) return path === undefined ? { pattern } : { path, pattern }
  const fixed = fixedParts(parts)
  const own = parts.slice(0, fixed).join("/")
  const rest = parts.slice(fixed).join("/")
  if (elsewhere) return { path: own === "" ? "/" : own, pattern: rest }
  return { path: path === undefined ? own : `${path}/${own}`, pattern: rest }
}
