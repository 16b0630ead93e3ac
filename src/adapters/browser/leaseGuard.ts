/** One holder a name among all tabs of a site. The browser frees what a closed or crashed tab held. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Tries to become the only holder until the scope closes; false where somebody else is. Never waits. */
export type Guard = (name: string) => Effect.Effect<boolean, never, Scope.Scope>

const webLock =
  (locks: LockManager, prefix: string): Guard =>
  (name) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.promise(
          () =>
            new Promise<(() => void) | undefined>((resolve, reject) => {
              const held = (lock: Lock | null) => {
                if (lock === null) return resolve(undefined)
                return new Promise<void>((free) => resolve(() => free()))
              }
              locks.request(`${prefix}/${name}`, { ifAvailable: true }, held).catch(reject)
            })
        ),
        (free) => Effect.sync(() => free?.())
      ),
      (free) => free !== undefined
    )

/** Without Web Locks there is one page at most that matters; its own leases are told apart here. */
const held = new Set<string>()

const inPage =
  (prefix: string): Guard =>
  (name) => {
    const key = `${prefix}/${name}`
    const take = Effect.sync(() => {
      const free = !held.has(key)
      if (free) held.add(key)
      return free
    })
    return Effect.acquireRelease(take, (isOurs) => Effect.sync(() => isOurs && held.delete(key)))
  }

/** Holders among all tabs by Web Locks; where the page has none (no secure context), in this page alone. */
export const guard = (prefix: string): Guard => {
  const locks: LockManager | undefined = globalThis.navigator?.locks
  return locks === undefined ? inPage(prefix) : webLock(locks, prefix)
}
