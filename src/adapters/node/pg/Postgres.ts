/** The store that machines share, by the URL of its PostgreSQL database. */
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { EventStore, StoreFailed } from "../../../ports/EventStore.ts"
import { readDatabaseUrl } from "./databaseUrl.ts"

const failed = (reason: string, remedy: string): StoreFailed => new StoreFailed({ kind: "other", reason, remedy })

/**
 * Logs in the database at a URL, connected to when first used: what goes wrong with it is told then. Where they are to be
 * `encrypted` it is refused, since the other machines have no key.
 */
export const layer = (url: Redacted.Redacted, encrypted = false): Layer.Layer<EventStore, StoreFailed> =>
  Layer.scoped(
    EventStore,
    Effect.gen(function* () {
      const read = readDatabaseUrl(Redacted.value(url))
      if (Either.isLeft(read)) return yield* failed(read.left, "Give it as it is meant.")
      if (encrypted)
        return yield* failed(
          "sessions are to be encrypted, and those in a database that machines share cannot be",
          "Switch memory.encrypt off for them, or leave the database out."
        )
      const store = yield* Effect.promise(() => import("./PgEventStore.ts"))
      return yield* store.make(read.right, { host: hostname(), pid: process.pid })
    })
  )
