/** The patch language that models know from codex: an envelope of file operations, read and written. */

import * as Either from "effect/Either"
import { lineAt } from "./lines.ts"

/** One line of a chunk, without its ending: kept, taken out or put in. */
export interface ChunkLine {
  readonly kind: " " | "-" | "+"
  readonly text: string
}

/** A change somewhere in a file: after the header lines, in this order, where it has any. */
export interface Chunk {
  readonly headers: ReadonlyArray<string>
  readonly lines: ReadonlyArray<ChunkLine>
  /** Its lines are the file's last ones. */
  readonly endOfFile: boolean
}

/** What a patch does to one file. */
export type FileOperation =
  | { readonly op: "add"; readonly path: string; readonly lines: ReadonlyArray<string> }
  | { readonly op: "delete"; readonly path: string }
  | {
      readonly op: "update"
      readonly path: string
      readonly moveTo?: string
      readonly chunks: ReadonlyArray<Chunk>
    }

/** The patch is not one; `line` counts from 1. */
export interface PatchSyntax {
  readonly line: number
  readonly reason: string
}

const begin = "*** Begin Patch"
const end = "*** End Patch"
const endOfFile = "*** End of File"
const markers = { add: "*** Add File:", delete: "*** Delete File:", update: "*** Update File:", move: "*** Move to:" }

/** The lines inside the envelope; text around it (prose, a fence, a here-document) is passed over. */
interface Body {
  readonly line: (index: number) => string
  readonly from: number
  readonly to: number
}

const bad = (index: number, reason: string) => Either.left<PatchSyntax>({ line: index + 1, reason })

const envelope = (text: string): Either.Either<Body, PatchSyntax> => {
  const raw = text.split("\n")
  const from = raw.findIndex((line) => line.trim() === begin)
  if (from === -1) {
    const unified = raw.some((line) => line.startsWith("--- ")) && raw.some((line) => line.startsWith("+++ "))
    return bad(0, `The patch must start with "${begin}"${unified ? "; a unified diff is not understood" : ""}.`)
  }
  const lines = lineAt(raw, from).endsWith("\r") ? raw.map((line) => line.replace(/\r$/, "")) : raw
  const last = lines.findLastIndex((line) => line.trim() !== "")
  const to = lineAt(lines, last).trim() === end ? last : lines.findLastIndex((line) => line.trimEnd() === end)
  if (to <= from) return bad(lines.length - 1, `The patch must end with "${end}"; it seems to be cut off.`)
  return Either.right({ line: (index) => lineAt(lines, index), from: from + 1, to })
}

const pathAfter = (line: string, marker: string): string | undefined => {
  const trimmed = line.trim()
  return trimmed.startsWith(marker) ? trimmed.slice(marker.length).trim() : undefined
}

/** A parsed thing and the index of the line after it. */
type Step<A> = Either.Either<{ readonly value: A; readonly next: number }, PatchSyntax>

const skipBlank = ({ line, to }: Body, from: number): number => {
  let at = from
  while (at < to && line(at).trim() === "") at++
  return at
}

const addOp = (body: Body, path: string, from: number): Step<FileOperation> => {
  const lines: Array<string> = []
  let at = from
  for (; at < body.to && body.line(at).startsWith("+"); at++) lines.push(body.line(at).slice(1))
  const next = skipBlank(body, at)
  if (next < body.to && !body.line(next).trimStart().startsWith("***")) {
    return bad(next, `Every line of an added file must start with "+".`)
  }
  return Either.right({ value: { op: "add", path, lines }, next })
}

const unifiedRange = /^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@/

const headerOf = (line: string): ReadonlyArray<string> => {
  const text = line.slice(2).replace(/^ /, "").trimEnd()
  if (text.trim() === "" || unifiedRange.test(text)) return []
  return [text.replace(/(?<=\S) *@@$/, "")]
}

const chunkLine = (raw: string): ChunkLine | undefined => {
  // Copied from a CRLF file; the file's own ending is put there anyhow.
  const line = raw.replace(/\r$/, "")
  const kind = line[0]
  if (kind === undefined) return { kind: " ", text: "" }
  return kind === " " || kind === "-" || kind === "+" ? { kind, text: line.slice(1) } : undefined
}

/** One chunk; blank lines alone are none. */
const chunkAt = (body: Body, from: number): Step<ReadonlyArray<Chunk>> => {
  const headers: Array<string> = []
  const lines: Array<ChunkLine> = []
  let at = from
  for (; at < body.to && body.line(at).startsWith("@@"); at++) headers.push(...headerOf(body.line(at)))
  const headed = at > from
  const first = at
  let plain = true
  for (; at < body.to; at++) {
    const line = body.line(at)
    if (line.startsWith("@@") || line.startsWith("***")) break
    if (line.startsWith("\\ No newline")) continue
    const read = chunkLine(line)
    if (read === undefined) {
      return bad(
        at,
        `A line of a hunk must start with " ", "-", "+" or "@@"; this one is ${JSON.stringify(line.slice(0, 80))}.`
      )
    }
    lines.push(read)
    plain &&= line === ""
  }
  const isEnd = body.line(at).trimEnd() === endOfFile && at < body.to
  if (plain && !headed && !isEnd) return Either.right({ value: [], next: at })
  if (plain) return bad(first, "The hunk has no lines.")
  return Either.right({ value: [{ headers, lines, endOfFile: isEnd }], next: isEnd ? at + 1 : at })
}

const headOf = (line: string): { readonly op: FileOperation["op"]; readonly path: string } | undefined => {
  for (const op of ["add", "delete", "update"] as const) {
    const path = pathAfter(line, markers[op])
    if (path !== undefined) return { op, path }
  }
  return undefined
}

const updateOp = (body: Body, path: string, from: number): Step<FileOperation> => {
  const moveTo = from < body.to ? pathAfter(body.line(from), markers.move) : undefined
  if (moveTo === "") return bad(from, "The path to move to is missing.")
  const chunks: Array<Chunk> = []
  let at = moveTo === undefined ? from : from + 1
  // A padded header of the next file looks like context, but not where no chunk is open.
  while (at < body.to && !body.line(at).startsWith("***") && headOf(body.line(at)) === undefined) {
    const chunk = chunkAt(body, at)
    if (Either.isLeft(chunk)) return Either.left(chunk.left)
    chunks.push(...chunk.right.value)
    at = chunk.right.next
  }
  if (chunks.length === 0 && moveTo === undefined) return bad(from - 1, `The update of ${path} has no hunks.`)
  return Either.right({ value: { op: "update", path, ...(moveTo === undefined ? {} : { moveTo }), chunks }, next: at })
}

const operationAt = (body: Body, at: number): Step<FileOperation> => {
  const line = body.line(at)
  const head = headOf(line)
  if (head === undefined) {
    const known = Object.values(markers).slice(0, 3).join('", "')
    return bad(at, `Expected "${known}" and a path, not ${JSON.stringify(line.slice(0, 80))}.`)
  }
  if (head.path === "") return bad(at, "The path is missing.")
  if (head.op === "add") return addOp(body, head.path, at + 1)
  if (head.op === "update") return updateOp(body, head.path, at + 1)
  return Either.right({ value: { op: "delete", path: head.path }, next: at + 1 })
}

/** The operations of a patch in order, at least one, or the line that is wrong. */
export const parsePatch = (
  text: string
): Either.Either<readonly [FileOperation, ...ReadonlyArray<FileOperation>], PatchSyntax> => {
  const found = envelope(text)
  if (Either.isLeft(found)) return Either.left(found.left)
  const body = found.right
  const operations: Array<FileOperation> = []
  for (let at = skipBlank(body, body.from); at < body.to; ) {
    const step = operationAt(body, at)
    if (Either.isLeft(step)) return Either.left(step.left)
    operations.push(step.right.value)
    at = skipBlank(body, step.right.next)
  }
  const [first, ...others] = operations
  return first === undefined ? bad(body.from - 1, "The patch has no operations.") : Either.right([first, ...others])
}

const chunkText = (chunk: Chunk): ReadonlyArray<string> => [
  ...(chunk.headers.length === 0 ? ["@@"] : chunk.headers.map((header) => `@@ ${header}`)),
  ...chunk.lines.map(({ kind, text }) => kind + text),
  ...(chunk.endOfFile ? [endOfFile] : [])
]

const operationText = (operation: FileOperation): ReadonlyArray<string> => {
  switch (operation.op) {
    case "add":
      return [`${markers.add} ${operation.path}`, ...operation.lines.map((line) => `+${line}`)]
    case "delete":
      return [`${markers.delete} ${operation.path}`]
    case "update":
      return [
        `${markers.update} ${operation.path}`,
        ...(operation.moveTo === undefined ? [] : [`${markers.move} ${operation.moveTo}`]),
        ...operation.chunks.flatMap(chunkText)
      ]
  }
}

/** The patch text that reads back as these operations. */
export const printPatch = (operations: ReadonlyArray<FileOperation>): string =>
  [begin, ...operations.flatMap(operationText), end, ""].join("\n")
