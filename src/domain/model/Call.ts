/** A tool as the model sees it, and the list of steps that the `todo` tool keeps. */
import * as Schema from "effect/Schema"
import { JsonObject } from "./Json.ts"

/** A tool as the model sees it; `input` is a JSON Schema object. */
export const ToolSpec = Schema.Struct({
  name: Schema.String,
  description: Schema.String,
  input: JsonObject
})
/** A tool as the model sees it. */
export type ToolSpec = typeof ToolSpec.Type

/** One step of a to-do list. */
export const Todo = Schema.Struct({
  content: Schema.String,
  status: Schema.Literal("pending", "in_progress", "completed", "cancelled")
})
/** One step of a to-do list. */
export type Todo = typeof Todo.Type

/** A question for the person, with answers to choose from where there are any. */
export const Question = Schema.Struct({
  question: Schema.String,
  options: Schema.Array(Schema.String)
})
/** A question for the person. */
export type Question = typeof Question.Type

/** The content hash (`sha256`, hex) of a file when a tool showed it; later edits are checked against it. */
export const Seen = Schema.Struct({ path: Schema.String, hash: Schema.String })
/** What a file was when a tool showed it. */
export type Seen = typeof Seen.Type
