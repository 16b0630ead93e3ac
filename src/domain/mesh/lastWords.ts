/** What an agent said last: its answer, where it has given one. */
import * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"
import { textOf } from "../context/budget.ts"
import type { SessionState } from "../session/State.ts"

/** The last words of a session's model; nothing where it has said none. */
export const lastWords = ({ entries }: SessionState): string =>
  Option.match(
    Chunk.findLast(entries, ({ from, part }) => from === "model" && part.type === "text"),
    { onNone: () => "", onSome: ({ part }) => textOf(part).trim() }
  )
