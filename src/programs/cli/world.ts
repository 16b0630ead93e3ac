/** Opens the world of this machine for one command: the door, the ports, and where the project is. */
import { realpathSync, statSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CodeMesh } from "../../domain/CodeMesh.ts"
import { NodeLive, type NodeOptions } from "../NodeLive.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { usage } from "./report.ts"
import type { Globals, Invocation } from "./spec.ts"
import { settleTrust } from "./trusting.ts"

/** All that a command may use. */
export type World = Layer.Layer.Success<ReturnType<typeof NodeLive>>

/** What a session's events add up to, as the door shows it. */
export type State = Effect.Effect.Success<ReturnType<CodeMesh["Type"]["show"]>>

/** The project's folder: the one named by -C, else the current one, as its real path. */
export const rootOf = (globals: Globals) =>
  Effect.flatMap(Io, (io) =>
    Effect.try({
      try: () => {
        const folder = realpathSync(resolve(io.cwd, globals.cwd))
        if (!statSync(folder).isDirectory()) throw new Error("it is not a folder")
        return folder
      },
      catch: () => usage(`${globals.cwd} is not a folder.`, "Name a folder that exists with -C.")
    })
  )

/** Milliseconds by what they were spent on, in the order in which it began. */
export type Phases = Map<string, number>

const spent = (phases: Phases, total: number): string =>
  `Milliseconds: ${[...phases].map(([name, millis]) => `${name} ${Math.round(millis)}`).join(", ")}, total ${total}\n`

const askPassphrase = (io: Io["Type"]) => (isNew: boolean) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const first = yield* io.ask(`${isNew ? "New passphrase" : "Passphrase"} for the stored keys (not shown): `, true)
      if (Option.isNone(first) || !isNew) return Option.getOrUndefined(first)
      const second = yield* io.ask("The same again: ", true)
      if (Option.contains(second, first.value)) return first.value
      yield* io.err("These are two different ones; nothing was stored.\n")
      return undefined
    })
  )

/** A list of processes is for all users of a machine to read: what holds a password does not stay in it. */
const outOfSight = ({ argv }: Io["Type"]): void => {
  if (argv.some((word) => /^--database-url(=|$)/.test(word))) process.title = "code-mesh"
}

/** What a command chooses; a quiet one shows by itself what is not trusted. */
type WorldOptions = Pick<NodeOptions, "flags" | "fetch" | "env" | "listening"> & { readonly quiet?: boolean }

/** Runs a command's work in the world of this machine; `--print-logs` ends with milliseconds by phase. */
export const inWorld = <A, E>(
  call: Invocation,
  { quiet = false, ...options }: WorldOptions,
  work: (root: string, phases: Phases) => Effect.Effect<A, E, World | Io>
) =>
  Effect.gen(function* () {
    const io = yield* Io
    outOfSight(io)
    const root = yield* rootOf(call.globals)
    const phases: Phases = new Map([["start", io.uptime()]])
    // Before anything of the world is there: what the folder says about models and sandbox is read when it is opened.
    if (!quiet) yield* settleTrust(root)
    const opened = io.uptime()
    const world = NodeLive({
      root,
      env: io.env,
      home: homeOf(io.env),
      ...(io.attended ? { passphrase: askPassphrase(io) } : {}),
      ...Option.match(call.globals.profile, { onNone: () => ({}), onSome: (profile) => ({ profile }) }),
      ...options
    })
    const body = Effect.suspend(() => {
      phases.set("open", io.uptime() - opened)
      return work(root, phases)
    })
    const timed = Effect.ensuring(
      Effect.provide(body, world),
      Effect.suspend(() => (call.globals.printLogs ? io.err(spent(phases, io.uptime())) : Effect.void))
    )
    return yield* timed
  })
