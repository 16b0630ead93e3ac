/** A plan as lines that people and models read. */
import type { Plan, Step } from "../model/Plan.ts"

const checked = ({ check }: Step): string => ("run" in check ? `check: ${check.run}` : `no check: ${check.none}`)

/** One step: its number, role and title, then what it touches, how it is checked and what it waits for. */
const stepLines = (step: Step, index: number): ReadonlyArray<string> => [
  `${index + 1}. ${step.id} [${step.role}] ${step.title}`,
  `   ${[
    step.files.length === 0 ? "reads only" : `files: ${step.files.join(", ")}`,
    checked(step),
    ...(step.dependsOn.length === 0 ? [] : [`after: ${step.dependsOn.join(", ")}`])
  ].join(" · ")}`
]

/** The plan, two lines a step. */
export const planLines = ({ steps }: Plan): ReadonlyArray<string> => steps.flatMap(stepLines)
