/** One command from its start to the end of its whole process group, bounded in time and output. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { Duplex, Readable } from "node:stream"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ShellFailed, type ShellLimits, type ShellRequest, type ShellResult } from "../../ports/Shell.ts"
import { makeOutputBuffer } from "../shared/outputBuffer.ts"
import type { AllowedProxy } from "./allowedProxy.ts"
import { passed, usageOf } from "./limits.ts"
import { holderOf } from "./processes.ts"

/** How `sh` is started so that it becomes the command, once it has read a line from descriptor 3, which closes with us. */
export interface Launch {
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Record<string, string>
  /** Bubblewrap reports on descriptor 4 and reads its filter from 5; on 6 the relay inside speaks to a proxy here. */
  readonly sandbox?: { readonly seccomp?: number; readonly proxy?: AllowedProxy }
  /** Takes away what the command made although it may not, and names it. */
  readonly tidy?: () => ReadonlyArray<string>
}

/** From the polite signal to the one that can't be refused. */
const patience = 1500
/** From the leader's end to that of what it left behind: enough for what still prints, as `>(tee log)` does. */
const grace = 50
/** A process that left the group may hold the pipe; nobody waits for it longer than this. */
const drain = 100

/** How long after the start, and then how often, the use of processor, memory and processes is looked at. */
const firstLook = 100
const look = 500

const live = new Set<number>()
let guarded = false

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** What we started ends with us even where nobody interrupts us. */
const guard = (pid: number): void => {
  live.add(pid)
  if (guarded) return
  guarded = true
  process.on("exit", () => {
    for (const group of live) signalGroup(group, "SIGKILL")
  })
}

/** What bubblewrap says of the sandbox: the group inside it, and whether the command was started at all. */
const readStatus = (stream: Readable | undefined) => {
  let text = ""
  stream?.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1")
  })
  stream?.on("error", () => undefined)
  return {
    group: (): number | undefined => {
      const found = /"child-pid"\s*:\s*(\d+)/.exec(text)
      return found === null ? undefined : Number(found[1])
    },
    started: (): boolean => /"exit-code"/.test(text)
  }
}

const open = (launch: Launch): ChildProcess => {
  const filter = launch.sandbox?.seccomp
  try {
    // A missing folder would be reported as a missing shell.
    if (!fs.existsSync(launch.cwd)) throw new Error(`there is no folder ${launch.cwd}`)
    return spawn("/bin/sh", [...launch.args], {
      cwd: launch.cwd,
      env: launch.env,
      detached: true,
      stdio: [
        "ignore",
        "pipe",
        "ignore",
        "pipe",
        launch.sandbox === undefined ? "ignore" : "pipe",
        filter ?? "ignore",
        launch.sandbox?.proxy === undefined ? "ignore" : "pipe"
      ]
    })
  } finally {
    if (filter !== undefined) fs.closeSync(filter)
  }
}

type Ended = ShellResult["ended"]

/** What a running command tells its owner, and how it is told to stop. */
interface Job {
  /** Nothing where the process could not be made. */
  readonly pid: number | undefined
  /** Lets the command begin; its time counts from here. */
  readonly release: () => void
  readonly stop: (why: Ended) => void
  readonly finished: () => boolean
}

const startJob = (
  launch: Launch,
  request: ShellRequest,
  done: (result: Effect.Effect<ShellResult, ShellFailed>) => void
): Job => {
  const child = open(launch)
  const output = makeOutputBuffer(request.maxOutput)
  const decoder = new TextDecoder()
  const extra = (index: number): Readable | undefined => {
    const stream: unknown = child.stdio[index]
    return stream instanceof Readable ? stream : undefined
  }
  const status = readStatus(extra(4))
  extra(3)?.on("error", () => undefined)
  const timers = new Set<NodeJS.Timeout>()
  const later = (millis: number, act: () => void): NodeJS.Timeout => {
    const timer = setTimeout(act, millis)
    timers.add(timer)
    return timer
  }
  let stopped: Ended | undefined
  let over = false
  let printed = 0

  const result = (code: number | null, signal: NodeJS.Signals | null): Effect.Effect<ShellResult, ShellFailed> => {
    const kept = output.kept()
    if (launch.sandbox !== undefined && !status.started() && stopped === undefined && signal === null)
      return Effect.fail(
        new ShellFailed({ kind: "sandbox", reason: kept.output.trim().slice(0, 500) || "bubblewrap ended" })
      )
    const ended = stopped ?? (signal === null ? "exit" : signal === "SIGXCPU" ? "cpu" : "signal")
    return Effect.succeed({
      code: ended === "exit" ? Option.fromNullable(code) : Option.none(),
      ended,
      ...(signal === null ? {} : { signal }),
      ...kept,
      ...beside()
    })
  }
  const beside = () => {
    const connections = launch.sandbox?.proxy?.connections() ?? []
    const withdrawn = launch.tidy?.() ?? []
    return {
      ...(connections.length === 0 ? {} : { connections }),
      ...(withdrawn.length === 0 ? {} : { withdrawn })
    }
  }
  const finish = (outcome: () => Effect.Effect<ShellResult, ShellFailed>): void => {
    if (over) return
    over = true
    for (const timer of timers) clearTimeout(timer)
    for (const stream of [child.stdout, extra(3), extra(4), extra(6)]) stream?.destroy()
    if (child.pid !== undefined) {
      signalGroup(child.pid, "SIGKILL")
      live.delete(child.pid)
    }
    launch.sandbox?.proxy?.close()
    const rest = decoder.decode()
    if (rest !== "") request.onOutput?.(rest)
    done(outcome())
  }
  const stop = (why: Ended): void => {
    if (stopped !== undefined || over || child.pid === undefined) return
    stopped = why
    const { pid } = child
    // Inside a sandbox the command has its own group; its keeper outside must live until that one is gone.
    signalGroup(launch.sandbox === undefined ? pid : (status.group() ?? pid), "SIGTERM")
    later(patience, () => signalGroup(pid, "SIGKILL"))
  }

  if (child.pid !== undefined) guard(child.pid)
  let quiet: NodeJS.Timeout | undefined
  const release = (): void => {
    if (over) return
    const gate = extra(3)
    if (gate instanceof Duplex) gate.write("\n")
    later(Math.min(request.timeout, 2 ** 31 - 1), () => stop("timeout"))
    quiet = request.idle === undefined ? undefined : later(request.idle, () => stop("idle"))
    if (request.limits !== undefined) later(firstLook, lookAt(request.limits))
  }
  const lookAt = (limits: ShellLimits) => (): void => {
    if (over || stopped !== undefined || child.pid === undefined) return
    const exceeded = passed(usageOf(child.pid), limits)
    if (exceeded === undefined) later(look, lookAt(limits))
    else stop(exceeded)
  }
  const proxied = extra(6)
  if (proxied instanceof Duplex) launch.sandbox?.proxy?.serve(proxied)
  child.stdout?.on("data", (chunk: Buffer) => {
    quiet?.refresh()
    output.push(chunk)
    printed += chunk.length
    if (printed > (request.limits?.output ?? Number.POSITIVE_INFINITY)) stop("output")
    const text = request.onOutput === undefined ? "" : decoder.decode(chunk, { stream: true })
    if (text !== "") request.onOutput?.(text)
  })
  child.stdout?.on("error", () => undefined)
  child.on("error", (error) => finish(() => Effect.fail(new ShellFailed({ kind: "spawn", reason: error.message }))))
  // Not the child's own "close": that waits for the watch too, which lives as long as the group.
  let exit: (() => Effect.Effect<ShellResult, ShellFailed>) | undefined
  child.stdout?.on("close", () => {
    if (exit !== undefined) finish(exit)
  })
  child.on("exit", (code, signal) => {
    const outcome = () => result(code, signal)
    exit = outcome
    if (child.stdout?.closed === true) return finish(outcome)
    const { pid } = child
    if (pid !== undefined) later(grace, () => signalGroup(pid, "SIGKILL"))
    later(grace + drain, () => finish(outcome))
  })
  return { pid: child.pid, release, stop, finished: () => over }
}

const told = (job: Job, request: ShellRequest): Effect.Effect<void, ShellFailed> =>
  job.pid === undefined || request.onStart === undefined ? Effect.void : request.onStart(holderOf(job.pid))

/** Runs to the end; interrupting it returns only when the group is gone. */
export const runProcess = (
  launch: () => Launch | Promise<Launch>,
  request: ShellRequest
): Effect.Effect<ShellResult, ShellFailed> =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<ShellResult, ShellFailed>()
    const start = Effect.tryPromise({
      try: async () => startJob(await launch(), request, (outcome) => Deferred.unsafeDone(ended, outcome)),
      catch: (error) =>
        new ShellFailed({ kind: "spawn", reason: error instanceof Error ? error.message : String(error) })
    })
    return yield* Effect.acquireUseRelease(
      start,
      (job) =>
        Effect.gen(function* () {
          yield* told(job, request)
          job.release()
          return yield* Deferred.await(ended)
        }),
      (job) =>
        Effect.suspend(() => {
          if (job.finished()) return Effect.void
          job.stop("signal")
          return Effect.exit(Deferred.await(ended))
        })
    )
  })
