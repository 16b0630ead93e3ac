/** Whether a process is still the one that it was: for leases and locks that outlive a crash. */
import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import type { Holder, Holders } from "../shared/leases.ts"

const attempt = (read: () => string): string | undefined => {
  try {
    return read().trim()
  } catch {
    return undefined
  }
}

/** Field 22 of `/proc/PID/stat`, the start in clock ticks since boot; nothing for a zombie. */
const linuxStart = (pid: number): string | undefined => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "latin1"))
  // The name in field 2 may hold blanks and brackets, so counting starts behind its last bracket.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
}

const psStart = (pid: number): string | undefined => {
  const env = { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" }
  const args = ["-o", "lstart=", "-p", String(pid)]
  const text = attempt(() => execFileSync("ps", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] }))
  return text === "" ? undefined : text
}

const isLinux = process.platform === "linux"

/** When a process started, or nothing where none has this id. */
const startOf = (pid: number): string | undefined => {
  if (isLinux) return linuxStart(pid)
  if (process.platform !== "win32") return psStart(pid)
  return attempt(() => {
    process.kill(pid, 0)
    return "running"
  })
}

/** The boot and the process-id namespace: ids of another one cannot be looked at from here. */
const realm = (): { readonly boot: string; readonly space: string } =>
  isLinux
    ? {
        boot: attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1")) ?? "",
        space: attempt(() => readlinkSync("/proc/self/ns/pid")) ?? ""
      }
    : { boot: "", space: "" }

/** A process of this host as it is told from all others. */
export const holderOf = (pid: number): Holder => {
  const { boot, space } = realm()
  return { host: hostname(), pid, started: [boot, space, startOf(pid) ?? ""].join(" ") }
}

/** This process, and what became of others on this host. */
export const holders = (): Holders => {
  const { boot, space } = realm()
  const self = holderOf(process.pid)
  const fate = (holder: Holder): "alive" | "dead" | "unknown" => {
    if (holder.host !== self.host) return "unknown"
    const [theirBoot, theirSpace] = holder.started.split(" ")
    if (theirBoot !== boot) return "dead"
    if (theirSpace !== space) return "unknown"
    return startOf(holder.pid) !== undefined && holderOf(holder.pid).started === holder.started ? "alive" : "dead"
  }
  return { self, fate: (holder) => Effect.sync(() => fate(holder)) }
}
