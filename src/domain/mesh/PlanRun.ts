/** A plan that is carried out here: what all its parts share, and how its agents' sessions are reached. */
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { TaskEngine } from "../../ports/TaskEngine.ts"
import type { SubmitError, TurnChoices } from "../agent/carryOut.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import type { Fact } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import type { Parent } from "../model/MeshFacts.ts"
import type { ModelName } from "../model/Model.ts"
import type { Plan, StepId, Strategy } from "../model/Plan.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { Team } from "./team.ts"

/** An agent's session that begins. */
export interface Newcomer {
  readonly id: SessionId
  readonly title: string
  readonly root: string
  readonly model: ModelName
  readonly parent: Parent
}

/** The sessions of agents, each open until the scope closes. */
export interface AgentSessions {
  /** Begins one; where it was begun before, opens it, and what was cut in it is closed. */
  readonly begin: (newcomer: Newcomer) => Effect.Effect<SessionHandle, SubmitError, Scope.Scope>
  /** Begins one for whoever does its work, here or elsewhere: it can be followed, and nobody has it open. */
  readonly announce: (newcomer: Newcomer) => Effect.Effect<void, SubmitError>
  readonly open: (id: SessionId) => Effect.Effect<SessionHandle, SubmitError, Scope.Scope>
}

/** A plan that is carried out. */
export interface PlanRun {
  /** The session that holds the plan; what the steps do is merged into its copy. */
  readonly handle: SessionHandle
  readonly config: Config
  readonly options: TurnOptions
  readonly strategy: Strategy
  /** What every agent is told of the settings, and the budget that all of them share. */
  readonly choices: TurnChoices
  readonly engine: TaskEngine["Type"]
  /** Those who work on it, and what they tell each other. */
  readonly team: Team
  readonly sessions: AgentSessions
}

/** The plan as it stands. */
export const planOf = ({ handle }: Pick<PlanRun, "handle">): Effect.Effect<PlanState, WriteError> =>
  Effect.flatMap(handle.state, ({ plan }) =>
    plan === undefined ? Effect.dieMessage("a plan is carried out that nobody proposed") : Effect.succeed(plan)
  )

/** Records what is said of a step, unless the person has cancelled it meanwhile; answers whether it is in the log. */
export const recordOf = ({ handle }: Pick<PlanRun, "handle">, step: StepId, facts: ReadonlyArray<Fact>) =>
  Effect.gen(function* () {
    for (;;) {
      const { seq } = yield* handle.state
      if (stepOf(yield* planOf({ handle }), step).phase === "cancelled") return false
      if ((yield* handle.record(facts, seq)).length > 0) return true
    }
  })

/** What a change makes of a plan, and in words what it is; nothing where there is nothing to change. */
export interface PlanUpdate {
  readonly plan: Plan
  readonly what: string
}

/** Changes the plan while it is carried out, on what it is at that very moment; answers what was changed. */
export const updatePlan = <E>(
  { handle }: Pick<PlanRun, "handle">,
  change: (state: PlanState) => Either.Either<PlanUpdate | undefined, E>
) =>
  Effect.gen(function* () {
    for (;;) {
      const { seq } = yield* handle.state
      const update = yield* change(yield* planOf({ handle }))
      if (update === undefined) return undefined
      const recorded = yield* handle.record([{ type: "plan.updated", ...update }], seq)
      if (recorded.length > 0) return update
    }
  })
