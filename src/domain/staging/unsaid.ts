/** Changes that are told twice: where a process ends between recording changes and the checkpoint behind them. */
import type { Blob, Change } from "../model/Change.ts"
import type { Fact } from "../model/Event.ts"
import type { SessionState } from "../session/State.ts"

const same = (a: Blob | undefined, b: Blob | undefined): boolean => a?.hash === b?.hash && a?.kind === b?.kind

const kindOf = (before: Blob | undefined, after: Blob | undefined): Change["kind"] => {
  if (before === undefined) return "create"
  if (after === undefined) return "delete"
  if (before.kind === "symlink" || after.kind === "symlink") return "symlink"
  return before.hash === after.hash ? "mode" : "modify"
}

/**
 * The changes without what was said already. Between two checkpoints a path's change begins where the one said before it
 * ended; one that begins where that began was told before, and only what came since is new. Lines are counted from where
 * it began.
 */
export const unsaid = (said: ReadonlyArray<Change>, changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const known = new Map(said.map((change) => [change.path, change]))
  return changes.flatMap((change) => {
    const first = known.get(change.path)
    if (first === undefined || !same(first.before, change.before)) return [change]
    if (same(first.after, change.after)) return []
    const { before: _before, ...rest } = change
    const before = first.after === undefined ? {} : { before: first.after }
    return [{ ...rest, ...before, kind: kindOf(first.after, change.after) }]
  })
}

/** What a turn's changes add to the log: nothing, where it says all of them. */
export const stagedFacts = (state: SessionState, turn: number, changes: ReadonlyArray<Change>): ReadonlyArray<Fact> => {
  const news = unsaid(state.justStaged, changes)
  return news.length === 0 ? [] : [{ type: "changes.staged", turn, changes: news }]
}
