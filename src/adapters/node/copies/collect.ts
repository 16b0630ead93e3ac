/** Removes the contents of a data folder that nothing refers to any more. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { type Freed, keptFor } from "../../../ports/WorkingCopies.ts"
import type { FileError } from "../../../ports/Workspace.ts"
import { sealedFolder } from "./blobs.ts"
import type { Box } from "./contentSealing.ts"
import { attempt, fresh } from "./own.ts"
import { indexed } from "./packs.ts"
import { dropSnapshots, heldBySnapshots } from "./snapshots.ts"
import { type Notes, readFiles, readJournal, readManifest } from "./store.ts"

/** A file that may go, what goes with it, and the contents that it holds. */
interface Old {
  readonly path: string
  readonly beside: ReadonlyArray<string>
  readonly hashes: ReadonlyArray<string>
  readonly bytes: number
}

const namesIn = (folder: string): ReadonlyArray<string> => (fs.existsSync(folder) ? fs.readdirSync(folder) : [])

const sizeOf = (path: string): number => fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0

const isOld = (path: string, now: number): boolean => {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && stat.mtimeMs < now - keptFor
}

const oldIn = (dataDir: string, now: number): ReadonlyArray<Old> => {
  const loose = namesIn(`${dataDir}/blobs`).flatMap((start) =>
    namesIn(`${dataDir}/blobs/${start}`).map((rest): Old => {
      const path = `${dataDir}/blobs/${start}/${rest}`
      return { path, beside: [], hashes: [start + rest], bytes: sizeOf(path) }
    })
  )
  const packs = namesIn(`${dataDir}/packs`)
    .filter((name) => name.endsWith(".index"))
    .map((name): Old => {
      const path = `${dataDir}/packs/${name}`
      const pack = path.replace(/\.index$/, ".pack")
      return { path, beside: [pack], hashes: indexed(path).map(({ hash }) => hash), bytes: sizeOf(pack) }
    })
  return [...loose, ...packs].filter(({ path }) => isOld(path, now))
}

/** What the copies refer to; a copy that cannot be read fails, and nothing is removed. */
const heldByCopies = (dataDir: string, notes: Notes): ReadonlySet<string> => {
  const held = new Set<string>()
  const copies = `${dataDir}/copies`
  for (const name of namesIn(copies).filter((it) => !it.endsWith(".dropped"))) {
    const folder = `${copies}/${name}`
    const rows = (readManifest(notes, folder)?.rows ?? []).flatMap(([, { now, was }]) => [now, was])
    const steps = (readJournal(notes, folder)?.steps ?? []).flatMap(({ after, asked, before }) => [
      ...[after, before],
      ...[asked.after, asked.before]
    ])
    for (const one of [...rows, ...steps]) if (one !== null) held.add(one.hash)
    for (const { hash } of readFiles(notes, `${folder}/files.json`).values()) held.add(hash)
  }
  for (const hash of heldBySnapshots({ dataDir, notes })) held.add(hash)
  return held
}

const unusedIn = (old: ReadonlyArray<Old>, used: ReadonlySet<string>): ReadonlyArray<Old> =>
  old.filter(({ hashes }) => !hashes.some((hash) => used.has(hash)))

/** Takes a file away, unless somebody said meanwhile that it is in use: who comes after that finds nothing, and keeps it anew. */
const away = ({ beside, path }: Old, now: number): boolean => {
  const aside = `${path.slice(0, path.lastIndexOf("/"))}/${fresh()}`
  try {
    fs.renameSync(path, aside)
  } catch {
    return false
  }
  if (!isOld(aside, now)) {
    fs.renameSync(aside, path)
    return false
  }
  for (const it of [...beside, aside]) fs.rmSync(it, { force: true })
  return true
}

/** Removes what is old and is neither held by a copy nor named. What is sealed with another key than ours stays. */
export const collect = <E>(
  { box, dataDir, notes }: { readonly dataDir: string; readonly notes: Notes; readonly box: Box | undefined },
  now: number,
  named: Effect.Effect<ReadonlySet<string>, E>
): Effect.Effect<Freed, FileError | E> =>
  Effect.gen(function* () {
    yield* attempt(dataDir, () => dropSnapshots({ dataDir, notes }, now))
    const plain = yield* attempt(dataDir, () => oldIn(dataDir, now))
    const sealed = box === undefined ? [] : yield* attempt(dataDir, () => oldIn(sealedFolder(dataDir, box.id), now))
    if (plain.length + sealed.length === 0) return { contents: 0, bytes: 0 }
    const names = yield* named
    return yield* attempt(dataDir, () => {
      const used = new Set([...names, ...heldByCopies(dataDir, notes)])
      const usedSealed = new Set(box === undefined || sealed.length === 0 ? [] : [...used].map(box.nameOf))
      const unknown = [...unusedIn(plain, used), ...unusedIn(sealed, usedSealed)]
      const gone = unknown.filter((it) => away(it, now))
      return {
        contents: gone.reduce((sum, { hashes }) => sum + hashes.length, 0),
        bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0)
      }
    })
  })
