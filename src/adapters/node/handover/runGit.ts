/** Runs git for our own bare repositories: no shell, nothing that a repository or a project says, bytes in and bytes out. */
import { spawn } from "node:child_process"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { inertGit } from "../../../domain/permission/inertGit.ts"
import { findProgram } from "../findProgram.ts"

/** Git could not do what was asked; what it said, without what is secret in a URL. */
export class GitFailed extends Data.TaggedError("GitFailed")<{ readonly reason: string; readonly out: Buffer }> {}

/** One call of git. */
export interface GitCall {
  readonly args: ReadonlyArray<string>
  /** The folder that it runs in. */
  readonly cwd: string
  /** What it reads, piece by piece. */
  readonly input?: Iterable<Uint8Array>
}

/** Milliseconds that a call may take. */
const patience = 10 * 60_000

const hidden = (text: string): string => text.replace(/:\/\/[^/@\s]*@/g, "://***@")

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))),
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C"
})

/** What was said last is what went wrong. */
const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""

/** What git answers. Interrupted, it is ended. */
export const runGit = ({ args, cwd, input }: GitCall): Effect.Effect<Buffer, GitFailed> =>
  Effect.async((resume, signal) => {
    const program = findProgram("git", process.env.PATH ?? "", cwd)
    const failed = (reason: string, out = Buffer.alloc(0)) =>
      resume(Effect.fail(new GitFailed({ reason: hidden(reason), out })))
    if (program === undefined) return failed("git is not installed here")
    const child = spawn(program, [...inertGit.slice(1), ...args], {
      ...{ cwd, signal, env: environment(), timeout: patience },
      stdio: ["pipe", "pipe", "pipe"]
    })
    const out: Array<Buffer> = []
    let said = ""
    child.stdout.on("data", (bytes: Buffer) => out.push(bytes))
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000)
    })
    child.on("error", (error) => failed(error.message))
    child.on("close", (code) =>
      code === 0
        ? resume(Effect.succeed(Buffer.concat(out)))
        : failed(`git ${args[0]} ended with ${code}: ${lastLine(said)}`, Buffer.concat(out))
    )
    child.stdin.on("error", () => undefined)
    feed(child.stdin, input ?? [])
  })

/** Hands over the pieces one at a time, so that no more of them is in memory than git takes. */
const feed = (to: NodeJS.WritableStream, input: Iterable<Uint8Array>): void => {
  const pieces = input[Symbol.iterator]()
  const go = (): void => {
    try {
      for (let next = pieces.next(); next.done !== true; next = pieces.next())
        if (!to.write(next.value)) {
          to.once("drain", go)
          return
        }
      to.end()
    } catch {
      // A file that vanished meanwhile: git is told of no end, and refuses the whole.
      to.end("unfinished")
    }
  }
  go()
}
