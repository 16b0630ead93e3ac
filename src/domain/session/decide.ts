/** Turns a command into facts, or refuses it. Pure: ids and time come with the envelope. */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type { Command } from "../model/Command.ts"
import type { Fact, FactOf } from "../model/Event.ts"
import type { CallId } from "../model/Ids.ts"
import { begin } from "./begin.ts"
import { decidePlan } from "./decidePlan.ts"
import { type Decided, idle, refuse } from "./refused.ts"
import type { SessionState } from "./State.ts"

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

const refusedWord = "The person refused this call."

/** What a person said when they refused a call; nothing where they said no more than no. */
export const messageOf = (reason: string): string | undefined =>
  reason.startsWith(`${refusedWord} `) ? reason.slice(refusedWord.length + 1) : undefined

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
                reason: `${refusedWord}${command.message === undefined ? "" : ` ${command.message}`}`
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
    case "EditPlan":
    case "RejectPlan":
    case "ExecutePlan":
    case "CancelStep":
    case "ApproveStep":
    case "RejectStep":
      return decidePlan(state, command)
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
