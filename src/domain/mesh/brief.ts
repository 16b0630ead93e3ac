/** What the agent of a step is told: its task, and of the rest only what the step needs. */
import { clip } from "../context/clip.ts"
import type { Step, StepId } from "../model/Plan.ts"
import { predecessors } from "../planner/graph.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", `## ${title}`, ...lines]

const oneLine = (text: string, most: number): string => clip(text.replace(/\s+/g, " "), most)

/** The steps whose outcome a step is told: those it depends on, or, where each hands over to the next, all that are done. */
const known = ({ plan, steps }: PlanState, step: Step, handsOver: boolean): ReadonlyArray<StepId> => {
  if (!handsOver) return step.dependsOn
  const later = new Set([...predecessors(plan.steps)].flatMap(([id, earlier]) => (earlier.has(step.id) ? [id] : [])))
  return plan.steps
    .map(({ id }) => id)
    .filter((id) => id !== step.id && !later.has(id) && steps.get(id)?.result !== undefined)
}

/** What a step is done with: why a try before came to nothing, whether each step hands over to the next, and who does it. */
export interface Briefing {
  readonly note?: string
  readonly handsOver?: boolean
  /** What is wrong is to be mended by somebody else than the step's own role. */
  readonly mends?: boolean
}

const bounds = ({ check, files }: Step): ReadonlyArray<string> => [
  files.length === 0
    ? "You change no files: look, and answer."
    : `You may change only: ${files.join(", ")}. What is needed beside that is a step of its own: propose it with the tool propose_step where you have it, else say so in your answer.`,
  "run" in check
    ? `You are done when this ends with 0: ${check.run}`
    : `No command shows that you are done (${check.none}): say in your answer how you know.`
]

/** The first prompt of a step's agent. */
export const briefOf = (
  state: PlanState,
  step: Step,
  { handsOver = false, mends = false, note }: Briefing = {}
): string =>
  [
    ...section("Your step", [step.title, ...(step.task === "" ? [] : [step.task])]),
    ...section("The goal that it serves", [clip(state.plan.goal, 2000)]),
    ...section(
      handsOver ? "Handed over to you" : "What was done before",
      known(state, step, handsOver).map((id) => `- ${id}: ${oneLine(stepOf(state, id).result ?? "", 600)}`)
    ),
    ...section("Good to know", step.inputs),
    ...section("Bounds", bounds(step)),
    ...(note === undefined ? [] : section("What went wrong before", [clip(note, 24_000)])),
    ...(mends ? ["", "Another agent did this step, and its work is in your files: find the cause and mend it."] : [])
  ]
    .join("\n")
    .trim()

/** What it is told when its check failed. */
export const failedCheck = (command: string, output: string): string =>
  `The check of your step failed: ${command}\n\n${clip(output, 8000)}\n\nMend the cause; do not weaken the check.`

/** What it is told when it changed files that are not its own. */
export const strayed = (paths: ReadonlyArray<string>, step: Step): string =>
  `You changed files that your step may not touch: ${paths.join(", ")}. It may change only: ${step.files.join(", ") || "none"}. Put the others back as they were.`

/** What it is told when whoever did its task died in the middle. */
export const goOn =
  "The program that did your step ended in the middle of it. Go on where you were. Where a call has no known outcome, look at what it did before you do it again."
