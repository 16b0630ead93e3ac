/** How much a turn, a step or an agent may use. */
import * as Schema from "effect/Schema"

/** The limits of one turn; absent means no limit. */
export const Limits = Schema.Struct({
  turns: Schema.optional(Schema.Int.pipe(Schema.positive())),
  tokens: Schema.optional(Schema.Int.pipe(Schema.positive())),
  /** US dollars. */
  cost: Schema.optional(Schema.JsonNumber.pipe(Schema.positive())),
  /** Milliseconds of wall time. */
  timeout: Schema.optional(Schema.Int.pipe(Schema.positive()))
})
/** The limits of one turn. */
export type Limits = typeof Limits.Type

/** What a budget allows in all; absent means no limit. */
export const Allowance = Schema.Struct({
  tokens: Schema.optional(Schema.Int),
  /** US dollars. */
  cost: Schema.optional(Schema.JsonNumber),
  calls: Schema.optional(Schema.Int)
})
/** What a budget allows in all. */
export type Allowance = typeof Allowance.Type

/** The budget of a whole session, in all its turns; absent means no limit. */
export const SessionBudget = Schema.Struct({
  tokens: Schema.optional(Schema.Int),
  /** US dollars. */
  cost: Schema.optional(Schema.JsonNumber),
  calls: Schema.optional(Schema.Int),
  /** Milliseconds that its turns may take, and those that were left when the turn began. */
  time: Schema.optional(Schema.Int),
  left: Schema.optional(Schema.Int)
})
/** The budget of a whole session. */
export type SessionBudget = typeof SessionBudget.Type
