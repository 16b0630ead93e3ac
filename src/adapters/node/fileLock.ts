/** One process at a time at a small file: a lock beside it, which a dead holder does not keep. */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Holder, Holders } from "../shared/leases.ts"
import { holders } from "./processes.ts"
import { tryLock, whyNot } from "./secretFile.ts"

/** The lock could not be had; what it guards was not touched. */
export class LockFailed extends Data.TaggedError("LockFailed")<{ readonly reason: string }> {}

class Locked extends Data.TaggedError("Locked") {}

const parseHolder = Schema.decodeOption(
  Schema.parseJson(Schema.Struct({ host: Schema.String, pid: Schema.Int, started: Schema.String }))
)

const isDead = (those: Holders) => (text: string) =>
  Option.match(parseHolder(text), {
    onNone: () => false,
    onSome: (holder: Holder) => Effect.runSync(those.fate(holder)) === "dead"
  })

/** How long a lock is waited for that is held for a write. */
const aWrite: Duration.DurationInput = "10 seconds"

/** Keeps all other processes from what the file is for, until the scope closes. */
export const heldLock = (path: string, patience: Duration.DurationInput) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const those = holders()
      return Effect.tryPromise({
        try: () => tryLock(`${path}.lock`, JSON.stringify(those.self), isDead(those)),
        catch: (error) => new LockFailed({ reason: whyNot(error) })
      })
    }).pipe(
      Effect.filterOrFail(
        (release) => release !== undefined,
        () => new Locked()
      ),
      Effect.retry({
        while: (error) => error._tag === "Locked",
        schedule: Schedule.spaced("10 millis").pipe(Schedule.jittered, Schedule.upTo(patience))
      }),
      Effect.catchTag("Locked", () => Effect.fail(new LockFailed({ reason: `another process keeps ${path}.lock` })))
    ),
    (release) => Effect.promise(release)
  )

/** Does this while no other process does anything to the file; `patience` is how long another may take. */
export const withLock = <A, E>(
  path: string,
  body: Effect.Effect<A, E>,
  patience = aWrite
): Effect.Effect<A, E | LockFailed> => Effect.scoped(Effect.zipRight(heldLock(path, patience), body))
