/**
 * What happened: the facts of a session, and the envelope that stores them.
 * Facts are whole and versioned; only they are stored. `v` is the version of this page.
 */
import * as Schema from "effect/Schema"
import { Question, Seen, Todo, ToolSpec } from "./Call.ts"
import { Change, Conflict } from "./Change.ts"
import { ModelOptions } from "./Config.ts"
import { Candidate, Ensemble, Vote } from "./Ensemble.ts"
import { Footprint } from "./Footprint.ts"
import { fact } from "./fact.ts"
import { CallId, Seq, SessionId, Turn } from "./Ids.ts"
import { Limits, SessionBudget } from "./Limits.ts"
import { Asker, MeshFact, Parent } from "./MeshFacts.ts"
import { FilePart, ImagePart, PromptPart, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage } from "./Message.ts"
import { Model, ModelName } from "./Model.ts"
import { Rule } from "./Rule.ts"

/** The version of the event schema that this program writes. */
export const eventVersion = 1

/** An error as it is stored and shown: its tag, its kind where it has one, and its message, which never holds a secret. */
export const Failure = Schema.Struct({
  name: Schema.String,
  kind: Schema.optional(Schema.String),
  message: Schema.String
})
/** An error as it is stored and shown. */
export type Failure = typeof Failure.Type

/** How the staged changes of a session reach the real tree. */
export const ApplyMode = Schema.Literal("ask", "stage", "auto")
/** How the staged changes of a session reach the real tree. */
export type ApplyMode = typeof ApplyMode.Type

const turn = { turn: Turn }
const inCall = { turn: Turn, call: CallId }
/** What a call would touch, and the command lines in it. */
const touches = { footprint: Footprint, subjects: Schema.optional(Schema.Array(Schema.String)) }

/** Every fact there is. */
export const Fact = Schema.Union(
  fact("session.created", {
    root: Schema.String,
    model: ModelName,
    mode: Schema.String,
    apply: ApplyMode,
    program: Schema.String,
    /** For whom it works, where it is not a person's own. */
    parent: Schema.optional(Parent)
  }),
  fact("session.forked", { from: SessionId, upTo: Seq }),
  fact("session.titled", {
    title: Schema.String,
    /** The model that made it, where one did, and what that used. */
    model: Schema.optional(ModelName),
    usage: Schema.optional(Usage)
  }),
  fact("session.compacted", {
    ...turn,
    /** Messages up to this event are replaced by the summary in requests; the log keeps them. */
    upTo: Seq,
    summary: Schema.String,
    by: Schema.Literal("model", "fallback"),
    /** Tokens of the request before and after, as counted. */
    before: Schema.Int,
    after: Schema.Int,
    usage: Schema.optional(Usage)
  }),
  fact("prompt.submitted", {
    ...turn,
    parts: Schema.NonEmptyArray(PromptPart),
    limits: Schema.optional(Limits)
  }),
  fact("prompt.queued", { parts: Schema.NonEmptyArray(PromptPart), limits: Schema.optional(Limits) }),
  fact("prompt.steered", {
    ...turn,
    parts: Schema.NonEmptyArray(PromptPart),
    /** The agents that said it, where it was not the person. */
    from: Schema.optional(Schema.NonEmptyArray(Schema.String))
  }),
  fact("turn.started", {
    ...turn,
    model: ModelName,
    mode: Schema.String,
    /** The built-in mode whose limits hold, where the mode is another one. */
    base: Schema.optional(Schema.String),
    apply: ApplyMode,
    rules: Schema.Array(Rule),
    /** How commands are confined: `bubblewrap`, `none`. */
    sandbox: Schema.String,
    /** The person's home folder, from which rules with `~` start. */
    home: Schema.String,
    /** What was known of the model. */
    described: Model,
    /** Somebody could be asked; what the rules do not deny was answered with yes; the conversation may be compacted. */
    attended: Schema.Boolean,
    yes: Schema.Boolean,
    compacts: Schema.Boolean,
    /** The budget that holds beside the limits of the prompt, where there is one. */
    budget: Schema.optional(SessionBudget),
    /** The models that may stand in where the model does not answer, in order. */
    fallback: Schema.optional(Schema.Array(ModelName)),
    /** The models that are asked for their answers as well. */
    ensemble: Schema.optional(Ensemble),
    /** The route of the configuration that chose the model for this turn, where one did. */
    route: Schema.optional(Schema.String),
    /** How the model is to answer, where that is not left to its provider. */
    options: Schema.optional(ModelOptions),
    /** What was set and is not sent, as the model does not take it; where that is not what was said before. */
    dropped: Schema.optional(
      Schema.Array(
        Schema.Struct({
          option: Schema.String,
          value: Schema.Union(Schema.String, Schema.JsonNumber),
          reason: Schema.String
        })
      )
    ),
    /** SHA-256 of the system prompt and tool list in force. */
    prefix: Schema.String,
    /** The system prompt and the tools, where they differ from those of the turn before. */
    frame: Schema.optional(Schema.Struct({ system: Schema.String, tools: Schema.Array(ToolSpec) }))
  }),
  fact("turn.finished", { ...turn, stop: StopReason }),
  fact("turn.failed", {
    ...turn,
    /** `limited`: a limit of the prompt was reached; `refused`: a person or the lack of one said no. */
    reason: Schema.Literal("failed", "refused", "limited"),
    error: Failure
  }),
  fact("turn.interrupted", turn),
  fact("model.requested", {
    ...turn,
    step: Schema.Int,
    model: ModelName,
    /** Tokens of the request as counted before it was sent. */
    tokens: Schema.Int,
    messages: Schema.Int,
    /** Whether messages were left out or shortened to make it fit. */
    cut: Schema.optional(Schema.Boolean),
    /** Results of tools up to this event are left out of this request and all after it; the log keeps them. */
    aged: Schema.optional(Seq),
    /** Our own count of all that was sent, where all of it was counted and no provider's number was used. */
    counted: Schema.optional(Schema.Int),
    /** Why the request does not start with the one before, where it does not. */
    broke: Schema.optional(Schema.String)
  }),
  fact("model.answered", {
    ...turn,
    step: Schema.Int,
    stop: StopReason,
    usage: Usage,
    /** What the provider says of itself: the exact model that answered. */
    served: Schema.optional(Schema.String),
    /** It is one of several answers, or a vote among them; the turn's own follows, and used nothing more. */
    candidate: Schema.optional(Candidate),
    vote: Schema.optional(Vote)
  }),
  fact("model.retried", {
    ...turn,
    step: Schema.Int,
    attempt: Schema.Int,
    kind: Schema.String,
    message: Schema.String,
    /** Milliseconds that the provider asked to wait, and that were waited before the next try. */
    retryAfter: Schema.optional(Schema.Int),
    delay: Schema.Int,
    /** What the answer that was thrown away used, where one had come. */
    usage: Schema.optional(Usage),
    /** The words that had come before the answer broke off. */
    said: Schema.optional(Schema.String)
  }),
  /** Where a budget is set: what is held for a call before it, with the most that it may use. */
  fact("budget.reserved", { ...turn, call: Schema.Int, model: ModelName, most: Usage }),
  /** What the call used; not `exact` where it broke off and the provider said nothing: then it is reckoned, and told nowhere else. */
  fact("budget.settled", { ...turn, call: Schema.Int, usage: Usage, exact: Schema.Boolean }),
  fact("budget.exhausted", {
    ...turn,
    /** Whose budget: `prompt`, `session`, or an agent's name. */
    of: Schema.String,
    limit: Schema.Literal("tokens", "cost", "calls"),
    allowed: Schema.JsonNumber,
    spent: Schema.JsonNumber
  }),
  fact("model.switched", {
    from: ModelName,
    to: ModelName,
    reason: Schema.String,
    /** The route of the configuration that matches, where that is why. */
    route: Schema.optional(Schema.String),
    /** Why `from` did not answer, where a declared model stands in for it until the turn ends; `reason` says more. */
    kind: Schema.optional(Schema.String),
    /** What is known of the model that stands in. */
    described: Schema.optional(Model),
    /** The words that had come before the answer broke off. */
    said: Schema.optional(Schema.String)
  }),
  fact("part.text", { ...turn, text: TextPart.fields.text, partial: Schema.optional(Schema.Literal(true)) }),
  fact("part.reasoning", {
    ...turn,
    text: Schema.String,
    signature: ReasoningPart.fields.signature,
    redacted: ReasoningPart.fields.redacted,
    by: ModelName
  }),
  fact("part.image", { ...turn, mime: ImagePart.fields.mime, data: ImagePart.fields.data }),
  fact("part.file", {
    ...turn,
    name: FilePart.fields.name,
    mime: FilePart.fields.mime,
    text: FilePart.fields.text,
    data: FilePart.fields.data
  }),
  fact("tool.called", {
    ...inCall,
    name: ToolCallPart.fields.name,
    input: ToolCallPart.fields.input,
    /** What the model wrote, where that was no JSON and was mended to `input`. */
    wrote: Schema.optional(Schema.String),
    signature: ToolCallPart.fields.signature
  }),
  fact("tool.asked", {
    ...inCall,
    name: Schema.String,
    ...touches,
    /** What would happen, for people: a diff or a command line. */
    preview: Schema.String,
    /** The rule that asks. */
    rule: Schema.String,
    /** The rule that `always` would add. */
    always: Schema.String,
    /** The agent that asks, where it is not this session's own. */
    from: Schema.optional(Asker)
  }),
  fact("tool.allowed", {
    ...inCall,
    ...touches,
    by: Schema.Literal("rule", "person", "yes"),
    /** The rule that allows; where a person said `always`, the rule that this adds to the session. */
    rule: Schema.String,
    always: Schema.optional(Schema.Literal(true))
  }),
  fact("tool.refused", {
    ...inCall,
    /** Where a rule refused it: what it would have touched. */
    footprint: Schema.optional(Footprint),
    subjects: touches.subjects,
    by: Schema.Literal("rule", "person", "nobody"),
    reason: Schema.String
  }),
  fact("tool.started", inCall),
  /** A process of the call exists, and its command has not begun yet. */
  fact("tool.spawned", {
    ...inCall,
    /** The leader of its process group. */
    pid: Schema.Int,
    host: Schema.String,
    /** When it started, spelled with the boot, so that no later process is taken for it. */
    started: Schema.String
  }),
  fact("tool.finished", {
    ...inCall,
    ok: Schema.Boolean,
    output: Schema.String,
    images: Schema.optional(Schema.Array(ImagePart)),
    seen: Schema.optional(Schema.Array(Seen))
  }),
  fact("tool.unknown", { ...inCall, reason: Schema.String }),
  fact("todo.updated", { ...turn, todos: Schema.Array(Todo) }),
  fact("question.asked", { ...inCall, question: Question, from: Schema.optional(Asker) }),
  fact("question.answered", { ...inCall, answer: Schema.String }),
  fact("changes.staged", {
    ...turn,
    changes: Schema.Array(Change),
    /** The agent that made them, or that begins with them: why they are told in the middle of a turn. */
    agent: Schema.optional(SessionId)
  }),
  fact("changes.applied", {
    changes: Schema.Array(Change),
    redone: Schema.optional(Turn),
    commit: Schema.optional(Schema.String)
  }),
  fact("changes.discarded", { paths: Schema.Array(Schema.String) }),
  fact("changes.undone", { ...turn, changes: Schema.Array(Change), from: Schema.Literal("copy", "root") }),
  fact("changes.conflicted", { conflicts: Schema.NonEmptyArray(Conflict) }),
  ...MeshFact.members,
  fact("error.occurred", { error: Failure })
)
/** Every fact there is. */
export type Fact = typeof Fact.Type

/** A fact of one type. */
export type FactOf<T extends Fact["type"]> = Extract<Fact, { readonly type: T }>

/** What the log adds to a fact: whose it is, where it stands, when it was written, and the hash of the chain so far. */
export const Envelope = Schema.Struct({
  v: Schema.Literal(eventVersion),
  session: SessionId,
  seq: Seq,
  /** ISO 8601, UTC, milliseconds; not part of the hash. */
  at: Schema.String,
  /** SHA-256 (hex) over the hash before and the canonical JSON of `{ v, type, seq, payload }`. */
  hash: Schema.String
})
/** What the log adds to a fact. */
export type Envelope = typeof Envelope.Type

/** One line of a session's log. */
export const Event = /* @__PURE__ */ Schema.extend(Envelope, Fact)
/** One line of a session's log. */
export type Event = Envelope & Fact

/** An event as JSON, and back; unknown members are dropped, unknown types refused. */
export const EventJson = /* @__PURE__ */ Schema.parseJson(Event)
