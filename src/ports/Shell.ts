/** Runs a command line to its end, bounded in every way. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** The command could not be started at all. */
export class ShellFailed extends Schema.TaggedError<ShellFailed>()("ShellFailed", {
  kind: Schema.Literal("spawn", "sandbox"),
  reason: Schema.String
}) {
  override get message(): string {
    return `The command was not started: ${this.reason}`
  }
}

/** How commands are confined here. `none` means: not at all, or that none is run where a sandbox was asked for. */
export interface Confinement {
  /** Only in bubblewrap do commands see the working copy at the real root's place. */
  readonly kind: "bubblewrap" | "sandbox-exec" | "none"
  /** A sentence for people. */
  readonly note: string
}

/** A process as no other one is: enough to find it again after a crash, and to tell it from one that has its id by then. */
export interface StartedProcess {
  /** The leader of its own process group: its id is the group's. */
  readonly pid: number
  readonly host: string
  /** When it started, spelled with the boot and the process-id namespace, as holders of leases are. */
  readonly started: string
}

/** How commands are to be confined. In `auto` a machine without a sandbox runs them all the same. */
export type SandboxChoice = "auto" | "workspace" | "strict" | "off"

/** What all processes of a command may use together: milliseconds of CPU time, bytes, processes with their threads. */
export interface ShellLimits {
  readonly cpu?: number
  readonly memory?: number
  readonly processes?: number
  /** Bytes it may print; it is ended where it prints more. */
  readonly output?: number
}

/** A connection that a command asked its proxy for, and how often. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly times: number
  /** Why it was refused; absent where it was made. */
  readonly refused?: string
}

/** A command and its bounds. Times are milliseconds, sizes bytes. */
export interface ShellRequest {
  readonly command: string
  /** The directory that the command starts in, on the real disk. */
  readonly cwd: string
  /** Where the working copy stands on disk, and where the command is to see it. */
  readonly mount?: { readonly from: string; readonly to: string }
  /** Paths of the real tree that the copy leaves out and the sandbox shows read-only at their place. */
  readonly readOnly?: ReadonlyArray<string>
  /** Files of the copy, by the names that the command knows, that it is to see empty. */
  readonly hidden?: ReadonlyArray<string>
  readonly sandbox: SandboxChoice
  /** No network, the host's, or these hosts alone: enforced in a sandbox, and never more than none in `strict`. */
  readonly network: boolean | ReadonlyArray<string>
  readonly timeout: number
  /** Ends it when nothing was printed for so long. */
  readonly idle?: number
  readonly limits?: ShellLimits
  /** Kept of the output: half from its start, half from its end. */
  readonly maxOutput: number
  /** Called with pieces of output as they come. */
  readonly onOutput?: (text: string) => void
  /** Run to its end once the process exists and before the command begins; where it fails, the command never does. */
  readonly onStart?: (process: StartedProcess) => Effect.Effect<void, ShellFailed>
}

/** How it ended. `code` is absent where a signal or a limit ended it. */
export interface ShellResult {
  readonly code: Option.Option<number>
  readonly ended: "exit" | "signal" | "timeout" | "idle" | keyof ShellLimits
  readonly signal?: string
  /** Standard output and error as they came, cut in the middle where too long. */
  readonly output: string
  readonly truncated: boolean
  /** Bytes it printed in all. */
  readonly bytes: number
  /** What it asked its proxy for; absent where it asked for nothing. */
  readonly connections?: ReadonlyArray<Connection>
  /** Names at the root that it made although commands may not, and that were taken away again. */
  readonly withdrawn?: ReadonlyArray<string>
}

/** Runs a command line in its own process group, with stdin closed; interrupting it ends the whole group. */
export class Shell extends Context.Tag("code-mesh/ports/Shell")<
  Shell,
  {
    /** Runs to the end; a failing command is a result, not an error. Nothing it started survives it. */
    readonly run: (request: ShellRequest) => Effect.Effect<ShellResult, ShellFailed>
    /**
     * Ends what is left of a command that a program which has died began, with its whole group. `gone`: nothing was left;
     * `unreachable`: it was begun where this process cannot look.
     */
    readonly end: (started: StartedProcess) => Effect.Effect<"ended" | "gone" | "unreachable">
    /** How a command in this mode would be confined here. */
    readonly confinement: (sandbox: ShellRequest["sandbox"]) => Effect.Effect<Confinement>
  }
>() {}
