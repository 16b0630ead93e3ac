/** Permission rules and what they decide. */
import * as Schema from "effect/Schema"

/** What a rule, or all of them together, say of a call. Strictest wins: `deny` over `ask` over `allow`. */
export const Decision = Schema.Literal("allow", "ask", "deny")
/** What a rule, or all of them together, say of a call. */
export type Decision = typeof Decision.Type

/** `tool(pattern)`, a bare tool name, or `*`, and what it decides. */
export const Rule = Schema.Struct({
  decision: Decision,
  rule: Schema.NonEmptyString,
  examples: Schema.optional(
    Schema.Struct({
      match: Schema.optional(Schema.Array(Schema.String)),
      notMatch: Schema.optional(Schema.Array(Schema.String))
    })
  )
})
/** A permission rule. */
export type Rule = typeof Rule.Type

/** A decision and what it rests on: a rule as written, or the name of a built-in one. */
export const Verdict = Schema.Struct({ decision: Decision, rule: Schema.String })
/** A decision and what it rests on. */
export type Verdict = typeof Verdict.Type

/** What a person answers when asked: this once, from now on in this session, or no. */
export const Reply = Schema.Literal("once", "always", "reject")
/** What a person answers when asked. */
export type Reply = typeof Reply.Type
