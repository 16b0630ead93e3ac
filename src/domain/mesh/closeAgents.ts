/** How an agent that works for another one comes to its end, also where its program died. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import type { SessionHandle } from "../session/Session.ts"
import { initial, type SessionState } from "../session/State.ts"
import { usedBy } from "../session/usedBy.ts"
import * as Staging from "../staging/Staging.ts"
import { agentEnd } from "./agentEnd.ts"

/** The outcome of an agent, by the state of its session. */
export const outcomeFact = (
  spawned: FactOf<"agent.spawned">,
  state: SessionState,
  end: Pick<FactOf<"agent.ended">, "result" | "reason">
): Fact => agentEnd(spawned, { ...usedBy(state), ...end, checks: state.checks.map(({ check }) => check) })

/** Gives up an agent's copy and what it changed; where nobody has said yet how it ended, it was stopped. */
export const givenUp = (above: SessionHandle, spawned: FactOf<"agent.spawned">, agent: Option.Option<SessionHandle>) =>
  Effect.gen(function* () {
    const state = Option.isSome(agent) ? yield* agent.value.state : initial(spawned.agent)
    const { agents, root } = yield* above.state
    if (agents.get(spawned.agent)?.ended === undefined)
      yield* above.record([outcomeFact(spawned, state, { result: "cancelled", reason: "it was stopped" })])
    const paths = Staging.waiting(state).map(({ path }) => path)
    if (Option.isSome(agent) && paths.length > 0) yield* agent.value.record([{ type: "changes.discarded", paths }])
    yield* (yield* WorkingCopies).drop(spawned.agent, root)
  }).pipe(Effect.ignoreLogged)

/** Closes what agents a dead program left at work for the calls of a session: each is stopped, and its copy dropped. */
export const closeAgents = <E, R>(
  handle: SessionHandle,
  open: (id: SessionId) => Effect.Effect<SessionHandle, E, R | Scope.Scope>
) =>
  Effect.gen(function* () {
    const { agents } = yield* handle.state
    for (const { ended, spawned } of agents.values())
      if (ended === undefined && spawned.call !== undefined)
        yield* Effect.scoped(
          Effect.flatMap(Effect.option(open(spawned.agent)), (agent) => givenUp(handle, spawned, agent))
        )
  })
