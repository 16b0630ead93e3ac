/** What happens to plans, and to agents that work for others, as lines for people who watch a run. Pure. */
import type { Event, FactOf } from "../../domain/model/Event.ts"
import type { Usage } from "../../domain/model/Message.ts"
import { usedText } from "./used.ts"
import { count, oneLine } from "./words.ts"

/** What one agent tells others, or notes for all. */
const messageLine = ({ from, kind, text, to, topic }: FactOf<"message.sent">): string => {
  const said = oneLine(text, 200)
  if (to.includes("board")) return `${from} notes a ${topic ?? "finding"}: ${said}`
  return `${from} → ${to.includes("*") ? "all" : oneLine(to.join(", "), 100)} (${kind}): ${said}`
}

/** The names down to an agent, as they stand before what it does. */
const label = (path: ReadonlyArray<string>): string => `[${oneLine(path.join(" > "), 100)}]`

const tries = ({ attempt, candidate }: { readonly attempt: number; readonly candidate?: number | undefined }): string =>
  `${attempt === 1 ? "" : `, try ${attempt}`}${candidate === undefined ? "" : `, candidate ${candidate}`}`

const spent = (usage: Usage): string => {
  const text = usedText({ usage })
  return text === "" ? "" : ` · ${text}`
}

/** Older logs do not say the names down to an agent that ended. */
const endedLabel = ({ path, role, step }: FactOf<"agent.ended">): string =>
  label(path ?? [step === undefined ? role : `${step} (${role})`])

const ended = (event: FactOf<"agent.ended">): string => {
  const { calls, checks, reason, result, usage } = event
  const ran = checks.passed + checks.failed
  return `${endedLabel(event)} ${result}${reason === undefined ? "" : `: ${oneLine(reason, 200)}`} · ${count(calls, "model call")}${ran === 0 ? "" : ` · ${checks.passed} of ${count(ran, "check")} passed`}${spent(usage)}`
}

/** The line that tells of a plan or of an agent; nothing where there is nothing to tell. */
export const narrateTeam = (event: Event): string | undefined => {
  switch (event.type) {
    case "plan.started":
      return `The plan is carried out: ${event.strategy}, up to ${count(event.width, "agent")} at once`
    case "plan.edited":
      return `plan edited: ${oneLine(event.what, 300)}`
    case "plan.updated":
      return `plan updated: ${oneLine(event.what, 300)}`
    case "agent.spawned":
      // An agent for a step is told by the step's begin.
      return event.step === undefined ? `${label(event.path)} begins (${event.agent})` : undefined
    case "agent.ended":
      return ended(event)
    case "task.started":
      return `[${event.role}] ${event.step}: begun (${event.agent})${tries(event)}`
    case "task.finished":
      return `${event.step}: ${event.status}, ${count(event.changes.length, "file")}`
    case "task.failed":
      return `${event.step}: failed: ${oneLine(event.reason, 300)}`
    case "task.cancelled":
      return `${event.step}: cancelled: ${oneLine(event.reason, 300)}`
    case "check.recorded":
      return `${event.step === undefined ? "together" : event.step}: ${oneLine(event.command, 100)} ${event.ok ? "passed" : "failed"}`
    case "tool.asked":
      return event.from === undefined
        ? undefined
        : `${label(event.from.path)} asks for permission: ${oneLine(event.rule, 200)}`
    case "question.asked":
      return event.from === undefined
        ? undefined
        : `${label(event.from.path)} asks: ${oneLine(event.question.question, 300)}`
    case "message.sent":
      return messageLine(event)
    default:
      return undefined
  }
}
