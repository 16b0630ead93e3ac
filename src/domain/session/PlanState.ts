/** What is known of a session's plan: how it stands, and how far each of its steps is. */
import type { Change } from "../model/Change.ts"
import type { FactOf } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"
import type { Usage } from "../model/Message.ts"
import type { Plan, StepId, Strategy } from "../model/Plan.ts"

/** An agent that works for a session: how it began, and how it ended where it has. */
export interface AgentState {
  readonly spawned: FactOf<"agent.spawned">
  readonly ended?: FactOf<"agent.ended">
}

/** How far a step is. */
export interface StepState {
  readonly phase: "waiting" | "running" | "verified" | "unverified" | "failed" | "cancelled"
  /** How often it was begun. */
  readonly attempts: number
  /** The session that does it, or did. */
  readonly agent?: SessionId
  /** What it says of itself, or why it came to nothing. */
  readonly result?: string
  /** What a try that failed left, to be mended by the next one. */
  readonly left: ReadonlyArray<Change>
  /** Of all tries together. */
  readonly usage: Usage
}

/** A session's plan, as its events tell it. */
export interface PlanState {
  readonly plan: Plan
  /** How it is carried out, or was last. */
  readonly strategy?: Strategy
  readonly status: "proposed" | "approved" | "done" | "failed" | "rejected" | "cancelled"
  readonly steps: ReadonlyMap<StepId, StepState>
}
