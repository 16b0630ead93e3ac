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

const ofStep = {
  ...words("id step", "A session's id, else the newest here that has a plan; then the step's name"),
  max: 2
}

const reason = text("reason", "TEXT", "Why")

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
          add: many(
            "add",
            "JSON",
            'Add a step, as {"id":"docs","title":"Say how","check":"npm test"}; may be repeated'
          ),
          after: text("after", "STEP", "Where --add goes; else to the end"),
          set: many("set", "STEP.KEY=VALUE", "Change a step, as api.check=npm test; may be repeated"),
          remove: many("remove", "STEP", "Take this step out; may be repeated"),
          move: text("move", "STEP", "Merge this step elsewhere in the order"),
          before: text("before", "STEP", "Where --move goes; else to the end"),
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
        name: "cancel",
        summary: "Take a step out of what is to be done; what depends on it is not begun",
        flags: { reason },
        operands: { ...ofStep, min: 1 }
      },
      (flags, call) =>
        from(
          () => import("./planEditing.ts"),
          (it) => it.cancel(flags, call)
        )
    ),
    leaf(
      { name: "approve", summary: "Approve a plan, or a step that an agent proposed", flags: {}, operands: ofStep },
      (_, call) =>
        from(
          () => import("./planEditing.ts"),
          (it) => it.approve(call)
        )
    ),
    leaf(
      {
        name: "reject",
        summary: "Reject a plan, or a step that an agent proposed",
        flags: { reason },
        operands: ofStep
      },
      (flags, call) =>
        from(
          () => import("./planEditing.ts"),
          (it) => it.reject(flags, call)
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
