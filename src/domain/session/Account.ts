/** A budget that agents share: reserving is atomic over the whole tree, and what is held is given back however a call ends. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as STM from "effect/STM"
import * as TRef from "effect/TRef"
import type { Allowance } from "../model/Limits.ts"
import {
  type Amount,
  amountOf,
  type Exhausted,
  hold,
  nothingSpent,
  type Purse,
  type Reservation,
  reserve,
  settle,
  type Wish
} from "./ledger.ts"

/** A budget that agents share. */
export interface Account {
  /**
   * Holds what a call may use until the scope closes; then `used` says what it did use, also of a call that failed or was
   * interrupted. Waits while calls on their way hold what it needs.
   */
  readonly hold: (wish: Wish, used: Effect.Effect<Amount>) => Effect.Effect<Reservation, Exhausted, Scope.Scope>
  /** A budget within this one: every call is paid from both. */
  readonly child: (of: string, allows: Allowance) => Effect.Effect<Account>
  /** This purse and those above it as they stand, the innermost first. */
  readonly purses: Effect.Effect<ReadonlyArray<Purse>>
}

const make = (purse: Purse, above: ReadonlyArray<TRef.TRef<Purse>>): Effect.Effect<Account> =>
  Effect.gen(function* () {
    const chain = [yield* TRef.make(purse), ...above]
    const purses = STM.all(chain.map(TRef.get))
    const update = (change: (purse: Purse) => Purse) =>
      STM.forEach(chain, (one) => TRef.update(one, change), { discard: true })
    return {
      hold: (wish, used) =>
        Effect.suspend(() => {
          // Known before anybody is told of it, so that an interruption right then gives it back as well.
          let held: Amount | undefined
          const take = STM.flatMap(purses, (all) =>
            Either.match(reserve(all, wish), {
              onLeft: (why) => (why === "wait" ? STM.retry : STM.fail(why)),
              onRight: (it) =>
                STM.map(
                  update((one) => hold(one, amountOf(it.usage))),
                  () => {
                    held = amountOf(it.usage)
                    return it
                  }
                )
            })
          )
          const give = Effect.suspend(() => {
            const amount = held
            held = undefined
            if (amount === undefined) return Effect.void
            return Effect.flatMap(used, (actual) => STM.commit(update((one) => settle(one, amount, actual))))
          })
          return Effect.acquireReleaseInterruptible(STM.commit(take), () => give)
        }),
      child: (of, allows) => make({ of, allows, spent: nothingSpent, held: nothingSpent }, chain),
      purses: STM.commit(purses)
    }
  })

/** A budget of its own, of which `spent` is spent already. */
export const openAccount = (of: string, allows: Allowance, spent: Amount = nothingSpent): Effect.Effect<Account> =>
  make({ of, allows, spent, held: nothingSpent }, [])
