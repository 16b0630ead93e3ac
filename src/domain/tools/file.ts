/** What the tools for files share: finding a file, loading its text, the check that nobody else changed it, saving it. */
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Digest } from "../../ports/Digest.ts"
import { type Encoding, TextCodec } from "../../ports/TextCodec.ts"
import { type FileError, type Located, Workspace } from "../../ports/Workspace.ts"
import type { Seen } from "../model/Call.ts"
import { hunksOf } from "../staging/hunk.ts"
import { bodyOf } from "../staging/lines.ts"
import type { EditFailure } from "../staging/locate.ts"
import { ToolFailure, ToolRun } from "./Tool.ts"

/** A file's content as it was loaded; without `text` where it is binary. */
export interface Loaded {
  readonly bytes: Uint8Array
  readonly hash: string
  readonly text?: string
  readonly encoding: Encoding
}

/** Files larger than this many bytes are not edited. */
export const editLimit = 32 * 1024 * 1024

/** A failure of this kind, for the model to read. */
export const failed = (kind: string, reason: string): ToolFailure => new ToolFailure({ kind, reason })

const kinds: Partial<Record<FileError["kind"], readonly [kind: string, advice: string]>> = {
  missing: ["missing_file", "Look for it with glob or ls."],
  is_directory: ["is_directory", "Name a file; ls shows what is in a directory."],
  not_directory: ["not_directory", "A part of the path is a file."],
  not_regular: ["not_regular_file", "Pipes, sockets and devices are neither read nor written."],
  loop: ["loop", "The links lead in a circle."],
  other: ["io", ""]
}

/** A file error as the model reads it. */
export const fileFailure = (error: FileError): ToolFailure => {
  const [kind, advice] = kinds[error.kind] ?? [error.kind, ""]
  return failed(kind, `${error.message}.${advice === "" ? "" : ` ${advice}`}`)
}

/** Why an edit could not be made, with the file's name. */
export const editFailure = (path: string, failure: EditFailure): ToolFailure =>
  failed(failure.kind, `${path}: ${failure.reason}`)

/** Where a path leads; it must not be empty. A file URL means the path in it, not a file of that name in the project. */
export const locate = (path: string): Effect.Effect<Located, ToolFailure, Workspace> =>
  path === ""
    ? Effect.fail(failed("invalid", "The path is empty."))
    : Effect.flatMap(Workspace, (workspace) =>
        Effect.mapError(workspace.locate(path.replace(/^file:\/\/(?=\/)/, "")), fileFailure)
      )

/** Where a path leads that names a regular file, or nothing yet. */
export const locateFile = (path: string): Effect.Effect<Located, ToolFailure, Workspace> =>
  Effect.filterOrElse(
    locate(path),
    (it) => (it.stat === undefined ? !path.endsWith("/") : it.stat.kind === "file"),
    (it) =>
      Effect.fail(
        it.stat === undefined || it.stat.kind === "directory"
          ? failed("is_directory", `${path} is a directory. Name a file in it.`)
          : failed("not_regular_file", `${path} is not a regular file; pipes, sockets and devices are left alone.`)
      )
  )

/** The same place as before, found again: links may have changed since the call was approved. */
export const locateAgain = (path: string, before: Located): Effect.Effect<Located, ToolFailure, Workspace> =>
  Effect.filterOrFail(
    locateFile(path),
    (now) => now.real === before.real,
    () => failed("stale", `${path} leads elsewhere than when the call was prepared. Call again.`)
  )

/** The content of the file at a real path, or nothing where no file stands. */
export const load = (
  real: string,
  limit = editLimit
): Effect.Effect<Loaded | undefined, ToolFailure, Workspace | TextCodec | Digest> =>
  Effect.gen(function* () {
    const workspace = yield* Workspace
    const codec = yield* TextCodec
    const digest = yield* Digest
    const found = yield* Effect.either(workspace.read(real, limit))
    if (found._tag === "Left") {
      const absent = found.left.kind === "missing" || found.left.kind === "not_directory"
      return absent ? undefined : yield* Effect.fail(fileFailure(found.left))
    }
    const bytes = found.right
    const hash = yield* digest.sha256(bytes)
    const decoded = codec.decode(bytes)
    return {
      bytes,
      hash,
      encoding: decoded?.encoding ?? "utf-8",
      ...(decoded === undefined ? {} : { text: decoded.text })
    }
  })

/** The file's text, or nothing where no file stands; binary files have none. */
export const textOf = (path: string, file: Loaded | undefined): Effect.Effect<string | undefined, ToolFailure> =>
  file !== undefined && file.text === undefined
    ? Effect.fail(failed("binary", `${path} is a binary file; it has no text to edit.`))
    : Effect.succeed(file?.text)

/**
 * Refuses a file that somebody else changed since this session saw it, and, where `mustSee`, one it never saw.
 * A file without content holds nothing to be seen.
 */
export const guard = (
  path: string,
  real: string,
  file: Loaded | undefined,
  mustSee: boolean
): Effect.Effect<void, ToolFailure, ToolRun> =>
  Effect.gen(function* () {
    if (file === undefined) return
    const run = yield* ToolRun
    const seen = yield* run.seen(real)
    if (Option.isSome(seen) && seen.value !== file.hash) {
      return yield* Effect.fail(
        failed("stale", `${path} was changed by somebody else since it was read. Read it again, then make the edit.`)
      )
    }
    if (Option.isNone(seen) && mustSee && run.mustRead && file.bytes.length > 0) {
      return yield* Effect.fail(failed("unread", `${path} exists and was not read yet. Read it first.`))
    }
  })

/** Text for a file that keeps a byte order mark of its own: a second one in the text would double it. */
export const unmarked = (text: string, file: Loaded | undefined): string =>
  file !== undefined && /^utf-(8-bom|16)/.test(file.encoding) ? text.replace(/^\ufeff/, "") : text

/** The text's bytes in an encoding, or a failure that says which characters have none. */
export const encode = (
  path: string,
  text: string,
  encoding: Encoding
): Effect.Effect<Uint8Array, ToolFailure, TextCodec> =>
  Effect.flatMap(TextCodec, (codec) => {
    const bytes = codec.encode(text, encoding)
    if (bytes !== undefined) return Effect.succeed(bytes)
    const why =
      encoding === "latin1"
        ? "is not valid UTF-8 and is kept byte for byte, so that only characters up to U+00FF can be written to it"
        : "would hold half of a surrogate pair, which has no bytes"
    return Effect.fail(failed("encoding", `${path} ${why}. Nothing was written.`))
  })

/** Writes the file at a real path, and says what it is then. */
export const save = (
  real: string,
  bytes: Uint8Array,
  mode?: number
): Effect.Effect<Seen, ToolFailure, Workspace | Digest> =>
  Effect.gen(function* () {
    const workspace = yield* Workspace
    const digest = yield* Digest
    yield* Effect.mapError(workspace.write(real, bytes, mode), fileFailure)
    return { path: real, hash: yield* digest.sha256(bytes) }
  })

/** An answer of the staging room as an effect. */
export const orFail = <A>(path: string, it: Either.Either<A, EditFailure>): Effect.Effect<A, ToolFailure> =>
  Effect.mapError(it, (failure) => editFailure(path, failure))

/** Lines with their numbers, `first` the number of the first. */
export const withNumbers = (lines: ReadonlyArray<string>, first: number): ReadonlyArray<string> => {
  const width = `${first + lines.length - 1}`.length
  return lines.map((line, index) => `${`${first + index}`.padStart(width)}\t${line}`)
}

const snippetLines = 30
const lineWidth = 200

/** The places that a change touched, as they are now, with line numbers; not all of them where there are many. */
export const snippet = (before: string, after: string): string => {
  const out: Array<string> = []
  for (const hunk of hunksOf(before, after, 2)) {
    const lines = hunk.lines
      .filter((line) => line.kind !== "-")
      .map(({ text }) => (text.length > lineWidth ? `${text.slice(0, lineWidth)}…` : bodyOf(text)))
    if (out.length > 0) out.push("…")
    out.push(...withNumbers(lines, hunk.newStart + 1))
    if (out.length > snippetLines) return [...out.slice(0, snippetLines), "…"].join("\n")
  }
  return out.join("\n")
}
