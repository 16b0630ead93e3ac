/** The command `plan` and those below it. */
import { choice, group, leaf, many, on, text, word, words } from "./spec.ts"
import { from, runFlags } from "./treeParts.ts"

const {
  agent: _agent,
  fork: _fork,
  last: _last,
  mode: _mode,
  noPlan: _noPlan,
  plan: _plan,
  record: _record,
  replay: _replay,
  session: _session,
  ...planned
} = runFlags
const { files: _files, model: _model, reasoning: _reasoning, ...resumed } = planned

const ofSession = word("id", "A session's id; else the newest here that has a plan")

/** `plan`, and what is done with one. */
export const plan = group(
  {
    name: "plan",
    summary: "Make a plan of a goal; agents carry it out, each in a copy of its own, once you approve it",
    flags: { ...planned, execute: on("execute", "Carry it out once it is approved") },
    operands: words("goal", "What is to be reached; its words are joined by spaces")
  },
  [
    leaf(
      {
        name: "show",
        summary: "A plan, and how far each step is",
        flags: {
          graph: on("graph", "As a graph: which steps may run side by side, and what waits for what"),
          format: choice("format", ["text", "json", "mermaid", "svg"], "How it is printed; mermaid and svg are graphs")
        },
        operands: ofSession
      },
      (flags, call) =>
        from(
          () => import("./planShow.ts"),
          (it) => it.show(flags, call)
        )
    ),
    leaf(
      {
        name: "edit",
        summary: "Change a plan before it is carried out",
        flags: {
          remove: many("remove", "STEP", "Take this step out; may be repeated"),
          from: text("from", "FILE", "The whole plan as JSON; - for standard input")
        },
        operands: ofSession
      },
      (flags, call) =>
        from(
          () => import("./planEditing.ts"),
          (it) => it.edit(flags, call)
        )
    ),
    leaf(
      {
        name: "resume",
        summary: "Carry out a plan, or go on with one that was stopped",
        flags: resumed,
        operands: ofSession
      },
      (flags, call) =>
        from(
          () => import("./planRun.ts"),
          (it) => it.resume(flags, call)
        )
    )
  ],
  (flags, call) =>
    from(
      () => import("./planRun.ts"),
      (it) => it.plan(flags, call)
    )
)
