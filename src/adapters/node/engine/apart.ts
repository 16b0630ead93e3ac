/** What an engine starts for itself is started where it can be ended. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * In a fiber of its own: those that the engine starts for itself could not be ended where they had it from their maker
 * that they are not interrupted, as what a plan does at its end has.
 */
export const apart = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) =>
    Effect.onInterrupt(Fiber.join(fiber), () => Fiber.interrupt(fiber))
  )
