/** A shell that plays commands from a table: for tests, demonstrations and hosts without processes. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Shell, ShellFailed, type ShellRequest, type ShellResult } from "../../ports/Shell.ts"
import { makeOutputBuffer } from "../shared/outputBuffer.ts"

/** What one command does. */
export interface Played {
  readonly output?: string
  /** Absent: 0. */
  readonly code?: number
  /** Milliseconds from its output to its end; `Infinity` is a command that never ends by itself. */
  readonly lasts?: number
  /** What it changes, beside what it prints. */
  readonly effect?: (request: ShellRequest) => Effect.Effect<void>
}

/** What each command line does: by the whole line, or by a function of it. One that is not there is not found (127). */
export type Commands = Readonly<Record<string, Played>> | ((command: string) => Played | undefined)

const lookUp = (commands: Commands, command: string): Played => {
  const known =
    typeof commands === "function"
      ? commands(command)
      : Object.hasOwn(commands, command)
        ? commands[command]
        : undefined
  return known ?? { output: `sh: ${command.split(" ")[0] ?? ""}: command not found\n`, code: 127 }
}

/** How the command ends, and after how long: by itself, or at the first of its limits. */
const endOf = (
  entry: Played,
  request: ShellRequest
): { readonly ended: ShellResult["ended"]; readonly after: number } => {
  const lasts = entry.lasts ?? 0
  const idle = request.idle ?? Number.POSITIVE_INFINITY
  if (lasts <= Math.min(request.timeout, idle)) return { ended: "exit", after: lasts }
  return idle < request.timeout ? { ended: "idle", after: idle } : { ended: "timeout", after: request.timeout }
}

const play = (entry: Played, request: ShellRequest): Effect.Effect<ShellResult> =>
  Effect.gen(function* () {
    const output = entry.output ?? ""
    const buffer = makeOutputBuffer(request.maxOutput)
    buffer.push(new TextEncoder().encode(output))
    if (output !== "") request.onOutput?.(output)
    if (entry.effect !== undefined) yield* entry.effect(request)
    const { ended, after } = endOf(entry, request)
    if (after === Number.POSITIVE_INFINITY) yield* Deferred.await(yield* Deferred.make<void>())
    if (after > 0) yield* Effect.sleep(Duration.millis(after))
    return { code: ended === "exit" ? Option.some(entry.code ?? 0) : Option.none(), ended, ...buffer.kept() }
  })

/** Makes a shell that plays these commands. */
export const make = (commands: Commands): typeof Shell.Service =>
  Shell.of({
    run: (request) =>
      request.sandbox === "strict"
        ? Effect.fail(new ShellFailed({ kind: "sandbox", reason: "a scripted shell has no sandbox" }))
        : play(lookUp(commands, request.command), request),
    end: () => Effect.succeed("gone"),
    confinement: () => Effect.succeed({ kind: "none", note: "Commands are played from a script; none is run." })
  })

/** A shell that plays these commands. */
export const layer = (commands: Commands): Layer.Layer<Shell> => Layer.succeed(Shell, make(commands))
