/** The tool by which a model proposes a plan. What is wrong with it goes back to the model, which mends it. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Workspace } from "../../ports/Workspace.ts"
import { findChecks } from "../context/findChecks.ts"
import { checkLines } from "../context/foundChecks.ts"
import { presets } from "../context/role.ts"
import { nothing } from "../model/Footprint.ts"
import { Plan, type Step } from "../model/Plan.ts"
import { defineTool, ToolFailure, ToolRun } from "../tools/Tool.ts"
import { planLines } from "./planLines.ts"
import { problemsOf } from "./planProblems.ts"

/** A step as a model writes it: everything said, nothing optional that matters. */
const Draft = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  task: Schema.String,
  role: Schema.String,
  files: Schema.Array(Schema.String),
  check: Schema.NullOr(Schema.String),
  why_no_check: Schema.NullOr(Schema.String),
  depends_on: Schema.Array(Schema.String),
  /** What it needs to know, beside its task. */
  inputs: Schema.optional(Schema.Array(Schema.String)),
  /** It may touch what a step beside it touches. */
  merges: Schema.optional(Schema.Boolean),
  /** What its agent may use at most. */
  budget: Schema.optional(
    Schema.Struct({
      max_turns: Schema.optional(Schema.Int.pipe(Schema.positive())),
      max_tokens: Schema.optional(Schema.Int.pipe(Schema.positive())),
      max_cost: Schema.optional(Schema.JsonNumber.pipe(Schema.positive()))
    })
  )
})

const budgetOf = ({ max_cost: cost, max_tokens: tokens, max_turns: turns }: NonNullable<typeof Draft.Type.budget>) => ({
  ...(turns === undefined ? {} : { turns }),
  ...(tokens === undefined ? {} : { tokens }),
  ...(cost === undefined ? {} : { cost })
})

const present = (text: string | null): string => text?.trim() ?? ""

const stepOf = (draft: typeof Draft.Type): unknown => {
  const run = present(draft.check)
  const step: Omit<Step, "check"> & { readonly check: unknown } = {
    id: draft.id.trim().toLowerCase(),
    title: draft.title.trim(),
    task: draft.task,
    role: draft.role.trim().toLowerCase(),
    inputs: draft.inputs ?? [],
    files: draft.files.map((file) => file.trim()).filter((file) => file !== ""),
    check: run === "" ? { none: present(draft.why_no_check) } : { run },
    dependsOn: draft.depends_on.map((id) => id.trim().toLowerCase()),
    ...(draft.merges === true ? { merges: true } : {}),
    ...(draft.budget === undefined ? {} : { budget: budgetOf(draft.budget) })
  }
  return step
}

const invalid = (reason: string): ToolFailure => new ToolFailure({ kind: "invalid", reason })

const unchecked = (drafts: ReadonlyArray<typeof Draft.Type>): ReadonlyArray<string> =>
  drafts
    .filter(({ check, why_no_check: why }) => present(check) === "" && present(why) === "")
    .map(
      ({ id }) => `Step ${id} has no check: name a command that ends with 0 when it is done, or say why there is none.`
    )

/** A word on steps that nothing will show to be done, though the project has checks. */
const bare = ({ steps }: Plan, has: ReadonlyArray<string>): ReadonlyArray<string> => {
  const ids = steps.filter(({ check }) => "none" in check).map(({ id }) => id)
  return has.length === 0 || ids.length === 0 ? [] : [`No check shows: ${ids.join(", ")}. ${has.join("")}`]
}

/** Proposes a plan: steps with their files, checks and order, for the person to approve. */
export const proposal = defineTool({
  name: "plan",
  modes: ["plan"],
  description:
    "Proposes the plan for the user's approval: steps, each with an id (a-z, 0-9, -), the role that does it, the files it may touch (globs from the root), the command that ends with 0 when it is done, and the steps it depends on. Steps that do not depend on each other run side by side and may not touch the same files, unless both say merges. Look at the project before you propose. " +
    `Roles: ${[...presets.values()].map(({ name, use }) => `${name} (${use})`).join(", ")}.`,
  input: Schema.Struct({ goal: Schema.String, steps: Schema.Array(Draft) }),
  prepare: ({ goal, steps }) =>
    Effect.gen(function* () {
      const found = steps.some(({ check }) => present(check) === "") ? yield* findChecks(yield* Workspace) : []
      const has = found.length === 0 ? [] : [`The project has: ${checkLines(found).join(", ")}.`]
      const missing = unchecked(steps)
      if (missing.length > 0) return yield* invalid([...missing, ...has].join("\n"))
      const plan = yield* Schema.decodeUnknown(Plan)({ goal: goal.trim(), steps: steps.map(stepOf) }).pipe(
        Effect.mapError((error) => invalid(error.message))
      )
      const { roles } = yield* ToolRun
      const problems = problemsOf(plan, roles)
      if (problems.length > 0) return yield* invalid(problems.join("\n"))
      const text = [...planLines(plan), ...bare(plan, has)].join("\n")
      const output = `The plan is proposed; the user decides. Say in a sentence what it comes to, and end.\n${text}`
      return { footprint: nothing, preview: text, run: Effect.succeed({ output, plan }) }
    })
})
