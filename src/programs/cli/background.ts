/** `--background`: the same command once more, in a process of its own that goes on when the terminal closes. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { lastPrinted, markedSession, type StartedRun, startDetached } from "../../adapters/node/backgroundRuns.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { EventStore } from "../../ports/EventStore.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, told } from "./report.ts"
import type { RunChoices, RunFlags } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { jsonLine } from "./words.ts"
import { inWorld } from "./world.ts"

/** The session that this process runs in the background, where it was started for one. */
export const ownBackground = Effect.map(Io, (io) => markedSession(io.env))

/** The flags of a run that goes on with the session it was started for in the background, whatever flags chose that. */
export const inOwn = <F extends Pick<RunFlags, "session" | "last" | "fork">>(flags: F, own: SessionId): F => ({
  ...flags,
  session: Option.some(own),
  last: false,
  fork: false
})

/** Where notes and logs of runs in the background are. */
export const backgroundFolder = Effect.map(Io, (io) => pathsOf(io.env, homeOf(io.env)).log)

/** Reads what is piped once, for this process and for the one that it starts. */
export const pipedOnce = (needed: boolean) =>
  Effect.gen(function* () {
    const io = yield* Io
    const piped = yield* io.piped(needed)
    return { text: Option.getOrElse(piped, () => ""), io: { ...io, piped: () => Effect.succeed(piped) } }
  })

/** Milliseconds that a run has until its first event, and between two looks for it. */
const patience = 60_000
const tick = 50

/** Waits until the run holds its session, or has ended. */
const begun = ({ exit: code, run }: StartedRun, call: Invocation) =>
  inWorld(call, { quiet: true }, () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      for (let waited = 0; waited < patience && code() === undefined; waited += tick) {
        const writer = yield* store.writer(run.session)
        if (Option.exists(writer, ({ pid }) => pid === run.pid)) return
        yield* Effect.sleep(tick)
      }
    })
  )

const said = ({ run }: StartedRun, choices: RunChoices): string =>
  [
    `Runs in the background as process ${run.pid}; it goes on when this terminal closes.`,
    `  code-mesh session follow ${run.session}   shows what it does until it rests`,
    `  code-mesh session stop ${run.session}     interrupts it`,
    choices.options.yes === true
      ? "  what the rules do not deny is answered with yes"
      : "  nobody is there to be asked: what asks for permission is refused, unless a rule allows it (--allow)",
    run.log === undefined
      ? "  sessions are encrypted, so that nothing of what it prints is kept beside its log"
      : `  what it prints: ${run.log}`,
    ""
  ].join("\n")

const tell = (started: StartedRun, choices: RunChoices) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { log, pid, session } = started.run
    yield* io.err(said(started, choices))
    const about = { session, pid, log: log ?? null }
    if (choices.format === "text") yield* io.out(`${session}\n`)
    else yield* io.out(jsonLine(choices.format === "json" ? about : { type: "background", ...about }))
    return exit.done
  })

/** Whether what runs print may be kept in the open. */
const mayBeKept = (root: string) =>
  Effect.map(
    Effect.flatMap(CodeMesh, (mesh) => mesh.settings(root)),
    ({ config }) => config.memory?.encrypt !== true
  )

/** What a run in the background starts from: its session, and whether what it prints may be kept. */
export const groundOf = (session: SessionId, root: string) =>
  Effect.map(mayBeKept(root), (logged) => ({ session, logged }))

/**
 * Starts this command once more as the background run of a session, with `stdin` as its standard input; says how to
 * follow and stop it. No session is open here meanwhile, so that the run can open it.
 */
export const detach = (
  ground: { readonly session: SessionId; readonly logged: boolean },
  stdin: string,
  choices: RunChoices,
  call: Invocation
) =>
  Effect.gen(function* () {
    const io = yield* Io
    const folder = yield* backgroundFolder
    const started = yield* Effect.try({
      try: () => startDetached({ ...ground, folder, argv: io.argv, cwd: io.cwd, env: io.env, stdin }),
      catch: (error) =>
        new CliError(`The run could not be started: ${told(error).message}.`, "Run it without --background.")
    })
    yield* begun(started, call)
    const code = started.exit()
    if (code === undefined || code === exit.done) return yield* tell(started, choices)
    yield* io.err(lastPrinted(started.run))
    return code
  })
