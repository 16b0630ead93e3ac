/** What a session's copy keeps on disk about itself: its rows, its files at the last checkpoint, and a journal. */
import * as fs from "node:fs"
import * as Schema from "effect/Schema"
import { SessionId } from "../../../domain/model/Ids.ts"
import { FileError } from "../../../ports/Workspace.ts"
import type { Held } from "../../shared/copies/held.ts"
import type { Row } from "../../shared/copies/overlay.ts"
import { sealedMark } from "../../shared/sealing.ts"
import { errnoOf } from "../files.ts"
import { sealedFolder } from "./blobs.ts"
import { type ContentSealing, openContents } from "./contentSealing.ts"
import { makeFolder, replaceOwn } from "./own.ts"

const HeldJson = Schema.Struct({
  hash: Schema.String,
  size: Schema.Number,
  kind: Schema.Literal("file", "executable", "symlink"),
  mode: Schema.optionalWith(Schema.Number, { exact: true }),
  mtimeMs: Schema.optionalWith(Schema.Number, { exact: true })
})
const RowJson = Schema.Struct({ was: Schema.NullOr(HeldJson), now: Schema.NullOr(HeldJson) })

/** What is always kept of a copy, whether it is materialised or not. */
const Manifest = Schema.Struct({
  v: Schema.Literal(1),
  root: Schema.String,
  rows: Schema.Array(Schema.Tuple(Schema.String, RowJson)),
  /** Paths that file tools wrote in a materialised copy: their changes count although an ignore file names them. */
  named: Schema.Array(Schema.String),
  /** Ignored folders, relative: those left in the real tree, and those copied. */
  bound: Schema.Array(Schema.String),
  copied: Schema.Array(Schema.String),
  /** The frozen tree that the copy's own files lie over, where they do. */
  over: Schema.optionalWith(Schema.String, { exact: true })
})
/** What is always kept of a copy. */
export type Manifest = typeof Manifest.Type

const StepJson = Schema.Struct({
  path: Schema.String,
  before: Schema.NullOr(HeldJson),
  after: Schema.NullOr(HeldJson),
  asked: Schema.Struct({ before: Schema.NullOr(HeldJson), after: Schema.NullOr(HeldJson) }),
  temporary: Schema.optionalWith(Schema.String, { exact: true })
})

/** An application under way: by whom, to which directory, and every step of it. */
const Journal = Schema.Struct({
  v: Schema.Literal(1),
  root: Schema.String,
  dir: Schema.String,
  onto: Schema.Literal("root", "copy"),
  pid: Schema.Number,
  started: Schema.String,
  steps: Schema.Array(StepJson)
})
/** An application under way. */
export type Journal = typeof Journal.Type

/** Files of notes: in the open, or sealed. */
export interface Notes {
  /** A note's text, or nothing where there is none. */
  readonly read: (path: string) => string | undefined
  readonly write: (path: string, text: string, sync?: boolean) => void
}

const mark = Buffer.from(sealedMark)

/** The notes of a data folder, sealed from now on where contents are. */
export const notesIn = (dataDir: string, sealing: ContentSealing = openContents): Notes => ({
  read: (path) => {
    const bytes = bytesAt(path)
    if (bytes?.subarray(0, mark.length).equals(mark) !== true) return bytes?.toString("utf8")
    const opened = sealing.need().open(bytes.subarray(mark.length), placeOf(path))
    return Buffer.from(opened).toString("utf8")
  },
  write: (path, text, sync = false) => {
    if (!sealing.wanted) return replaceOwn(path, Buffer.from(text), sync)
    const box = sealing.need()
    // A later process knows by this folder that it needs the key.
    makeFolder(sealedFolder(dataDir, box.id))
    replaceOwn(path, Buffer.concat([mark, box.seal(Buffer.from(text), placeOf(path))]), sync)
  }
})

/** What a note is bound to; the data folder itself may be moved. */
const placeOf = (path: string): string => path.split("/").slice(-2).join("/")

const bytesAt = (path: string): Buffer | undefined => {
  try {
    return fs.readFileSync(path)
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return undefined
    throw cause
  }
}

const read = <A, I>(notes: Notes, path: string, schema: Schema.Schema<A, I>): A | undefined => {
  const kept = notes.read(path)
  if (kept === undefined) return undefined
  const decoded = Schema.decodeUnknownOption(Schema.parseJson(schema))(kept)
  if (decoded._tag === "Some") return decoded.value
  throw new FileError({ kind: "other", path, reason: "it is not what this version of the program writes" })
}

/** A copy's manifest, if it has one yet. */
export const readManifest = (notes: Notes, folder: string): Manifest | undefined =>
  read(notes, `${folder}/manifest.json`, Manifest)

/** The frozen tree that a copy lies over, if it does. */
export const overOf = (notes: Notes, folder: string): string | undefined => readManifest(notes, folder)?.over

/** Keeps a copy's manifest, and who works with it. */
export const writeManifest = (
  notes: Notes,
  folder: string,
  manifest: Omit<Manifest, "v" | "rows"> & { readonly rows: ReadonlyMap<string, Row> }
): void => {
  hold(folder)
  notes.write(`${folder}/manifest.json`, JSON.stringify({ v: 1, ...manifest, rows: [...manifest.rows] }))
}

/** The living process that works with a copy. */
const holderOf = (folder: string): number | undefined => {
  const [pid = "", started] = (bytesAt(`${folder}/holder`)?.toString() ?? "").split(" ")
  return started !== undefined && startOf(Number(pid)) === started ? Number(pid) : undefined
}

/** Says that this process works with a copy, unless another one that lives has said so. */
export const hold = (folder: string): void => {
  if (holderOf(folder) === undefined)
    replaceOwn(`${folder}/holder`, Buffer.from(`${process.pid} ${startOf(process.pid) ?? ""}`))
}

/** Sessions with a copy whose last holder is gone. */
export const idleCopies = (dataDir: string): ReadonlyArray<SessionId> => {
  const copies = `${dataDir}/copies`
  const names = fs.existsSync(copies) ? fs.readdirSync(copies) : []
  return names.filter(Schema.is(SessionId)).filter((name) => holderOf(`${copies}/${name}`) === undefined)
}

/** Where a copy's journal is while it has one. */
export const journalOf = (folder: string): string => `${folder}/apply-journal.json`

/** A copy's journal, if an application was begun and not ended. */
export const readJournal = (notes: Notes, folder: string): Journal | undefined =>
  read(notes, journalOf(folder), Journal)

/** Keeps a journal, on the disk itself. */
export const writeJournal = (notes: Notes, folder: string, journal: Omit<Journal, "v">): void =>
  notes.write(journalOf(folder), JSON.stringify({ v: 1, ...journal }), true)

/** A file of a materialised copy at its last checkpoint, and the stat by which it is known to be unchanged. */
export interface TreeFile extends Held {
  readonly ino: number
  /** 0 where the stat must not be trusted. */
  readonly ctimeMs: number
}

type Line = readonly [string, string, number, Held["kind"], number, number, number, number]

/** Keeps the files of a checkpoint or of a stat cache. */
export const writeFiles = (notes: Notes, path: string, files: ReadonlyMap<string, TreeFile>): void => {
  const lines: Array<Line> = []
  for (const [at, it] of files)
    lines.push([at, it.hash, it.size, it.kind, it.mode ?? 0, it.mtimeMs ?? 0, it.ino, it.ctimeMs])
  notes.write(path, JSON.stringify({ v: 1, files: lines }))
}

const isLine = (line: unknown): line is Line =>
  Array.isArray(line) && line.length === 8 && typeof line[0] === "string" && typeof line[1] === "string"

/** The files of a checkpoint or of a stat cache; empty where there are none, or they are not ours to read. */
export const readFiles = (notes: Notes, path: string): Map<string, TreeFile> => {
  const files = new Map<string, TreeFile>()
  const kept = notes.read(path)
  if (kept === undefined) return files
  const parsed: unknown = JSON.parse(kept)
  const lines = typeof parsed === "object" && parsed !== null && "files" in parsed ? parsed.files : []
  if (!Array.isArray(lines)) return files
  for (const line of lines) {
    if (!isLine(line)) continue
    const [at, hash, size, kind, mode, mtimeMs, ino, ctimeMs] = line
    files.set(at, { hash, size, kind, mode, mtimeMs, ino, ctimeMs })
  }
  return files
}

/** When a process started, as the system tells it; nothing where it is gone. */
export const startOf = (pid: number): string | undefined => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
  } catch {
    // No /proc: whether it runs at all is the most that can be told.
  }
  if (fs.existsSync("/proc/self/stat")) return undefined
  try {
    process.kill(pid, 0)
    return ""
  } catch {
    return undefined
  }
}
