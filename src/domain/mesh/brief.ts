/** What the agent of a step is told: its role, its task, and of the rest only what the step needs. */
import { clip } from "../context/clip.ts"
import type { Step } from "../model/Plan.ts"
import { presets } from "../planner/roles.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", `## ${title}`, ...lines]

/** The first prompt of a step's agent. */
export const briefOf = (state: PlanState, step: Step): string =>
  [
    presets.get(step.role)?.prompt ?? "",
    ...section("Your step", [step.title, ...(step.task === "" ? [] : [step.task])]),
    ...section("The goal that it serves", [clip(state.plan.goal, 2000)]),
    ...section(
      "What was done before",
      step.dependsOn.map((id) => `- ${id}: ${clip((stepOf(state, id).result ?? "").replace(/\s+/g, " "), 600)}`)
    ),
    ...section("Good to know", step.inputs),
    ...section("Bounds", [
      step.files.length === 0
        ? "You change no files: look, and answer."
        : `You may change only: ${step.files.join(", ")}. Work outside of that is a step of its own: say in your answer that it is needed.`,
      "run" in step.check
        ? `You are done when this ends with 0: ${step.check.run}`
        : `No command shows that you are done (${step.check.none}): say in your answer how you know.`
    ])
  ]
    .join("\n")
    .trim()

/** What it is told when its check failed. */
export const failedCheck = (command: string, output: string): string =>
  `The check of your step failed: ${command}\n\n${clip(output, 8000)}\n\nMend the cause; do not weaken the check.`

/** What it is told when it changed files that are not its own. */
export const strayed = (paths: ReadonlyArray<string>, step: Step): string =>
  `You changed files that your step may not touch: ${paths.join(", ")}. It may change only: ${step.files.join(", ") || "none"}. Put the others back as they were.`
