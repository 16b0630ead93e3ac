/** Whether bubblewrap works here: tests of the sandbox are skipped, by name, where it does not. */
import { execFileSync } from "node:child_process"

/** Whether a command can be started in it. */
export const bubblewrapWorks = ((): boolean => {
  try {
    execFileSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()
