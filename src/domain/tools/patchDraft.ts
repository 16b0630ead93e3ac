/** Works a patch out: what every file would be after it, without touching one. */
import * as Effect from "effect/Effect"
import type { Digest } from "../../ports/Digest.ts"
import type { Encoding, TextCodec } from "../../ports/TextCodec.ts"
import type { Located, Workspace } from "../../ports/Workspace.ts"
import { applyChunks } from "../staging/fit.ts"
import type { FileOperation } from "../staging/grammar.ts"
import { encode, failed, guard, type Loaded, load, locate, locateFile, orFail, textOf, unmarked } from "./file.ts"
import type { ToolFailure, ToolRun } from "./Tool.ts"

/** What a file holds, before the patch or after it. */
interface Content {
  readonly bytes: Uint8Array
  readonly text?: string
  readonly encoding: Encoding
}

/** A file that a patch names: as it is, and as the patch leaves it; absent where no file is. */
export interface Draft {
  /** For people: relative to the root. */
  readonly path: string
  /** As the patch wrote it. */
  readonly asked: string
  /** The entry's own real path; differs from `real` where it is a symbolic link. */
  readonly own: string
  readonly real: string
  readonly mode: number | undefined
  readonly before: Loaded | undefined
  readonly after: Content | undefined
  /** The `own` path of the file whose content moved here. */
  readonly movedFrom?: string
}

/** Whether the patch leaves the file otherwise than it is. */
export const isChanged = ({ after, before }: Draft): boolean =>
  before === undefined || after === undefined
    ? before !== after
    : before.bytes.length !== after.bytes.length || before.bytes.some((byte, index) => byte !== after.bytes[index])

type Needs = Workspace | TextCodec | Digest | ToolRun

/** A path of a patch must stay inside the root: nobody reads a patch for the paths in it. */
const locateInside = (path: string): Effect.Effect<Located, ToolFailure, Workspace> =>
  Effect.filterOrFail(
    locateFile(path),
    (it) => it.inside && it.path !== "",
    () => failed("escape", `${path} is outside of the project. A patch changes files of the project only.`)
  )

/** The real path of the entry itself, its last link not followed. */
const ownPath = (path: string): Effect.Effect<string, ToolFailure, Workspace> =>
  Effect.gen(function* () {
    const slash = path.lastIndexOf("/")
    const name = path.slice(slash + 1)
    const parent = yield* locate(slash === -1 ? "." : slash === 0 ? "/" : path.slice(0, slash))
    return name === "" || name === "." || name === ".." ? parent.real : `${parent.real.replace(/\/$/, "")}/${name}`
  })

const pathsOf = (operation: FileOperation): ReadonlyArray<string> =>
  operation.op === "update" && operation.moveTo !== undefined ? [operation.path, operation.moveTo] : [operation.path]

/** The real paths that a patch reads and writes, links and what they lead to alike. */
export const touched = (
  operations: ReadonlyArray<FileOperation>
): Effect.Effect<{ readonly read: Array<string>; readonly write: Array<string> }, ToolFailure, Workspace> =>
  Effect.gen(function* () {
    const read = new Set<string>()
    const write = new Set<string>()
    for (const operation of operations) {
      for (const path of pathsOf(operation)) {
        const { real } = yield* locateInside(path)
        const own = yield* ownPath(path)
        if (operation.op === "update" && path === operation.path) read.add(real)
        const leaves = operation.op === "delete" || (operation.op === "update" && operation.moveTo !== undefined)
        if (!leaves || path !== operation.path) write.add(real)
        else write.add(own)
      }
    }
    return { read: [...read], write: [...write] }
  })

/** The drafts so far, by the file that they are about. */
type Drafts = Map<string, Draft>

/** The draft of a path: the one that an earlier operation left, or a new one. */
const draftOf = (drafts: Drafts, path: string): Effect.Effect<Draft, ToolFailure, Needs> =>
  Effect.gen(function* () {
    const located = yield* locateInside(path)
    const own = yield* ownPath(path)
    for (const it of drafts.values()) {
      if (it.own === own && it.own !== it.real && it.after === undefined) {
        return yield* Effect.fail(
          failed("invalid", `${path} is a link that the patch takes away before. Use two calls.`)
        )
      }
    }
    const known = drafts.get(located.real)
    if (known !== undefined) return { ...known, asked: path, own }
    const before = yield* load(located.real)
    yield* guard(located.path, located.real, before, false)
    return { path: located.path, asked: path, own, real: located.real, mode: located.stat?.mode, before, after: before }
  })

/** A file that is to be overwritten must have been seen, unless this patch made it. */
const overwritable = (draft: Draft): Effect.Effect<void, ToolFailure, ToolRun> =>
  draft.after === undefined || draft.after !== draft.before
    ? Effect.void
    : guard(draft.path, draft.real, draft.before, true)

const missing = (path: string) =>
  Effect.fail(failed("missing_file", `${path} does not exist. Nothing of the patch was applied.`))

const add = (drafts: Drafts, operation: Extract<FileOperation, { op: "add" }>) =>
  Effect.gen(function* () {
    const draft = yield* draftOf(drafts, operation.path)
    yield* overwritable(draft)
    const text = unmarked(operation.lines.map((line) => `${line}\n`).join(""), draft.before)
    const encoding = draft.before?.encoding ?? "utf-8"
    const bytes = yield* encode(draft.path, text, encoding)
    drafts.set(draft.real, { ...draft, after: { text, bytes, encoding } })
  })

/** The entry goes; of a link, the link alone. */
const leave = (drafts: Drafts, draft: Draft): void => {
  const isLink = draft.own !== draft.real
  const { movedFrom: _movedFrom, ...rest } = draft
  drafts.set(isLink ? draft.own : draft.real, { ...rest, after: undefined, ...(isLink ? { path: draft.asked } : {}) })
}

const remove = (drafts: Drafts, operation: Extract<FileOperation, { op: "delete" }>) =>
  Effect.gen(function* () {
    const draft = yield* draftOf(drafts, operation.path)
    if (draft.after === undefined) return yield* missing(operation.path)
    leave(drafts, draft)
  })

const update = (drafts: Drafts, operation: Extract<FileOperation, { op: "update" }>) =>
  Effect.gen(function* () {
    const { chunks, moveTo, path } = operation
    const source = yield* draftOf(drafts, path)
    const content = source.after
    if (content === undefined) return yield* missing(path)
    let after: Content = content
    if (chunks.length > 0) {
      if (content === source.before) yield* guard(source.path, source.real, source.before, true)
      yield* textOf(source.path, { hash: "", ...content })
      const text = yield* orFail(source.path, applyChunks(content.text ?? "", chunks))
      after = { text, encoding: content.encoding, bytes: yield* encode(source.path, text, content.encoding) }
    }
    const target = moveTo === undefined ? source : yield* draftOf(drafts, moveTo)
    if (target.real === source.real) {
      drafts.set(source.real, { ...source, after })
      return
    }
    yield* overwritable(target)
    leave(drafts, source)
    drafts.set(target.real, { ...target, mode: source.mode, after, movedFrom: source.movedFrom ?? source.own })
  })

/** What every file would be after the patch, in the order in which it names them first, or the first reason why not. */
export const draftPatch = (
  operations: ReadonlyArray<FileOperation>
): Effect.Effect<ReadonlyArray<Draft>, ToolFailure, Needs> =>
  Effect.gen(function* () {
    const drafts: Drafts = new Map()
    for (const operation of operations) {
      if (operation.op === "add") yield* add(drafts, operation)
      else if (operation.op === "delete") yield* remove(drafts, operation)
      else yield* update(drafts, operation)
    }
    return [...drafts.values()]
  })
