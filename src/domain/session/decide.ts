/** Turns a command into facts, or refuses it. Pure: ids and time come with the envelope. */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Command } from "../model/Command.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import { type CallId, SessionId } from "../model/Ids.ts"
import type { Limits } from "../model/Limits.ts"
import type { SessionState } from "./State.ts"

/** A command does not fit the state of the session; nothing was changed. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  session: SessionId,
  /**
   * `busy`: a turn is running; `idle`: none is; `unknown_call`: nobody asked; `nothing`: there is nothing to do; `invalid`: a
   * plan that could not be carried out.
   */
  kind: Schema.Literal("busy", "idle", "unknown_call", "nothing", "empty", "invalid"),
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** What a command comes to: facts to be recorded. */
export type Decided = Either.Either<ReadonlyArray<Fact>, Refused>

const refuse = (state: SessionState, kind: Refused["kind"], reason: string): Decided =>
  Either.left(new Refused({ session: state.id, kind, reason }))

const idle = (state: SessionState, facts: () => Decided): Decided =>
  state.running ? refuse(state, "busy", "A turn is running. Wait for it, or interrupt it first.") : facts()

const text = (parts: Extract<Command, { type: "Prompt" }>["parts"]): string =>
  parts.map((part) => (part.type === "text" ? part.text : part.type === "file" ? part.name : part.mime)).join(" ")

/** A session's title until a better one is given: the first line of its first prompt, at most 60 characters. */
export const titleOf = (parts: Extract<Command, { type: "Prompt" }>["parts"]): string => {
  const said = text(parts).trim()
  const end = said.indexOf("\n")
  const line = (end === -1 ? said : said.slice(0, end)).trimEnd()
  const chars = Array.from(line)
  return chars.length > 60 ? `${chars.slice(0, 59).join("")}…` : line
}

/** The facts that begin a turn with a prompt. */
export const begin = (
  state: SessionState,
  parts: Extract<Command, { type: "Prompt" }>["parts"],
  limits?: Limits
): ReadonlyArray<Fact> => [
  ...(state.title === "" ? [{ type: "session.titled" as const, title: titleOf(parts) }] : []),
  { type: "prompt.submitted", turn: state.turn + 1, parts, ...(limits === undefined ? {} : { limits }) }
]

/** What waited when a turn was interrupted: it is said with the next prompt, and not lost. */
const withLeft = (state: SessionState, parts: Extract<Command, { type: "Prompt" }>["parts"]): typeof parts => {
  const [first, ...rest] = state.queue.flatMap((waiting) => waiting.parts)
  return first === undefined ? parts : [first, ...rest, ...parts]
}

const prompt = (state: SessionState, command: Extract<Command, { type: "Prompt" }>): Decided => {
  const { options, parts, whenBusy = "queue" } = command
  const limits = options?.limits
  if (parts.every((part) => part.type === "text" && part.text.trim() === ""))
    return refuse(state, "empty", "The prompt is empty. Say what is to be done.")
  if (!state.running) return Either.right(begin(state, withLeft(state, parts), limits))
  if (whenBusy === "refuse") return refuse(state, "busy", "A turn is running. Wait for it, or interrupt it first.")
  if (whenBusy === "steer") return Either.right([{ type: "prompt.steered", turn: state.turn, parts }])
  return Either.right([{ type: "prompt.queued", parts, ...(limits === undefined ? {} : { limits }) }])
}

const reply = (state: SessionState, command: Extract<Command, { type: "Reply" }>): Decided =>
  Option.match(HashMap.get(state.asked, command.call), {
    onNone: () => refuse(state, "unknown_call", `No permission is being asked for call ${command.call}.`),
    onSome: (asked: FactOf<"tool.asked">) =>
      Either.right(
        command.reply === "reject"
          ? [
              {
                type: "tool.refused" as const,
                turn: asked.turn,
                call: asked.call,
                by: "person" as const,
                reason: `The person refused this call.${command.message === undefined ? "" : ` ${command.message}`}`
              }
            ]
          : [
              {
                type: "tool.allowed" as const,
                turn: asked.turn,
                call: asked.call,
                footprint: asked.footprint,
                ...(asked.subjects === undefined ? {} : { subjects: asked.subjects }),
                by: "person" as const,
                rule: command.reply === "always" ? asked.always : asked.rule,
                ...(command.reply === "always" ? { always: true as const } : {})
              }
            ]
      )
  })

const answer = (state: SessionState, command: Extract<Command, { type: "Answer" }>): Decided =>
  HashMap.has(state.questions, command.call)
    ? Either.right([{ type: "question.answered", turn: state.turn, call: command.call, answer: command.answer }])
    : refuse(state, "unknown_call", `No question of call ${command.call} is open.`)

const hasBatch = (state: SessionState, command: "Apply" | "Discard" | "Undo" | "Redo"): boolean =>
  command === "Undo"
    ? state.batches.length > 0
    : command === "Redo"
      ? state.undone.length > 0
      : state.batches.some((batch) => batch.where === "copy")

const nothingTo: Record<"Apply" | "Discard" | "Undo" | "Redo", string> = {
  Apply: "Nothing is staged in this session: there is nothing to apply.",
  Discard: "Nothing is staged in this session: there is nothing to discard.",
  Undo: "This session has no file changes that could be undone.",
  Redo: "Nothing was undone that could be put back."
}

/** What is said of a plan that waits for a person's word. */
const proposed = (state: SessionState, fact: Fact): Decided =>
  state.plan?.status === "proposed"
    ? Either.right([fact])
    : refuse(state, "nothing", "No plan of this session waits to be approved or rejected.")

const edit = (state: SessionState, { plan, what }: Extract<Command, { type: "EditPlan" }>): Decided => {
  const status = state.plan?.status
  return status === "proposed" || status === "approved" || status === "failed"
    ? Either.right([{ type: "plan.edited", plan, what }])
    : refuse(state, "nothing", "This session has no plan that can still be edited.")
}

/** A plan that was stopped, or that failed, may be gone on with: what is done stays done. */
const execute = (state: SessionState): Decided => {
  const status = state.plan?.status
  return status === "approved" || status === "failed"
    ? Either.right(begin(state, [{ type: "text", text: "Carry out the plan." }], undefined))
    : refuse(state, "nothing", "This session has no approved plan to carry out.")
}

/**
 * Turns a command into facts, or refuses it. `Apply`, `Discard`, `Undo`, `Redo`, `Compact` and `Interrupt` yield no facts
 * here: what becomes of them is known only once it is done.
 */
export const decide = (state: SessionState, command: Command): Decided => {
  switch (command.type) {
    case "Prompt":
      return prompt(state, command)
    case "Reply":
      return reply(state, command)
    case "Answer":
      return answer(state, command)
    case "Interrupt":
      return state.running
        ? Either.right([])
        : refuse(state, "idle", "No turn is running: there is nothing to interrupt.")
    case "Apply":
    case "Discard":
    case "Undo":
    case "Redo":
      return idle(state, () =>
        hasBatch(state, command.type) ? Either.right([]) : refuse(state, "nothing", nothingTo[command.type])
      )
    case "Compact":
      return idle(state, () => Either.right([]))
    case "ApprovePlan":
      return proposed(state, { type: "plan.approved", by: command.by ?? "person" })
    case "EditPlan":
      return idle(state, () => edit(state, command))
    case "RejectPlan":
      return proposed(state, {
        type: "plan.finished",
        status: "rejected",
        ...(command.reason === undefined ? {} : { reason: command.reason })
      })
    case "ExecutePlan":
      return idle(state, () => execute(state))
    case "Rename":
      return Either.right([{ type: "session.titled", title: command.title }])
    case "SwitchModel":
      return idle(state, () =>
        Either.right([{ type: "model.switched", from: state.model, to: command.model, reason: "the person chose it" }])
      )
  }
}

/**
 * Outcomes for the calls that have none: what is said of those that were running, and of those that were not. `notes` adds
 * what is known of a call beside.
 */
export const closeCalls = (
  state: SessionState,
  started: string,
  waiting: string,
  notes?: ReadonlyMap<CallId, string>
): ReadonlyArray<Fact> =>
  Array.from(HashMap.values(state.open)).map((call) => {
    const reason = call.phase === "started" ? started : waiting
    const note = notes?.get(call.id)
    return {
      type: "tool.unknown",
      turn: state.turn,
      call: call.id,
      reason: note === undefined ? reason : `${reason} ${note}`
    }
  })

const closeTurn = (
  state: SessionState,
  started: string,
  waiting: string,
  notes?: ReadonlyMap<CallId, string>
): ReadonlyArray<Fact> =>
  !state.running || state.turn === 0
    ? []
    : [...closeCalls(state, started, waiting, notes), { type: "turn.interrupted", turn: state.turn }]

/** The facts that close what a copy of a session would have open: that runs, or died, in the other one. */
export const closeCopy = (state: SessionState): ReadonlyArray<Fact> =>
  closeTurn(
    state,
    "The session was copied while this call was running: what it came to is not known here.",
    "The session was copied before this call was run. It had no effect up to then."
  )

/** The facts that close what a dead program left open: calls without an outcome, and last the turn itself. */
export const closeCut = (state: SessionState, notes?: ReadonlyMap<CallId, string>): ReadonlyArray<Fact> =>
  closeTurn(
    state,
    "The program ended while this call was running. Whether it had an effect is not known: look before doing it again.",
    "The program ended before this call was run. It had no effect.",
    notes
  )
