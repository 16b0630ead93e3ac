/**
 * Frozen trees that copies share: made once from the live tree, and never written again. A later copy takes the newest one
 * with what the live tree has otherwise by then.
 */
import * as fs from "node:fs"
import * as Schema from "effect/Schema"
import { keptFor } from "../../../ports/WorkingCopies.ts"
import { within } from "../../shared/spelling.ts"
import type { DiskBlobs } from "./blobs.ts"
import { compare, type Frozen } from "./frozenDiffers.ts"
import { ignoredFolders } from "./ignored.ts"
import { type Differences, type Making, makeTree } from "./materialise.ts"
import { fresh, inUse, makeFolder, removeTree, sha256 } from "./own.ts"
import type { PackWriter } from "./packs.ts"
import { type Notes, overOf, readFiles, type TreeFile, writeFiles } from "./store.ts"

/** A frozen tree: `ref` names it in the data folder, `files` are its own files. */
export interface Snapshot extends Frozen {
  readonly ref: string
  readonly tree: string
  readonly files: ReadonlyMap<string, TreeFile>
  readonly ignored: ReadonlyArray<string>
}

/** A frozen tree, what the live one has otherwise, and the live one's ignored folders. */
export interface Taken {
  readonly snapshot: Snapshot
  readonly differences: Differences
  readonly ignored: ReadonlyArray<string>
}

/** Where frozen trees are kept, and of which live tree. */
export interface From {
  readonly dataDir: string
  readonly blobs: DiskBlobs
  readonly notes: Notes
  readonly root: string
  /** The data folder's real name. */
  readonly own: string
  /** What is known of the live files, and where that is kept. */
  readonly cache: () => Map<string, TreeFile>
  readonly keepCache: (cache: ReadonlyMap<string, TreeFile>) => void
}

/** Kept of a frozen tree beside its files; written last, so that one without it was never whole. */
const About = Schema.parseJson(
  Schema.Struct({ v: Schema.Literal(1), folders: Schema.Array(Schema.String), ignored: Schema.Array(Schema.String) })
)

const nothing: Differences = { removed: [], gone: [], folders: [], changed: [] }

const keyOf = (root: string): string => sha256(Buffer.from(root)).slice(0, 32)

const folderOf = (dataDir: string, ref: string): string => `${dataDir}/snapshots/${ref}`

const namesIn = (folder: string): ReadonlyArray<string> => (fs.existsSync(folder) ? fs.readdirSync(folder) : [])

const timeOf = (path: string): number => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Runs what fills a pack, which is closed after it or forgotten. */
export const packed = async <A>(pack: PackWriter, body: () => Promise<A>): Promise<A> => {
  try {
    const result = await body()
    pack.close()
    return result
  } catch (cause) {
    pack.abandon()
    throw cause
  }
}

/** A frozen tree that is there whole; nothing where it is not. */
export const loadSnapshot = (
  { dataDir, notes }: Pick<From, "dataDir" | "notes">,
  ref: string
): Snapshot | undefined => {
  const folder = folderOf(dataDir, ref)
  const text = notes.read(`${folder}/about.json`)
  if (text === undefined || !inUse(`${folder}/about.json`)) return undefined
  const { folders, ignored } = Schema.decodeUnknownSync(About)(text)
  const kept = new Map<string, Map<string, TreeFile>>()
  // Tens of thousands of lines, which not every program that opens a copy needs.
  const read = (name: string): Map<string, TreeFile> => {
    const files = kept.get(name) ?? readFiles(notes, `${folder}/${name}.json`)
    kept.set(name, files)
    return files
  }
  return {
    ...{ ref, ignored, tree: `${folder}/tree`, folders: new Set(folders) },
    get files() {
      return read("files")
    },
    get source() {
      return read("source")
    }
  }
}

/** Frozen trees unused for so long go, unless a copy lies over them or they are the newest: what is about to lie over one has just used it. */
const idleFor = 60 * 60 * 1000

/** Removes frozen trees over which no copy lies and which no later one will take; of a project unused for long, all. */
export const dropSnapshots = ({ dataDir, notes }: Pick<From, "dataDir" | "notes">, now: number): void => {
  const copies = `${dataDir}/copies`
  const needed = new Set(namesIn(copies).map((name) => overOf(notes, `${copies}/${name}`)))
  for (const key of namesIn(`${dataDir}/snapshots`)) {
    const refs = refsOf(dataDir, key)
    for (const name of namesIn(folderOf(dataDir, key))) {
      const ref = `${key}/${name}`
      const folder = folderOf(dataDir, ref)
      // One that is being made has been written to just now.
      const used = Math.max(timeOf(`${folder}/about.json`), timeOf(folder), timeOf(`${folder}/tree`))
      if (!needed.has(ref) && now - used > (ref === refs[0] ? keptFor : idleFor)) removeTree(folder)
    }
    if (namesIn(folderOf(dataDir, key)).length === 0) removeTree(folderOf(dataDir, key))
  }
}

/** The hashes of all that frozen trees hold. */
export const heldBySnapshots = ({ dataDir, notes }: Pick<From, "dataDir" | "notes">): ReadonlyArray<string> =>
  namesIn(`${dataDir}/snapshots`).flatMap((key) =>
    refsOf(dataDir, key).flatMap((ref) =>
      [...readFiles(notes, `${folderOf(dataDir, ref)}/files.json`).values()].map(({ hash }) => hash)
    )
  )

const makeSnapshot = async (from: From, ignored: ReadonlyArray<string>, signal: AbortSignal): Promise<Snapshot> => {
  const ref = `${keyOf(from.root)}/${fresh().slice(11, -4)}`
  const folder = folderOf(from.dataDir, ref)
  const folders = new Set<string>()
  const cache = from.cache()
  makeFolder(folder)
  try {
    const making: Making = {
      ...{ from: from.root, to: `${folder}/tree`, blobs: from.blobs, pack: from.blobs.pack(), cache, folders, signal },
      ...{ without: new Set([from.own]), left: new Set(ignored), plain: new Set(), freeze: true }
    }
    const files = await packed(making.pack, () => makeTree(making))
    const source = new Map([...files.keys()].flatMap((path) => pairOf(path, cache.get(path))))
    from.keepCache(cache)
    writeFiles(from.notes, `${folder}/files.json`, files)
    writeFiles(from.notes, `${folder}/source.json`, source)
    from.notes.write(`${folder}/about.json`, JSON.stringify({ v: 1, folders: [...folders], ignored }))
    dropSnapshots(from, Date.now())
    return { ref, tree: making.to, files, source, folders, ignored }
  } catch (cause) {
    fs.rmSync(folder, { recursive: true, force: true })
    throw cause
  }
}

const pairOf = (path: string, file: TreeFile | undefined): ReadonlyArray<readonly [string, TreeFile]> =>
  file === undefined ? [] : [[path, file]]

/** The newest frozen tree of a live one, if all that it holds is kept as contents are now. */
const newest = (from: From): Snapshot | undefined => {
  const [ref] = refsOf(from.dataDir, keyOf(from.root))
  const found = ref === undefined ? undefined : loadSnapshot(from, ref)
  if (found === undefined) return undefined
  // Makes the packs known.
  from.blobs.pack()
  return [...found.files.values()].every(({ hash }) => from.blobs.isSettled(hash)) ? found : undefined
}

/** The frozen trees of one live tree that are whole, the newest first. */
const refsOf = (dataDir: string, key: string): ReadonlyArray<string> => {
  const madeAt = (ref: string): number => timeOf(`${folderOf(dataDir, ref)}/files.json`)
  return namesIn(folderOf(dataDir, key))
    .map((name) => `${key}/${name}`)
    .filter((it) => fs.existsSync(`${folderOf(dataDir, it)}/about.json`))
    .sort((a, b) => madeAt(b) - madeAt(a))
}

const sameSet = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((it) => b.includes(it))

/** Looks at the live tree once. `known` is the newest frozen tree as this process has it already. */
const look = async (from: From, known: Snapshot | undefined, signal: AbortSignal): Promise<Taken> => {
  const asked = ignoredFolders(from.root).then((all) =>
    all.filter((folder) => within(from.own, `${from.root}/${folder}`) === undefined)
  )
  const against = async (one: Snapshot, left: ReadonlyArray<string>) =>
    compare(one, { from: from.root, without: new Set([from.own]), left: new Set(left), signal })
  const found = known !== undefined && inUse(`${folderOf(from.dataDir, known.ref)}/about.json`) ? known : newest(from)
  // Git is asked meanwhile; most often it says what it said before.
  const [first, ignored] = await Promise.all([found && against(found, found.ignored), asked])
  if (found !== undefined) {
    const differences = sameSet(ignored, found.ignored) ? first : await against(found, ignored)
    if (differences !== undefined) return { snapshot: found, differences, ignored }
  }
  return { snapshot: await makeSnapshot(from, ignored, signal), differences: nothing, ignored }
}

interface Looking {
  readonly done: Promise<Taken>
  waiting: number
  readonly stop: AbortController
}

/**
 * Takes frozen trees of one live tree. Who asks while it is being looked at waits for the next look, which serves all who
 * wait: it must have begun after it was asked for.
 */
export const snapshotsOf = (from: From): ((signal: AbortSignal) => Promise<Taken>) => {
  let known: Snapshot | undefined
  let now: Looking | undefined
  let next: Looking | undefined
  const begin = (after: Promise<unknown>): Looking => {
    const stop = new AbortController()
    const one: Looking = {
      stop,
      waiting: 0,
      done: after
        .catch(() => undefined)
        .then(() => {
          if (next === one) [now, next] = [one, undefined]
          return look(from, known, stop.signal)
        })
        .then((taken) => {
          known = taken.snapshot
          return taken
        })
        .finally(() => {
          if (now === one) now = undefined
        })
    }
    return one
  }
  return (signal) => {
    if (now === undefined) now = begin(Promise.resolve())
    else next ??= begin(now.done)
    const mine = next ?? now
    mine.waiting += 1
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        mine.waiting -= 1
        if (mine.waiting === 0) {
          mine.stop.abort()
          if (next === mine) next = undefined
        }
        reject(new Error("interrupted"))
      })
      mine.done.then(resolve, reject)
    })
  }
}
