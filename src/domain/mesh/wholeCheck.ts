/** The checks of all steps once more, over all that was merged: steps that hold alone may not hold together. */
import * as Effect from "effect/Effect"
import type { Plan, Step, StepId } from "../model/Plan.ts"
import type { PlanState } from "../session/PlanState.ts"
import * as Staging from "../staging/Staging.ts"
import { checked } from "./evidence.ts"
import { blameText, guilty } from "./guilty.ts"
import { type PlanRun, planOf } from "./PlanRun.ts"

/** A check that fails over all steps, and whom that is traced to. */
export interface Fault {
  readonly command: string
  readonly output: string
  readonly step?: StepId
  readonly blame: string
}

const commandsOf = ({ steps }: Plan): ReadonlyArray<string> => [
  ...new Set(steps.flatMap(({ check }) => ("run" in check ? [check.run] : [])))
]

/** Runs all checks over the whole; what fails is traced to the step with which it first fails. */
export const wholeCheck = (run: PlanRun) =>
  Effect.gen(function* () {
    const { plan } = yield* planOf(run)
    const faults: Array<Fault> = []
    for (const command of commandsOf(plan)) {
      const state = yield* run.handle.state
      const { config, options } = run
      const at = { session: state.id, root: state.root, changes: Staging.waiting(state), rules: options.rules ?? [] }
      const record = yield* checked({ ...at, command, config })
      yield* run.handle.record([record])
      if (record.ok) continue
      const blame = yield* guilty(run, plan, command)
      const { output } = record
      faults.push({
        command,
        output,
        blame: blameText(command, blame),
        ...(blame.step === undefined ? {} : { step: blame.step })
      })
    }
    return faults
  })

/** How many steps are added to mend what does not hold together, before a plan is given up. */
const mostMends = 2

const isMend = ({ id }: Step): boolean => /^mend-\d+$/.test(id)

/** The plan with a step more, which mends what does not hold together; none where that was tried often enough. */
export const withMend = ({ plan }: PlanState, { blame, command, output, step }: Fault): Step | undefined => {
  const count = plan.steps.filter(isMend).length
  if (count >= mostMends) return undefined
  const guiltyStep = plan.steps.find(({ id }) => id === step)
  const files = guiltyStep?.files ?? [...new Set(plan.steps.flatMap((one) => one.files))]
  return {
    id: `mend-${count + 1}`,
    title: `Make ${command} pass over all steps`,
    task: `Each step passed its own check, and together they do not. ${blame}`,
    role: "debugger",
    inputs: [`The end of its output:\n${output}`],
    files,
    check: { run: command },
    dependsOn: plan.steps.map(({ id }) => id)
  }
}
