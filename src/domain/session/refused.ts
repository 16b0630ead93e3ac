/** A command that does not fit the state of its session. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Fact } from "../model/Event.ts"
import { SessionId } from "../model/Ids.ts"
import type { SessionState } from "./State.ts"

/** A command does not fit the state of the session; nothing was changed. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  session: SessionId,
  /**
   * `busy`: a turn is running; `idle`: none is; `unknown_call`: nobody asked; `nothing`: there is nothing to do; `invalid`: a
   * plan that could not be carried out.
   */
  kind: Schema.Literal("busy", "idle", "unknown_call", "nothing", "empty", "invalid"),
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** What a command comes to: facts to be recorded. */
export type Decided = Either.Either<ReadonlyArray<Fact>, Refused>

/** A refusal of this kind. */
export const refuse = (state: SessionState, kind: Refused["kind"], reason: string): Decided =>
  Either.left(new Refused({ session: state.id, kind, reason }))

/** What a command comes to where no turn runs; refused where one does. */
export const idle = (state: SessionState, facts: () => Decided): Decided =>
  state.running ? refuse(state, "busy", "A turn is running. Wait for it, or interrupt it first.") : facts()
