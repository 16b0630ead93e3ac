/** The system prompt: bounded, labelled fragments in a fixed order, so that it is the same at every turn. */
import type { ToolSpec } from "../model/Call.ts"
import type { BaseMode } from "../model/Config.ts"
import { roughTokens } from "./budget.ts"
import type { Mode } from "./modes.ts"
import { basePrompt } from "./prompts/basePrompt.ts"
import { chatPrompt } from "./prompts/chatPrompt.ts"
import { planPrompt } from "./prompts/planPrompt.ts"
import { readingPrompt } from "./prompts/readingPrompt.ts"

/** A bounded, labelled piece of context; `cap` in characters. */
export interface Fragment {
  readonly label: string
  readonly text: string
  readonly cap: number
}

/** What the built-in modes add. */
export const modePrompts: Readonly<Record<BaseMode, string>> = { build: "", plan: planPrompt, chat: chatPrompt }

const shown = ({ cap, label, text }: Fragment): string => {
  const body = text.length <= cap ? text : `${text.slice(0, cap)}\n[cut: ${text.length - cap} more characters]`
  return label === "" ? body : `# ${label}\n${body}`
}

/** A fragment as the model reads it: its name, and no more of its text than its cap. */
export interface Shown {
  readonly label: string
  readonly text: string
}

/** The fragments as a model reads them; empty ones are left out. */
export const shownOf = (fragments: ReadonlyArray<Fragment>): ReadonlyArray<Shown> =>
  fragments
    .filter((fragment) => fragment.text.trim() !== "")
    .map((fragment) => ({ label: fragment.label, text: shown(fragment) }))

/** The most characters of one file of instructions. */
const mostInstructions = 32_768

/** Characters of the text that are, by a rough count, no more than so many tokens. */
const capIn = (text: string, most: number): number => {
  const rough = roughTokens(text)
  return rough <= most ? text.length : Math.max(0, Math.floor((text.length * most) / rough))
}

interface Instructions {
  readonly name: string
  readonly text: string
}

/**
 * Instructions, each within an eighth of a small window, and all of them within a quarter: the nearest come last, and have
 * the first claim. A rough count is twice that of plain English.
 */
const instructed = (all: ReadonlyArray<Instructions>, window: number): ReadonlyArray<Fragment> => {
  let left = Math.floor(window / 2)
  return all
    .toReversed()
    .flatMap(({ name, text }) => {
      const cap = Math.min(mostInstructions, capIn(text, Math.min(left, Math.floor(window / 4))))
      left -= roughTokens(text.slice(0, cap))
      return cap === 0 ? [] : [{ label: `Instructions from ${name}`, text, cap }]
    })
    .toReversed()
}

/** The words of a role's base: a planner proposes, others that only read are told no more than that. */
const rolePrompt = ({ base, tools }: Mode): string =>
  base === "plan" && tools?.includes("plan") !== true ? readingPrompt : modePrompts[base]

/** What a mode adds to the prompt: the words of its base, and its own. */
const modeFragments = (mode: Mode): ReadonlyArray<Fragment> => [
  { label: "", text: mode.role === true ? rolePrompt(mode) : modePrompts[mode.base], cap: 4000 },
  { label: `${mode.role === true ? "Role" : "Mode"} ${mode.name}`, text: mode.prompt, cap: 8000 }
]

/** The fragments of a session's system prompt. */
export const systemFragments = (facts: {
  readonly mode: Mode
  readonly platform: string
  readonly root: string
  /** Tokens. */
  readonly window: number
  readonly instructions: ReadonlyArray<Instructions>
  /** The roles of the person's own, where work may be given to them. */
  readonly roles?: string
  /** The checks that the project has, where a plan may be proposed. */
  readonly checks?: string
}): ReadonlyArray<Fragment> => [
  { label: "", text: basePrompt, cap: 4000 },
  ...modeFragments(facts.mode),
  { label: "Further agents", text: facts.roles ?? "", cap: 4000 },
  { label: "Checks of this project, as its files tell", text: facts.checks ?? "", cap: 1500 },
  { label: "Environment", text: `Platform: ${facts.platform}\nProject root: ${facts.root}`, cap: 1000 },
  ...instructed(facts.instructions, facts.window)
]

// What a model needs most comes first; what is not named here comes after all of these.
const needed = ["read", "edit", "write", "bash", "grep", "ls", "glob", "todo", "multiedit", "patch", "question", "git"]

const rank = (name: string): number => (needed.includes(name) ? needed.indexOf(name) : needed.length)

/**
 * The names of the tools that a window has room for: all of them but in a window of a few thousand tokens, where those that
 * a model needs most take two fifths of it at most, by a rough count.
 */
export const affordable = (specs: ReadonlyArray<ToolSpec>, window: number): ReadonlySet<string> => {
  let left = Math.floor((window * 2) / 5)
  const kept = new Set<string>()
  for (const spec of specs.toSorted((a, b) => rank(a.name) - rank(b.name))) {
    left -= roughTokens(JSON.stringify(spec))
    if (left < 0) break
    kept.add(spec.name)
  }
  return kept
}
