/** What a log says was spent: by day, model and role, so that no log has to be read to know it. Pure. */
import type { Outcomes, Spent } from "../../ports/EventStore.ts"
import type { Event, FactOf } from "../model/Event.ts"
import { addUsage, noUsage } from "../model/Message.ts"

/** With what the next call is made, as far as a log was read. */
export interface Meter {
  readonly model: string
  readonly role: string
}

/** The meter before the first event. */
export const noMeter: Meter = { model: "", role: "" }

/** What events add to what was spent before them; `anew`, they replace it: a copied log was paid for where it was copied from. */
export interface Metered {
  readonly meter: Meter
  readonly anew: boolean
  readonly spent: ReadonlyArray<Spent>
}

const turnTo = (meter: Meter, event: Event): Meter => {
  switch (event.type) {
    case "turn.started":
      return { model: event.model, role: event.mode }
    case "model.requested":
      return { ...meter, model: event.model }
    case "model.switched":
      return { ...meter, model: event.to }
    default:
      return meter
  }
}

type Item = Partial<Pick<Spent, "model" | "role" | "turns" | "calls" | "usage" | "outcomes">>

/** What a session's log says of an agent's end. What it used is told by its own log. */
const outcomeOf = ({ checks, model, result, role }: FactOf<"agent.ended">): Item => {
  const failed = result === "failed" || result === "cancelled" ? 1 : 0
  const outcomes = {
    done: 1 - failed,
    verified: result === "verified" ? 1 : 0,
    failed,
    passed: checks.passed,
    broken: checks.failed
  }
  return { model, role, outcomes }
}

/** One of several answers, or a vote; the turn's own model was asked by the request itself. */
const answerOf = ({ candidate, usage, vote }: FactOf<"model.answered">, meter: Meter): Item => {
  const model = candidate?.model ?? vote?.by
  if (model === undefined || candidate?.model === meter.model) return { usage }
  return { model, role: "ensemble", calls: 1, usage }
}

const itemOf = (event: Event, meter: Meter): Item | undefined => {
  switch (event.type) {
    case "turn.started":
      return { turns: 1 }
    case "model.requested":
      return { calls: 1 }
    case "model.answered":
      return answerOf(event, meter)
    case "model.retried":
      // A request that is too long is made anew: that counts itself.
      return { calls: event.kind === "too_long" ? 0 : 1, usage: event.usage ?? noUsage }
    case "session.compacted":
      return event.usage === undefined ? undefined : { role: "compaction", calls: 1, usage: event.usage }
    case "session.titled":
      return event.usage === undefined || event.model === undefined
        ? undefined
        : { model: event.model, role: "title", calls: 1, usage: event.usage }
    case "agent.ended":
      return outcomeOf(event)
    case "budget.settled":
      return event.exact ? undefined : { usage: event.usage }
    default:
      return undefined
  }
}

/** Outcomes of more agents. */
export const addOutcomes = (a: Outcomes, b: Outcomes): Outcomes => ({
  done: a.done + b.done,
  verified: a.verified + b.verified,
  failed: a.failed + b.failed,
  passed: a.passed + b.passed,
  broken: a.broken + b.broken
})

/** No agent has ended. */
export const noOutcomes: Outcomes = { done: 0, verified: 0, failed: 0, passed: 0, broken: 0 }

const plus = (before: Spent, { calls = 0, outcomes, turns = 0, usage = noUsage }: Item): Spent => ({
  ...before,
  turns: before.turns + turns,
  calls: before.calls + calls,
  usage: addUsage(before.usage, usage),
  ...(outcomes === undefined ? {} : { outcomes: addOutcomes(before.outcomes ?? noOutcomes, outcomes) })
})

/** What these events add, from the meter before them. */
export const meteredBy = (before: Meter, events: Iterable<Event>): Metered => {
  let meter = before
  let anew = false
  const rows = new Map<string, Spent>()
  for (const event of events) {
    meter = turnTo(meter, event)
    if (event.type === "session.forked") {
      anew = true
      rows.clear()
    }
    const item = itemOf(event, meter)
    if (item === undefined) continue
    const at = { day: event.at.slice(0, 10), model: item.model ?? meter.model, role: item.role ?? meter.role }
    const key = `${at.day} ${at.role} ${at.model}`
    rows.set(key, plus(rows.get(key) ?? { ...at, turns: 0, calls: 0, usage: noUsage }, item))
  }
  return { meter, anew, spent: [...rows.values()] }
}
