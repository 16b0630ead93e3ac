/** Plans a merge: what each path comes to, or why it cannot; nothing is written here. */
import * as Effect from "effect/Effect"
import type { Change, Conflict } from "../../../domain/model/Change.ts"
import type { FileError } from "../../../ports/Workspace.ts"
import { byCodeUnit, parentOf } from "../spelling.ts"
import { type BlobStore, changeOf, type Held, modeFor, same } from "./held.ts"
import { bytesOf, mergeText, textOf } from "./text.ts"

/**
 * What stands at a path, links not followed. `under` is a parent that is a link, or is no directory. A directory may be
 * replaced once it is empty; one that cannot is `other`.
 */
export type Standing =
  | { readonly kind: "entry"; readonly held: Held }
  | { readonly kind: "absent" | "directory" | "other" }
  | { readonly kind: "under"; readonly parent: string; readonly link: boolean }

/** A tree that changes can land on. */
export interface Ground {
  /** What stands at a path; a content is kept before it is named. */
  readonly look: (path: string) => Effect.Effect<Standing, FileError>
  /** Every path under a directory that is not itself a directory. */
  readonly under: (path: string) => Effect.Effect<ReadonlyArray<string>, FileError>
}

/** One path of a plan: what stood there, what is to stand there, and the change that was asked for. */
export interface Step {
  readonly path: string
  readonly before: Held | null
  readonly after: Held | null
  readonly asked: { readonly before: Held | null; readonly after: Held | null }
}

type Reason = Conflict["reason"]
interface Clash {
  readonly reason: Reason
  readonly text?: string
}

/** Whether a three-way merge came to a content or to a conflict. */
export type Outcome = { readonly held: Held | null } | { readonly clash: Clash }

const clash = (reason: Reason, text?: string): Outcome => ({
  clash: text === undefined ? { reason } : { reason, text }
})

/** The choice among three where at most one side moved from the base, or both moved alike. */
const pick = <A>(base: A, ours: A, theirs: A): A | undefined =>
  ours === base || ours === theirs ? theirs : theirs === base ? ours : undefined

const mergeContents = (blobs: BlobStore, base: Held, ours: Held, theirs: Held): Effect.Effect<Outcome, FileError> =>
  Effect.gen(function* () {
    const kind = pick(base.kind, ours.kind, theirs.kind) ?? theirs.kind
    const mode = theirs.mode === undefined ? {} : { mode: modeFor(kind, theirs.mode) }
    const hash = pick(base.hash, ours.hash, theirs.hash)
    if (hash !== undefined) return { held: { hash, size: hash === ours.hash ? ours.size : theirs.size, kind, ...mode } }
    const [o, a, b] = yield* Effect.all([blobs.get(base.hash), blobs.get(ours.hash), blobs.get(theirs.hash)])
    const [from, mine, yours] = [textOf(o), textOf(a), textOf(b)]
    if (from === undefined || mine === undefined || yours === undefined) return clash("binary")
    const merged = mergeText(from, mine, yours)
    if (!merged.ok) return clash("content", merged.text)
    const bytes = bytesOf(merged.text)
    return { held: { hash: yield* blobs.put(bytes), size: bytes.length, kind, ...mode } }
  })

/** What one path comes to from its three sides. */
export const mergeHeld = (
  blobs: BlobStore,
  base: Held | null,
  ours: Held | null,
  theirs: Held | null
): Effect.Effect<Outcome, FileError> => {
  if (same(ours, theirs)) return Effect.succeed({ held: theirs })
  if (same(base, theirs)) {
    const keeps = ours !== null && theirs?.mode !== undefined && ours.kind !== "symlink" && theirs.kind !== "symlink"
    return Effect.succeed({ held: keeps ? { ...ours, mode: modeFor(ours.kind, theirs.mode ?? 0) } : ours })
  }
  if (same(base, ours)) return Effect.succeed({ held: theirs })
  if (base === null) return Effect.succeed(clash("exists"))
  if (theirs === null) return Effect.succeed(clash("deleted"))
  if (ours === null) return Effect.succeed(clash("content"))
  const links = [base, ours, theirs].filter((held) => held.kind === "symlink").length
  if (links > 0) return Effect.succeed(clash(links === 3 ? "content" : "type"))
  return mergeContents(blobs, base, ours, theirs)
}

/** Several changes of one path as one, from the first one's start to the last one's end; those that cancel out go. */
const fold = (changes: ReadonlyArray<Change>): ReadonlyArray<Step["asked"] & { readonly path: string }> => {
  const byPath = new Map<string, Step["asked"]>()
  for (const { after, before, path } of changes) {
    byPath.set(path, {
      before: byPath.has(path) ? (byPath.get(path)?.before ?? null) : (before ?? null),
      after: after ?? null
    })
  }
  return [...byPath]
    .map(([path, asked]) => ({ path, ...asked }))
    .filter(({ after, before }) => !same(before, after))
    .sort((a, b) => Number(a.after !== null) - Number(b.after !== null) || byCodeUnit(a.path, b.path))
}

/** Whether a path is in git's own folder, at any depth: copies neither show changes there nor carry them. */
export const isGits = (path: string): boolean => path.split("/").some((name) => name.toLowerCase() === ".git")

const unsafe = (path: string): boolean =>
  isGits(path) ||
  path === "" ||
  path.startsWith("/") ||
  path.split("/").some((name) => name === "" || name === "." || name === "..")

/** Whether the plan takes away all that stands in a path's way. */
const cleared = (ground: Ground, gone: ReadonlySet<string>, at: Standing, path: string) =>
  Effect.gen(function* () {
    if (at.kind === "under") return gone.has(at.parent)
    return at.kind === "directory" && (yield* ground.under(path)).every((file) => gone.has(file))
  })

const stepOf = (ground: Ground, blobs: BlobStore, gone: Set<string>, one: Step["asked"] & { readonly path: string }) =>
  Effect.gen(function* () {
    const { path, ...asked } = one
    if (unsafe(path)) return clash("type")
    const at = yield* ground.look(path)
    const held = at.kind === "entry" ? at.held : null
    if (at.kind !== "entry" && at.kind !== "absent" && !(yield* cleared(ground, gone, at, path))) {
      if (asked.after === null && at.kind === "under" && !at.link)
        return { step: { path, before: null, after: null, asked } }
      return clash(at.kind === "under" && at.link ? "link" : "type")
    }
    const outcome = yield* mergeHeld(blobs, at.kind === "directory" ? null : asked.before, asked.after, held)
    if ("clash" in outcome) return outcome
    if (outcome.held === null) gone.add(path)
    return { step: { path, before: held, after: outcome.held, asked } }
  })

/** What a merge would do: all its steps, or all that stands against it. */
export const planMerge = (ground: Ground, blobs: BlobStore, changes: ReadonlyArray<Change>) =>
  Effect.gen(function* () {
    const steps: Array<Step> = []
    const conflicts: Array<Conflict> = []
    const gone = new Set<string>()
    for (const one of fold(changes)) {
      const outcome = yield* stepOf(ground, blobs, gone, one)
      if ("step" in outcome) steps.push(outcome.step)
      else if ("clash" in outcome) conflicts.push({ path: one.path, ...outcome.clash })
    }
    return { steps, conflicts: conflicts.sort((a, b) => byCodeUnit(a.path, b.path)) }
  })

/** Whether a step has anything to do. */
export const moves = (step: Step): boolean => !same(step.before, step.after)

/** The changes that a plan's steps really make, sorted by path. */
export const changesMade = (
  blobs: BlobStore,
  steps: ReadonlyArray<Step>
): Effect.Effect<ReadonlyArray<Change>, FileError> =>
  Effect.forEach(
    steps.filter(moves).toSorted((a, b) => byCodeUnit(a.path, b.path)),
    (step) => changeOf(blobs, step.path, step.before, step.after)
  )

/**
 * What a copy that held `held` at a step's path is to hold once the step was made on the real tree: the same as there
 * where the copy had not gone on from it, else its own going-on with the other side's lines, as far as they merge.
 */
export const rebased = (blobs: BlobStore, step: Step, held: Held | null): Effect.Effect<Held | null, FileError> => {
  const known = [step.asked.before, step.asked.after, step.before, step.after]
  if (known.some((one) => same(one, held))) return Effect.succeed(step.after)
  return Effect.map(mergeHeld(blobs, step.asked.after, held, step.after), (outcome) =>
    "clash" in outcome ? held : outcome.held
  )
}

/** The directories above a path, nearest first, without the root. */
export const parentsOf = (path: string): ReadonlyArray<string> => {
  const parents: Array<string> = []
  for (let at = parentOf(path); at !== ""; at = parentOf(at)) parents.push(at)
  return parents
}
