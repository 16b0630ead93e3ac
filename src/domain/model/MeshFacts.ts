/** What happens where several agents work on one goal: plans, their steps, who does them, and what they tell each other. */
import * as Schema from "effect/Schema"
import { Change } from "./Change.ts"
import { fact } from "./fact.ts"
import { CallId, SessionId, Turn } from "./Ids.ts"
import { Usage } from "./Message.ts"
import { ModelName } from "./Model.ts"
import { Attempt, Plan, StepId, Strategy } from "./Plan.ts"

const turn = { turn: Turn }
/** A step of the plan, and which try of it; of several tries at once, which one. */
const inTask = { step: StepId, attempt: Attempt, candidate: Schema.optional(Attempt) }

/** For whom a session works: nobody where it is a person's own. */
export const Parent = Schema.Struct({
  session: SessionId,
  role: Schema.String,
  /** The names of the agents from the root's own down to this one: `["api (coder)"]`. */
  path: Schema.Array(Schema.String),
  /** The try of a step that it does. */
  step: Schema.optional(StepId),
  attempt: Schema.optional(Attempt),
  candidate: Schema.optional(Attempt),
  /** The call of the tool `task` that began it. */
  call: Schema.optional(CallId)
})
/** For whom a session works. */
export type Parent = typeof Parent.Type

/** Which agent asks, where it is not the session's own: its session, and the names down to it. */
export const Asker = Schema.Struct({ agent: SessionId, path: Schema.Array(Schema.String) })
/** Which agent asks. */
export type Asker = typeof Asker.Type

/** What a message between agents is for. */
export const MessageKind = Schema.Literal("task", "progress", "result", "question", "notification")
/** What a message between agents is for. */
export type MessageKind = typeof MessageKind.Type

/** A check that was run: its command, how it ended, and of which tree that holds. */
export const CheckRecorded = fact("check.recorded", {
  step: Schema.optional(StepId),
  /** The agent whose copy it ran in, where it was not the session's own. */
  agent: Schema.optional(SessionId),
  command: Schema.String,
  /** The exit code; absent where it did not end of itself. */
  code: Schema.optional(Schema.Int),
  ok: Schema.Boolean,
  /** The end of its output. */
  output: Schema.String,
  /** SHA-256 over all that is staged, as it stood when the check ran. */
  tree: Schema.String
})
/** A check that was run. */
export type CheckRecorded = typeof CheckRecorded.Type

/** The facts of plans and of agents that work for others. */
export const MeshFact = Schema.Union(
  /** A plan to be approved; `call` is the tool call that made it. */
  fact("plan.proposed", { turn: Turn, call: CallId, plan: Plan }),
  /** What a person made of the plan, in words, and whole. */
  fact("plan.edited", { plan: Plan, what: Schema.String }),
  fact("plan.approved", { by: Schema.Literal("person", "yes") }),
  /** It is being carried out: how its steps are given to agents, and how many work at once. */
  fact("plan.started", { ...turn, strategy: Strategy, width: Schema.Int.pipe(Schema.positive()) }),
  /** A change of the plan while it is carried out. */
  fact("plan.updated", { plan: Plan, what: Schema.String }),
  fact("plan.finished", {
    status: Schema.Literal("done", "failed", "rejected", "cancelled"),
    reason: Schema.optional(Schema.String)
  }),
  fact("task.started", { ...inTask, agent: SessionId, role: Schema.String, model: ModelName }),
  /** The step is done and merged: `verified` where a check that is newer than its last edit shows it. */
  fact("task.finished", {
    ...inTask,
    agent: SessionId,
    status: Schema.Literal("verified", "unverified"),
    /** What the agent says of it. */
    result: Schema.String,
    changes: Schema.Array(Change),
    usage: Usage
  }),
  fact("task.failed", {
    ...inTask,
    agent: Schema.optional(SessionId),
    reason: Schema.String,
    /** What it changed all the same: the next try may begin with it. */
    changes: Schema.optional(Schema.Array(Change)),
    usage: Usage
  }),
  fact("task.cancelled", { ...inTask, reason: Schema.String }),
  CheckRecorded,
  /** An agent begins to work for this session: for a try of a step, or for a `call` of the tool `task`. */
  fact("agent.spawned", {
    ...turn,
    agent: SessionId,
    role: Schema.String,
    model: ModelName,
    path: Parent.fields.path,
    step: Schema.optional(StepId),
    attempt: Schema.optional(Attempt),
    candidate: Schema.optional(Attempt),
    call: Schema.optional(CallId)
  }),
  /** What became of an agent: every one that was spawned has one such end. */
  fact("agent.ended", {
    ...turn,
    agent: SessionId,
    role: Schema.String,
    model: ModelName,
    path: Schema.optional(Parent.fields.path),
    result: Schema.Literal("verified", "unverified", "done", "failed", "cancelled"),
    step: Schema.optional(StepId),
    /** The checks that were run on its work. */
    checks: Schema.Struct({ passed: Schema.Int, failed: Schema.Int }),
    /** Model calls. */
    calls: Schema.Int,
    usage: Usage,
    reason: Schema.optional(Schema.String)
  }),
  /** One agent tells others something; who may read it is said by name, `*` is everybody. */
  fact("message.sent", {
    ...turn,
    /** Its name in this session, in the order in which messages were sent. */
    id: Schema.String,
    from: Schema.String,
    to: Schema.Array(Schema.String),
    kind: MessageKind,
    topic: Schema.optional(Schema.String),
    text: Schema.String,
    /** The message that it answers. */
    replyTo: Schema.optional(Schema.String),
    /** Milliseconds since 1970 until which an answer is waited for. */
    deadline: Schema.optional(Schema.JsonNumber),
    /** What its sending cost in full mailboxes, each as `NAME/MESSAGE`: an older message that made room there, or itself. */
    dropped: Schema.optional(Schema.Array(Schema.String))
  }),
  /** An agent has a mailbox from now on, and gets what is sent to these topics; another one of the same name goes on with it. */
  fact("mailbox.opened", { ...turn, name: Schema.String, topics: Schema.Array(Schema.String) }),
  /** The agent is gone: what it has not read waits for another one of its name. */
  fact("mailbox.closed", { ...turn, name: Schema.String }),
  /** These messages have been given to the agent. */
  fact("message.read", { ...turn, name: Schema.String, messages: Schema.NonEmptyArray(Schema.String) })
)
/** The facts of plans and of agents that work for others. */
export type MeshFact = typeof MeshFact.Type
