/** Does tasks: an agent's turns in its own session and copy, each begun from what its log says is next. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ShellGrammar } from "../../ports/ShellGrammar.ts"
import { keyOf, type Outcome, type Task, type TaskTurn, type TaskWorker } from "../../ports/TaskEngine.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { runTurns, type SubmitError, type TurnChoices } from "../agent/carryOut.ts"
import { Settings, type SettingsOptions } from "../config/Settings.ts"
import type { Decision } from "../model/Command.ts"
import type { SessionId } from "../model/Ids.ts"
import { noUsage } from "../model/Message.ts"
import { begin } from "../session/begin.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { usedBy } from "../session/usedBy.ts"
import * as Staging from "../staging/Staging.ts"
import { ownAccount } from "./allowance.ts"
import { checked } from "./evidence.ts"
import { furnish } from "./furnish.ts"
import { lastWords } from "./lastWords.ts"
import { type TaskMove, taskMove } from "./taskMove.ts"

/** What the process that carries a plan out gives its agents: who pays, whom they work with, who answers their questions. */
export interface Company {
  readonly choices: TurnChoices
  /** Runs beside an agent's turns, for as long as they run. */
  readonly beside: (task: Task, agent: SessionHandle) => Effect.Effect<TurnChoices, never, Scope.Scope | ShellGrammar>
}

/** How tasks reach the sessions of this process. */
export interface TaskHouse {
  /** The agent's session, begun where it is not there yet; open until the scope closes. */
  readonly agent: (task: Task) => Effect.Effect<SessionHandle, SubmitError, Scope.Scope>
  /** The plan that this process carries out, where the task is of one. */
  readonly company: (plan: SessionId) => Company | undefined
  /** Gives the agent's session up, where another process is to write to it next. */
  readonly leave: (task: Task) => Effect.Effect<void>
  readonly decide: (agent: SessionId, decision: Decision) => Effect.Effect<unknown, SubmitError>
  readonly choices: SettingsOptions
}

/** What an agent's session says of its task's end. */
const outcomeOf = (task: Task, state: SessionState, end: Pick<Outcome, "status" | "reason" | "changes">): Outcome => ({
  ...keyOf(task),
  agent: task.agent,
  ...end,
  result: lastWords(state),
  checks: state.checks.map(({ check }) => check),
  ...usedBy(state)
})

/** A task whose agent's session could not even be written. */
const nothing = (task: Task, error: { readonly message: string }): Outcome => ({
  ...keyOf(task),
  agent: task.agent,
  status: "failed",
  reason: error.message,
  result: "",
  changes: [],
  checks: [],
  usage: noUsage,
  calls: 0
})

/** The agent's copy begins with what was merged so far; what it is to mend is its own. */
const furnished = (task: Task, agent: SessionHandle) =>
  Effect.gen(function* () {
    const { inherits, staged } = task
    const { turn } = yield* agent.state
    if (turn > 0) return
    const copies = yield* WorkingCopies
    yield* furnish(agent.id, task.root, staged)
    if (inherits.length === 0) return
    const merged = yield* copies.merge(agent.id, task.root, inherits, "copy")
    const already = Staging.waiting(yield* agent.state).length > 0
    if (merged.ok && !already) yield* agent.record([{ type: "changes.staged", turn: 1, changes: merged.changes }])
  })

const prompted = (task: Task, agent: SessionHandle, text: string, choices: TurnChoices) =>
  Effect.gen(function* () {
    yield* agent.record(begin(yield* agent.state, [{ type: "text", text }], task.limits))
    yield* runTurns(agent, task.options, choices)
  })

const check = (task: Task, agent: SessionHandle, move: Extract<TaskMove, { type: "check" }>, choices: TurnChoices) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* Settings).load(task.root, choices)
    const { command, changes } = move
    const at = { session: agent.id, root: task.root, rules: task.options.rules ?? [], step: task.step }
    yield* agent.record([yield* checked({ ...at, command, changes, config })])
  })

/** What an agent has whose plan is carried out in another process: the settings here, and what it was allotted. */
const alone = ({ choices }: TaskHouse, { allowance }: Task, agent: SessionHandle) =>
  Effect.gen(function* () {
    if (allowance === undefined) return choices
    return { ...choices, account: yield* ownAccount(allowance, yield* agent.state) }
  })

/** One turn: a prompt, what it comes to, and its check; or the end, where the log says that there is no more to do. */
const turn = (house: TaskHouse, task: Task) =>
  Effect.gen(function* () {
    const agent = yield* house.agent(task)
    yield* furnished(task, agent)
    const company = house.company(task.plan)
    const choices = company === undefined ? yield* alone(house, task, agent) : yield* company.beside(task, agent)
    for (let asked = false; ; ) {
      const state = yield* agent.state
      const move = taskMove(state, task)
      if (move.type === "end") {
        const { changes, reason, status } = move
        const end = { status, changes, ...(reason === undefined ? {} : { reason }) }
        return { type: "ended", outcome: outcomeOf(task, state, end) } satisfies TaskTurn
      }
      if (move.type === "check") yield* check(task, agent, move, choices)
      else if (asked) return { type: "again" } satisfies TaskTurn
      else {
        asked = true
        // Where nobody passes its questions on, nobody is there to be asked.
        const options = company === undefined ? { ...task.options, attended: false } : task.options
        yield* prompted({ ...task, options }, agent, move.text, choices)
      }
    }
  }).pipe(
    Effect.scoped,
    Effect.ensuring(house.leave(task)),
    Effect.catchAll((error) => Effect.succeed<TaskTurn>({ type: "ended", outcome: nothing(task, error) }))
  )

const cancelled = (house: TaskHouse, task: Task) =>
  Effect.flatMap(house.agent(task), ({ state }) =>
    Effect.map(state, (found) => outcomeOf(task, found, { status: "cancelled", changes: Staging.waiting(found) }))
  ).pipe(
    Effect.scoped,
    Effect.ensuring(house.leave(task)),
    Effect.catchAll((error) => Effect.succeed<Outcome>({ ...nothing(task, error), status: "cancelled" }))
  )

/** All that doing tasks needs. */
type Needs = Effect.Effect.Context<ReturnType<typeof turn>> | Effect.Effect.Context<ReturnType<typeof cancelled>>

/** Does tasks in the sessions of this process. */
export const taskWorker = (house: TaskHouse): Effect.Effect<TaskWorker, never, Needs> =>
  Effect.map(Effect.context<Needs>(), (context) => ({
    turn: (task) => Effect.provide(turn(house, task), context),
    cancelled: (task) => Effect.provide(cancelled(house, task), context),
    decided: (task, decision) => Effect.ignore(house.decide(task.agent, decision))
  }))
