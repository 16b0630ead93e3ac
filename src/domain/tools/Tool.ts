/** What a tool is: data for the model, and one staged function. It prepares; dispatch asks; then it runs. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Digest } from "../../ports/Digest.ts"
import type { Search } from "../../ports/Search.ts"
import type { SandboxChoice, Shell, ShellLimits, ShellRequest } from "../../ports/Shell.ts"
import type { ShellGrammar } from "../../ports/ShellGrammar.ts"
import type { TextCodec } from "../../ports/TextCodec.ts"
import type { Web } from "../../ports/Web.ts"
import type { CopyFailed, Place } from "../../ports/WorkingCopies.ts"
import type { Workspace } from "../../ports/Workspace.ts"
import type { Question, Seen, Todo } from "../model/Call.ts"
import type { Footprint } from "../model/Footprint.ts"
import type { Message } from "../model/Message.ts"
import type { Plan } from "../model/Plan.ts"
import type { Teammate } from "./Teammate.ts"

/**
 * A tool could not do what was asked; the model reads `reason` and may act on it. `kind` is a short stable word
 * (`invalid`, `missing_file`, `not_found`, `ambiguous`, `stale`, `encoding`, `is_directory`, `not_regular_file`, `too_large`, …).
 */
export class ToolFailure extends Schema.TaggedError<ToolFailure>()("ToolFailure", {
  kind: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** The bounds of every command. Times are milliseconds. */
export interface CommandLimits {
  /** No command may ask for more time. */
  readonly longest: number
  /** Silence that ends it. */
  readonly idle: number
  readonly use: ShellLimits
}

/** A task for another agent: the name of its role, and all that it is told. */
export interface Wish {
  readonly agent: string
  readonly prompt: string
}

/** What a call has at hand beside the ports: the facts of its session, and the ways back to it. */
export interface ToolRunService {
  /** The call's id. */
  readonly call: string
  /** The content hash of a file when a tool of this session last showed or wrote it; `real` path. */
  readonly seen: (real: string) => Effect.Effect<Option.Option<string>>
  /** Whether the rules let this session read a file (real path): what a search comes across is held against it. */
  readonly mayRead: (real: string) => boolean
  /** Whether the rules let this session fetch from a host: where a page leads to is held against it. */
  readonly mayReach: (host: string) => boolean
  /** False where tools act in place and need no earlier read (`debug tool`). */
  readonly mustRead: boolean
  readonly todos: Effect.Effect<ReadonlyArray<Todo>>
  /** Shows a piece of output while the call runs. */
  readonly progress: (text: string) => void
  /** Puts a question to the person; fails where nobody is there. */
  readonly ask: (question: Question) => Effect.Effect<string, ToolFailure>
  /** The names of the roles that work may be given to. */
  readonly roles: ReadonlyArray<string>
  /** Lets another agent do a task, within the rights and the budget of this one; absent where none can be begun. */
  readonly delegate?: (wish: Wish) => Effect.Effect<Outcome, ToolFailure>
  /** The place on disk for a command. */
  readonly place: Effect.Effect<Place, CopyFailed>
  readonly sandbox: SandboxChoice
  readonly network: ShellRequest["network"]
  readonly limits: CommandLimits
  /** Somebody wants nothing of ours to connect: `sandbox.network = false`. */
  readonly offline: boolean
  /**
   * Applies what is staged, so that a command may run in the real root (git writes).
   * Fails where the merge conflicts.
   */
  readonly applyStaged: Effect.Effect<void, ToolFailure>
  /** The paths that this session has changed in the real root and not undone since. */
  readonly applied: Effect.Effect<ReadonlyArray<string>>
  /** The other agents that work on the same goal, where there are some. */
  readonly team?: Teammate
}

/** What a call has at hand beside the ports. */
export class ToolRun extends Context.Tag("code-mesh/domain/ToolRun")<ToolRun, ToolRunService>() {}

/** All that a tool may need. */
export type ToolNeeds = Workspace | Search | Shell | ShellGrammar | TextCodec | Digest | Web | ToolRun

/** What a call came to. */
export interface Outcome {
  /** For the model; bounded by dispatch. */
  readonly output: string
  readonly images?: NonNullable<Extract<Message["parts"][number], { type: "tool-result" }>["images"]>
  /** Files as they are now, for the check of later edits; `path` is the real path. */
  readonly seen?: ReadonlyArray<Seen>
  readonly todos?: ReadonlyArray<Todo>
  /** A plan for the person to approve. */
  readonly plan?: Plan
  /** False where the call ran but its outcome is a failure (a command's exit code). */
  readonly ok?: boolean
}

/** A call that is ready to run once it is allowed. */
export interface Prepared {
  readonly footprint: Footprint
  /** What would happen, for people: a diff, a command line, a path. */
  readonly preview: string
  /** Command lines that rules of this tool's name are matched against; paths come from the footprint. */
  readonly subjects?: ReadonlyArray<string>
  readonly run: Effect.Effect<Outcome, ToolFailure, ToolNeeds>
}

/** Any tool, its input's type forgotten. */
export interface AnyTool {
  readonly name: string
  readonly description: string
  /** The built-in modes that it is offered in; all where absent. */
  readonly modes?: ReadonlyArray<string>
  readonly input: Schema.Schema.AnyNoContext
  readonly prepare: (input: never) => Effect.Effect<Prepared, ToolFailure, ToolNeeds>
}

/** Defines a tool, so that its input's type is inferred from its schema. */
export const defineTool = <I, E>(tool: {
  readonly name: string
  readonly description: string
  readonly modes?: ReadonlyArray<string>
  readonly input: Schema.Schema<I, E>
  readonly prepare: (input: I) => Effect.Effect<Prepared, ToolFailure, ToolNeeds>
}): AnyTool => tool as AnyTool
