/** A change of one file as people and programs know it: a unified diff. */
import { countHunks, type Hunk, hunksOf } from "./hunk.ts"
import { bodyOf, endingOf } from "./lines.ts"

/** A file before and after; a side that is absent does not exist. Paths are relative, with forward slashes. */
export interface FileChange {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
  /** The path that it has afterwards, where it moves. */
  readonly movedTo?: string
}

/** A change as text, and how many lines it puts in and takes out. */
export interface Diff {
  readonly text: string
  readonly added: number
  readonly removed: number
}

/** `start,count` as unified diffs spell it: counted from 1, and an empty range names the line before it. */
const range = (start: number, count: number): string =>
  count === 1 ? `${start + 1}` : `${count === 0 ? start : start + 1},${count}`

const sides = (hunk: Hunk): { readonly old: number; readonly fresh: number } => {
  const { added, removed } = countHunks([hunk])
  return { old: hunk.lines.length - added, fresh: hunk.lines.length - removed }
}

const hunkText = (hunk: Hunk): string => {
  const { fresh, old } = sides(hunk)
  const lines = hunk.lines.map(({ kind, text }) => {
    const ending = endingOf(text)
    if (ending === "\r") return `${kind}${bodyOf(text)}\n`
    return ending === "" ? `${kind}${text}\n\\ No newline at end of file\n` : `${kind}${text}`
  })
  return `@@ -${range(hunk.oldStart, old)} +${range(hunk.newStart, fresh)} @@\n${lines.join("")}`
}

/** The unified diff of a change, with `a/` and `b/` headers; its text is empty where nothing changed. */
export const unified = (change: FileChange, context = 3): Diff => {
  const { after, before, movedTo = change.path, path } = change
  const hunks = hunksOf(before ?? "", after ?? "", context)
  const moved = movedTo === path ? "" : `rename from ${path}\nrename to ${movedTo}\n`
  const same = hunks.length === 0 && (before === undefined) === (after === undefined)
  if (same) return { text: moved, added: 0, removed: 0 }
  const from = before === undefined ? "/dev/null" : `a/${path}`
  const to = after === undefined ? "/dev/null" : `b/${movedTo}`
  return { text: `${moved}--- ${from}\n+++ ${to}\n${hunks.map(hunkText).join("")}`, ...countHunks(hunks) }
}
