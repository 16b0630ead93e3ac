/** The store that machines share, by the URL of its PostgreSQL database. */
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { EventStore, StoreFailed } from "../../../ports/EventStore.ts"
import { readDatabaseUrl } from "./databaseUrl.ts"

/** Logs in the database at a URL, connected to when first used: what goes wrong with it is told then. */
export const layer = (url: Redacted.Redacted): Layer.Layer<EventStore, StoreFailed> =>
  Layer.scoped(
    EventStore,
    Effect.gen(function* () {
      const read = readDatabaseUrl(Redacted.value(url))
      if (Either.isLeft(read))
        return yield* new StoreFailed({ kind: "other", reason: read.left, remedy: "Give it as it is meant." })
      const store = yield* Effect.promise(() => import("./PgEventStore.ts"))
      return yield* store.make(read.right, { host: hostname(), pid: process.pid })
    })
  )
