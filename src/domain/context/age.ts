/** Which old tool results give way before anything is summed up: the newest stay. */
import * as Chunk from "effect/Chunk"
import type { SessionState } from "../session/State.ts"
import { stubOf } from "../session/stub.ts"
import { partTokens } from "./budget.ts"

/**
 * The event up to which results are to be left out so that at least a tenth of `input` tokens becomes free; nothing where
 * that can't be. Results that together take a quarter of it, the newest, stay, and so do those that no answer followed.
 */
export const ageUpTo = (state: SessionState, input: number, count: (text: string) => number): number | undefined => {
  let kept = 0
  let saved = 0
  let upTo = 0
  let answered = false
  Chunk.toReadonlyArray(state.entries).findLast(({ from, part, seq }) => {
    if (seq <= state.aged) return true
    if (from === "model") answered = true
    if (part.type !== "tool-result") return false
    const tokens = partTokens(part, count)
    kept += tokens
    if (!answered || kept <= input / 4) return false
    upTo = Math.max(upTo, seq)
    saved += tokens - partTokens(stubOf(part), count)
    return saved >= input / 10
  })
  return saved >= input / 10 ? upTo : undefined
}
