/** How a turn begins with a prompt, and what a session is called by it. */
import type { Command } from "../model/Command.ts"
import type { Fact } from "../model/Event.ts"
import type { Limits } from "../model/Limits.ts"
import type { SessionState } from "./State.ts"

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
