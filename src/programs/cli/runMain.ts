/** Runs an effect as a Unix program: signals, exit codes, broken pipes, and an end that always comes. */
import type { Writable } from "node:stream"
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type { HostProcess } from "./HostProcess.ts"

/** 128 and the signal's number, as shells report it. */
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Milliseconds that finalizers may take after a signal. */
const patience = 5000

/** The way to handle the first signal in a milder way than by ending the program. */
export interface Signals {
  handle: (() => void) | undefined
  /** The first Ctrl-C is handled and nothing else: the program goes on. */
  stays: boolean
}

const isBrokenPipe = (error: NodeJS.ErrnoException): boolean => error.code === "EPIPE" || error.code === "EIO"

/** Resolves when all that was written has left the process. */
const flushed = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write("", () => resolve())
  })

/**
 * Runs to the end and ends the process with the answered code. The first signal interrupts, or does what `mild` says; the
 * second ends the process at once, unless the first was handled by one that stays. A reader that left (`| head`) ends it as SIGPIPE would, without a word.
 */
export const runMain = (program: Effect.Effect<number>, mild: Signals, host: HostProcess): void => {
  const fiber = Runtime.runFork(Runtime.defaultRuntime)(program)
  let caught: number | undefined
  const stop = (code: number): void => {
    if (caught !== undefined) {
      host.exit(code)
      return
    }
    const { handle, stays } = mild
    if (handle !== undefined && stays && code === signals.SIGINT) {
      mild.handle = undefined
      handle()
      return
    }
    caught = code
    setTimeout(() => host.exit(code), patience).unref()
    if (handle !== undefined && !stays) handle()
    else fiber.unsafeInterruptAsFork(fiber.id())
  }
  for (const [name, code] of Object.entries(signals)) host.on(name, () => stop(code))
  host.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!isBrokenPipe(error)) throw error
    if (caught === undefined) stop(141)
  })
  host.stderr.on("error", () => undefined)
  // Without it a terminal that is closed would keep an idle event loop from ending.
  const alive = setInterval(() => undefined, 2 ** 30)
  fiber.addObserver(async (exit) => {
    clearInterval(alive)
    const own = Exit.match(exit, {
      onSuccess: (code) => code,
      onFailure: (cause) => (Cause.isInterruptedOnly(cause) ? signals.SIGINT : 1)
    })
    await Promise.all([flushed(host.stdout), flushed(host.stderr)])
    host.exit(caught ?? own)
  })
}
