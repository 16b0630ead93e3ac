/** The terminal and pipes of a process. */
import { fstatSync } from "node:fs"
import { createInterface } from "node:readline"
import type { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { HostProcess } from "./HostProcess.ts"
import type { Io } from "./Io.ts"
import type { Signals } from "./runMain.ts"
import { harmless, visible } from "./visible.ts"

const write = (stream: Writable, text: string) =>
  Effect.sync(() => {
    if (text !== "" && !stream.destroyed && stream.writable) stream.write(text)
  })

/** A socket is what a program opens that starts this one; a shell makes pipes and files, which are always read to the end. */
const isSocket = (): boolean => {
  try {
    return fstatSync(0).isSocket()
  } catch {
    return false
  }
}

const silence = 3000

const readAll = ({ stderr, stdin }: HostProcess, needed: boolean): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    const end = (value: Option.Option<string>) => {
      clearTimeout(timer)
      stdin.removeAllListeners("data")
      stdin.pause()
      resume(Effect.succeed(value))
    }
    const timer = setTimeout(() => {
      if (chunks.length > 0) return
      if (!needed && isSocket()) {
        stderr.write("Nothing came on stdin for 3 s: it is left out. (`< /dev/null` says so at once.)\n")
        end(Option.none())
      } else stderr.write("Waiting for the end of stdin.\n")
    }, silence)
    stdin.on("data", (chunk: Buffer) => chunks.push(chunk))
    stdin.once("end", () => end(Option.some(Buffer.concat(chunks).toString("utf8"))))
    stdin.once("error", () => end(Option.none()))
    return Effect.sync(() => clearTimeout(timer))
  })

const readLine = (
  { stderr, stdin }: HostProcess,
  question: string,
  hidden: boolean
): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const reader = createInterface({ input: stdin, output: stderr, terminal: hidden, historySize: 0 })
    // A hidden line is read in the terminal's raw mode, in which Ctrl-C is a key; its characters are not written.
    if (hidden) Object.assign(reader, { _writeToOutput: () => undefined })
    stderr.write(harmless(question))
    let answer = Option.none<string>()
    reader.once("line", (line) => {
      answer = Option.some(line)
      reader.close()
    })
    reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
    reader.once("close", () => {
      if (hidden) stderr.write("\n")
      stdin.pause()
      resume(Effect.succeed(answer))
    })
    return Effect.sync(() => reader.close())
  })

async function* linesOf({ stdin }: HostProcess): AsyncGenerator<string> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) yield line
}

/** The terminal and pipes of this process. */
export const processIo = (signals: Signals, host: HostProcess): Io["Type"] => {
  const { env, stderr, stdin, stdout } = host
  const terminal = stdin.isTTY === true && stderr.isTTY === true
  return {
    argv: host.argv,
    env,
    cwd: host.cwd(),
    attended: terminal && !env.CI,
    live: stderr.isTTY === true && !env.CI && env.TERM !== "dumb",
    columns: stdout.isTTY === true ? stdout.columns || 80 : undefined,
    out: (text) => write(stdout, harmless(text)),
    err: (text) => write(stderr, harmless(text)),
    redraw: (line) => write(stderr, `\r\x1b[2K${visible(line)}`),
    piped: (needed) => (stdin.isTTY === true ? Effect.succeed(Option.none()) : readAll(host, needed)),
    lines: { [Symbol.asyncIterator]: () => linesOf(host) },
    ask: (question, hidden = false) => readLine(host, question, hidden),
    pick:
      terminal && !env.CI && env.TERM !== "dumb" && typeof stdin.setRawMode === "function"
        ? (question, choices) =>
            Effect.flatMap(
              Effect.promise(() => import("./keyedPick.ts")),
              ({ keyedPick }) => keyedPick(question, choices)
            )
        : undefined,
    onSignal: (handle, stays = false) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          signals.handle = handle
          signals.stays = stays
        }),
        () =>
          Effect.sync(() => {
            signals.handle = undefined
          })
      ),
    uptime: () => Math.round(host.uptime() * 1000)
  }
}
