/** A conflict as a task: what a try changed that could not be merged, and what stands there meanwhile, both shown. */
import { clip } from "../context/clip.ts"
import type { Blob, Conflict } from "../model/Change.ts"
import { unified } from "../staging/diff.ts"
import { clashes } from "../staging/threeWay.ts"

/** One side of a path: its content by name, and its text where it is text; absent where nothing stands there. */
export interface Side {
  readonly blob: Blob
  readonly text?: string
}

/** A path that a try changed: what it began with, what the try made of it, and what stands there now. */
export interface Contested {
  readonly path: string
  readonly before?: Side
  readonly tried?: Side
  readonly now?: Side
  /** Why it could not be merged, where it is this path that could not. */
  readonly reason?: Conflict["reason"]
}

/** Characters of a try's own changes, and of one path's conflicts, that the next agent is shown. */
const mostOfChanges = 12_000
const mostOfPath = 6_000
const mostOfAll = 24_000

/** Paths of which both sides are shown; those beyond are named. */
const mostPaths = 12

const named = (side: Side | undefined): string => (side === undefined ? "nothing" : side.blob.hash.slice(0, 12))

const words = ({ before, reason, tried }: Contested): string => {
  if (tried === undefined) return "that try deleted it, and it was changed meanwhile"
  if (before === undefined || reason === "exists") return "both created it, and not alike"
  switch (reason) {
    case "deleted":
      return "that try changed it, and it was deleted meanwhile"
    case "type":
    case "link":
      return "something of another kind stands there meanwhile"
    case "binary":
      return "both changed it, and it is not text"
    default:
      return "both changed the same lines"
  }
}

const ended = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`)

const textIn = (side: Side | undefined): string | undefined => (side === undefined ? "" : side.text)

/** The places where both sides say something else, each with both. */
const places = ({ before, now, path, tried }: Contested): string => {
  const [from, mine, theirs] = [textIn(before), textIn(tried), textIn(now)]
  if (from === undefined || mine === undefined || theirs === undefined) return ""
  if (tried === undefined)
    return `What was made of it meanwhile:\n${unified({ path, before: from, after: theirs }).text}`
  if (now === undefined) return ""
  return clashes(from, mine, theirs)
    .map(
      (one) => `Line ${one.line}:\n<<<<<<< that try\n${ended(one.ours)}=======\n${ended(one.theirs)}>>>>>>> meanwhile\n`
    )
    .join("")
}

const contested = (one: Contested): string => {
  const [before, tried, now] = [named(one.before), named(one.tried), named(one.now)]
  const head = `### ${one.path}: ${words(one)}\nIt was ${before}; that try made it ${tried}; there is now ${now}.`
  return clip(`${head}\n${places(one)}`, mostOfPath).trimEnd()
}

const changed = ({ before, path, tried }: Contested): string => {
  const [from, to] = [textIn(before), textIn(tried)]
  if (from === undefined || to === undefined) return `${path}: ${named(before)} → ${named(tried)}, not text\n`
  const { text } = unified({
    path,
    before: before === undefined ? undefined : from,
    after: tried === undefined ? undefined : to
  })
  return text === "" ? `${path}: ${before?.blob.kind ?? "nothing"} → ${tried?.blob.kind ?? "nothing"}\n` : text
}

/** What the session `agent` did that could not be merged: nothing of it is lost, and the next try is told all of it. */
export const conflictText = (agent: string, paths: ReadonlyArray<Contested>): string => {
  const own = paths.filter(({ reason }) => reason !== undefined)
  return clip(
    [
      `The try before this one (session ${agent}) did its work, and none of it was merged: it conflicts with what others did meanwhile in ${own.map(({ path }) => path).join(", ")}. You begin with what they did. Do the step on top of it, so that both intents hold; undo nothing of theirs.`,
      "",
      ...own.slice(0, mostPaths).map(contested),
      "",
      "### What that try changed in all",
      clip(paths.map(changed).join(""), mostOfChanges).trimEnd()
    ].join("\n"),
    mostOfAll
  )
}
