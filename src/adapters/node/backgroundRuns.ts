/** Runs of the program that go on without a terminal: how one is started, what is noted of it, how it is looked up and ended. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SessionId } from "../../domain/model/Ids.ts"
import { ensureFolder } from "./folders.ts"
import { holderOf, holders } from "./processes.ts"

/** What is noted of a run in the background. */
const BackgroundRun = Schema.Struct({
  session: SessionId,
  host: Schema.String,
  pid: Schema.Int,
  /** When its process started, so that no later one is taken for it. */
  started: Schema.String,
  /** When that was, for people: ISO 8601, UTC. */
  at: Schema.String,
  /** Where what it prints goes, unless nothing is kept of that. */
  log: Schema.optional(Schema.String)
})

/** What is noted of a run in the background. */
export type BackgroundRun = typeof BackgroundRun.Type

const decode = Schema.decodeUnknownOption(Schema.parseJson(BackgroundRun))

/** Tells a process that it is the background run of a session. */
const mark = "CODE_MESH_BACKGROUND"

/** The session whose background run this environment belongs to, if it is one's. */
export const markedSession = (env: Readonly<Record<string, string | undefined>>): SessionId | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(SessionId)(env[mark]))

const noteOf = (folder: string, session: SessionId): string => join(folder, `${session}.json`)
const logOf = (folder: string, session: SessionId): string => join(folder, `${session}.log`)

/** What is noted of the session's newest run in the background, whether it still runs or not. */
export const backgroundRun = (folder: string, session: SessionId): BackgroundRun | undefined => {
  try {
    return Option.getOrUndefined(decode(fs.readFileSync(noteOf(folder, session), "utf8")))
  } catch {
    return undefined
  }
}

const isAlive = (run: BackgroundRun): boolean => Effect.runSync(holders().fate(run)) === "alive"

/** The run of this session that goes on in the background now. */
export const aliveRun = (folder: string, session: SessionId): BackgroundRun | undefined => {
  const run = backgroundRun(folder, session)
  return run !== undefined && isAlive(run) ? run : undefined
}

/** All runs that go on in the background now. */
export const aliveRuns = (folder: string): ReadonlyArray<BackgroundRun> => {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : []
  return names.flatMap((name) => {
    const session = Schema.decodeUnknownOption(SessionId)(name.replace(/\.json$/, ""))
    const run = name.endsWith(".json") && Option.isSome(session) ? aliveRun(folder, session.value) : undefined
    return run === undefined ? [] : [run]
  })
}

/** Forgets what was noted and printed of a session's runs. */
export const forgetRun = (folder: string, session: SessionId): void => {
  for (const path of [noteOf(folder, session), logOf(folder, session)]) fs.rmSync(path, { force: true })
}

/** How a run is started in the background. */
export interface Detached {
  readonly session: SessionId
  /** The folder of notes and logs. */
  readonly folder: string
  /** Node, the program's file, and what is asked of it. */
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What it reads as its standard input. */
  readonly stdin: string
  /** Whether what it prints is kept. */
  readonly logged: boolean
}

/** A file that is gone by its name and can still be read: what is piped is kept nowhere. */
const readable = (path: string, text: string): number => {
  fs.writeFileSync(path, text, { mode: 0o600 })
  const file = fs.openSync(path, "r")
  fs.rmSync(path)
  return file
}

/** A run that was started: its note, and how it ended once it has. */
export interface StartedRun {
  readonly run: BackgroundRun
  readonly exit: () => number | undefined
}

/** Starts the program once more, in a session and process group of its own that no terminal's end reaches. Throws what the system says. */
export const startDetached = ({ argv, cwd, env, folder, logged, session, stdin }: Detached): StartedRun => {
  ensureFolder(folder, 0o700)
  const log = logOf(folder, session)
  const input = stdin === "" ? "ignore" : readable(`${log}.stdin`, stdin)
  const output = logged ? fs.openSync(log, "a", 0o600) : "ignore"
  try {
    const [node = process.execPath, ...words] = argv
    const child = spawn(node, [...process.execArgv, ...words], {
      cwd,
      env: { ...env, [mark]: session },
      detached: true,
      stdio: [input, output, output]
    })
    child.on("error", () => undefined)
    if (child.pid === undefined) throw new Error("the process could not be made")
    child.unref()
    const run = { session, ...holderOf(child.pid), at: new Date().toISOString(), ...(logged ? { log } : {}) }
    fs.writeFileSync(noteOf(folder, session), JSON.stringify(run), { mode: 0o600 })
    return { run, exit: () => child.exitCode ?? (child.signalCode === null ? undefined : 1) }
  } finally {
    for (const file of [input, output]) if (typeof file === "number") fs.closeSync(file)
  }
}

/** The last characters that a run printed. */
export const lastPrinted = ({ log }: BackgroundRun): string => {
  try {
    return log === undefined ? "" : fs.readFileSync(log, "utf8").slice(-4000)
  } catch {
    return ""
  }
}

/** Milliseconds that a run has to end in order once it is interrupted, and between two looks at whether it has. */
const patience = 10_000
const tick = 50

/**
 * Interrupts a run as Ctrl-C does, and kills it where that does not end it in time; answers which of both it took. No
 * other process is hit: it must have started when the run's did.
 */
export const stopRun = (run: BackgroundRun): Effect.Effect<"stopped" | "killed" | "gone"> =>
  Effect.gen(function* () {
    if (!isAlive(run)) return "gone"
    for (const [signal, how] of [
      ["SIGINT", "stopped"],
      ["SIGKILL", "killed"]
    ] as const) {
      try {
        process.kill(run.pid, signal)
      } catch {
        // It has ended meanwhile.
      }
      for (let waited = 0; waited < patience; waited += tick) {
        if (!isAlive(run)) return how
        yield* Effect.sleep(tick)
      }
    }
    return "killed"
  })
