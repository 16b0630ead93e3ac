/** What a person or program may ask of a session. Imperative; each is answered by facts or refused. */
import * as Schema from "effect/Schema"
import { BaseMode, ModelOptions } from "./Config.ts"
import { ApplyMode } from "./Event.ts"
import { CallId, SessionId } from "./Ids.ts"
import { Limits } from "./Limits.ts"
import { Parent } from "./MeshFacts.ts"
import { PromptPart } from "./Message.ts"
import { ModelName } from "./Model.ts"
import { Plan, StepId, Strategy } from "./Plan.ts"
import { Reply, Rule } from "./Rule.ts"

/** What an agent may do that begins another one: the built-in mode whose limits hold, its tools and its rules. */
export const Rights = Schema.Struct({
  base: BaseMode,
  tools: Schema.Array(Schema.String),
  rules: Schema.Array(Rule)
})
/** What an agent may do that begins another one. */
export type Rights = typeof Rights.Type

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
  attended: Schema.optional(Schema.Boolean),
  /** The rights of whoever began this agent: it has no more of any. */
  within: Schema.optional(Rights)
})
/** How a turn is to be run. */
export type TurnOptions = typeof TurnOptions.Type

const command = <T extends string, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields })

const reply = command("Reply", { call: CallId, reply: Reply, message: Schema.optional(Schema.String) })
const answer = command("Answer", { call: CallId, answer: Schema.String })

/** What a person decides where an agent waits for them. */
export const Decision = Schema.Union(reply, answer)
/** What a person decides where an agent waits for them. */
export type Decision = typeof Decision.Type

/** What may be asked of a session that exists. */
export const Command = Schema.Union(
  command("Prompt", {
    parts: Schema.NonEmptyArray(PromptPart),
    options: Schema.optional(TurnOptions),
    /** What to do when a turn is running: wait, join it, or be refused. */
    whenBusy: Schema.optional(Schema.Literal("queue", "steer", "refuse"))
  }),
  reply,
  answer,
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
  /** The plan as a person wants it, and in a few words what they changed; while it runs, only steps that wait may change. */
  command("EditPlan", { plan: Plan, what: Schema.String }),
  command("RejectPlan", { reason: Schema.optional(Schema.String) }),
  /** Carries the approved plan out, or goes on with it, in a turn of its own. */
  command("ExecutePlan", { options: Schema.optional(TurnOptions), strategy: Schema.optional(Strategy) }),
  /** Ends the step's agents, if there are any; nothing of it is merged, and what depends on it is not begun. */
  command("CancelStep", { step: StepId, reason: Schema.optional(Schema.String) }),
  /** Takes a step that an agent proposed into the plan, or does not. */
  command("ApproveStep", { step: StepId }),
  command("RejectStep", { step: StepId, reason: Schema.optional(Schema.String) }),
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
  id: Schema.optional(SessionId),
  parent: Schema.optional(Parent)
})
/** What a new session starts from. */
export type NewSession = typeof NewSession.Type
