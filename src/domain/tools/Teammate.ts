/** What an agent can do with the others that work on the same goal. Its tools reach them through this. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { MessageKind } from "../model/MeshFacts.ts"

/** A message was not sent, and nobody got it. */
export class NotSent extends Schema.TaggedError<NotSent>()("NotSent", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** A message to be sent. */
export interface Letter {
  /** Names, or `*` for everybody at work; with `*`, a topic reaches only those who follow it. */
  readonly to: ReadonlyArray<string>
  readonly kind: MessageKind
  readonly text: string
  readonly topic?: string | undefined
  /** The message that it answers. */
  readonly replyTo?: string | undefined
}

/** A step that an agent finds to be needed beside its own. */
export interface StepDraft {
  readonly title: string
  readonly task: string
  readonly role: string
  readonly files: ReadonlyArray<string>
  readonly check?: string | undefined
  readonly whyNoCheck?: string | undefined
  readonly dependsOn: ReadonlyArray<string>
}

/** An agent among others. */
export interface Teammate {
  /** Sends a message; answers in words that it was sent, and what that cost. */
  readonly send: (letter: Letter) => Effect.Effect<string, NotSent>
  /** Asks one agent, and waits for its answer so many milliseconds; answers what came, or that nothing did. */
  readonly request: (letter: Letter, wait: number) => Effect.Effect<string, NotSent>
  /** Puts a note on the board for all to read. */
  readonly note: (kind: "decision" | "finding", text: string) => Effect.Effect<void, NotSent>
  /** Follows these topics as well. */
  readonly follow: (topics: ReadonlyArray<string>) => Effect.Effect<void, NotSent>
  /** Proposes a step of the plan that they carry out, where they do; answers in words what becomes of it. */
  readonly propose?: (draft: StepDraft) => Effect.Effect<string, NotSent>
  /** The board as it is now. */
  readonly board: Effect.Effect<string>
  /**
   * Gives the agent what waits for it, by `take`: only what was taken is no longer in its mailbox. Where it is about to
   * `rest`, it is given something only if a task or a question waits.
   */
  readonly collect: <A, E>(
    take: (text: string, from: readonly [string, ...ReadonlyArray<string>]) => Effect.Effect<A, E>,
    rest?: boolean
  ) => Effect.Effect<void, E>
}
