/** The sessions that this process has open for writing, one handle each, and the turn that runs in each. */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { SessionId } from "../model/Ids.ts"
import type { SessionHandle } from "../session/Session.ts"

/** A session that is open here; `E` is what its turns may fail with. */
export interface OpenSession<E> {
  readonly handle: SessionHandle
  readonly scope: Scope.CloseableScope
  turn: Option.Option<Fiber.RuntimeFiber<void, E>>
}

/** The sessions that are open here, until the scope around them closes. */
export interface OpenSessions<E> {
  readonly find: (id: SessionId) => OpenSession<E> | undefined
  /** The open session, or the one that `make` opens; never two. */
  readonly hold: <E2>(
    id: SessionId,
    make: Effect.Effect<SessionHandle, E2, Scope.Scope>
  ) => Effect.Effect<OpenSession<E>, E2>
  /** Gives the session up. */
  readonly close: (id: SessionId) => Effect.Effect<void>
  /** Runs a session's turns in the background. */
  readonly begin: (open: OpenSession<E>, turns: Effect.Effect<void, E>) => Effect.Effect<void>
  /** Ends the running turn, and waits until it has ended. */
  readonly interrupt: (open: OpenSession<E>) => Effect.Effect<void>
  /** Waits until no turn runs; fails with what the turn could not even record. */
  readonly rest: (open: OpenSession<E>) => Effect.Effect<void, E>
}

/** An empty house of sessions. */
export const makeOpenSessions = <E>(): Effect.Effect<OpenSessions<E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const root = yield* Effect.scope
    const gate = yield* Effect.makeSemaphore(1)
    const all = new Map<SessionId, OpenSession<E>>()
    const unlocked = <E2>(id: SessionId, make: Effect.Effect<SessionHandle, E2, Scope.Scope>) =>
      Effect.gen(function* () {
        const known = all.get(id)
        if (known !== undefined) return known
        const scope = yield* Scope.fork(root, ExecutionStrategy.sequential)
        const handle = yield* Effect.onError(Scope.extend(make, scope), (cause) =>
          Scope.close(scope, Exit.failCause(cause))
        )
        const open: OpenSession<E> = { handle, scope, turn: Option.none() }
        all.set(id, open)
        return open
      })
    return {
      find: (id) => all.get(id),
      hold: (id, make) => gate.withPermits(1)(unlocked(id, make)),
      close: (id) =>
        Effect.suspend(() => {
          const open = all.get(id)
          all.delete(id)
          return open === undefined ? Effect.void : Scope.close(open.scope, Exit.void)
        }),
      // Begun where nothing interrupts, so that turns stopped before their first step still come to record their end.
      begin: (open, turns) =>
        Effect.map(
          Effect.uninterruptible(
            Effect.forkIn(
              Effect.tapErrorCause(turns, (cause) => Effect.logDebug("A turn could not be recorded", cause)),
              root
            )
          ),
          (fiber) => {
            open.turn = Option.some(fiber)
          }
        ),
      interrupt: (open) =>
        Option.match(open.turn, {
          onNone: () => Effect.void,
          onSome: (fiber) => Effect.asVoid(Fiber.interrupt(fiber))
        }),
      rest: (open) =>
        Option.match(open.turn, {
          onNone: () => Effect.void,
          onSome: (fiber) =>
            Effect.flatMap(Fiber.await(fiber), (exit) => (Exit.isInterrupted(exit) ? Effect.void : exit))
        })
    }
  })
