/** Events as lines that begin with who acts: `[agent]`, `[planner]`, `[coder]`. Pure. */
import type { Event } from "../../domain/model/Event.ts"
import { narrate } from "./narrate.ts"
import { oneLine } from "./words.ts"

/** Who acts in a turn, and the roles that do the steps of its plan. */
export interface Cast {
  readonly who: string
  readonly roles: ReadonlyMap<string, string>
}

/** Who acts before anything is known. */
export const noCast: Cast = { who: "agent", roles: new Map() }

const ofMode = (mode: string): string => {
  if (mode === "plan") return "planner"
  return mode === "build" || mode === "chat" ? "agent" : oneLine(mode, 40)
}

/** Who acts after an event. */
export const castAfter = (cast: Cast, event: Event): Cast => {
  if (event.type === "turn.started") return { ...cast, who: ofMode(event.mode) }
  if (event.type === "plan.started") return { ...cast, who: "team" }
  if (event.type === "task.started") return { ...cast, roles: new Map([...cast.roles, [event.step, event.role]]) }
  return cast
}

const paths = (all: ReadonlyArray<{ readonly path: string }>): string =>
  all.length === 0 ? "" : ` (${oneLine(all.map(({ path }) => path).join(", "), 100)})`

const lines = (who: string, text: string): string =>
  text
    .split("\n")
    .map((line) => `[${who}] ${line}`)
    .join("\n")

/** The line that tells an event, labelled; nothing where there is nothing to tell. */
export const spoken = ({ roles, who }: Cast, event: Event): string | undefined => {
  const line = event.type === "part.text" ? (event.partial === true ? "[cut off]" : undefined) : narrate(event)
  if (line === undefined) return undefined
  const of = (step: string) => oneLine(roles.get(step) ?? who, 40)
  switch (event.type) {
    case "task.finished":
      return `[${of(event.step)}]${paths(event.changes)} ${event.step}: ${event.status} … done`
    case "task.failed":
    case "task.cancelled":
      return lines(of(event.step), line)
    case "check.recorded":
      return lines(event.step === undefined ? who : of(event.step), line)
    case "message.sent":
      return lines(oneLine(event.from, 40), line)
    // Already labelled, by the names down to the agent.
    case "task.started":
    case "agent.spawned":
    case "agent.ended":
      return line
    case "tool.asked":
    case "question.asked":
      return line
    default:
      return lines(who, line)
  }
}
