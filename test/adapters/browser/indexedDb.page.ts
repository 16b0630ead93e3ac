/** The store in IndexedDB, in a page: its contract, and steps that a test puts together over reloads and tabs. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as IndexedDb from "../../../src/adapters/browser/IndexedDbEventStore.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { eventStoreContract } from "../../ports/EventStore.contract.ts"
import { collect } from "../../support/contract.ts"
import { logOf, sessionId } from "../../support/events.ts"

let count = 0
/** Runs the contract, each test on a database of its own. */
export const run = () => collect(eventStoreContract, () => IndexedDb.layer(`contract-${++count}`))

const one = sessionId(1)
const using = <A, E>(use: (store: typeof EventStore.Service) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(Effect.flatMap(EventStore, use), IndexedDb.layer("kept")))

/** Appends so many events after that one; `ok`, or the error's tag. */
export const write = (after: number, length: number) =>
  using((store) =>
    Effect.map(
      Effect.either(
        Effect.scoped(
          Effect.flatMap(store.lease(one), (lease) =>
            store.append(lease, after, logOf(one, after + length).slice(after))
          )
        )
      ),
      (result) => (Either.isLeft(result) ? result.left._tag : "ok")
    )
  )

/** How many events there are. */
export const length = () => using((store) => Stream.runCount(store.read(one)))

/** Takes the lease and keeps it for as long as the tab is there. */
export const hold = () =>
  new Promise((resolve) => {
    void using((store) =>
      Effect.scoped(
        Effect.zipRight(
          Effect.tap(store.lease(one), (lease) => Effect.sync(() => resolve(lease.token))),
          Effect.never
        )
      )
    )
  })
