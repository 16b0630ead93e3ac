/** What turns of tasks wrote outside of any database: which began, ended, were told; and what must hold of that. */
import { existsSync, readFileSync } from "node:fs"

/** A line of a ledger. */
export interface Entry {
  readonly pid: number
  readonly at: number
  readonly what: "begin" | "end" | "cut" | "told"
  readonly step: string
  /** The turn, or what was told. */
  readonly n: string
}

/** All that is in a ledger, in order. */
export const readLedger = (path: string): ReadonlyArray<Entry> =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [pid, at, what, step = "", n = ""] = line.split(" ")
          return { pid: Number(pid), at: Number(at), what: what as Entry["what"], step, n }
        })
    : []

/** A turn that was taken again though the process in which it ended went on with the task. */
const takenAgain = (own: ReadonlyArray<Entry>, turn: ReadonlyArray<Entry>): boolean =>
  turn
    .filter(({ what }) => what === "end")
    .slice(0, -1)
    // Killed between its end and the storing of its answer, a turn is taken again: nothing was written after it there.
    .some((end) => own.some(({ at, pid }) => pid === end.pid && at > end.at + 100))

/** A process that wrote of a turn after another one had begun it. */
const overlaps = (turn: ReadonlyArray<Entry>): boolean =>
  turn.some(
    (begin, index) =>
      begin.what === "begin" &&
      turn.slice(0, index).some(({ pid }) => pid !== begin.pid && turn.slice(index).some((later) => later.pid === pid))
  )

/**
 * What is wrong with a ledger: a task without all its turns or its outcome, turns out of order, a turn that was taken
 * again without need, and two processes in one turn at once.
 */
export const faultsOf = (
  entries: ReadonlyArray<Entry>,
  tasks: ReadonlyArray<string>,
  turns: number
): ReadonlyArray<string> =>
  tasks.flatMap((step) => {
    const own = entries.filter((entry) => entry.step === step)
    const begun = own.filter(({ what }) => what === "begin").map(({ n }) => Number(n))
    const inTurns = Array.from({ length: turns }, (_, index) => String(index + 1)).flatMap((n) => {
      const turn = own.filter((entry) => entry.n === n && entry.what !== "told")
      return [
        ...(turn.some(({ what }) => what === "end") ? [] : [`${step} ${n} never ended`]),
        ...(takenAgain(own, turn) ? [`${step} ${n} was taken again`] : []),
        ...(overlaps(turn) ? [`${step} ${n} ran in two processes at once`] : [])
      ]
    })
    return [
      ...inTurns,
      ...(own.some(({ what }) => what === "told") ? [] : [`${step} was never told`]),
      ...(begun.some((n, index) => n < (begun[index - 1] ?? 0)) ? [`${step} went back a turn`] : [])
    ]
  })
