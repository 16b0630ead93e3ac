/** The sessions that this process has open for writing, one handle each, and the turn that runs in each. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { SessionId } from "../model/Ids.ts"
import type { SessionHandle } from "../session/Session.ts"

/** How long a session that nobody uses stays open: a person's next prompt need not read its log again. */
export const idleTime = Duration.seconds(10)

/** A session that is open here; `E` is what its turns may fail with. */
export interface OpenSession<E> {
  readonly handle: SessionHandle
  readonly scope: Scope.CloseableScope
  turn: Option.Option<Fiber.RuntimeFiber<void, E>>
  /** Its turns failed, so that how they ended may not be in its log. */
  broken: boolean
  /** Calls, followers and turns that have it in use. */
  users: number
  /** Waits to give it up, while nobody uses it. */
  parting: Option.Option<Fiber.RuntimeFiber<void>>
}

/** The sessions that are open here: each while it is used and `idleTime` longer, at most until the scope around them closes. */
export interface OpenSessions<E> {
  readonly find: (id: SessionId) => OpenSession<E> | undefined
  /** The open session, or the one that `make` opens; never two. It is in use until the scope closes. */
  readonly hold: <E2>(
    id: SessionId,
    make: Effect.Effect<SessionHandle, E2, Scope.Scope>
  ) => Effect.Effect<OpenSession<E>, E2, Scope.Scope>
  /** The session where it is open here; it is in use until the scope closes. */
  readonly join: (id: SessionId) => Effect.Effect<Option.Option<OpenSession<E>>, never, Scope.Scope>
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
        const handle = yield* Effect.onError(Effect.interruptible(Scope.extend(make, scope)), (cause) =>
          Scope.close(scope, Exit.failCause(cause))
        )
        const open: OpenSession<E> = {
          handle,
          scope,
          turn: Option.none(),
          broken: false,
          users: 0,
          parting: Option.none()
        }
        all.set(id, open)
        return open
      })
    // Under the gate, so that whoever wants the session meanwhile waits for its lease to be free.
    const giveUp = (open: OpenSession<E>) =>
      gate.withPermits(1)(
        Effect.suspend(() => {
          if (open.users > 0 || all.get(open.handle.id) !== open) return Effect.void
          all.delete(open.handle.id)
          return Scope.close(open.scope, Exit.void)
        })
      )
    const take = (open: OpenSession<E>) =>
      Effect.suspend(() => {
        open.users += 1
        const { parting } = open
        open.parting = Option.none()
        return Option.isSome(parting) ? Effect.as(Fiber.interruptFork(parting.value), open) : Effect.succeed(open)
      })
    const leave = (open: OpenSession<E>): Effect.Effect<void> =>
      Effect.suspend(() => {
        open.users -= 1
        if (open.users > 0 || all.get(open.handle.id) !== open) return Effect.void
        const part = Effect.zipRight(Effect.interruptible(Effect.sleep(idleTime)), Effect.uninterruptible(giveUp(open)))
        return Effect.map(Effect.forkIn(part, root), (fiber) => {
          open.parting = Option.some(fiber)
        })
      })
    return {
      find: (id) => all.get(id),
      hold: (id, make) => Effect.acquireRelease(gate.withPermits(1)(Effect.flatMap(unlocked(id, make), take)), leave),
      join: (id) =>
        Effect.acquireRelease(
          Effect.suspend(() => Effect.transposeMapOption(Option.fromNullable(all.get(id)), take)),
          Option.match({ onNone: () => Effect.void, onSome: leave })
        ),
      close: (id) =>
        Effect.suspend(() => {
          const open = all.get(id)
          all.delete(id)
          return open === undefined ? Effect.void : Scope.close(open.scope, Exit.void)
        }),
      // Begun where nothing interrupts, so that turns stopped before their first step still come to record their end.
      begin: (open, turns) =>
        Effect.flatMap(take(open), () =>
          Effect.map(
            Effect.forkIn(
              Effect.ensuring(
                Effect.tapErrorCause(turns, (cause) => {
                  open.broken = true
                  return Effect.logDebug("A turn could not be recorded", cause)
                }),
                leave(open)
              ),
              root
            ),
            (fiber) => {
              open.turn = Option.some(fiber)
            }
          )
        ).pipe(Effect.uninterruptible),
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
