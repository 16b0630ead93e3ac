/** Globs as bash reads them with `globstar`, followed name by name down a tree so that nothing is walked in vain. */
import { type Segment, segmentOf } from "./segments.ts"

/** More alternatives than this are not a pattern that anyone meant. */
const mostAlternatives = 512

type Part = Segment | "tree"

/** Which parts of each alternative the next name may be held against. */
export type GlobState = ReadonlyArray<ReadonlyArray<number>>

/** A glob, ready to be followed down a tree. */
export interface Glob {
  readonly start: GlobState
  /** Where a name leads, or nothing where no path below it can match. */
  readonly enter: (state: GlobState, name: string) => GlobState | undefined
  /** Whether a file of that name matches here. */
  readonly takes: (state: GlobState, name: string) => boolean
  /** Whether a whole relative path matches. */
  readonly matches: (path: string) => boolean
}

interface Braces {
  readonly head: string
  readonly parts: ReadonlyArray<string>
  readonly tail: string
}

/** The end of a bracket expression that starts at `at`, or `at` where it is none. */
const pastBracket = (glob: string, at: number): number => {
  const start = glob[at + 1] === "!" || glob[at + 1] === "^" ? at + 2 : at + 1
  const end = glob.indexOf("]", start + 1)
  return end < 0 || glob.slice(at, end).includes("/") || glob.slice(at, end).includes("{") ? at : end
}

/** The first brace group with a comma or a range in it. */
const bracesIn = (glob: string): Braces | undefined => {
  for (let open = 0; open < glob.length; open++) {
    if (glob[open] === "\\") open++
    else if (glob[open] === "[") open = pastBracket(glob, open)
    else if (glob[open] === "{") {
      const found = groupAt(glob, open)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const groupAt = (glob: string, open: number): Braces | undefined => {
  const cuts = [open]
  let depth = 0
  for (let at = open; at < glob.length; at++) {
    const char = glob[at]
    if (char === "\\") at++
    else if (char === "{") depth++
    else if (char === "," && depth === 1) cuts.push(at)
    else if (char === "}") {
      depth--
      if (depth > 0) continue
      const parts = cuts.map((cut, index) => glob.slice(cut + 1, cuts[index + 1] ?? at))
      const all = parts.length > 1 ? parts : rangeOf(parts[0] ?? "")
      return all === undefined ? undefined : { head: glob.slice(0, open), parts: all, tail: glob.slice(at + 1) }
    }
  }
  return undefined
}

const rangeOf = (text: string): ReadonlyArray<string> | undefined => {
  const match = /^(?:(-?\d{1,9})\.\.(-?\d{1,9})|([a-zA-Z])\.\.([a-zA-Z]))$/.exec(text)
  if (match === null) return undefined
  const letters = match[3] !== undefined
  const from = letters ? (match[3] ?? "").charCodeAt(0) : Number(match[1])
  const to = letters ? (match[4] ?? "").charCodeAt(0) : Number(match[2])
  const length = Math.min(Math.abs(to - from), mostAlternatives) + 1
  const width = letters ? 0 : paddingOf(match[1] ?? "", match[2] ?? "")
  return Array.from({ length }, (_, at) => {
    const value = from + (to < from ? -at : at)
    return letters ? String.fromCharCode(value) : String(value).padStart(width, "0")
  })
}

const paddingOf = (from: string, to: string): number =>
  [from, to].some((it) => /^0\d/.test(it)) ? Math.max(from.length, to.length) : 0

/** The glob's alternatives without braces, or nothing where there are too many. */
const alternativesOf = (glob: string): ReadonlyArray<string> | undefined => {
  const waiting = [glob]
  const done = new Set<string>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const braces = bracesIn(next)
    if (braces === undefined) done.add(next)
    else for (const part of braces.parts) waiting.push(braces.head + part + braces.tail)
    if (done.size + waiting.length > mostAlternatives) return undefined
  }
  return [...done]
}

/** The parts of an alternative; none where it can only be a directory or an absolute path, which no file here is. */
const partsOf = (glob: string): ReadonlyArray<Part> => {
  if (glob.startsWith("/") || /(^|\/)\.?$/.test(glob)) return []
  const parts: Array<Part> = []
  for (const source of glob.split("/")) {
    if (source === "" || source === ".") continue
    if (source !== "**") parts.push(segmentOf(source))
    else if (parts.at(-1) !== "tree") parts.push("tree")
  }
  // What ends in `**` means every file below, and a file is always one name more.
  if (parts.at(-1) === "tree") parts.push(segmentOf("*"))
  return parts
}

const closure = (parts: ReadonlyArray<Part>, at: number, into: Array<number>): void => {
  if (!into.includes(at)) into.push(at)
  if (parts[at] === "tree") closure(parts, at + 1, into)
}

const step = (parts: ReadonlyArray<Part>, state: ReadonlyArray<number>, name: string): ReadonlyArray<number> => {
  const next: Array<number> = []
  for (const at of state) {
    const part = parts[at]
    if (part === "tree") {
      if (!name.startsWith(".")) closure(parts, at, next)
    } else if (part?.matches(name) === true) closure(parts, at + 1, next)
  }
  return next
}

/** Reads a glob; a text says why it is none. */
export const globOf = (pattern: string): Glob | string => {
  if (pattern.includes("\0")) return "a path cannot hold a NUL byte"
  const alternatives = alternativesOf(pattern)
  if (alternatives === undefined) return `its braces stand for more than ${mostAlternatives} patterns`
  if (pattern === "") return "it is empty"
  const all = alternatives.map(partsOf).filter((parts) => parts.length > 0)
  const start = all.map((parts) => {
    const first: Array<number> = []
    closure(parts, 0, first)
    return first
  })
  const advance = (state: GlobState, name: string): GlobState =>
    state.map((one, index) => step(all[index] ?? [], one, name))
  const enter: Glob["enter"] = (state, name) => {
    const next = advance(state, name)
    return next.some((one, index) => one.some((at) => at < (all[index]?.length ?? 0))) ? next : undefined
  }
  const takes: Glob["takes"] = (state, name) =>
    state.some((one, index) => {
      const parts = all[index] ?? []
      return step(parts, one, name).includes(parts.length)
    })
  const matches = (path: string): boolean => {
    const names = path.split("/")
    let state: GlobState | undefined = start
    for (const name of names.slice(0, -1)) state = state === undefined ? undefined : enter(state, name)
    return state !== undefined && takes(state, names.at(-1) ?? "")
  }
  return { start, enter, takes, matches }
}

/**
 * The filter of a search: `*.ts` holds at any depth, `src/*.ts` from where the search or the project starts, `!*.md` is
 * all but those.
 */
export const filterOf = (pattern: string): ((path: string, fromStart: string) => boolean) | string => {
  const negated = pattern.startsWith("!")
  const plain = negated ? pattern.slice(1) : pattern
  const anywhere = !plain.replace(/\/+$/, "").includes("/")
  const glob = globOf(anywhere ? `**/${plain}` : plain)
  if (typeof glob === "string") return glob
  const base = anywhere ? globOf(plain) : glob
  if (typeof base === "string") return base
  return (path, fromStart) => {
    const hit = anywhere
      ? base.matches(path.slice(path.lastIndexOf("/") + 1))
      : glob.matches(path) || glob.matches(fromStart)
    return hit !== negated
  }
}
