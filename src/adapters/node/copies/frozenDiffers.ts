/** How a live tree differs from what was frozen of it, by names and stats alone: nothing is read. */
import * as fs from "node:fs"
import { type Differences, type Entry, isAsBefore, readFolder } from "./materialise.ts"
import { pace } from "./pace.ts"
import type { TreeFile } from "./store.ts"

/** What was frozen: the live files by the stats they had, and the folders. */
export interface Frozen {
  readonly source: ReadonlyMap<string, TreeFile>
  readonly folders: ReadonlySet<string>
}

/** A live tree to hold against it. */
export interface Live {
  readonly from: string
  /** Absolute paths that are not the project's. */
  readonly without: ReadonlySet<string>
  /** Ignored folders, relative: only that they are there counts. */
  readonly left: ReadonlySet<string>
  readonly signal: AbortSignal
}

/** More than this, and making a new frozen tree is worth it. */
const most = 500

/** The differences; nothing where they are too many to be laid over each copy. */
export const compare = async (frozen: Frozen, live: Live): Promise<Differences | undefined> => {
  const rest = pace(live.signal)
  const files = new Set<string>()
  const seen = new Set<string>([""])
  const [folders, changed]: [Array<Entry>, Array<Entry>] = [[], []]
  const waiting = [""]
  const folder = (it: Entry): void => {
    seen.add(it.path)
    if (!frozen.folders.has(it.path)) folders.push(it)
    if (!live.left.has(it.path)) waiting.push(it.path)
  }
  const file = (it: Entry): void => {
    const known = frozen.source.get(it.path)
    const stat = known && fs.lstatSync(`${live.from}/${it.path}`, { throwIfNoEntry: false })
    if (known !== undefined) files.add(it.path)
    if (known === undefined || stat === undefined || !isAsBefore(known, stat)) changed.push(it)
  }
  const meet = (at: string, entry: fs.Dirent): void => {
    const path = at === "" ? entry.name : `${at}/${entry.name}`
    if (live.without.has(`${live.from}/${path}`)) return
    if (entry.name === ".git") {
      if (at !== "" && !frozen.folders.has(at)) changed.push({ path, entry })
    } else if (entry.isDirectory()) folder({ path, entry })
    else if (entry.isFile() || entry.isSymbolicLink()) file({ path, entry })
  }
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of readFolder(`${live.from}/${at}`)) meet(at, entry)
    const pause = rest()
    if (pause !== undefined) await pause
    if (changed.length + folders.length > most) return undefined
  }
  const removed = [...frozen.source.keys()].filter((path) => !files.has(path))
  const gone = [...frozen.folders].filter((path) => !seen.has(path))
  return removed.length + gone.length > most ? undefined : { removed, gone, folders, changed }
}
