/** What a command's processes use together, and whether that is too much. */
import * as fs from "node:fs"
import type { ShellLimits } from "../../ports/Shell.ts"

/** CPU milliseconds, bytes of memory that are nobody else's, processes with their threads. */
export interface Usage {
  readonly cpu: number
  readonly memory: number
  readonly processes: number
}

/** Clock ticks of `/proc` are hundredths of a second on every Linux that Node runs on. */
const tick = 10

const text = (file: string): string => {
  try {
    return fs.readFileSync(file, "latin1")
  } catch {
    return ""
  }
}

const names = (folder: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

const kilobytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0)

/** The CPU time of a process and of those of its children that have ended. */
const cpuOf = (pid: string): number => {
  const stat = text(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * tick, 0)
}

/** No more processes than this are looked at: there is no limit that so many would keep. */
const mostSeen = 10_000

/** What a process and all that it started use now. Linux tells; elsewhere nothing is known. */
export const usageOf = (pid: number): Usage => {
  let [cpu, memory, processes] = [0, 0, 0]
  const waiting = [String(pid)]
  for (let seen = 0; seen < mostSeen; seen++) {
    const one = waiting.pop()
    if (one === undefined) break
    const status = text(`/proc/${one}/status`)
    cpu += cpuOf(one)
    memory += 1024 * (kilobytes(status, "RssAnon") + kilobytes(status, "RssShmem"))
    const threads = names(`/proc/${one}/task`)
    processes += threads.length
    for (const thread of threads)
      waiting.push(
        ...text(`/proc/${one}/task/${thread}/children`)
          .split(" ")
          .filter((child) => child !== "")
      )
  }
  return { cpu, memory, processes }
}

/** The first limit that is passed. */
export const passed = (usage: Usage, limits: ShellLimits): keyof Usage | undefined =>
  (["cpu", "memory", "processes"] as const).find((name) => usage[name] > (limits[name] ?? Number.POSITIVE_INFINITY))

/**
 * The start of a shell script: what the kernel holds to without being asked, for each process alone. It stands behind the
 * common limits, in case they are looked at too late. `alone`: the command has a user namespace, whose processes are counted.
 */
export const kernelLimits = (limits: ShellLimits, alone: boolean): string => {
  const { cpu, memory, processes } = limits
  const set = [
    "ulimit -c 0",
    ...(cpu === undefined ? [] : [`ulimit -t ${Math.ceil(cpu / 1000) + 1}`]),
    ...(memory === undefined ? [] : [`ulimit -d ${Math.ceil(memory / 1024)}`]),
    ...(processes === undefined || !alone ? [] : [`ulimit -u ${processes}`, `ulimit -p ${processes}`])
  ]
  return `{ ${set.join("; ")}; } 2>/dev/null; `
}
