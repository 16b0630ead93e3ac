/** What happens to files: a change of one path, kept as references to its bytes before and after. */
import * as Schema from "effect/Schema"

/** Content kept in the blob store: SHA-256 (hex), size in bytes, and what kind of entry held it. */
export const Blob = Schema.Struct({
  hash: Schema.String,
  size: Schema.NonNegativeInt,
  kind: Schema.Literal("file", "executable", "symlink")
})
/** Content kept in the blob store. */
export type Blob = typeof Blob.Type

/** What kind of change it is. A rename is a delete and a create. */
export const ChangeKind = Schema.Literal("create", "modify", "delete", "mode", "symlink")

/** One path's change. `path` is relative to the root, with forward slashes. */
export const Change = Schema.Struct({
  path: Schema.String,
  kind: ChangeKind,
  before: Schema.optional(Blob),
  after: Schema.optional(Blob),
  /** Lines added and removed; 0 for binary content. */
  added: Schema.NonNegativeInt,
  removed: Schema.NonNegativeInt,
  binary: Schema.optional(Schema.Literal(true))
})
/** One path's change. */
export type Change = typeof Change.Type

/** Why a change could not be merged onto the tree as it is now. */
export const Conflict = Schema.Struct({
  path: Schema.String,
  reason: Schema.Literal("content", "binary", "deleted", "exists", "type", "link"),
  /** Where both sides stand, with conflict markers; for text only. */
  text: Schema.optional(Schema.String)
})
/** Why a change could not be merged. */
export type Conflict = typeof Conflict.Type

/** The change that takes another one back. */
export const invert = (change: Change): Change => {
  const { after, before, ...rest } = change
  const kind = change.kind === "create" ? "delete" : change.kind === "delete" ? "create" : change.kind
  return {
    ...rest,
    kind,
    added: change.removed,
    removed: change.added,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before })
  }
}
