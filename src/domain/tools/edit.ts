/** The tool that replaces a text in a file by another. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { applyEdits, type Edit } from "../staging/replace.ts"
import { orFail, textOf, unmarked } from "./file.ts"
import { prepareRewrite } from "./rewrite.ts"
import { defineTool } from "./Tool.ts"

/** One replacement, as a model writes it. */
export const EditInput = Schema.Struct({
  old_string: Schema.String,
  new_string: Schema.String,
  replace_all: Schema.optional(Schema.Boolean)
})

/** Prepares replacements in one file: all of them or none. */
export const prepareEdits = (path: string, edits: ReadonlyArray<typeof EditInput.Type>) =>
  prepareRewrite({
    path,
    reads: true,
    change: (shown, file) =>
      Effect.flatMap(textOf(shown, file), (text) => {
        const wanted = edits.map(
          (it): Edit => ({
            oldText: it.old_string.length > 1 ? unmarked(it.old_string, file) : it.old_string,
            newText: unmarked(it.new_string, file),
            all: it.replace_all ?? false
          })
        )
        return Effect.map(orFail(shown, applyEdits(text, wanted)), (after) => after ?? "")
      })
  })

/** Replaces one text. */
export const edit = defineTool({
  name: "edit",
  description:
    "Replaces old_string by new_string in a file that was read before. old_string must be copied exactly, " +
    "without line numbers, and stand at one place only; add lines around it to make it unique, or set replace_all. " +
    "An empty old_string creates a new file.",
  input: Schema.Struct({ file_path: Schema.String, ...EditInput.fields }),
  prepare: ({ file_path, ...it }) => prepareEdits(file_path, [it])
})
