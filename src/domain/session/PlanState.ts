/** What is known of a session's plan: how it stands, and how far each of its steps is. */
import type { SessionId } from "../model/Ids.ts"
import type { Usage } from "../model/Message.ts"
import type { Plan, StepId } from "../model/Plan.ts"

/** How far a step is. */
export interface StepState {
  readonly phase: "waiting" | "running" | "verified" | "unverified" | "failed" | "cancelled"
  /** How often it was begun. */
  readonly attempts: number
  /** The session that does it, or did. */
  readonly agent?: SessionId
  /** What it says of itself, or why it came to nothing. */
  readonly result?: string
  /** Of all tries together. */
  readonly usage: Usage
}

/** A session's plan, as its events tell it. */
export interface PlanState {
  readonly plan: Plan
  readonly status: "proposed" | "approved" | "done" | "failed" | "rejected" | "cancelled"
  readonly steps: ReadonlyMap<StepId, StepState>
}
