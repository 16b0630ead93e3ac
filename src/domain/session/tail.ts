/** Follows a log that another process writes. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { EventStore, SessionMissing, StoreFailed } from "../../ports/EventStore.ts"
import type { Event } from "../model/Event.ts"
import type { SessionId } from "../model/Ids.ts"

/** Milliseconds between two looks at a log where nothing was new. */
const pause = 100

/** The events after `after`: those there are, then those that come, until nobody writes to the session any more. */
export const tail = (
  store: EventStore["Type"],
  session: SessionId,
  after: number
): Stream.Stream<Event, SessionMissing | StoreFailed> => {
  let last = after
  const read = Stream.suspend(() => store.read(session, last)).pipe(
    Stream.tap((event) =>
      Effect.sync(() => {
        last = event.seq
      })
    )
  )
  // Who writes is asked before the log is read: what was written before they stopped is read after that.
  const more = Stream.repeatEffectChunkOption(
    Effect.gen(function* () {
      const writer = yield* Effect.mapError(store.writer(session), Option.some)
      const before = last
      const events = yield* Effect.mapError(Stream.runCollect(read), Option.some)
      if (last > before) return events
      if (Option.isNone(writer)) return yield* Effect.fail(Option.none())
      yield* Effect.sleep(pause)
      return Chunk.empty<Event>()
    })
  )
  return Stream.concat(read, more)
}
