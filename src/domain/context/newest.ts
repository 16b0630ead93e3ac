/** The newest end of a long conversation: what stands far before all that can be sent is not looked at for a request. */
import type { Entry } from "../session/State.ts"
import { shownPart } from "../session/transcript.ts"
import { partTokens, roughTokens, textOf } from "./budget.ts"

/** Whether somebody but the model begins to speak here: what follows is a conversation of its own. */
const begins = ({ from, seq }: Entry, before: Entry | undefined): boolean =>
  (from === "person" || from === "agent" || from === "program") && (before?.from !== from || before.seq !== seq)

/** Where the newest end begins that takes more than `room` tokens by a rule of thumb; 0 where all takes no more. */
export const newestFrom = (entries: ReadonlyArray<Entry>, aged: number, room: number): number => {
  let sum = 0
  const last = entries.findLastIndex((entry, index) => {
    sum += partTokens(shownPart(entry, aged), roughTokens)
    return sum > room && begins(entry, entries[index - 1])
  })
  return Math.max(0, last)
}

/** Tokens of entries by the length of their texts alone: for what is told to people and never sent. */
export const tokensByLength = (entries: ReadonlyArray<Entry>): number =>
  entries.reduce((sum, { part }) => sum + 4 + Math.ceil(textOf(part).length / 4), 0)
