/** How a turn ends: well, with what it staged, or cut short, with an outcome for all that was open. */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { Copy, CopyFailed } from "../../ports/WorkingCopies.ts"
import type { Change } from "../model/Change.ts"
import type { Fact } from "../model/Event.ts"
import type { StopReason } from "../model/Message.ts"
import { closeCalls } from "../session/decide.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { stagedFacts } from "../staging/unsaid.ts"
import { failed } from "./stop.ts"
import type { TurnWorld } from "./turnWorld.ts"

/** What the person, or another agent, said since a request was made. */
const steeredSince = (state: SessionState, asked: number): boolean =>
  Chunk.some(state.entries, ({ from, seq }) => (from === "person" || from === "agent") && seq > asked)

/**
 * Records what a copy changed since that was last said, as one fact among those that `record` adds; then the copy's
 * changes are known up to here. A copy that cannot be looked through is a fact too.
 */
export const recordStaged = <A>(
  handle: SessionHandle,
  copy: Copy,
  turn: number,
  record: (staged: ReadonlyArray<Fact>) => Effect.Effect<A, WriteError>
): Effect.Effect<A, WriteError> =>
  Effect.suspend(() => {
    let done: Option.Option<A> = Option.none()
    const recorded = (changes: ReadonlyArray<Change>) =>
      Effect.gen(function* () {
        const answer = yield* record(stagedFacts(yield* handle.state, turn, changes))
        done = Option.some(answer)
        return answer
      })
    const failing = (error: CopyFailed) =>
      Option.match(done, {
        // They are recorded: that the next checkpoint tells them again is provided for.
        onSome: Effect.succeed,
        onNone: () => record([{ type: "error.occurred", error: { name: error._tag, message: error.message } }])
      })
    return copy.checkpoint(recorded).pipe(Effect.catchIf((error) => error._tag === "CopyFailed", failing))
  })

/** What a turn that is cut short leaves: the words so far, and an outcome for each open call. */
export const cutShort = (world: TurnWorld) =>
  Effect.gen(function* () {
    const said = yield* Ref.get(world.partial)
    const state = yield* world.input.handle.state
    const partial: ReadonlyArray<Fact> =
      said === "" ? [] : [{ type: "part.text", turn: world.turn, text: said, partial: true }]
    return [
      ...partial,
      ...closeCalls(
        state,
        "The run was stopped while this call was running. Whether it had an effect is not known: look before doing it again.",
        "The run was stopped before this call was run. It had no effect."
      )
    ]
  })

/** An error that a turn can end with: its tag and its message. */
export type TurnError = { readonly _tag: string; readonly message: string }

const mistake = {
  _tag: "Defect",
  message: "The program made a mistake; what was recorded before holds. Please report it."
}

/** The fact that ends a turn that did not end well. */
export const endOf = (turn: number, cause: Cause.Cause<TurnError>): Fact =>
  Cause.isInterruptedOnly(cause)
    ? { type: "turn.interrupted", turn }
    : failed(
        turn,
        Option.getOrElse(Cause.failureOption(cause), () => mistake)
      )

/** Ends the turn well, unless the person has said something that the model has not read yet. */
export const finish = (world: TurnWorld, asked: number, stop: StopReason) =>
  recordStaged(world.input.handle, world.dispatch.copy, world.turn, (staged) =>
    Effect.gen(function* () {
      for (;;) {
        const state = yield* world.input.handle.state
        if (steeredSince(state, asked)) {
          yield* world.input.handle.record(staged)
          return false
        }
        const end: Fact = { type: "turn.finished", turn: world.turn, stop }
        if ((yield* world.input.handle.record([...staged, end], state.seq)).length > 0) return true
      }
    })
  )
