/** The tool that keeps the list of steps. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Todo } from "../model/Call.ts"
import { nothing } from "../model/Footprint.ts"
import { defineTool } from "./Tool.ts"

const marks: Record<Todo["status"], string> = {
  pending: "[ ]",
  in_progress: "[~]",
  completed: "[x]",
  cancelled: "[-]"
}

/** The list as a model and a person read it. */
export const todoList = (todos: ReadonlyArray<Todo>): string =>
  todos.length === 0
    ? "The list is empty."
    : todos.map(({ content, status }) => `${marks[status]} ${content.replaceAll(/\s*\n\s*/g, " ")}`).join("\n")

/** Replaces the session's list of steps. */
export const todo = defineTool({
  name: "todo",
  description: "Replaces your list of steps. For work of three steps or more; keep one in_progress.",
  input: Schema.Struct({ todos: Schema.Array(Todo) }),
  prepare: ({ todos }) => {
    const list = todoList(todos)
    return Effect.succeed({ footprint: nothing, preview: list, run: Effect.succeed({ output: list, todos }) })
  }
})
