/** News that something changed, for those who would otherwise ask again and again. */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/** How news get around. They may be lost, so that who waits looks again by himself each second. */
export interface Wake {
  /** Something changed. */
  readonly ping: Effect.Effect<void>
  /** From now on each run of the inner effect ends with the next news, or after a second. */
  readonly news: Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
}

/** How long news are waited for before one looks all the same. */
const patience = "1 second"

/** News within this process. */
export const localWake: Effect.Effect<Wake> = Effect.map(PubSub.sliding<void>(1), (hub) => ({
  ping: Effect.asVoid(PubSub.publish(hub, undefined)),
  // Also where nothing is interrupted: this is no more than waiting.
  news: Effect.map(PubSub.subscribe(hub), (queue) =>
    Effect.interruptible(Effect.asVoid(Effect.timeoutOption(Queue.take(queue), patience)))
  )
}))
