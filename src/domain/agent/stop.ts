/** When a turn is over: done, a limit, a refusal, a loop, or a failure. */
import * as Schema from "effect/Schema"
import type { Fact, Failure } from "../model/Event.ts"
import type { StopReason } from "../model/Message.ts"
import type { SessionState } from "../session/State.ts"

/** A limit of the prompt was reached before the model was done. */
export class LimitReached extends Schema.TaggedError<LimitReached>()("LimitReached", {
  limit: Schema.Literal("turns", "tokens", "cost", "timeout"),
  value: Schema.Number
}) {
  override get message(): string {
    const unit = { turns: "model calls", tokens: "tokens", cost: "dollars", timeout: "milliseconds" }[this.limit]
    const flag = { turns: "--max-turns", tokens: "--max-tokens", cost: "--max-cost", timeout: "--timeout" }[this.limit]
    return `The limit of ${this.value} ${unit} was reached. What was done is kept; raise ${flag} and go on with -c.`
  }
}

/** The model makes the same call, or the same few in turn, again and again with the same outcomes. */
export class LoopDetected extends Schema.TaggedError<LoopDetected>()("LoopDetected", {
  /** The tools of one round, in order. */
  tools: Schema.NonEmptyArray(Schema.String),
  times: Schema.Int
}) {
  override get message(): string {
    return `The model called ${this.tools.join(", then ")} ${this.times} times in a row with the same input and outcome. Say what it should do instead.`
  }
}

/** A provider pauses its answer so often in a row and no more. */
export const mostPauses = 10

/** The provider pauses its answer again and again, and never ends it. */
export class PausedTooOften extends Schema.TaggedError<PausedTooOften>()("PausedTooOften", {
  model: Schema.String,
  times: Schema.Int
}) {
  override get message(): string {
    return `${this.model} paused its answer ${this.times} times in a row. What was done is kept; go on with -c.`
  }
}

/** The model or its provider declined to answer. */
export class ModelRefused extends Schema.TaggedError<ModelRefused>()("ModelRefused", { model: Schema.String }) {
  override get message(): string {
    return `${this.model} declined to answer this. Put it differently, or choose another model.`
  }
}

/** A person said no, or nobody was there to be asked. */
export class PermissionRefused extends Schema.TaggedError<PermissionRefused>()("PermissionRefused", {
  tool: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.tool} was not allowed: ${this.reason}`
  }
}

/** The conversation does not fit the model's window even after compaction. */
export class ContextFull extends Schema.TaggedError<ContextFull>()("ContextFull", {
  model: Schema.String,
  window: Schema.Int
}) {
  override get message(): string {
    return `The conversation no longer fits the window of ${this.model} (${this.window} tokens). Compact it, choose a model with a larger window, or start a new session.`
  }
}

/** The limit that the turn has reached, if any: asked before each model call. */
export const limitReached = (state: SessionState): LimitReached | undefined => {
  const { limits, turnSteps, turnUsage } = state
  if (limits.turns !== undefined && turnSteps >= limits.turns)
    return new LimitReached({ limit: "turns", value: limits.turns })
  const tokens = turnUsage.input + turnUsage.output + turnUsage.cacheRead + turnUsage.cacheWrite
  if (limits.tokens !== undefined && tokens >= limits.tokens)
    return new LimitReached({ limit: "tokens", value: limits.tokens })
  if (limits.cost !== undefined && turnUsage.cost >= limits.cost)
    return new LimitReached({ limit: "cost", value: limits.cost })
  return undefined
}

/** A call that was made: its tool, and a key that is equal for an equal call with an equal outcome. */
export interface Made {
  readonly tool: string
  readonly key: string
}

/** So many equal rounds of calls in a row, with equal outcomes, are a loop. */
export const mostRounds = 5

/** A round that is found to repeat has so many calls at most. */
export const longestRound = 6

const repeats = (made: ReadonlyArray<Made>, length: number): boolean => {
  const rounds = made.slice(-length * mostRounds)
  return (
    rounds.length === length * mostRounds && rounds.slice(length).every(({ key }, index) => key === rounds[index]?.key)
  )
}

/** The loop that the newest of these calls are in, if any: any outcome that differs is progress, and no loop. */
export const loopIn = (made: ReadonlyArray<Made>): LoopDetected | undefined => {
  const length = Array.from({ length: longestRound }, (_, index) => index + 1).find((it) => repeats(made, it))
  const [first, ...rest] = length === undefined ? [] : made.slice(-length).map(({ tool }) => tool)
  return first === undefined ? undefined : new LoopDetected({ tools: [first, ...rest], times: mostRounds })
}

/** What an answer without calls means for the turn: its end, or that the model goes on. */
export const afterAnswer = (stop: StopReason): "finished" | "refused" | "full" | "again" =>
  stop === "refusal" ? "refused" : stop === "context_full" ? "full" : stop === "pause" ? "again" : "finished"

/** An error as it is stored. */
export const failureOf = (error: {
  readonly _tag: string
  readonly kind?: unknown
  readonly message: string
}): Failure => ({
  name: error._tag,
  ...(typeof error.kind === "string" ? { kind: error.kind } : {}),
  message: error.message
})

/** The fact that ends a turn with an error. */
export const failed = (turn: number, error: { readonly _tag: string; readonly message: string }): Fact => ({
  type: "turn.failed",
  turn,
  reason:
    error._tag === "LimitReached" || error._tag === "LoopDetected" || error._tag === "PausedTooOften"
      ? "limited"
      : error._tag === "PermissionRefused"
        ? "refused"
        : "failed",
  error: failureOf(error)
})
