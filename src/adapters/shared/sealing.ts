/** How texts of sessions are sealed before they are stored, where the person wants that. */
import * as Effect from "effect/Effect"
import type { StoreFailed } from "../../ports/EventStore.ts"

/** Seals texts and opens them again; `place` is what a sealed text is bound to, so that none can stand elsewhere. */
export interface Sealing {
  /** The texts as they are to be stored: sealed where that is wanted. */
  readonly seal: (texts: ReadonlyArray<string>, place: string) => Effect.Effect<ReadonlyArray<string>, StoreFailed>
  /** The texts as they were; those that were never sealed stay. Fails where a sealed one cannot be opened. */
  readonly open: (texts: ReadonlyArray<string>, place: string) => Effect.Effect<ReadonlyArray<string>, StoreFailed>
}

/** What a sealed text begins with: no event and no title does. */
export const sealedMark = "\u0001sealed:"

/** Seals nothing. */
export const unsealed: Sealing = { seal: Effect.succeed, open: Effect.succeed }
