/** What a working copy remembers of a path, and the change between two such memories. */
import * as Effect from "effect/Effect"
import type { Blob, Change } from "../../../domain/model/Change.ts"
import type { FileError } from "../../../ports/Workspace.ts"
import { countText, textOf } from "./text.ts"

/** A kept content and how it stands in a tree; `null` in its place means that nothing stands there. */
export interface Held extends Blob {
  /** Permission bits, where they are known. */
  readonly mode?: number
  /** When it was written, in milliseconds. */
  readonly mtimeMs?: number
}

/** Where contents are kept by their hash. */
export interface BlobStore {
  /** Keeps bytes and answers their SHA-256 in hex. */
  readonly put: (bytes: Uint8Array) => Effect.Effect<string, FileError>
  /** Kept bytes; fails as `missing` where they are not. */
  readonly get: (hash: string) => Effect.Effect<Uint8Array, FileError>
}

/** The part of what is held that events name. */
export const blobOf = (held: Held): Blob => ({ hash: held.hash, size: held.size, kind: held.kind })

/** Whether both are the same content of the same kind, or both nothing. */
export const same = (a: Blob | null, b: Blob | null): boolean =>
  a === null || b === null ? a === b : a.hash === b.hash && a.kind === b.kind

/** Whether permission bits make a file a program. */
export const kindOfMode = (mode: number): "file" | "executable" => ((mode & 0o111) === 0 ? "file" : "executable")

/** Permission bits with the x bit as the kind wants it: where a file may be read, it may be run. */
export const modeFor = (kind: Blob["kind"], mode: number): number =>
  kindOfMode(mode) === kind ? mode : kind === "executable" ? mode | ((mode & 0o444) >> 2) : mode & ~0o111

const changeKind = (before: Held | null, after: Held | null): Change["kind"] => {
  if (before === null) return "create"
  if (after === null) return "delete"
  if (before.kind === "symlink" || after.kind === "symlink") return "symlink"
  return before.hash === after.hash ? "mode" : "modify"
}

/** The change of one path from one content to another, with its lines counted. */
export const changeOf = (
  blobs: BlobStore,
  path: string,
  before: Held | null,
  after: Held | null
): Effect.Effect<Change, FileError> =>
  Effect.gen(function* () {
    const none = new Uint8Array()
    const moved = before?.hash !== after?.hash
    const old = before === null || !moved ? none : yield* blobs.get(before.hash)
    const young = after === null || !moved ? none : yield* blobs.get(after.hash)
    const from = textOf(old)
    const to = textOf(young)
    const binary = from === undefined || to === undefined
    const counted = binary ? { added: 0, removed: 0 } : countText(from, to)
    return {
      path,
      kind: changeKind(before, after),
      ...(before === null ? {} : { before: blobOf(before) }),
      ...(after === null ? {} : { after: blobOf(after) }),
      ...counted,
      ...(binary ? { binary: true as const } : {})
    }
  })
