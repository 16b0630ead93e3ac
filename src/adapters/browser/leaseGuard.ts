/** One holder a name among all tabs of a site. The browser frees what a closed or crashed tab held. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Who has a name, among all tabs. */
export interface Guard {
  /** Tries to become the only holder until the scope closes; false where somebody else is. Never waits. */
  readonly hold: (name: string) => Effect.Effect<boolean, never, Scope.Scope>
  /** Whether anybody is, here or in another tab. */
  readonly isHeld: (name: string) => Effect.Effect<boolean>
}

const webLock = (locks: LockManager, prefix: string): Guard => ({
  isHeld: (name) =>
    Effect.map(
      Effect.promise(() => locks.query()),
      ({ held = [] }) => held.some((lock) => lock.name === `${prefix}/${name}`)
    ),
  hold: (name) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.promise(
          () =>
            new Promise<(() => Promise<unknown>) | undefined>((resolve, reject) => {
              const held = (lock: Lock | null) => {
                if (lock === null) return resolve(undefined)
                return new Promise<void>((free) =>
                  resolve(() => {
                    free()
                    return ended
                  })
                )
              }
              const ended: Promise<unknown> = locks.request(`${prefix}/${name}`, { ifAvailable: true }, held)
              ended.catch(reject)
            })
        ),
        (free) => Effect.promise(async () => free?.())
      ),
      (free) => free !== undefined
    )
})

/** Without Web Locks there is one page at most that matters; its own leases are told apart here. */
const held = new Set<string>()

const inPage = (prefix: string): Guard => ({
  isHeld: (name) => Effect.sync(() => held.has(`${prefix}/${name}`)),
  hold: (name) => {
    const key = `${prefix}/${name}`
    const take = Effect.sync(() => {
      const free = !held.has(key)
      if (free) held.add(key)
      return free
    })
    return Effect.acquireRelease(take, (isOurs) => Effect.sync(() => isOurs && held.delete(key)))
  }
})

/** Holders among all tabs by Web Locks; where the page has none (no secure context), in this page alone. */
export const guard = (prefix: string): Guard => {
  const locks: LockManager | undefined = globalThis.navigator?.locks
  return locks === undefined ? inPage(prefix) : webLock(locks, prefix)
}
