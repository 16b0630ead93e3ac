/** Who writes to a session, across processes: told by host, process and its start, which no later process shares. */
import type * as Effect from "effect/Effect"

/** A process that may hold a lease. */
export interface Holder {
  readonly host: string
  readonly pid: number
  /** When it started, spelled so that a reused process id differs. */
  readonly started: string
}

/** This process, and what became of others. */
export interface Holders {
  readonly self: Holder
  /** `unknown`: it lives, or lived, where this process cannot look. */
  readonly fate: (holder: Holder) => Effect.Effect<"alive" | "dead" | "unknown">
}

/** Milliseconds of silence after which a holder that cannot be looked at is taken for dead; its token still bars it. */
export const silence = 15 * 60_000
