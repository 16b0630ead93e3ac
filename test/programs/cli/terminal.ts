/** Runs the built program at a terminal of its own, and types what a person would. Needs `script`. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { bin, type Desk } from "./cli.ts"

const script = "/usr/bin/script"

/** Whether this machine has no program that gives another one a terminal. */
export const noTerminal = !existsSync(script)

/** What is typed, or done, once the screen has shown a text. */
export type Typed = readonly [seen: string, text: string | ((screen: string) => Promise<unknown>)]

/** What is at hand beside the words of the command. */
export interface AtTerminal {
  readonly term?: string
  readonly env?: Readonly<Record<string, string>>
  /** A command line that follows, such as one that tells how the terminal is set. */
  readonly after?: string
}

/** Runs a command line in the desk's project; each text is typed when the screen has shown what comes before it. */
export const atTerminal = (
  desk: Desk,
  args: ReadonlyArray<string>,
  typed: ReadonlyArray<Typed>,
  { env: more = {}, term = "xterm", after }: AtTerminal = {}
) =>
  new Promise<{ readonly code: number | null; readonly screen: string }>((resolve) => {
    const words = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ")
    const line = after === undefined ? words : `${words}; code=$?; ${after}; exit $code`
    const { CI: _ci, NO_COLOR: _colour, ...env } = process.env
    const child = spawn(script, ["-qec", line, "/dev/null"], {
      cwd: desk.root,
      env: { ...env, TERM: term, CODE_MESH_HOME: desk.home, ...more }
    })
    let screen = ""
    let seen = 0
    const left = [...typed]
    // One piece of output may show several of the texts.
    const answer = (): void => {
      const [next] = left
      const at = next === undefined ? -1 : screen.indexOf(next[0], seen)
      if (next === undefined || at < 0) return
      seen = at + next[0].length
      left.shift()
      if (typeof next[1] === "string") child.stdin.write(next[1])
      else void next[1](screen)
      answer()
    }
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text
      answer()
    })
    // What was not shown is then told by the screen that there is.
    const slow = setTimeout(() => child.kill("SIGKILL"), 60_000)
    child.once("close", (code) => {
      clearTimeout(slow)
      resolve({ code, screen })
    })
  })
