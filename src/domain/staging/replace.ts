/** An edit as models give it, old text for new, applied so that nothing beside the place changes, not even a line ending. */
import * as Either from "effect/Either"
import { compare } from "./compare.ts"
import { indentOf, type Shift } from "./indent.ts"
import { bodyOf, endingOf, lineAt, linesOf } from "./lines.ts"
import { type EditFailure, locate, type Place } from "./locate.ts"

/** Old text for new, at the one place it stands at, or at all. An empty old text is a new file's. */
export interface Edit {
  readonly oldText: string
  readonly newText: string
  readonly all: boolean
}

/** How the line around a place ends; nothing where the whole text is one line without an end. */
export const endingAt = (text: string, place: number): string | undefined => {
  const after = text.indexOf("\n", place)
  const at = after === -1 ? text.lastIndexOf("\n", place) : after
  if (at === -1) return text.includes("\r") ? "\r" : undefined
  return text[at - 1] === "\r" ? "\r\n" : "\n"
}

const reindented = (line: string, shift: Shift): string | undefined => {
  if (line.trim() === "") return line
  const indent = indentOf(line)
  const moved = shift(indent)
  return moved === undefined ? undefined : moved + line.slice(indent.length)
}

/** Whether the new lines are the old ones with other endings: those are then what is asked for. */
const turnsEndings = (old: ReadonlyArray<string>, fresh: ReadonlyArray<string>): boolean =>
  old.length === fresh.length &&
  old.every((line, index) => {
    const other = lineAt(fresh, index)
    return bodyOf(line) === bodyOf(other) && (endingOf(line) === "") === (endingOf(other) === "")
  })

/** What to put at a place: the model's lines in the file's spelling, and lines that the edit keeps exactly as the file has them. */
const replacement = (text: string, place: Place, { newText, oldText }: Edit): string | undefined => {
  const matched = text.slice(place.start, place.end)
  if (matched === oldText && !/[\r\n]/.test(newText)) return newText
  const [file, old, fresh] = [linesOf(matched), linesOf(oldText), linesOf(newText)]
  const [oldBodies, newBodies] = [old.map(bodyOf), fresh.map(bodyOf)]
  if (matched === oldText && turnsEndings(old, fresh)) return newText
  const ending = endingAt(text, place.start)
  const end = (line: string, like: string) =>
    endingOf(line) === "" ? "" : endingOf(like) || (ending ?? endingOf(line))
  const out: Array<string> = []
  let at = 0
  const keep = (upTo: number) => {
    for (; at < upTo; at++) {
      const line = lineAt(file, at - shiftBy)
      out.push(bodyOf(line) + end(lineAt(fresh, at), line))
    }
  }
  let shiftBy = 0
  for (const span of compare(oldBodies, newBodies)) {
    keep(span.newStart)
    for (; at < span.newEnd; at++) {
      const line = lineAt(fresh, at)
      const body = place.shift === undefined ? bodyOf(line) : reindented(bodyOf(line), place.shift)
      if (body === undefined) return undefined
      const twin = span.oldStart + at - span.newStart
      out.push(body + end(line, twin < span.oldEnd ? lineAt(file, twin) : ""))
    }
    shiftBy = span.newEnd - span.oldEnd
  }
  keep(fresh.length)
  return out.join("")
}

const failure = (kind: EditFailure["kind"], reason: string) => Either.left<EditFailure>({ kind, reason })

/** The text after the edit, or why it can't be made. */
const replaced = (text: string, edit: Edit): Either.Either<string, EditFailure> => {
  const found = locate(text, edit.oldText, { all: edit.all, what: "old_string" })
  if (Either.isLeft(found)) return Either.left(found.left)
  const out: Array<string> = []
  let at = 0
  for (const place of found.right) {
    const put = replacement(text, place, edit)
    if (put === undefined)
      return failure("not_found", "old_string is indented otherwise than the file; indent it alike.")
    out.push(text.slice(at, place.start), put)
    at = place.end
  }
  out.push(text.slice(at))
  const result = out.join("")
  return result === text
    ? failure("no_change", "The file already reads as the edit would make it.")
    : Either.right(result)
}

/** The text after one edit, or why it can't be made; `undefined` is a file that does not exist. */
export const applyEdit = (text: string | undefined, edit: Edit): Either.Either<string, EditFailure> => {
  if (edit.oldText === edit.newText && text !== undefined) {
    return failure("no_change", "old_string and new_string are the same; there is nothing to change.")
  }
  if (edit.oldText === "") {
    return text === undefined || text === ""
      ? Either.right(edit.newText)
      : failure(
          "exists",
          "old_string is empty, which creates a file, but the file exists and is not empty. Say what to replace."
        )
  }
  return text === undefined ? failure("missing_file", "The file does not exist.") : replaced(text, edit)
}

/** The text after all edits, each applied to what the one before left, or the first that fails. */
export const applyEdits = (
  text: string | undefined,
  edits: ReadonlyArray<Edit>
): Either.Either<string | undefined, EditFailure> => {
  let current = text
  for (const [index, edit] of edits.entries()) {
    const next = applyEdit(current, edit)
    if (Either.isRight(next)) current = next.right
    else if (edits.length === 1) return Either.left(next.left)
    else return failure(next.left.kind, `Edit ${index + 1} of ${edits.length}: ${next.left.reason} No edit was made.`)
  }
  return Either.right(current)
}
