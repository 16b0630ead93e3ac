/** Carries a plan onto the real tree or into a copy's tree: journal, steps, what the copy then holds, and recovery. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { Change } from "../../../domain/model/Change.ts"
import { CopyFailed, type Merged } from "../../../ports/WorkingCopies.ts"
import { FileError } from "../../../ports/Workspace.ts"
import { type BlobStore, type Held, same } from "../../shared/copies/held.ts"
import { overlayGround } from "../../shared/copies/overlay.ts"
import { changesMade, mergeHeld, moves, planMerge, rebased, type Step } from "../../shared/copies/plan.ts"
import { mergeRows, rebaseRows } from "../../shared/copies/rows.ts"
import { withLock } from "../fileLock.ts"
import { fileError } from "../files.ts"
import { carry, Overtaken, prepared, putAt, rollForward, Stuck, type Written } from "./carry.ts"
import { diskGround, standing } from "./ground.ts"
import { sha256 } from "./own.ts"
import { filesOf, isTree, keepFiles, mounted, ownTree, type State, treeOf, unseen, working } from "./sessionCopy.ts"
import { type Journal, journalOf, readJournal, startOf, writeJournal } from "./store.ts"

type Onto = "root" | "copy"

const setFile = (state: State, path: string, held: Held | null): void => {
  const files = filesOf(state)
  if (held === null) files.delete(path)
  else files.set(path, unseen(held))
}

const saveFiles = (state: State) => working(state.folder, async () => keepFiles(state, filesOf(state)))

/** What a checkpoint is to hold at a merged path, so that the next one doesn't report the merge; the same when done twice. */
const carriedWas = (blobs: BlobStore, step: Step, was: Held | null): Effect.Effect<Held | null, FileError> => {
  if (same(was, step.before) || same(was, step.after)) return Effect.succeed(step.after)
  return Effect.map(mergeHeld(blobs, step.asked.before, step.asked.after, was), (outcome) =>
    "clash" in outcome ? was : outcome.held
  )
}

const settleCopy = (state: State, steps: ReadonlyArray<Step>): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    for (const step of steps.filter(moves)) {
      const was = filesOf(state).get(step.path) ?? null
      state.named.add(step.path)
      setFile(state, step.path, yield* carriedWas(state.shared.blobs, step, was))
    }
    yield* saveFiles(state)
  })

const settleTree = (state: State, steps: ReadonlyArray<Step>): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    const { blobs } = state.shared
    for (const step of steps) {
      const at = standing(treeOf(state), step.path, blobs)
      if (at.kind !== "entry" && at.kind !== "absent") continue
      const now = at.kind === "entry" ? at.held : null
      const next = yield* rebased(blobs, step, now)
      const was = yield* rebased(blobs, step, filesOf(state).get(step.path) ?? null)
      if (!same(now, next)) yield* working(step.path, async () => putAt(blobs, treeOf(state), step.path, next))
      setFile(state, step.path, was)
    }
    yield* saveFiles(state)
  })

/** What the copy holds once a plan's steps are made. */
const settle = (state: State, onto: Onto, steps: ReadonlyArray<Step>): Effect.Effect<void, FileError> => {
  if (!isTree(state)) return rebaseRows(state.parts, steps)
  return onto === "copy" ? settleCopy(state, steps) : settleTree(state, steps)
}

const endJournal = (state: State): void => {
  fs.rmSync(journalOf(state.folder), { force: true })
  try {
    // A copy that was never used leaves no folder behind.
    fs.rmdirSync(state.folder)
  } catch {
    // It is used.
  }
}

/** What a journal calls the directory: a mount has another name in each process. */
const lastingName = (state: State, onto: Onto): string => (onto === "root" ? state.realRoot : ownTree(state))

/** Steps whose temporary files are named under another directory. */
const namedUnder = (steps: ReadonlyArray<Written>, from: string, to: string): ReadonlyArray<Written> =>
  steps.map((step) =>
    step.temporary === undefined ? step : { ...step, temporary: to + step.temporary.slice(from.length) }
  )

/** Journals and makes the steps; answers whether that went through, or someone was quicker and it must be planned anew. */
const land = (state: State, onto: Onto, dir: string, plan: ReadonlyArray<Step>) =>
  Effect.try({
    try: () => {
      const { blobs, notes, reached } = state.shared
      const steps = prepared(dir, plan)
      const holder = { pid: process.pid, started: startOf(process.pid) ?? "" }
      const name = lastingName(state, onto)
      const lasting = namedUnder(steps, dir, name)
      writeJournal(notes, state.folder, { root: state.root, dir: name, onto, ...holder, steps: lasting })
      reached("journalled")
      try {
        carry({ dir, blobs, reached }, steps)
      } catch (cause) {
        if (!(cause instanceof Stuck)) endJournal(state)
        if (cause instanceof Overtaken) return false
        throw cause
      }
      reached("carried")
      return true
    },
    catch: (cause) => {
      if (cause instanceof FileError) return cause
      if (!(cause instanceof Stuck)) return fileError(dir, cause)
      return new CopyFailed({
        session: state.session,
        reason: `${cause.message}. It will be finished on the next start`
      })
    }
  })

/** Tries this often where someone changes the same files meanwhile. */
const tries = 3

const mergeOnDisk = (state: State, changes: ReadonlyArray<Change>, onto: Onto) =>
  Effect.gen(function* () {
    const { blobs } = state.shared
    const dir = onto === "root" ? state.realRoot : treeOf(state)
    const ground = diskGround(dir, blobs)
    for (let tried = 0; tried < tries; tried += 1) {
      const plan = yield* planMerge(ground, blobs, changes)
      const [first, ...rest] = plan.conflicts
      if (first !== undefined) return { ok: false, conflicts: [first, ...rest] } satisfies Merged
      const made = yield* changesMade(blobs, plan.steps)
      const landed = made.length === 0 || (yield* land(state, onto, dir, plan.steps))
      if (!landed) continue
      yield* settle(state, onto, plan.steps)
      state.shared.reached("settled")
      endJournal(state)
      return { ok: true, changes: made } satisfies Merged
    }
    return yield* new CopyFailed({ session: state.session, reason: "other programs keep changing the same files" })
  })

/** How long another process may take to apply what it has; nobody takes longer than its files take to be written. */
const patience = "60 seconds"

/** Within this process nobody needs to look at a file to know who is next. */
const gates = new Map<string, Effect.Semaphore>()

const gateOf = (path: string): Effect.Semaphore => {
  const gate = gates.get(path) ?? Effect.unsafeMakeSemaphore(1)
  gates.set(path, gate)
  return gate
}

/** Does this while nobody else changes the same real tree: what two of them apply never mixes. */
const oneAtATime = <A>(
  { realRoot, session, shared }: State,
  body: Effect.Effect<A, CopyFailed | FileError>
): Effect.Effect<A, CopyFailed | FileError> => {
  const path = `${shared.dataDir}/applying/${sha256(Buffer.from(realRoot)).slice(0, 32)}`
  return withLock(path, body, patience).pipe(
    gateOf(path).withPermits(1),
    Effect.catchTag("LockFailed", ({ reason }) =>
      Effect.fail(new CopyFailed({ session, reason: `only one may apply to ${realRoot} at a time, and ${reason}` }))
    )
  )
}

const mergeInOverlay = (state: State, changes: ReadonlyArray<Change>) =>
  Effect.gen(function* () {
    const { blobs } = state.shared
    const plan = yield* planMerge(overlayGround(state.parts), blobs, changes)
    const [first, ...rest] = plan.conflicts
    if (first !== undefined) return { ok: false, conflicts: [first, ...rest] } satisfies Merged
    const made = yield* changesMade(blobs, plan.steps)
    if (made.length > 0) yield* mergeRows(state.parts, plan.steps)
    return { ok: true, changes: made } satisfies Merged
  })

/** Merges changes onto the real tree or into the copy, after ending what a crash left half done. */
export const mergeState = (
  state: State,
  changes: ReadonlyArray<Change>,
  onto: Onto
): Effect.Effect<Merged, CopyFailed | FileError> =>
  Effect.zipRight(
    Effect.zipRight(mounted(state), recover(state)),
    Effect.uninterruptible(
      Effect.suspend(() => {
        if (onto === "root") return oneAtATime(state, mergeOnDisk(state, changes, onto))
        return isTree(state) ? mergeOnDisk(state, changes, onto) : mergeInOverlay(state, changes)
      })
    )
  )

/** Whether the process that began a journal is still at it. */
export const isHeld = (journal: Journal): boolean =>
  journal.pid !== process.pid && startOf(journal.pid) === journal.started

/** Makes what is left of a journal's steps. */
const finishJournal = (state: State, journal: Journal): Effect.Effect<void, CopyFailed | FileError> =>
  Effect.gen(function* () {
    const { blobs, reached } = state.shared
    const dir = journal.onto === "root" ? state.realRoot : treeOf(state)
    const written = journal.steps.map(({ temporary, ...step }) =>
      temporary === undefined ? step : { ...step, temporary }
    )
    const steps = namedUnder(written, journal.dir, dir)
    yield* rollForward({ dir, blobs, reached }, steps)
    yield* settle(state, journal.onto, steps)
    endJournal(state)
  })

const journalIn = (state: State) => working(state.folder, async () => readJournal(state.shared.notes, state.folder))

/** Brings a journal that a crash left to its end. */
export const recover = (state: State): Effect.Effect<void, CopyFailed | FileError> =>
  Effect.gen(function* () {
    const journal = yield* journalIn(state)
    if (journal === undefined) return
    const { session } = state
    if (isHeld(journal))
      return yield* new CopyFailed({ session, reason: `process ${journal.pid} is applying its changes just now` })
    if (journal.dir !== lastingName(state, journal.onto))
      return yield* new CopyFailed({ session, reason: `its journal is about ${journal.dir}` })
    if (journal.onto === "copy") return yield* finishJournal(state, journal)
    // Whoever was here first may have finished it.
    const again = Effect.flatMap(journalIn(state), (left) =>
      left === undefined ? Effect.void : finishJournal(state, left)
    )
    yield* oneAtATime(state, again)
  }).pipe(Effect.uninterruptible)
