/** Two effects side by side, of which the first to end counts. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * The first to end, well or not; when it is known, both have ended, also where both were interrupted: what comes after does
 * not run beside what is left of them. (`Effect.raceFirst` that is interrupted waits for neither.)
 */
export const raced = <A, E, R, A2, E2, R2>(one: Effect.Effect<A, E, R>, other: Effect.Effect<A2, E2, R2>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const fibers = [yield* Effect.fork(restore(one)), yield* Effect.fork(restore(other))] as const
      const exit = yield* Effect.exit(restore(Effect.raceFirst(Fiber.join(fibers[0]), Fiber.join(fibers[1]))))
      yield* Fiber.interruptAll(fibers)
      return yield* exit
    })
  )
