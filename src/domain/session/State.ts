/** The state of a session: what all its events together say. Bounded: what a compaction replaced is not kept here. */
import * as Chunk from "effect/Chunk"
import * as HashMap from "effect/HashMap"
import type { StartedProcess } from "../../ports/Shell.ts"
import type { Question, Todo } from "../model/Call.ts"
import type { Change } from "../model/Change.ts"
import type { ApplyMode, FactOf, Failure } from "../model/Event.ts"
import type { CallId, SessionId } from "../model/Ids.ts"
import type { Limits } from "../model/Limits.ts"
import type { Parent } from "../model/MeshFacts.ts"
import { noUsage, type Part, type PromptPart, type StopReason, type Usage } from "../model/Message.ts"
import type { ModelName } from "../model/Model.ts"
import type { Rule } from "../model/Rule.ts"
import type { AgentState, PlanState } from "./PlanState.ts"
import { noPins, type Pins } from "./pins.ts"
import { noThinking, type Thinking } from "./thinking.ts"

/** One thing said, in the order it was said. `seq` is the event that said it. */
export interface Entry {
  readonly seq: number
  readonly turn: number
  readonly from: "person" | "agent" | "model" | "tool" | "program"
  readonly part: Part
  /** The words end where they were cut off. */
  readonly cut?: true
}

/** How far a tool call has come. */
export interface CallState {
  readonly id: CallId
  readonly name: string
  readonly input: string
  readonly phase: "called" | "asked" | "allowed" | "started"
  /** The processes that it began, oldest first. */
  readonly processes?: ReadonlyArray<StartedProcess>
}

/** How a turn ended. */
export interface TurnEnd {
  readonly turn: number
  readonly status: "done" | "failed" | "refused" | "limited" | "interrupted"
  readonly stop?: StopReason
  readonly error?: Failure
}

/** A turn's file changes and where they are now. */
export interface Batch {
  readonly turn: number
  readonly changes: ReadonlyArray<Change>
  readonly where: "copy" | "root"
}

/** A prompt that waits for its turn. */
export interface Waiting {
  readonly parts: readonly [PromptPart, ...ReadonlyArray<PromptPart>]
  readonly limits?: Limits
}

/** All that a session's events say. */
export interface SessionState {
  readonly id: SessionId
  readonly seq: number
  readonly hash: string
  readonly root: string
  readonly title: string
  readonly model: ModelName
  /** The declared model that answers in its place, since it did not or a route says so, until the next turn. */
  readonly standIn?: ModelName
  readonly mode: string
  readonly apply: ApplyMode
  readonly createdAt: string
  readonly updatedAt: string
  /** The newest turn's number; 0 before the first. */
  readonly turn: number
  readonly running: boolean
  readonly last?: TurnEnd
  readonly entries: Chunk.Chunk<Entry>
  /** A model is answering; what the person says meanwhile waits in `steered` and follows the answer. */
  readonly answering: boolean
  /** The last request held less than the conversation: messages were left out or shortened to fit the window. */
  readonly cut: boolean
  readonly steered: ReadonlyArray<Entry>
  /** Calls of the running turn that have no outcome yet. */
  readonly open: HashMap.HashMap<CallId, CallState>
  readonly asked: HashMap.HashMap<CallId, FactOf<"tool.asked">>
  readonly questions: HashMap.HashMap<CallId, Question>
  readonly queue: ReadonlyArray<Waiting>
  readonly todos: ReadonlyArray<Todo>
  /** Real path → content hash, as a tool last showed or wrote it. */
  readonly seen: HashMap.HashMap<string, string>
  /** Rules that a person added by answering `always`. */
  readonly rules: ReadonlyArray<Rule>
  readonly batches: ReadonlyArray<Batch>
  readonly undone: ReadonlyArray<Batch>
  /** The changes staged last, while nothing has become of any changes since. */
  readonly justStaged: ReadonlyArray<Change>
  readonly usage: Usage
  readonly turnUsage: Usage
  readonly turnSteps: number
  readonly limits: Limits
  /** Model calls so far, also those that failed. */
  readonly calls: number
  /** Milliseconds that the turns before this one took, and when the newest prompt was submitted. */
  readonly elapsed: number
  readonly beganAt: string
  /** What is held of a budget for calls that are on their way, and the most that each may use. */
  readonly held: ReadonlyArray<{ readonly call: number; readonly most: Usage }>
  /** The summary that stands for all before the first entry. */
  readonly summary?: string
  readonly compactions: number
  /** The calls before the first entry: no other call of the session may have their ids. */
  readonly goneCalls: ReadonlyArray<string>
  /** What the provider counted for the newest request and its answer, and the event up to which that holds. */
  readonly measured?: { readonly tokens: number; readonly upTo: number }
  readonly prefix: string
  /** Why the newest request that did not start with the one before it did not. */
  readonly broke?: { readonly why: string; readonly seq: number }
  /** What no compaction may lose. */
  readonly pins: Pins
  /** Results of tools up to this event are left out of requests. */
  readonly aged: number
  /** Our own count of the request that is being answered, where all of it was counted. */
  readonly counted?: { readonly model: ModelName; readonly tokens: number }
  /** By model: tokens as its provider counts them over ours. */
  readonly ratios: Readonly<Record<string, number>>
  /** The plan that was proposed last. */
  readonly plan?: PlanState
  /** For whom it works, where it is not a person's own. */
  readonly parent?: Parent
  /** The agents that work for it, or did, in the order in which they began. */
  readonly agents: ReadonlyMap<SessionId, AgentState>
  /** The newest checks of what was done here, and in which turn each was run. */
  readonly checks: ReadonlyArray<{ readonly turn: number; readonly check: FactOf<"check.recorded"> }>
  /** How many turns were interrupted. */
  readonly cuts: number
  /** How long the person has been asked in the newest turn. */
  readonly thinking: Thinking
  /** The options that the log last said are not taken, as canonical JSON. */
  readonly dropped?: string
}

/** The state before the first event. */
export const initial = (id: SessionId): SessionState => ({
  id,
  seq: 0,
  hash: "",
  root: "",
  title: "",
  model: "none/none",
  mode: "build",
  apply: "stage",
  createdAt: "",
  updatedAt: "",
  turn: 0,
  running: false,
  entries: Chunk.empty(),
  answering: false,
  cut: false,
  steered: [],
  open: HashMap.empty(),
  asked: HashMap.empty(),
  questions: HashMap.empty(),
  queue: [],
  todos: [],
  seen: HashMap.empty(),
  rules: [],
  batches: [],
  undone: [],
  justStaged: [],
  usage: noUsage,
  turnUsage: noUsage,
  turnSteps: 0,
  limits: {},
  calls: 0,
  elapsed: 0,
  beganAt: "",
  held: [],
  compactions: 0,
  goneCalls: [],
  prefix: "",
  pins: noPins,
  aged: 0,
  ratios: {},
  agents: new Map(),
  checks: [],
  thinking: noThinking,
  cuts: 0
})
