/** What a run came to: the object of `--format json`, and the exit code. Pure. */
import type { Change } from "../../domain/model/Change.ts"
import { noUsage, type Usage } from "../../domain/model/Message.ts"
import { exit, type Told, toldFailure } from "./report.ts"
import type { Watched } from "./watch.ts"
import { changeRows, count } from "./words.ts"
import type { State } from "./world.ts"

/** What a run came to, as programs read it. */
export interface Result {
  readonly session: string | null
  readonly result: string
  readonly status: "done" | "failed" | "refused" | "limited" | "interrupted"
  readonly usage: Usage
  readonly turns: number
  readonly changes: ReturnType<typeof changeRows>
  readonly staged: boolean
  readonly durationMs: number
  readonly error?: { readonly name: string; readonly message: string }
}

/** A result, its exit code, and the error as it is told. */
export interface Ending {
  readonly result: Result
  readonly code: number
  readonly told?: Told
}

const never = {
  status: "failed",
  error: { name: "Defect", message: "The turn could not be run to its end" }
} as const

const codes: Readonly<Record<Result["status"], number>> = {
  done: exit.done,
  failed: exit.failed,
  refused: exit.refused,
  limited: exit.limit,
  interrupted: exit.interrupted
}

const conflicted = (watched: Watched): Told | undefined =>
  watched.conflicts.length === 0
    ? undefined
    : {
        name: "ChangesConflicted",
        message: `${count(watched.conflicts.length, "path")} changed on both sides: ${watched.conflicts.map(({ path }) => path).join(", ")}. Nothing was applied`,
        remedy: "Look at both with `code-mesh diff`, then apply single paths or discard.",
        code: exit.failed
      }

const unapplied: Told = {
  name: "NotApplied",
  message: "The changes could not be applied; they stay staged",
  remedy: "Try `code-mesh apply` to see why.",
  code: exit.failed
}

const errorOf = (last: State["last"] | typeof never, watched: Watched, left: boolean): Told | undefined => {
  if (last?.error !== undefined) {
    const told = toldFailure(last.error)
    return last.status === "failed" ? told : { ...told, code: codes[last.status] }
  }
  if (last?.status !== "done") return undefined
  return conflicted(watched) ?? (left ? unapplied : undefined)
}

/** What a run came to, from the session's state after it and what was seen of it. */
export const endingOf = (
  state: State,
  watched: Watched,
  waiting: ReadonlyArray<Change>,
  durationMs: number
): Ending => {
  const last = state.running ? never : (state.last ?? never)
  const told = errorOf(last, watched, state.apply === "auto" && waiting.length > 0)
  const changes = waiting.length > 0 ? waiting : watched.applied
  const result: Result = {
    session: state.id,
    result: last.status === "done" ? watched.answer.join("") : "",
    status: last.status,
    usage: state.turnUsage,
    turns: state.turnSteps,
    changes: changeRows(changes),
    staged: waiting.length > 0,
    durationMs,
    ...(told === undefined ? {} : { error: { name: told.name, message: told.message } })
  }
  return { result, code: told?.code ?? codes[last.status], ...(told === undefined ? {} : { told }) }
}

/** What a run came to that failed before it had a session. */
export const failedEarly = (told: Told, durationMs: number): Result => ({
  session: null,
  result: "",
  status: "failed",
  usage: noUsage,
  turns: 0,
  changes: [],
  staged: false,
  durationMs,
  error: { name: told.name, message: told.message }
})
