/** A clock that runs faster than the wall's: waits of seconds beside real sockets, without waiting seconds. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const timer = (millis: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    const handle = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(handle))
  })

/** A clock that starts now and goes `times` as fast. Servers and sockets keep the wall's time. */
export const fastClock = (times: number): Clock.Clock => {
  const real = Clock.make()
  const start = Date.now()
  const millis = () => Math.floor(start + (Date.now() - start) * times)
  const nanos = () => BigInt(millis()) * 1_000_000n
  return {
    ...real,
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => timer(Duration.toMillis(duration) / times)
  }
}
