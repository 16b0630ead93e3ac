/** What an agent's own log says is next in its task: so that whoever goes on with it, here or elsewhere, does nothing twice. */
import type { Task } from "../../ports/TaskEngine.ts"
import type { Change } from "../model/Change.ts"
import type { CheckRecorded } from "../model/MeshFacts.ts"
import type { SessionState } from "../session/State.ts"
import * as Staging from "../staging/Staging.ts"
import { failedCheck, goOn, strayed } from "./brief.ts"
import { stray } from "./stray.ts"

/** How often an agent is told that its check failed, or that it strayed, before its try is given up. */
const mostRounds = 3

/** How often an agent goes on after somebody who did its task died, before its try is given up. */
const mostCuts = 10

/** What is next. */
export type TaskMove =
  | { readonly type: "prompt"; readonly text: string }
  | { readonly type: "check"; readonly command: string; readonly changes: ReadonlyArray<Change> }
  | {
      readonly type: "end"
      readonly status: "verified" | "unverified" | "failed"
      readonly changes: ReadonlyArray<Change>
      readonly reason?: string
    }

interface Fault {
  readonly told: string
  readonly why: string
}

const failed = (changes: ReadonlyArray<Change>, reason: string): TaskMove => ({
  type: "end",
  status: "failed",
  changes,
  reason
})

/** What is wrong is told as often as it may be; then the try is over. */
const again = (state: SessionState, changes: ReadonlyArray<Change>, { told, why }: Fault): TaskMove =>
  state.turn - state.cuts < mostRounds ? { type: "prompt", text: told } : failed(changes, `${why}, ${mostRounds} times`)

/** The check of the newest turn's work, where it was run. */
const checkOf = ({ checks, turn }: SessionState): CheckRecorded | undefined =>
  checks.findLast((one) => one.turn === turn)?.check

/** What is next for a task whose agent rests. */
export const taskMove = (state: SessionState, task: Task): TaskMove => {
  const { brief, what } = task
  if (state.turn === 0) return { type: "prompt", text: brief }
  const changes = Staging.waiting(state)
  const { error, status = "failed" } = state.last ?? {}
  if (status === "interrupted")
    return state.cuts > mostCuts
      ? failed(changes, `whoever did it died ${state.cuts} times`)
      : { type: "prompt", text: goOn }
  if (status !== "done") return failed(changes, error?.message ?? `its turn ended ${status}`)
  const others = stray(what, changes)
  if (others.length > 0)
    return again(state, changes, { told: strayed(others, what), why: `it changed ${others.join(", ")}` })
  if (!("run" in what.check)) return { type: "end", status: "unverified", changes }
  const check = checkOf(state)
  if (check === undefined) return { type: "check", command: what.check.run, changes }
  if (check.ok) return { type: "end", status: "verified", changes }
  return again(state, changes, {
    told: failedCheck(check.command, check.output),
    why: `its check failed: ${check.command}`
  })
}
