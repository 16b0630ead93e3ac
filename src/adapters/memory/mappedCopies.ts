/** How working copies are kept in maps over any workspace. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Change } from "../../domain/model/Change.ts"
import { SessionId } from "../../domain/model/Ids.ts"
import { Digest } from "../../ports/Digest.ts"
import { type Copy, CopyFailed, keptFor, type Merged, type WorkingCopies } from "../../ports/WorkingCopies.ts"
import { FileError, type WorkspaceService } from "../../ports/Workspace.ts"
import { type BlobStore, type Held, kindOfMode } from "../shared/copies/held.ts"
import type { KeptBytes } from "../shared/copies/kept.ts"
import { type OverlayParts, overlay, overlayGround, type Row } from "../shared/copies/overlay.ts"
import { changesMade, type Ground, moves, parentsOf, planMerge, type Step } from "../shared/copies/plan.ts"
import { checkpointRows, mergeRows, rebaseRows } from "../shared/copies/rows.ts"
import { under } from "../shared/spelling.ts"

/** Which workspace stands at a root, and where to keep copies and contents; in memory only where that is absent. */
export interface MapWorkingCopiesOptions {
  readonly workspace: (root: string) => Effect.Effect<WorkspaceService, FileError>
  readonly kept?: KeptBytes
  /** Commands are only played here: they are told the root as their place, and no file is put anywhere for them. */
  readonly playedCommands?: boolean
}

const keptInMemory = (): KeptBytes => {
  const map = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>()
  return {
    get: (name) => Effect.sync(() => map.get(name)?.bytes.slice()),
    put: (name, bytes) => Effect.map(Clock.currentTimeMillis, (at) => void map.set(name, { bytes: bytes.slice(), at })),
    remove: (name) => Effect.sync(() => void map.delete(name)),
    list: (folder) =>
      Effect.sync(() =>
        Array.from(map, ([name, { at, bytes }]) => ({ name, size: bytes.length, at })).filter(({ name }) =>
          name.startsWith(`${folder}/`)
        )
      )
  }
}

const blobStore = (kept: KeptBytes, digest: Digest["Type"]): BlobStore => ({
  put: (bytes) =>
    Effect.gen(function* () {
      const hash = yield* digest.sha256(bytes)
      // What is there already is put again: so it is in use, and not collected before somebody can name it.
      yield* kept.put(`blobs/${hash}`, bytes)
      return hash
    }),
  get: (hash) =>
    Effect.flatMap(kept.get(`blobs/${hash}`), (bytes) =>
      bytes === undefined
        ? Effect.fail(new FileError({ kind: "missing", path: `blobs/${hash}`, reason: "this content was not kept" }))
        : Effect.succeed(bytes)
    )
})

/** A workspace as a ground to merge onto. A link has no text here, so it can be seen but not changed. */
const groundOf = (workspace: WorkspaceService, blobs: BlobStore): Ground => {
  const at = (path: string) => under(workspace.root, path)
  const leads = (path: string) => Effect.map(workspace.locate(at(path)), (it) => !it.inside || it.path !== path)
  const look: Ground["look"] = (path) =>
    Effect.gen(function* () {
      for (const parent of parentsOf(path).toReversed()) {
        if (yield* leads(parent)) return { kind: "under", parent, link: true }
        const stat = (yield* workspace.locate(at(parent))).stat
        if (stat === undefined) return { kind: "absent" }
        if (stat.kind !== "directory") return { kind: "under", parent, link: false }
      }
      if (yield* leads(path)) return { kind: "other" }
      const stat = (yield* workspace.locate(at(path))).stat
      if (stat === undefined) return { kind: "absent" }
      // A workspace cannot remove a folder, so a folder stands in the way even when it is empty.
      if (stat.kind !== "file") return { kind: "other" }
      const bytes = yield* workspace.read(at(path))
      const { mode, mtimeMs } = stat
      const hash = yield* blobs.put(bytes)
      return { kind: "entry", held: { hash, size: bytes.length, kind: kindOfMode(mode), mode, mtimeMs } }
    })
  const below = (path: string): Effect.Effect<ReadonlyArray<string>, FileError> =>
    Effect.flatMap(workspace.list(at(path)), (entries) =>
      Effect.map(
        Effect.forEach(entries, ({ kind, name }) =>
          kind === "directory" ? below(`${path}/${name}`) : Effect.succeed([`${path}/${name}`])
        ),
        (all) => all.flat()
      )
    )
  return { look, under: below }
}

const put = (workspace: WorkspaceService, blobs: BlobStore, path: string, held: Held | null) =>
  Effect.gen(function* () {
    const at = under(workspace.root, path)
    if (held === null) return yield* workspace.remove(at)
    if (held.kind === "symlink")
      return yield* new FileError({ kind: "other", path, reason: "this workspace cannot make symbolic links" })
    yield* workspace.write(at, yield* blobs.get(held.hash), held.mode ?? (held.kind === "file" ? 0o644 : 0o755))
  })

/** Makes every step on a workspace, or takes back those that were made. */
const carry = (workspace: WorkspaceService, blobs: BlobStore, steps: ReadonlyArray<Step>) =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const done: Array<Step> = []
      for (const step of steps.filter(moves)) {
        yield* put(workspace, blobs, step.path, step.after).pipe(
          Effect.tapError(() =>
            Effect.forEach(done.toReversed(), ({ before, path }) => Effect.ignore(put(workspace, blobs, path, before)))
          )
        )
        done.push(step)
      }
    })
  )

interface State {
  readonly root: string
  readonly parts: OverlayParts
  readonly copy: Copy
  readonly one: Effect.Semaphore
}

const failed = (session: SessionId) => (error: FileError) => new CopyFailed({ session, reason: error.message })

const rowsOf = (bytes: Uint8Array | undefined): Map<string, Row> =>
  new Map(bytes === undefined ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as Array<[string, Row]>))

const openState = (
  options: MapWorkingCopiesOptions,
  kept: KeptBytes,
  blobs: BlobStore,
  session: SessionId,
  root: string
) =>
  Effect.gen(function* () {
    const base = yield* options.workspace(root)
    const name = `copies/${session}`
    const rows = rowsOf(yield* kept.get(name))
    const save = Effect.suspend(() => kept.put(name, new TextEncoder().encode(JSON.stringify([...rows]))))
    const parts: OverlayParts = { base, ground: groundOf(base, blobs), rows, blobs, save }
    const one = yield* Effect.makeSemaphore(1)
    const shown = overlay(parts)
    const copy: Copy = {
      session,
      workspace: {
        ...shown,
        write: (path, bytes, mode) => one.withPermits(1)(shown.write(path, bytes, mode)),
        remove: (path) => one.withPermits(1)(shown.remove(path))
      },
      materialise:
        options.playedCommands === true
          ? Effect.succeed({ from: root, to: root, readOnly: [] })
          : Effect.fail(new CopyFailed({ session, reason: "there is no shell here, so no command can run in it" })),
      checkpoint: (record) =>
        one.withPermits(1)(
          Effect.mapError(checkpointRows(parts, record), (error) =>
            error instanceof FileError ? failed(session)(error) : error
          )
        )
    }
    return { root, parts, copy, one }
  })

const mergeInto = (state: State, changes: ReadonlyArray<Change>, onto: "root" | "copy") =>
  Effect.gen(function* () {
    const { parts } = state
    const { blobs } = parts
    const plan = yield* planMerge(onto === "root" ? parts.ground : overlayGround(parts), blobs, changes)
    const [first, ...rest] = plan.conflicts
    if (first !== undefined) return { ok: false, conflicts: [first, ...rest] } satisfies Merged
    const made = yield* changesMade(blobs, plan.steps)
    if (onto === "copy") yield* mergeRows(parts, plan.steps)
    else {
      yield* carry(parts.base, blobs, plan.steps)
      yield* rebaseRows(parts, plan.steps)
    }
    return { ok: true, changes: made } satisfies Merged
  })

/** Removes what is old and is neither held by a copy nor named. */
const collect = <E>(kept: KeptBytes, named: Effect.Effect<ReadonlySet<string>, E>) =>
  Effect.gen(function* () {
    const since = (yield* Clock.currentTimeMillis) - keptFor
    const old = (yield* kept.list("blobs")).filter(({ at }) => at < since)
    if (old.length === 0) return { contents: 0, bytes: 0 }
    const names = yield* named
    const held = new Set<string>()
    for (const { name } of yield* kept.list("copies"))
      for (const { now, was } of rowsOf(yield* kept.get(name)).values())
        for (const one of [now, was]) if (one !== null) held.add(one.hash)
    const gone = old.filter(({ name }) => {
      const hash = name.slice("blobs/".length)
      return !names.has(hash) && !held.has(hash)
    })
    yield* Effect.forEach(gone, ({ name }) => kept.remove(name))
    return { contents: gone.length, bytes: gone.reduce((sum, { size }) => sum + size, 0) }
  })

/** Working copies over the workspaces that `options` names. */
export const mappedCopies = (options: MapWorkingCopiesOptions): Effect.Effect<WorkingCopies["Type"], never, Digest> =>
  Effect.gen(function* () {
    const kept = options.kept ?? keptInMemory()
    const blobs = blobStore(kept, yield* Digest)
    const states = new Map<SessionId, State>()
    const opening = yield* Effect.makeSemaphore(1)
    const opened = (session: SessionId, root: string): Effect.Effect<State, CopyFailed> =>
      opening.withPermits(1)(
        Effect.gen(function* () {
          const known = states.get(session)
          if (known?.root === root) return known
          if (known !== undefined) return yield* new CopyFailed({ session, reason: `it is a copy of ${known.root}` })
          const state = yield* openState(options, kept, blobs, session, root).pipe(Effect.mapError(failed(session)))
          states.set(session, state)
          return state
        })
      )
    return {
      open: (session, root) => Effect.map(opened(session, root), (state) => state.copy),
      merge: (session, root, changes, onto) =>
        Effect.flatMap(opened(session, root), (state) => state.one.withPermits(1)(mergeInto(state, changes, onto))),
      content: (blob) => Effect.mapError(blobs.get(blob.hash), (error) => new CopyFailed({ reason: error.message })),
      inPlace: options.workspace,
      idle: kept.list("copies").pipe(
        Effect.map((all) => all.map(({ name }) => name.slice("copies/".length)).filter(Schema.is(SessionId))),
        Effect.map((all) => all.filter((session) => !states.has(session))),
        Effect.mapError((error) => new CopyFailed({ reason: error.message }))
      ),
      drop: (session) =>
        Effect.gen(function* () {
          states.get(session)?.parts.rows.clear()
          states.delete(session)
          yield* Effect.mapError(kept.remove(`copies/${session}`), failed(session))
        }),
      collect: (named) =>
        Effect.mapError(collect(kept, named), (error) =>
          error instanceof FileError ? new CopyFailed({ reason: error.message }) : error
        )
    }
  })
