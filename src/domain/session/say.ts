/** Adds what was said to the entries of a state. */
import * as Chunk from "effect/Chunk"
import type { Event } from "../model/Event.ts"
import type { Part } from "../model/Message.ts"
import type { Entry, SessionState } from "./State.ts"

/** Entries with what an event says at the end. */
export const say = (
  state: SessionState,
  event: Event & { turn: number },
  from: Entry["from"],
  ...parts: ReadonlyArray<Part>
) =>
  Chunk.appendAll(
    state.entries,
    Chunk.unsafeFromArray(parts.map((part): Entry => ({ seq: event.seq, turn: event.turn, from, part })))
  )

/** Entries with a remark of the program at the end. */
export const note = (state: SessionState, event: Event, text: string) =>
  Chunk.append(state.entries, {
    seq: event.seq,
    turn: state.turn,
    from: "program" as const,
    part: { type: "text" as const, text }
  })
