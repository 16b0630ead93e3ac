/** Ends commands that outlived the program which began them. Never another one's: a number alone is no proof. */
import { readdirSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Shell, StartedProcess } from "../../ports/Shell.ts"
import { holders } from "./processes.ts"

/** Milliseconds from the polite signal to the one that can't be refused, and for that one to take effect. */
const patience = 1500
const tick = 20

interface Member {
  readonly group: number
  readonly session: number
  readonly started: number
}

/** A process's group, session and start in ticks; nothing where it is gone or only waits to be reaped. */
const memberOf = (pid: string): Member | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    if (fields[0] === "Z" || fields[0] === "X") return undefined
    return { group: Number(fields[2]), session: Number(fields[3]), started: Number(fields[19]) }
  } catch {
    return undefined
  }
}

/**
 * Whether anything is left of the group: its leader, or, as a number is not given again while a group has it, any member
 * that started no earlier. Without `/proc` only the leader tells.
 */
const isLeft = ({ pid, started }: StartedProcess, leads: boolean): boolean => {
  if (leads) return true
  const since = Number(started.split(" ")[2])
  if (process.platform !== "linux" || Number.isNaN(since) || memberOf(String(pid)) !== undefined) return false
  return readdirSync("/proc").some((name) => {
    const member = /^\d+$/.test(name) ? memberOf(name) : undefined
    return member?.group === pid && member.session === pid && member.started >= since
  })
}

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(-pid, name)
  } catch {
    // It is gone, which is what was wanted, or it is not ours to end, which the next look will show.
  }
}

/** Ends the group that a dead program's command led; answers when it is gone. */
export const endLeftover: Shell["Type"]["end"] = (started) =>
  Effect.gen(function* () {
    const { fate } = holders()
    const state = yield* fate(started)
    if (state === "unknown") return "unreachable"
    const left = Effect.map(fate(started), (now) => isLeft(started, now === "alive"))
    if (!(yield* left)) return "gone"
    for (const name of ["SIGTERM", "SIGKILL"] as const) {
      signal(started.pid, name)
      for (let waited = 0; waited < patience && (yield* left); waited += tick) yield* Effect.sleep(tick)
    }
    return (yield* left) ? "unreachable" : "ended"
  })
