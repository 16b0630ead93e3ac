/** The tool that creates a file, or replaces one whole. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { unmarked } from "./file.ts"
import { prepareRewrite } from "./rewrite.ts"
import { defineTool } from "./Tool.ts"

/** Creates or replaces a file. */
export const write = defineTool({
  name: "write",
  description:
    "Creates a file with the given content, or replaces a whole file that was read before. " +
    "Missing folders are created. To change part of a file use edit.",
  input: Schema.Struct({
    file_path: Schema.String,
    content: Schema.String
  }),
  prepare: ({ content, file_path }) =>
    prepareRewrite({
      path: file_path,
      reads: false,
      otherwise: "utf-8",
      change: (_path, file) => Effect.succeed(unmarked(content, file))
    })
})
