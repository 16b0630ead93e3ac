/** A sign-in whose token holds: renewed once, however many ask for it, in this process and in others. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { holds, isSame, isStale } from "../../../domain/auth/expiry.ts"
import type { OAuthEntry } from "../../../domain/model/AuthEntry.ts"
import { CredentialsFailed } from "../../../ports/Credentials.ts"
import type { SignInFailed } from "./signInFailed.ts"

/** Renews a sign-in with whoever gave it. */
export type Renew = (provider: string, entry: OAuthEntry) => Effect.Effect<OAuthEntry, SignInFailed>

/** One account's place in what is stored. */
export interface EntryPlace {
  readonly provider: string
  readonly account: string
  /** As people are told where it is. */
  readonly path: string
  /** What is stored at this moment. */
  readonly read: Effect.Effect<OAuthEntry | undefined, CredentialsFailed>
  readonly write: (entry: OAuthEntry) => Effect.Effect<void, CredentialsFailed>
  /** Keeps other processes from renewing the same account meanwhile. */
  readonly alone: <A>(body: Effect.Effect<A, CredentialsFailed>) => Effect.Effect<A, CredentialsFailed>
}

const failed = ({ account, path, provider }: EntryPlace, error: SignInFailed): CredentialsFailed => {
  const flag = account === "default" ? "" : ` --account ${account}`
  return error.kind === "unreachable"
    ? new CredentialsFailed({
        path,
        kind: "unreachable",
        reason: `the sign-in at ${provider} has to be renewed, and ${error.reason}`
      })
    : new CredentialsFailed({
        path,
        reason: `the sign-in at ${provider} could not be renewed (${error.reason}); sign in again with \`code-mesh auth login ${provider}${flag}\``
      })
}

const renewed = (place: EntryPlace, renew: Renew, seen: OAuthEntry) =>
  Effect.gen(function* () {
    // Another process may have been faster.
    const now = yield* Clock.currentTimeMillis
    const entry = (yield* place.read) ?? seen
    if (!isStale(entry, now)) return entry
    return yield* renew(place.provider, entry).pipe(
      Effect.tap((fresh) => place.write(fresh)),
      Effect.catchTag("SignInFailed", (error) =>
        Effect.gen(function* () {
          if (error.kind === "unreachable" && holds(entry, yield* Clock.currentTimeMillis)) return entry
          // Who does not know our lock, as another program or a new sign-in, may have stored another meanwhile.
          const after = yield* place.read
          const isOther = after !== undefined && !isSame(after, entry) && holds(after, yield* Clock.currentTimeMillis)
          return isOther ? after : yield* failed(place, error)
        })
      )
    )
  })

/** Answers sign-ins whose tokens hold; those who ask while one is renewed share the answer. */
export const freshener = (renew: Renew) => {
  const flights = new Map<string, Deferred.Deferred<OAuthEntry, CredentialsFailed>>()
  const fly = (place: EntryPlace, seen: OAuthEntry) => {
    const name = `${place.provider}#${place.account}`
    const flying = flights.get(name)
    if (flying !== undefined) return Deferred.await(flying)
    const flight = Deferred.unsafeMake<OAuthEntry, CredentialsFailed>(FiberId.none)
    flights.set(name, flight)
    const work = place
      .alone(renewed(place, renew, seen))
      .pipe(Effect.ensuring(Effect.sync(() => flights.delete(name))), Effect.intoDeferred(flight))
    // A refresh token counts once: what was sent is waited for and stored, whatever becomes of those who asked.
    return Effect.uninterruptible(
      Effect.flatMap(Effect.forkDaemon(Effect.interruptible(work)), (fiber) =>
        Effect.zipRight(Fiber.await(fiber), Deferred.await(flight))
      )
    )
  }
  return (place: EntryPlace, entry: OAuthEntry): Effect.Effect<OAuthEntry, CredentialsFailed> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => (isStale(entry, now) ? fly(place, entry) : Effect.succeed(entry)))
}
