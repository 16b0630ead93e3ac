/** Working copies that nobody will go on with: their session is gone, or was an agent's whose work is over. */
import * as Effect from "effect/Effect"
import { EventStore, type SessionRow } from "../../ports/EventStore.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { SessionId } from "../model/Ids.ts"
import { stepOf } from "../session/evolvePlan.ts"
import { load } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"

/** Whether a session is done with an agent: it has said how that ended, or has no plan under way that needs it. */
export const isOver = (parent: SessionState, agent: SessionId): boolean => {
  const { ended, spawned } = parent.agents.get(agent) ?? {}
  if (spawned === undefined || ended !== undefined) return true
  // The try of a step is gone on with as long as its plan is; any other agent ends with the turn that began it.
  if (spawned.step !== undefined && parent.plan !== undefined)
    return parent.plan.status !== "approved" || stepOf(parent.plan, spawned.step).phase === "cancelled"
  return !parent.running || spawned.turn < parent.turn
}

const isLeft = (session: SessionId, rows: ReadonlyMap<SessionId, SessionRow>) =>
  Effect.gen(function* () {
    const row = rows.get(session)
    if (row === undefined) return true
    if (row.parent === undefined) return false
    if (!rows.has(row.parent)) return true
    return isOver(yield* load(row.parent), session)
  })

/** Drops the copies that are left over; one whose log cannot be read stays. Costs a listing where there are none. */
export const dropLeft = Effect.gen(function* () {
  const copies = yield* WorkingCopies
  const idle = yield* copies.idle
  if (idle.length === 0) return
  const rows = new Map((yield* (yield* EventStore).list).map((row) => [row.session, row]))
  for (const session of idle) {
    const left = yield* Effect.orElseSucceed(isLeft(session, rows), () => false)
    if (left) yield* copies.drop(session, rows.get(session)?.root ?? "/")
  }
})
