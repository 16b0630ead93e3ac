/** The tool that gives a task to another agent. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { presets } from "../context/role.ts"
import { nothing } from "../model/Footprint.ts"
import { defineTool, ToolFailure, ToolRun } from "./Tool.ts"

const firstLine = (text: string): string => text.trim().split("\n", 1)[0] ?? ""

/** Lets another agent do a task, in a copy of its own; answers its last words. */
export const task = defineTool({
  name: "task",
  description:
    "Gives a task to another agent, which knows only this prompt, works in a copy of its own that begins with your changes, and has no more rights than you. Its answer is the result, and its changes join yours. Several calls at once run side by side. " +
    `Agents: ${[...presets.keys()].join(", ")}.`,
  input: Schema.Struct({ agent: Schema.String, prompt: Schema.String }),
  prepare: ({ agent, prompt }) =>
    Effect.gen(function* () {
      const { delegate, roles } = yield* ToolRun
      const name = agent.trim().toLowerCase()
      if (!roles.includes(name))
        return yield* new ToolFailure({
          kind: "no_such_agent",
          reason: `There is no agent ${JSON.stringify(agent)}. There are: ${roles.join(", ")}.`
        })
      if (prompt.trim() === "") return yield* new ToolFailure({ kind: "invalid", reason: "Say what is to be done." })
      const alone = new ToolFailure({ kind: "alone", reason: "No agent can be begun here. Do it yourself." })
      return {
        footprint: nothing,
        preview: `${name}: ${firstLine(prompt)}`,
        run: delegate === undefined ? alone : delegate({ agent: name, prompt })
      }
    })
})
