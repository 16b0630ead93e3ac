/** What a person or program may ask of a session. Imperative; each is answered by facts or refused. */
import * as Schema from "effect/Schema"
import { ModelOptions } from "./Config.ts"
import { ApplyMode } from "./Event.ts"
import { CallId, SessionId } from "./Ids.ts"
import { Limits } from "./Limits.ts"
import { PromptPart } from "./Message.ts"
import { ModelName } from "./Model.ts"
import { Plan } from "./Plan.ts"
import { Reply, Rule } from "./Rule.ts"

/** How a turn is to be run, where it differs from the session's settings. */
export const TurnOptions = Schema.Struct({
  model: Schema.optional(ModelName),
  mode: Schema.optional(Schema.String),
  apply: Schema.optional(ApplyMode),
  limits: Schema.optional(Limits),
  /** How the model is to answer, where that differs from the settings. */
  options: Schema.optional(ModelOptions),
  /** Rules beside the configured ones, for this turn. */
  rules: Schema.optional(Schema.Array(Rule)),
  /** Answer what the rules do not deny with yes. */
  yes: Schema.optional(Schema.Boolean),
  /** Somebody is there to be asked. */
  attended: Schema.optional(Schema.Boolean)
})
/** How a turn is to be run. */
export type TurnOptions = typeof TurnOptions.Type

const command = <T extends string, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields })

/** What may be asked of a session that exists. */
export const Command = Schema.Union(
  command("Prompt", {
    parts: Schema.NonEmptyArray(PromptPart),
    options: Schema.optional(TurnOptions),
    /** What to do when a turn is running: wait, join it, or be refused. */
    whenBusy: Schema.optional(Schema.Literal("queue", "steer", "refuse"))
  }),
  command("Reply", { call: CallId, reply: Reply, message: Schema.optional(Schema.String) }),
  command("Answer", { call: CallId, answer: Schema.String }),
  command("Interrupt", {}),
  command("Apply", {
    /** Only these paths; all where absent. */
    paths: Schema.optional(Schema.Array(Schema.String)),
    /** Commit exactly the applied paths, with this message. */
    commit: Schema.optional(Schema.String)
  }),
  command("Discard", { paths: Schema.optional(Schema.Array(Schema.String)) }),
  command("Undo", {}),
  command("Redo", {}),
  command("Compact", {}),
  /** Approves the plan that was proposed, as it stands now. */
  command("ApprovePlan", { by: Schema.optional(Schema.Literal("person", "yes")) }),
  /** The plan as a person wants it, and in a few words what they changed. */
  command("EditPlan", { plan: Plan, what: Schema.String }),
  command("RejectPlan", { reason: Schema.optional(Schema.String) }),
  /** Carries the approved plan out, or goes on with it, in a turn of its own. */
  command("ExecutePlan", { options: Schema.optional(TurnOptions) }),
  command("Rename", { title: Schema.NonEmptyString }),
  command("SwitchModel", { model: ModelName })
)
/** What may be asked of a session that exists. */
export type Command = typeof Command.Type

/** What a new session starts from. */
export const NewSession = Schema.Struct({
  root: Schema.String,
  model: ModelName,
  mode: Schema.optional(Schema.String),
  apply: Schema.optional(ApplyMode),
  title: Schema.optional(Schema.String),
  id: Schema.optional(SessionId)
})
/** What a new session starts from. */
export type NewSession = typeof NewSession.Type
