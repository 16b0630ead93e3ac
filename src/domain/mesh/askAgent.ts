/** Asks an agent of a role something, in a session of its own that only looks: for a plan's coordinator, reviewer, peers and judges. */
import * as Effect from "effect/Effect"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { runTurns } from "../agent/carryOut.ts"
import { rulesOf } from "../agent/turnWorld.ts"
import type { TurnOptions } from "../model/Command.ts"
import type { FactOf } from "../model/Event.ts"
import { freshSessionId } from "../model/Ids.ts"
import { begin } from "../session/begin.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { agentEnd } from "./agentEnd.ts"
import { lastWords } from "./lastWords.ts"
import type { PlanRun } from "./PlanRun.ts"
import { agentTime } from "./taskOf.ts"

/** Whom to ask, and what. */
export interface Asking {
  readonly role: string
  /** Its name among the agents of the plan: `reviewer`, `peer-2`. */
  readonly name: string
  readonly text: string
}

/** What an agent answered; why not, where it did not. */
export type Answered = { readonly text: string } | { readonly failed: string }

const ended = ({ calls, last, usage }: SessionState, spawned: FactOf<"agent.spawned">) => {
  const result = last?.status === "done" ? "done" : last?.status === "interrupted" ? "cancelled" : "failed"
  const reason = result === "done" ? {} : { reason: last?.error?.message ?? "it was stopped" }
  return agentEnd(spawned, { calls, usage, checks: [], result, ...reason })
}

/** It sees the project as it will be; it has no other tools than those that look. */
const looking = ({ config, options }: PlanRun, role: string): TurnOptions => ({
  mode: role,
  apply: "stage",
  attended: false,
  within: {
    base: "plan",
    tools: ["read", "ls", "glob", "grep"],
    rules: [...rulesOf(config), ...(options.rules ?? [])]
  }
})

const prompted = (run: PlanRun, agent: SessionHandle, { role, text }: Asking) =>
  Effect.gen(function* () {
    const plan = yield* run.handle.state
    const staged = Staging.waiting(plan)
    if (staged.length > 0) yield* (yield* WorkingCopies).merge(agent.id, plan.root, staged, "copy")
    const limits = { timeout: agentTime(run.config) }
    yield* agent.record(begin(yield* agent.state, [{ type: "text", text }], limits))
    yield* runTurns(agent, looking(run, role), run.choices)
    const state = yield* agent.state
    const said = lastWords(state)
    return state.last?.status === "done" && said !== ""
      ? { text: said }
      : { failed: state.last?.error?.message ?? "it gave no answer" }
  })

const asked = (run: PlanRun, asking: Asking) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { id: session, model, root, turn } = yield* run.handle.state
      const id = yield* freshSessionId
      const { name, role } = asking
      const path = [name === role ? name : `${name} (${role})`]
      const agent = yield* run.sessions.begin({ id, title: name, root, model, parent: { session, role, path } })
      const spawned: FactOf<"agent.spawned"> = { type: "agent.spawned", turn, agent: id, role, model, path }
      yield* run.handle.record([spawned])
      const copies = yield* WorkingCopies
      const over = Effect.flatMap(agent.state, (state) => run.handle.record([ended(state, spawned)]))
      return yield* Effect.ensuring(
        prompted(run, agent, asking),
        Effect.zipRight(Effect.ignore(over), Effect.ignore(copies.drop(id, root)))
      )
    })
  )

/** Asks; an agent that cannot answer is no reason for the plan to fail, and what it used is said. */
export const askAgent = (run: PlanRun, asking: Asking) =>
  Effect.catchAll(asked(run, asking), (error) => Effect.succeed<Answered>({ failed: error.message }))
