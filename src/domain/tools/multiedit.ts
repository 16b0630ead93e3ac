/** The tool that makes several replacements in one file at once. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { EditInput, prepareEdits } from "./edit.ts"
import { failed } from "./file.ts"
import { defineTool } from "./Tool.ts"

/** Makes several replacements, all or none. */
export const multiedit = defineTool({
  name: "multiedit",
  description:
    "Makes several edits in one file, one after the other, each on what the one before left. " +
    "All are made, or none where one fails.",
  input: Schema.Struct({ file_path: Schema.String, edits: Schema.Array(EditInput) }),
  prepare: ({ edits, file_path }) =>
    edits.length === 0
      ? Effect.fail(failed("invalid", "There are no edits in the list."))
      : prepareEdits(file_path, edits)
})
