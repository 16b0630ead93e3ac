/** What a line of a chat means: a prompt, a command, or something that is told. Pure. */
import { nearest } from "../../domain/config/suggest.ts"
import { table } from "./words.ts"

interface Entry {
  /** What may follow the command's name, as help shows it; nothing where nothing may. */
  readonly takes?: string
  readonly help: string
}

/** The commands of a chat. */
const commands = {
  help: { help: "This list" },
  model: { takes: "[NAME]", help: "The model that answers; with a name another one from now on" },
  mode: { takes: "[NAME]", help: "What may be done: build, plan, chat, or one of your own; with a name from now on" },
  plan: {
    takes: "[GOAL]",
    help: "Make a plan of a goal, and carry it out once you approve it; without one, the plan there is"
  },
  diff: { takes: "[PATH…]", help: "What is staged" },
  apply: { takes: "[PATH…]", help: "Carry over to the real files what is staged" },
  discard: { takes: "[PATH…]", help: "Drop what is staged" },
  undo: { help: "Take the newest turn's file changes back" },
  redo: { help: "Put back what was undone last" },
  compact: { help: "Sum the conversation up, so that it takes less room" },
  status: { help: "Model, credentials, sandbox, sessions, health" },
  sessions: { help: "The sessions of this folder" },
  cost: { help: "What this session spent, its agents with it" },
  context: { help: "What the model is given before a word is said, in tokens" },
  title: { takes: "NAME", help: "Give this session a title" },
  fork: { help: "Go on in a copy of this session" },
  new: { help: "Go on in a new session" },
  exit: { help: "End; so does the end of input" }
} satisfies Readonly<Record<string, Entry>>

/** The name of a command that does something. */
export type ChatCommand = Exclude<keyof typeof commands, "exit">

const entries: ReadonlyMap<string, Entry> = new Map(Object.entries(commands))

const others: ReadonlyMap<string, keyof typeof commands> = new Map([
  ["switch-model", "model"],
  ["rename", "title"],
  ["quit", "exit"]
])

const later: ReadonlySet<string> = new Set("agents history files memory permissions theme export clear".split(" "))

/** What a line means; `wrong` says what is wrong with it, and what to do. */
export type Meant =
  | { readonly type: "nothing" }
  | { readonly type: "end" }
  | { readonly type: "prompt"; readonly text: string }
  | { readonly type: "command"; readonly name: ChatCommand; readonly rest: string }
  | { readonly type: "wrong"; readonly wrong: string; readonly remedy: string }

const asPrompt = "A blank before it makes it a prompt."

const isCommand = (name: string): name is keyof typeof commands => entries.has(name)

const command = (given: string, rest: string): Meant => {
  const word = given.slice(1).toLowerCase()
  const name = others.get(word) ?? word
  const wrong = (text: string, remedy: string): Meant => ({ type: "wrong", wrong: text, remedy })
  if (later.has(name)) return wrong(`${given} comes in a later version of code-mesh.`, "/help lists what there is.")
  if (!isCommand(name)) {
    const meant = nearest(name, [...entries.keys(), ...others.keys()])
    const hint = meant === undefined ? "/help lists what there is." : `Did you mean /${meant}?`
    return wrong(`There is no command ${given}.`, `${hint} ${asPrompt}`)
  }
  const takes = entries.get(name)?.takes
  if (takes === undefined && rest !== "")
    return wrong(`/${name} has no use for ${JSON.stringify(rest)}.`, `Write /${name} alone. ${asPrompt}`)
  if (takes === "NAME" && rest === "") return wrong(`/${name} needs a name.`, `Write /${name} NAME.`)
  return name === "exit" ? { type: "end" } : { type: "command", name, rest }
}

/** Reads a line; a command is a word that begins with `/` or `:`, and paths and smileys are none. */
export const meant = (line: string): Meant => {
  const text = line.trim()
  if (text === "") return { type: "nothing" }
  if (line.startsWith("!"))
    return { type: "wrong", wrong: "Shell lines (!) come in a later version of code-mesh.", remedy: asPrompt }
  if (!/^[/:][a-z][\w-]*(?!\S)/i.test(line)) return { type: "prompt", text }
  const given = line.split(/\s/, 1).join("")
  return command(given, line.slice(given.length).trim())
}

/** A line that may be the next one of several: after an odd number of backslashes at its end another one follows. */
export const joined = (before: string, line: string): { readonly text: string; readonly more: boolean } => {
  const more = /(?<!\\)(?:\\\\)*\\$/.test(line)
  return more ? { text: `${before}${line.slice(0, -1)}\n`, more } : { text: before + line, more }
}

/** The commands as people read them. */
export const chatHelp: string = `${table(
  Array.from(entries, ([name, { help, takes }]) => [`/${name}${takes === undefined ? "" : ` ${takes}`}`, help])
)}Anything else is said to the model; a backslash at the end of a line goes on in the next one.\n`
