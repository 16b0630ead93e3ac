/** When a turn is over: done, a limit, a refusal, a loop, or a failure. */
import * as Schema from "effect/Schema"
import type { Fact, Failure } from "../model/Event.ts"
import type { StopReason } from "../model/Message.ts"
import type { Exhausted } from "../session/ledger.ts"
import type { SessionState } from "../session/State.ts"

const units = {
  turns: "model calls",
  calls: "model calls",
  tokens: "tokens",
  cost: "dollars",
  timeout: "milliseconds"
} as const
const flags = {
  turns: "--max-turns",
  calls: "--max-turns",
  tokens: "--max-tokens",
  cost: "--max-cost",
  timeout: "--timeout"
} as const
const settings = {
  turns: "max_calls",
  calls: "max_calls",
  tokens: "max_tokens",
  cost: "max_cost",
  timeout: "max_seconds"
} as const

/** A limit of the prompt, or a budget around it, was reached before the model was done. */
export class LimitReached extends Schema.TaggedError<LimitReached>()("LimitReached", {
  limit: Schema.Literal("turns", "calls", "tokens", "cost", "timeout"),
  value: Schema.Number,
  /** Whose budget, where it is not the prompt's: `session`, or an agent's name. */
  of: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const { limit, of, value } = this
    const amount = `${value} ${units[limit]}`
    if (of === undefined || of === "prompt")
      return `The limit of ${amount} was reached. What was done is kept; raise ${flags[limit]} and go on with -c.`
    return of === "session"
      ? `The session's budget of ${amount} is used up. What was done is kept; raise budget.${settings[limit]} in the configuration and go on with -c, or begin another session.`
      : `The budget of ${of}, ${amount}, is used up. What was done is kept.`
  }
}

/** A budget that is used up, as the end of a turn. */
export const limitOf = ({ allowed, limit, of }: Exhausted): LimitReached =>
  new LimitReached({ limit, value: allowed, of })

/** A limit in dollars cannot hold for a model whose price nobody knows: nothing was asked. */
export class PriceUnknown extends Schema.TaggedError<PriceUnknown>()("PriceUnknown", { model: Schema.String }) {
  override get message(): string {
    return `What ${this.model} costs is not known, so that no limit in dollars can hold for it; it was not asked.`
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

const endings: Readonly<Record<string, "limited" | "refused">> = {
  LimitReached: "limited",
  LoopDetected: "limited",
  PausedTooOften: "limited",
  PermissionRefused: "refused"
}

/** A call that a budget did not pay for is a limit that was reached. */
const unpaid = (error: { readonly _tag: string; readonly kind?: unknown }): boolean =>
  error._tag === "ModelError" && error.kind === "budget"

/** The fact that ends a turn with an error. */
export const failed = (
  turn: number,
  error: { readonly _tag: string; readonly kind?: unknown; readonly message: string }
): Fact => ({
  type: "turn.failed",
  turn,
  reason: unpaid(error) ? "limited" : (endings[error._tag] ?? "failed"),
  error: unpaid(error) ? { name: "LimitReached", message: error.message } : failureOf(error)
})
