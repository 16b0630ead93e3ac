/** What no compaction may lose: the goal, what the person forbade or demanded, and the checks that fail. */
import type { PromptPart } from "../model/Message.ts"

/** Facts that are kept whatever a conversation is cut down to; each is bounded. */
export interface Pins {
  /** The first request, word for word. */
  readonly goal: string
  /** Lines of the person that demand or forbid, word for word, the newest last. */
  readonly constraints: ReadonlyArray<string>
  /** Checks whose newest run failed: the command, and the end of what it said. */
  readonly failing: ReadonlyArray<{ readonly command: string; readonly output: string }>
}

/** Nothing yet. */
export const noPins: Pins = { goal: "", constraints: [], failing: [] }

const most = { goal: 8000, line: 400, constraints: 24, failing: 5, output: 400 }

const demands =
  /\b(never|always|must|mustn't|only|without|don't|do not|avoid|keep|make sure|no longer|not allowed|nie|immer|nur|ohne|kein|keine)\b/i

/** The text that a person put into parts of a prompt. */
const wordsOf = (parts: ReadonlyArray<PromptPart>): string =>
  parts
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n")
    .trim()

/** Pins what a person says. */
export const pinPrompt = (pins: Pins, parts: ReadonlyArray<PromptPart>): Pins => {
  const said = wordsOf(parts)
  if (said === "") return pins
  const lines = said
    .slice(0, most.goal)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length <= most.line && demands.test(line) && !pins.constraints.includes(line))
  return {
    ...pins,
    goal: pins.goal === "" ? said.slice(0, most.goal) : pins.goal,
    constraints: lines.length === 0 ? pins.constraints : [...pins.constraints, ...lines].slice(-most.constraints)
  }
}

const checks =
  /\b(tests?|spec|check|lint|tsc|build|typecheck|compile|pytest|jest|vitest|mocha|cargo|make|mypy|ruff|eslint|biome|clippy|vet|gradle|mvn|ctest|phpunit|rspec)\b/i

const commandIn = (input: string): string | undefined => {
  const found = /"command"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(input)?.[1]
  if (found === undefined) return undefined
  try {
    return String(JSON.parse(found))
  } catch {
    return undefined
  }
}

/** Pins a check that failed, and lets go of one that passes. */
export const pinOutcome = (
  pins: Pins,
  call: { readonly name: string; readonly input: string },
  ok: boolean,
  output: string
): Pins => {
  const command = call.name === "bash" ? commandIn(call.input)?.slice(0, most.line) : undefined
  if (command === undefined || !checks.test(command)) return pins
  const others = pins.failing.filter((one) => one.command !== command)
  if (ok) return others.length === pins.failing.length ? pins : { ...pins, failing: others }
  return { ...pins, failing: [...others, { command, output: output.trim().slice(-most.output) }].slice(-most.failing) }
}
