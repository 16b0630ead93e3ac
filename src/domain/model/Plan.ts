/** A plan: the steps towards a goal, who does each, which files it may touch, and how it is shown to be done. */
import * as Schema from "effect/Schema"
import { Limits } from "./Limits.ts"

/** A step's name in its plan, short and stable: `api`, `home-page`, `6`. */
export const StepId = Schema.String.pipe(Schema.pattern(/^[a-z0-9][a-z0-9_.-]{0,39}$/))
/** A step's name in its plan. */
export type StepId = typeof StepId.Type

/** Which try of something it is, from 1. */
export const Attempt = Schema.Int.pipe(Schema.positive())

/**
 * How the steps of a plan are given to agents. `hierarchical`: each to its role, and a coordinator decides about what fails;
 * `pipeline`: one after the other, with what all before came to; `mesh`: peers claim what is ready, and talk; `swarm`: several
 * candidates for each step, of which one is chosen.
 */
export const Strategy = Schema.Literal("hierarchical", "pipeline", "mesh", "swarm")
/** How the steps of a plan are given to agents. */
export type Strategy = typeof Strategy.Type

/** How a step is shown to be done: a command that ends with 0, or why no command can show it. */
export const Check = Schema.Union(
  Schema.Struct({ run: Schema.NonEmptyTrimmedString }),
  Schema.Struct({ none: Schema.NonEmptyTrimmedString })
)
/** How a step is shown to be done. */
export type Check = typeof Check.Type

/** One step of a plan. */
export const Step = Schema.Struct({
  id: StepId,
  title: Schema.NonEmptyTrimmedString,
  /** What is to be done, for the agent that does it. */
  task: Schema.String,
  /** The role that does it: `coder`, `tester`, … */
  role: Schema.NonEmptyTrimmedString,
  /** What it needs to know of the steps before it and of the project. */
  inputs: Schema.Array(Schema.String),
  /** The files that it may touch, as globs from the root; none: it only reads. */
  files: Schema.Array(Schema.NonEmptyTrimmedString),
  check: Check,
  budget: Schema.optional(Limits),
  dependsOn: Schema.Array(StepId),
  /** It may touch what a step beside it touches: their changes are merged. */
  merges: Schema.optional(Schema.Boolean),
  /** An agent found that it is needed; it waits for a person's yes. */
  proposedBy: Schema.optional(Schema.String)
})
/** One step of a plan. */
export type Step = typeof Step.Type

/** The steps towards a goal; their order is that in which what they did is merged. */
export const Plan = Schema.Struct({ goal: Schema.NonEmptyTrimmedString, steps: Schema.Array(Step) })
/** The steps towards a goal. */
export type Plan = typeof Plan.Type
