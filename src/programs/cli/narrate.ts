/** Events as lines for people who watch a run. Pure. */
import type { Conflict } from "../../domain/model/Change.ts"
import type { Event, FactOf } from "../../domain/model/Event.ts"
import { isRaised } from "../../domain/session/raisedCall.ts"
import { narrateTeam } from "./narrateTeam.ts"
import { changeList, count, oneLine } from "./words.ts"

const mainInput = ["command", "file_path", "path", "pattern", "query", "url", "question", "action", "goal"]

const member = (input: string): string => {
  try {
    const value: unknown = JSON.parse(input === "" ? "{}" : input)
    if (typeof value !== "object" || value === null) return oneLine(input)
    const record: Readonly<Record<string, unknown>> = { ...value }
    const name = mainInput.find((one) => typeof record[one] === "string")
    return name === undefined ? oneLine(input) : oneLine(String(record[name]))
  } catch {
    return oneLine(input)
  }
}

const finished = (event: FactOf<"tool.finished">): string => {
  const lines = event.output.trimEnd().split("\n")
  const first = oneLine(lines[0] ?? "", 100)
  const more = lines.length > 1 ? ` (${count(lines.length, "line")})` : ""
  return event.ok ? `  ok: ${first}${more}` : `  failed: ${first}${more}`
}

const stopped: Readonly<Record<string, string>> = {
  max_tokens: "The answer was cut: the model reached its output limit. Go on with -c, or raise model.max_tokens.",
  refusal: "The model or its provider declined to answer.",
  context_full: "The model's window is full."
}

/** One of several answers to the same, or what was said of them. */
const oneOfSeveral = ({ candidate, vote }: FactOf<"model.answered">): string | undefined => {
  if (candidate?.failed !== undefined) return `  ${candidate.model} has no answer: ${oneLine(candidate.failed, 200)}`
  if (candidate !== undefined) return `  ${candidate.model} answered ${count(candidate.text?.length ?? 0, "character")}`
  if (vote === undefined) return undefined
  return `  ${vote.by} ${vote.for === undefined ? "said" : `is for ${vote.for}:`} ${oneLine(vote.text, 200)}`
}

/** Words that came before an answer broke off are not shown: what is asked anew says them again. */
const brokeOff = (said: string | undefined): string =>
  said === undefined ? "" : `The answer broke off after ${count(said.length, "character")}, which the log keeps.\n`

/** The line that tells an event; nothing where there is nothing to tell. */
export const narrate = (event: Event): string | undefined => {
  switch (event.type) {
    case "turn.started":
      return [
        `model ${event.model} · session ${event.session} · mode ${event.mode} · sandbox ${event.sandbox}`,
        ...(event.dropped ?? []).map(({ option, reason, value }) => `  not sent: ${option} ${value}, as ${reason}`)
      ].join("\n")
    case "part.text":
      return event.partial === true ? `${event.text.trimEnd()}\n[cut off]` : undefined
    case "model.retried":
      return `${brokeOff(event.said)}The model did not answer (${event.kind}); try ${event.attempt + 1} in ${(event.delay / 1000).toFixed(1)} s: ${oneLine(event.message)}`
    case "model.switched":
      return event.kind === undefined
        ? `model ${event.from} → ${event.to}: ${event.reason}`
        : `${brokeOff(event.said)}model ${event.from} → ${event.to}, as you declared: the first did not answer (${event.kind}): ${oneLine(event.reason, 300)}`
    case "model.answered":
      return oneOfSeveral(event) ?? stopped[event.stop]
    case "tool.called":
      return `${event.name} ${member(event.input)}`.trimEnd()
    case "tool.finished":
      return finished(event)
    case "tool.refused":
      return `  refused: ${oneLine(event.reason, 400)}`
    case "tool.unknown":
      if (isRaised(event.call)) return `  no longer asked: ${oneLine(event.reason, 200)}`
      return `  outcome unknown: ${oneLine(event.reason, 200)}`
    case "tool.allowed":
      return event.by === "yes" ? "  allowed by --yes" : undefined
    case "todo.updated":
      return event.todos
        .map(
          (todo) =>
            `  [${todo.status === "completed" ? "x" : todo.status === "in_progress" ? "~" : " "}] ${oneLine(todo.content)}`
        )
        .join("\n")
    case "session.compacted":
      return `The conversation was summarised: ${event.before} tokens became ${event.after}.`
    case "session.forked":
      return `A copy of ${event.from}.`
    case "changes.applied":
      return `applied:\n${changeList(event.changes).trimEnd()}`
    case "changes.conflicted":
      return conflictLines(event.conflicts)
    case "error.occurred":
      return `${event.error.name}: ${event.error.message}`
    default:
      return narrateTeam(event)
  }
}

/** Conflicts as people read them. */
export const conflictLines = (conflicts: ReadonlyArray<Conflict>): string =>
  `Nothing was changed: ${count(conflicts.length, "path")} changed on both sides.\n${conflicts
    .map(({ path, reason }) => `  ${oneLine(path, 200)}: ${reasons[reason]}`)
    .join("\n")}`

const reasons: Readonly<Record<string, string>> = {
  content: "both sides changed the same lines",
  binary: "both sides changed a binary file",
  deleted: "one side deleted it, the other changed it",
  exists: "both sides created it",
  type: "it became something else",
  link: "a folder above it is a link"
}
