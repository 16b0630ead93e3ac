/** Folds the facts of file changes into the state: what is staged, applied, undone. */
import type { Change } from "../model/Change.ts"
import type { Event } from "../model/Event.ts"
import type { Batch, SessionState } from "./State.ts"
import { note } from "./say.ts"

/** Undo reaches back so many batches of changes. */
export const undoDepth = 200

const listed = (changes: ReadonlyArray<{ readonly path: string }>): string => changes.map((it) => it.path).join(", ")

/** Splits batches in the copy by path: what was taken goes to `where`, the rest stays. */
const move = (
  batches: ReadonlyArray<Batch>,
  paths: ReadonlySet<string>,
  where: Batch["where"] | "gone",
  as: (change: Change) => Change = (change) => change
): ReadonlyArray<Batch> =>
  batches.flatMap((batch) => {
    if (batch.where !== "copy") return [batch]
    const taken = batch.changes.filter((change) => paths.has(change.path)).map(as)
    const rest = batch.changes.filter((change) => !paths.has(change.path))
    return [
      ...(taken.length > 0 && where !== "gone" ? [{ ...batch, where, changes: taken }] : []),
      ...(rest.length > 0 ? [{ ...batch, changes: rest }] : [])
    ]
  })

/**
 * What was applied, as it was really made where one turn alone changed the path: undoing that takes back nothing that
 * stood there already. Where several turns did, each keeps its own change, so that the newest can be undone alone.
 */
const applied = (batches: ReadonlyArray<Batch>, made: ReadonlyArray<Change>): ReadonlyArray<Batch> => {
  const staged = batches.flatMap((batch) => (batch.where === "copy" ? batch.changes.map((change) => change.path) : []))
  const alone = new Map(
    made.filter(({ path }) => staged.indexOf(path) === staged.lastIndexOf(path)).map((it) => [it.path, it])
  )
  const paths = new Set(made.map((change) => change.path))
  return move(batches, paths, "root", (change) => alone.get(change.path) ?? change)
}

/** No more batches than undo reaches back; what is staged is never dropped. */
const bounded = (batches: ReadonlyArray<Batch>): ReadonlyArray<Batch> => {
  let excess = batches.length - undoDepth
  return batches.filter((batch) => batch.where === "copy" || excess-- <= 0)
}

/** Folds a fact of file changes into the state. */
export const evolveChanges = (state: SessionState, event: Event): SessionState => {
  switch (event.type) {
    case "changes.staged":
      return event.changes.length === 0
        ? state
        : {
            ...state,
            batches: bounded([...state.batches, { turn: event.turn, changes: event.changes, where: "copy" as const }]),
            undone: [],
            justStaged: event.changes
          }
    case "changes.applied": {
      if (event.redone !== undefined) {
        const back = state.undone.filter((batch) => batch.turn === event.redone)
        return {
          ...state,
          justStaged: [],
          batches: [...state.batches, ...back],
          undone: state.undone.filter((batch) => batch.turn !== event.redone),
          entries: note(
            state,
            event,
            `(The person put the file changes of turn ${event.redone} back: ${listed(event.changes)}.)`
          )
        }
      }
      return { ...state, justStaged: [], batches: applied(state.batches, event.changes) }
    }
    case "changes.discarded":
      return {
        ...state,
        justStaged: [],
        batches: move(state.batches, new Set(event.paths), "gone"),
        entries: note(state, event, `(The person discarded the staged changes of: ${event.paths.join(", ")}.)`)
      }
    case "changes.undone": {
      const back = state.batches.filter((batch) => batch.turn === event.turn)
      return {
        ...state,
        justStaged: [],
        batches: state.batches.filter((batch) => batch.turn !== event.turn),
        undone: [...state.undone, ...back],
        entries: note(
          state,
          event,
          `(The person took the file changes of turn ${event.turn} back: ${listed(event.changes)}.)`
        )
      }
    }
    default:
      return state
  }
}
