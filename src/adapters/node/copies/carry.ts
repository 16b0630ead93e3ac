/** Makes a plan's steps in a directory, all or none; what a crash leaves half done is rolled forward. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { FileError } from "../../../ports/Workspace.ts"
import { type Held, same } from "../../shared/copies/held.ts"
import { mergeHeld, moves, parentsOf, type Step } from "../../shared/copies/plan.ts"
import { baseName, parentOf } from "../../shared/spelling.ts"
import { errnoOf, fileError, inFolder } from "../files.ts"
import type { DiskBlobs } from "./blobs.ts"
import { lstat, standing } from "./ground.ts"
import { createFile, fresh } from "./own.ts"

/** A step and the temporary file, next to its target, that waits to become it. */
export interface Written extends Step {
  readonly temporary?: string
}

/** Where steps are made, from which contents; `reached` is told of each point passed, for tests that end the process there. */
export interface Carrying {
  readonly dir: string
  readonly blobs: DiskBlobs
  readonly reached: (point: string) => void
}

/** Someone changed a path between the plan and its making. */
export class Overtaken extends Error {}

const isDirectory = (path: string): boolean => lstat(path)?.isDirectory() === true

/** The nearest directory above a path that is really one: a temporary file there can be renamed onto the path. */
const nearest = (dir: string, path: string): string => {
  const chain = parentsOf(path).toReversed()
  const missing = chain.findIndex((parent) => !isDirectory(`${dir}/${parent}`))
  const parents = missing === -1 ? chain : chain.slice(0, missing)
  const last = parents[parents.length - 1]
  return last === undefined ? dir : `${dir}/${last}`
}

/** The steps, those that put something somewhere with names for their temporary files. */
export const prepared = (dir: string, steps: ReadonlyArray<Step>): ReadonlyArray<Written> =>
  steps.map((step) =>
    step.after === null || !moves(step) ? step : { ...step, temporary: `${nearest(dir, step.path)}/${fresh()}` }
  )

/** Does something to a name in its directory, which is held open and was reached without following a link. */
const inPlace = <A>(dir: string, at: string, body: (at: string) => A, make?: true): A =>
  inFolder({ path: at, base: dir, directory: parentOf(at), ...(make === undefined ? {} : { make }) }, (folder) =>
    body(`${folder.at}/${baseName(at)}`)
  )

/** Puts a kept content where nothing stands yet. */
const putFresh = (blobs: DiskBlobs, dir: string, temporary: string, held: Held): void => {
  const bytes = blobs.bytes(held.hash)
  inPlace(dir, temporary, (at) => {
    if (held.kind === "symlink") fs.symlinkSync(Buffer.from(bytes), at)
    else
      createFile(
        at,
        bytes,
        held.kind === "executable" ? 0o777 : 0o666,
        held.mode === undefined ? {} : { exact: held.mode }
      )
  })
}

/** Removes a directory that holds nothing but empty directories. */
const removeHollow = (path: string): void => {
  for (const name of fs.readdirSync(path)) removeHollow(`${path}/${name}`)
  fs.rmdirSync(path)
}

const moveInto = (dir: string, path: string, temporary: string): void =>
  inPlace(dir, temporary, (from) =>
    inPlace(
      dir,
      `${dir}/${path}`,
      (to) => {
        if (isDirectory(to)) removeHollow(to)
        fs.renameSync(from, to)
      },
      true
    )
  )

/** Removes the directories above a path that hold nothing any more. */
const removeEmpty = (dir: string, path: string): void => {
  for (const parent of parentsOf(path)) {
    try {
      inPlace(dir, `${dir}/${parent}`, (at) => fs.rmdirSync(at))
    } catch {
      return
    }
  }
}

/** Puts a kept content, or nothing, at a path under a directory, whatever stands there. */
export const putAt = (blobs: DiskBlobs, dir: string, path: string, held: Held | null): void => {
  if (held === null) {
    if (lstat(`${dir}/${path}`) !== undefined) inPlace(dir, `${dir}/${path}`, (at) => fs.unlinkSync(at))
    removeEmpty(dir, path)
    return
  }
  const temporary = `${nearest(dir, path)}/${fresh()}`
  try {
    putFresh(blobs, dir, temporary, held)
    moveInto(dir, path, temporary)
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
}

const heldNow = ({ blobs, dir }: Carrying, path: string): Held | null | undefined => {
  const at = standing(dir, path, blobs)
  return at.kind === "entry" ? at.held : at.kind === "other" || at.kind === "under" ? undefined : null
}

const mustStand = (work: Carrying, step: Step): void => {
  const now = heldNow(work, step.path)
  if (now === undefined || !same(now, step.before)) throw new Overtaken(step.path)
}

const commit = (work: Carrying, steps: ReadonlyArray<Written>, done: Array<Written>): void => {
  const { dir, reached } = work
  for (const step of steps.filter((it) => it.after === null)) {
    mustStand(work, step)
    done.push(step)
    inPlace(dir, `${dir}/${step.path}`, (at) => fs.unlinkSync(at))
    reached("deleted")
  }
  for (const step of steps) {
    if (step.temporary === undefined) continue
    mustStand(work, step)
    done.push(step)
    moveInto(dir, step.path, step.temporary)
    reached("renamed")
  }
  for (const step of steps) if (step.after === null) removeEmpty(dir, step.path)
}

/** Puts back what stood before, wherever our own content stands now. */
const takeBack = (work: Carrying, done: ReadonlyArray<Written>): void => {
  for (const { after, before, path } of done.toReversed()) {
    const now = heldNow(work, path)
    if (now !== undefined && same(now, after)) putAt(work.blobs, work.dir, path, before)
  }
}

/** What a file system says where a file or folder that someone made since is in the way. */
const obstacles = new Set(["EEXIST", "ENOTEMPTY", "ENOTDIR", "EISDIR"])

const isObstacle = (cause: unknown): boolean =>
  cause instanceof FileError ? cause.kind === "escape" : obstacles.has(errnoOf(cause) ?? "")

/** Makes prepared steps. Where one cannot be made, those before it are taken back and its error is thrown. */
export const carry = (work: Carrying, steps: ReadonlyArray<Written>): void => {
  const done: Array<Written> = []
  let path = work.dir
  try {
    for (const step of steps) {
      if (step.temporary === undefined || step.after === null) continue
      path = step.path
      putFresh(work.blobs, work.dir, step.temporary, step.after)
      work.reached("written")
    }
    commit(work, steps.filter(moves), done)
  } catch (cause) {
    path = done[done.length - 1]?.path ?? path
    undo(work, steps, done, fileError(path, cause))
    if (isObstacle(cause)) throw new Overtaken(path)
    throw cause instanceof Overtaken || cause instanceof FileError ? cause : fileError(path, cause)
  }
}

/** A step failed, and those before it could not be taken back either: the journal must stay. */
export class Stuck extends Error {}

const undo = (work: Carrying, steps: ReadonlyArray<Written>, done: ReadonlyArray<Written>, why: FileError): void => {
  try {
    takeBack(work, done)
    removeTemporary(steps)
  } catch (cause) {
    throw new Stuck(`${why.message}; and ${fileError(work.dir, cause).message}`)
  }
}

/** Removes what is left of temporary files. */
export const removeTemporary = (steps: ReadonlyArray<Written>): void => {
  for (const { temporary } of steps) if (temporary !== undefined) fs.rmSync(temporary, { force: true })
}

/**
 * Brings steps that a crash cut short to their end. Where someone has changed a file since, their lines are merged
 * with ours; where that conflicts, theirs stay.
 */
export const rollForward = (work: Carrying, steps: ReadonlyArray<Written>): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    removeTemporary(steps)
    for (const step of steps) {
      const now = heldNow(work, step.path)
      if (now === undefined) continue
      const outcome = yield* mergeHeld(work.blobs, step.before, step.after, now)
      if ("clash" in outcome || same(outcome.held, now)) continue
      yield* Effect.try({
        try: () => putAt(work.blobs, work.dir, step.path, outcome.held),
        catch: (cause) => cause
      }).pipe(
        Effect.catchIf(isObstacle, () => Effect.void),
        Effect.mapError((cause) => fileError(step.path, cause))
      )
    }
    for (const step of steps) if (step.after === null) removeEmpty(work.dir, step.path)
  })
