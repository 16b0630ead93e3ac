/** One session's copy on this disk: an overlay until a command needs a tree, that tree from then on. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { Change } from "../../../domain/model/Change.ts"
import type { SessionId } from "../../../domain/model/Ids.ts"
import { isKeyFile } from "../../../domain/permission/protected.ts"
import { CopyFailed, type Place } from "../../../ports/WorkingCopies.ts"
import { FileError, type WorkspaceService } from "../../../ports/Workspace.ts"
import { changeOf, type Held } from "../../shared/copies/held.ts"
import { type OverlayParts, overlay, type Row } from "../../shared/copies/overlay.ts"
import { parentsOf } from "../../shared/copies/plan.ts"
import { checkpointRows } from "../../shared/copies/rows.ts"
import { byCodeUnit, under, within } from "../../shared/spelling.ts"
import { diskOf, type Over, putOnDisk } from "../disk.ts"
import { fileError } from "../files.ts"
import { make as makeWorkspace } from "../NodeWorkspace.ts"
import type { DiskBlobs } from "./blobs.ts"
import { putAt } from "./carry.ts"
import { diskGround, lstat } from "./ground.ts"
import { ignoredFolders, trackedAmong } from "./ignored.ts"
import { copyFolders, layDifferences, type Making, makeTree } from "./materialise.ts"
import { type Overlaid, ownFiles, withOwn } from "./overlaid.ts"
import { mountOver, overlayParts } from "./overlayMount.ts"
import { attempt, makeFolder, removeTree, sha256 } from "./own.ts"
import { scanTree } from "./scan.ts"
import { loadSnapshot, packed, snapshotsOf } from "./snapshots.ts"
import { hold, type Notes, readFiles, readManifest, type TreeFile, writeFiles, writeManifest } from "./store.ts"
import { treeWorkspace } from "./tree.ts"

/** What every copy in a data folder has in common. */
export interface Shared {
  readonly dataDir: string
  readonly home: string
  readonly blobs: DiskBlobs
  readonly notes: Notes
  readonly sandboxed: Effect.Effect<boolean>
  /** Frozen trees by the name of the live one. */
  readonly frozen: Map<string, ReturnType<typeof snapshotsOf>>
  /** Whether copies may lie over a frozen tree here. */
  readonly overlays: () => Promise<boolean>
  readonly reached: (point: string) => void
}

/** A copy that is open in this process. */
export interface State {
  readonly shared: Shared
  readonly session: SessionId
  readonly root: string
  readonly realRoot: string
  readonly folder: string
  readonly parts: OverlayParts
  readonly workspace: WorkspaceService
  readonly one: Effect.Semaphore
  readonly named: Set<string>
  bound: ReadonlyArray<string>
  copied: ReadonlyArray<string>
  /** What the tree lies over, where it is no tree of its own. */
  over: Overlaid | undefined
  /** The files of the tree at its last checkpoint, once they were needed. */
  files: Map<string, TreeFile> | undefined
  /** Files and ignored folders that hold keys by their names, once they were looked for. */
  secrets: ReadonlyArray<string> | undefined
}

/** An error of files as the error of a session's copy. */
export const copyFailed = (session: SessionId) => (error: FileError | CopyFailed) =>
  error._tag === "CopyFailed" ? error : new CopyFailed({ session, reason: error.message })

/** Where a copy's tree is once there is one. */
export const treeOf = (state: State): string => state.over?.mount.at() ?? ownTree(state)

/** Where a tree of a copy's own is. */
export const ownTree = (state: State): string => `${state.folder}/tree`

/** Whether a command has run in the copy, so that its files are a tree on disk. */
export const isTree = (state: State): boolean => state.over !== undefined || fs.existsSync(ownTree(state))

const filesPath = (state: State): string => `${state.folder}/files.json`

/** The tree's files at its last checkpoint. */
export const filesOf = (state: State): Map<string, TreeFile> => {
  const kept = state.files ?? readFiles(state.shared.notes, filesPath(state))
  state.files ??= state.over === undefined ? kept : withOwn(state.over.snapshot.files, kept)
  return state.files
}

/** Keeps a tree's files as of a checkpoint: of one over a frozen tree, what it has otherwise. */
export const keepFiles = (state: State, files: ReadonlyMap<string, TreeFile>): void =>
  writeFiles(
    state.shared.notes,
    filesPath(state),
    state.over === undefined ? files : ownFiles(state.over.snapshot.files, files)
  )

/** Work on files whose errors name a place. Interrupted, it is waited for until it has cleaned up. */
export const working = <A>(path: string, body: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.async((resume) => {
    const controller = new AbortController()
    const done = body(controller.signal).then(
      (result) => resume(Effect.succeed(result)),
      (cause) => resume(Effect.fail(asFileError(path, cause)))
    )
    return Effect.promise(() => {
      controller.abort()
      return done
    })
  })

const asFileError = (path: string, cause: unknown): FileError =>
  cause instanceof FileError ? cause : fileError(path, cause)

/** Keeps what a copy knows of itself. */
export const saveState = (state: State): void =>
  writeManifest(state.shared.notes, state.folder, {
    root: state.root,
    rows: state.parts.rows,
    named: [...state.named],
    bound: state.bound,
    copied: state.copied,
    ...(state.over === undefined ? {} : { over: state.over.snapshot.ref })
  })

/** Files of touched paths on this disk; two paths with the same content get names of their own. */
const overrides = (folder: string, rows: ReadonlyMap<string, Row>, blobs: DiskBlobs) => {
  const over = new Map<string, Over>()
  const taken = new Set<string>()
  for (const [path, { now }] of rows) {
    if (now === null || now.kind === "symlink") {
      over.set(path, null)
      continue
    }
    let file = blobs.fileOf(now.hash)
    if (file === undefined) {
      over.set(path, () => blobs.bytes(now.hash))
      continue
    }
    if (taken.has(now.hash)) {
      const twin = `${folder}/over/${now.hash}-${sha256(Buffer.from(path)).slice(0, 16)}`
      makeFolder(`${folder}/over`)
      if (!fs.existsSync(twin)) fs.copyFileSync(file, twin, fs.constants.COPYFILE_FICLONE)
      file = twin
    }
    taken.add(now.hash)
    over.set(path, file)
  }
  return over
}

const nothingOver: ReadonlyMap<string, Over> = new Map()

/** Opens a copy: nothing is written, and what an earlier process wrote is found again. */
export const openState = (
  shared: Shared,
  session: SessionId,
  root: string
): Effect.Effect<State, FileError | CopyFailed> =>
  Effect.gen(function* () {
    const base = yield* makeWorkspace(root, { home: shared.home })
    const realRoot = diskOf(base)?.dir ?? root
    const folder = `${shared.dataDir}/copies/${session}`
    const kept = yield* Effect.try({
      try: () => readManifest(shared.notes, folder),
      catch: (cause) => asFileError(folder, cause)
    })
    if (kept !== undefined && kept.root !== root)
      return yield* new CopyFailed({ session, reason: `it is a copy of ${kept.root}` })
    const rows = new Map<string, Row>(kept?.rows)
    const { blobs } = shared
    const save = Effect.try({ try: () => saveState(state), catch: (cause) => asFileError(folder, cause) })
    const parts: OverlayParts = { base, ground: diskGround(realRoot, blobs), rows, blobs, save }
    const one = yield* Effect.makeSemaphore(1)
    const named = new Set(kept?.named)
    const wrote = (path: string): void => {
      if (named.has(path)) return
      named.add(path)
      saveState(state)
    }
    const bound = () => state.bound
    const dir = () => treeOf(state)
    const tree = treeWorkspace({ root, realRoot, dir, home: shared.home, bound, wrote, real: base })
    const layered = overlay(parts)
    const now = Effect.suspend(() => Effect.as(mounted(state), isTree(state) ? tree : layered))
    const workspace = switching(root, now, one)
    const state: State = {
      ...{ shared, session, root, realRoot, folder, parts, workspace, one, named },
      bound: kept?.bound ?? [],
      copied: kept?.copied ?? [],
      over: undefined,
      files: undefined,
      secrets: undefined
    }
    if (kept !== undefined) yield* attempt(folder, () => hold(folder))
    if (kept?.over !== undefined) yield* overAgain(state, kept.over)
    putOnDisk(workspace, () =>
      isTree(state)
        ? { dir: treeOf(state), over: () => nothingOver }
        : { dir: realRoot, over: () => overrides(folder, rows, blobs) }
    )
    return state
  })

/** A workspace that is now one, now another; writes wait for one another and for checkpoints. */
const switching = (
  root: string,
  now: Effect.Effect<WorkspaceService, FileError>,
  one: Effect.Semaphore
): WorkspaceService => ({
  root,
  locate: (path) => Effect.flatMap(now, (it) => it.locate(path)),
  read: (path, maxBytes) => Effect.flatMap(now, (it) => it.read(path, maxBytes)),
  write: (path, bytes, mode) => one.withPermits(1)(Effect.flatMap(now, (it) => it.write(path, bytes, mode))),
  remove: (path) => one.withPermits(1)(Effect.flatMap(now, (it) => it.remove(path))),
  list: (path) => Effect.flatMap(now, (it) => it.list(path))
})

const notMounted = (state: State): FileError =>
  new FileError({
    kind: "other",
    path: state.folder,
    reason:
      "its files lie over a frozen tree, which cannot be mounted here now. They are kept; allow user namespaces with overlay mounts, or discard the session's changes"
  })

/** Mounts a copy's files over its frozen tree again, as an earlier process had them. */
const overAgain = (state: State, ref: string): Effect.Effect<void, FileError> =>
  working(state.folder, async () => {
    const snapshot = state.over?.snapshot ?? loadSnapshot(state.shared, ref)
    const mount = snapshot === undefined ? undefined : await mountOver(state.folder, snapshot.tree)
    if (snapshot === undefined || mount === undefined) throw notMounted(state)
    state.over = { snapshot, mount }
  })

/** Whoever ended a mount has ended no copy. */
export const mounted = (state: State): Effect.Effect<void, FileError> =>
  state.over === undefined || state.over.mount.isThere() ? Effect.void : overAgain(state, state.over.snapshot.ref)

/** A content in a checkpoint whose file must be looked at next time. */
export const unseen = (held: Held): TreeFile => ({ ...held, ino: 0, ctimeMs: 0 })

/** Lays a touched path over a fresh tree, whatever the real tree has there by now. */
const layRow = (state: State, tree: string, files: Map<string, TreeFile>, path: string, row: Row): void => {
  for (const parent of parentsOf(path).toReversed()) {
    const stat = lstat(`${tree}/${parent}`)
    if (stat === undefined || stat.isDirectory() || row.now === null) continue
    fs.unlinkSync(`${tree}/${parent}`)
  }
  if (lstat(`${tree}/${path}`)?.isDirectory()) {
    if (row.now !== null) fs.rmSync(`${tree}/${path}`, { recursive: true })
  } else putAt(state.shared.blobs, tree, path, row.now)
  if (row.was === null) files.delete(path)
  else files.set(path, unseen(row.was))
}

const cachePath = (state: State): string =>
  `${state.shared.dataDir}/stats/${sha256(Buffer.from(state.realRoot)).slice(0, 32)}.json`

/** What is known of the real tree's files; nothing where that is sealed and its key is not to be had. */
const cacheOf = (state: State): Map<string, TreeFile> => {
  try {
    return readFiles(state.shared.notes, cachePath(state))
  } catch {
    return new Map()
  }
}

/** The data folder's real name: it may lie in the project, and is never part of it. */
const ownFolder = (state: State): string => fs.realpathSync.native(state.shared.dataDir)

const making = (state: State, to: string, signal: AbortSignal, cache = cacheOf(state)): Making => ({
  from: state.realRoot,
  to,
  blobs: state.shared.blobs,
  pack: state.shared.blobs.pack(),
  cache,
  without: new Set([ownFolder(state)]),
  left: new Set(),
  plain: new Set(),
  freeze: true,
  signal
})

const frozenOf = (state: State): ReturnType<typeof snapshotsOf> => {
  const { blobs, dataDir, frozen, notes } = state.shared
  const known = frozen.get(state.realRoot)
  if (known !== undefined) return known
  const own = { own: ownFolder(state), cache: () => cacheOf(state) }
  const keepCache = (cache: ReadonlyMap<string, TreeFile>) => writeFiles(notes, cachePath(state), cache)
  const taking = snapshotsOf({ ...{ dataDir, blobs, notes, keepCache }, ...own, root: state.realRoot })
  frozen.set(state.realRoot, taking)
  return taking
}

const clearOver = (state: State): void => {
  for (const part of overlayParts) removeTree(`${state.folder}/${part}`)
}

/** Lays the copy over a frozen tree; answers whether that could be done. */
const makeOver = async (state: State, signal: AbortSignal): Promise<boolean> => {
  hold(state.folder)
  const { differences, ignored, snapshot } = await frozenOf(state)(signal)
  const { rows } = state.parts
  // What a tool wrote into an ignored folder is copied with it, and that is no part of a frozen tree.
  if (ignored.some((folder) => [...rows.keys()].some((path) => within(folder, path) !== undefined))) return false
  clearOver(state)
  const mount = await mountOver(state.folder, snapshot.tree)
  if (mount === undefined) return false
  try {
    const work = { ...making(state, mount.at(), signal, new Map()), left: new Set(ignored) }
    const files = new Map(snapshot.files)
    await packed(work.pack, () => layDifferences(work, differences, files))
    for (const [path, row] of rows) layRow(state, mount.at(), files, path, row)
    for (const path of rows.keys()) state.named.add(path)
    state.over = { snapshot, mount }
    state.bound = ignored
    state.files = files
    keepFiles(state, files)
    saveState(state)
    return true
  } catch (cause) {
    state.over = undefined
    state.files = undefined
    await mount.end()
    clearOver(state)
    throw cause
  }
}

/** Makes the tree its own that lay over a frozen one so far, since commands do not run in a sandbox any more. */
const makeOwn = async (state: State, { mount }: Overlaid, signal: AbortSignal): Promise<void> => {
  const part = `${state.folder}/tree.part`
  for (const old of [part, ownTree(state)]) removeTree(old)
  const files = filesOf(state)
  const left = new Set(state.bound)
  await makeTree({ ...making(state, part, signal, new Map()), from: mount.at(), left, freeze: false })
  fs.renameSync(part, ownTree(state))
  state.over = undefined
  keepFiles(state, files)
  saveState(state)
  await mount.end()
  clearOver(state)
}

const make = async (state: State, sandboxed: boolean, signal: AbortSignal): Promise<void> => {
  if (sandboxed && (await state.shared.overlays()) && (await makeOver(state, signal))) return
  const part = `${state.folder}/tree.part`
  removeTree(part)
  hold(state.folder)
  const { rows } = state.parts
  try {
    const own = ownFolder(state)
    const ignored = (await ignoredFolders(state.realRoot)).filter(
      (folder) => within(own, `${state.realRoot}/${folder}`) === undefined
    )
    const written = (folder: string) => [...rows.keys()].some((path) => within(folder, path) !== undefined)
    const left = sandboxed ? ignored.filter((folder) => !written(folder)) : []
    const plain = ignored.filter((folder) => !left.includes(folder))
    const work = { ...making(state, part, signal), left: new Set(left), plain: new Set(plain) }
    const files = await packed(work.pack, () => makeTree(work))
    for (const [path, row] of rows) layRow(state, part, files, path, row)
    writeFiles(state.shared.notes, cachePath(state), work.cache)
    keepFiles(state, files)
    for (const path of rows.keys()) state.named.add(path)
    state.bound = left
    state.copied = plain
    state.files = files
    saveState(state)
    fs.renameSync(part, ownTree(state))
  } catch (cause) {
    removeTree(part)
    throw cause
  }
}

/** More key files than this are not asked about: git takes their names as words. */
const mostSecrets = 1000

/** What of a tree holds keys by its name, and is not in the history that commands may read. */
const findSecrets = async (state: State): Promise<ReadonlyArray<string>> => {
  const named = [...filesOf(state).keys(), ...state.bound].filter((path) => isKeyFile(`/${path}`))
  const tracked = await trackedAmong(state.realRoot, named.slice(0, mostSecrets))
  return named.filter((path) => !tracked.has(path))
}

/** The tree that a command needs, made where there is none yet. */
export const materialise = (state: State): Effect.Effect<Place, CopyFailed> =>
  Effect.gen(function* () {
    const sandboxed = yield* state.shared.sandboxed
    yield* mounted(state)
    yield* working(state.folder, async (signal) => {
      if (!isTree(state)) return make(state, sandboxed, signal)
      if (!sandboxed && state.over !== undefined) await makeOwn(state, state.over, signal)
      if (sandboxed || state.bound.length === 0) return
      await copyFolders(making(state, treeOf(state), signal), state.bound)
      state.copied = [...state.copied, ...state.bound]
      state.bound = []
      saveState(state)
    })
    state.secrets ??= yield* working(state.folder, () => findSecrets(state))
    const inRoot = (path: string) => under(state.root, path)
    const readOnly = state.bound.map(inRoot)
    return { from: treeOf(state), to: state.root, readOnly, secrets: state.secrets.map(inRoot) }
  }).pipe(Effect.mapError(copyFailed(state.session)))

const checkpointTree = <A, E>(
  state: State,
  record: (changes: ReadonlyArray<Change>) => Effect.Effect<A, E>
): Effect.Effect<A, FileError | E> =>
  Effect.gen(function* () {
    const { blobs } = state.shared
    yield* mounted(state)
    const { files, moved } = yield* working(state.folder, (signal) =>
      scanTree({
        ...{ folder: state.folder, tree: treeOf(state), root: state.realRoot, blobs, signal },
        files: filesOf(state),
        named: state.named,
        skipped: new Set([...state.bound, ...state.copied])
      })
    )
    // A tree that went away meanwhile would look as if all in it had been deleted.
    yield* attempt(state.folder, () => treeOf(state))
    const changes = yield* Effect.forEach(moved, ({ now, path, was }) => changeOf(blobs, path, was, now))
    const keep = Effect.map(
      working(state.folder, async () => keepFiles(state, files)),
      () => {
        state.files = files
      }
    )
    const sorted = changes.toSorted((a, b) => byCodeUnit(a.path, b.path))
    return yield* Effect.uninterruptible(Effect.zipLeft(record(sorted), keep))
  })

/** Hands over what changed since the checkpoint before; then there is a new one. */
export const checkpoint = <A, E>(
  state: State,
  record: (changes: ReadonlyArray<Change>) => Effect.Effect<A, E>
): Effect.Effect<A, CopyFailed | E> =>
  Effect.suspend(() => (isTree(state) ? checkpointTree(state, record) : checkpointRows(state.parts, record))).pipe(
    Effect.mapError((error) => (error instanceof FileError ? copyFailed(state.session)(error) : error))
  )
