/** A try of a step as plain data: all that whoever does it needs. */
import * as Option from "effect/Option"
import type { Task } from "../../ports/TaskEngine.ts"
import { type Role, roleNamed } from "../context/role.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import { durationOf } from "../model/Duration.ts"
import type { SessionId } from "../model/Ids.ts"
import type { Step } from "../model/Plan.ts"
import type { Rule } from "../model/Rule.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { briefOf } from "./brief.ts"

/** Milliseconds that an agent may take for an answer and all it does for it, where nobody says otherwise. */
const usualTime = 300_000

/** How often a step is begun again after a try that failed, where its role does not say. */
const usualRestart = 1

/** Milliseconds that an agent may take for an answer. */
export const agentTime = ({ agents }: Config): number => durationOf(agents?.timeout ?? "") ?? usualTime

const readOnly = (config: Config, role: string): boolean =>
  Option.exists(roleNamed(config, role), (one: Role) => one.readOnly)

/** How many tries a step has: one, and as many more as its role may be begun again. */
export const triesOf = (config: Config, { role }: Step): number =>
  1 +
  Option.getOrElse(
    Option.map(roleNamed(config, role), ({ restart }) => restart ?? usualRestart),
    () => usualRestart
  )

/** Whether the next try mends what the one before left: then a debugger does it, and begins with that. */
export const mends = (config: Config, state: PlanState, step: Step): boolean =>
  stepOf(state, step.id).left.length > 0 && !readOnly(config, step.role)

/** Who does the next try of a step. */
export const doerOf = (config: Config, state: PlanState, step: Step): string =>
  mends(config, state, step) ? "debugger" : step.role

/** One try, before it begins. */
export interface Try {
  readonly step: Step
  readonly agent: SessionId
  readonly attempt: number
  readonly candidate?: number
  readonly handsOver: boolean
  /** The peer that claimed it. */
  readonly by?: string
}

/** The name of an agent among those of its plan. */
export const agentName = ({ by, candidate, step }: Pick<Try, "by" | "candidate" | "step">): string =>
  [step.id, ...(candidate === undefined ? [] : [candidate])].join("/") + (by === undefined ? "" : ` by ${by}`)

/** What an agent of a plan may do: what the plan may, in its role, and what a person allowed there for always. */
const optionsOf = (
  role: string,
  { attended, rules = [], yes }: TurnOptions,
  added: ReadonlyArray<Rule>
): TurnOptions => ({
  mode: role,
  apply: "stage",
  attended: attended ?? false,
  ...(rules.length + added.length === 0 ? {} : { rules: [...rules, ...added] }),
  ...(yes === undefined ? {} : { yes })
})

/** A try as a task. What was merged so far is what it begins with. */
export const taskOf = (
  session: SessionState,
  state: PlanState,
  one: Try,
  { config, options }: { readonly config: Config; readonly options: TurnOptions }
): Task => {
  const { agent, attempt, candidate, handsOver, step } = one
  const { left, result } = stepOf(state, step.id)
  const mending = mends(config, state, step)
  const role = doerOf(config, state, step)
  const which = { step: step.id, attempt, ...(candidate === undefined ? {} : { candidate }) }
  const note = attempt > 1 && result !== undefined ? { note: result } : {}
  return {
    plan: session.id,
    ...which,
    agent,
    parent: { session: session.id, role, path: [`${agentName(one)} (${role})`], ...which },
    root: session.root,
    model: Option.getOrElse(
      Option.flatMapNullable(roleNamed(config, role), ({ model }) => model),
      () => session.model
    ),
    what: step,
    brief: briefOf(state, step, { ...note, handsOver, mends: mending }),
    options: optionsOf(role, options, session.rules),
    limits: { timeout: agentTime(config), ...step.budget },
    staged: Staging.waiting(session),
    inherits: mending ? left : []
  }
}
