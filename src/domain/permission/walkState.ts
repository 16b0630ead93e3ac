/** What the walk of a line knows and collects, and the ways by which its parts call each other. */
import type { Grammar, ShellNode } from "../model/ShellSyntax.ts"
import { type Arg, hole } from "./shellArgs.ts"

/** How a command comes to run: by standing in the line, behind a wrapper, inside of an expansion, or perhaps. */
export type Standing = "plain" | "wrapped" | "inner" | "guess"

/** A file that a redirection opens. */
export interface Opened {
  readonly arg: Arg
  readonly writes: boolean
}

/** One command that a line runs. */
export interface Invocation {
  /** Its program and arguments; empty where there are only assignments or redirections. */
  readonly args: ReadonlyArray<Arg>
  readonly standing: Standing
  /** It only runs others, which are listed too, or only changes what the walk knows. */
  readonly neutral: boolean
  /** The folders that it may run in; none where that can't be told. */
  readonly folders: ReadonlyArray<string>
  readonly opened: ReadonlyArray<Opened>
  /** Names of variables that it sets, other than harmless ones. */
  readonly sets: ReadonlyArray<string>
  /** The text that it would read as its input, where that stands in the line. */
  readonly input: Arg | undefined
}

/** All that a line runs. */
export interface Walked {
  readonly commands: ReadonlyArray<Invocation>
  /** Where something may run that could not be told. */
  readonly hidden: ReadonlyArray<string>
}

/** More than anybody reads; what is behind is hidden. */
const mostCommands = 20_000
/** Commands within commands within commands. */
export const deepest = 12
/** Characters of texts and function bodies that are looked into. */
export const mostLooks = 200_000

/** Variables that change how programs talk, and nothing that they do. */
const harmless =
  /^(?:NODE_ENV|CI|FORCE_COLOR|NO_COLOR|COLUMNS|LINES|LANG|LC_[A-Z]+|TZ|RUST_BACKTRACE|RUST_LOG|PYTHONUNBUFFERED|[a-z][a-z0-9]*(?:_[a-z0-9]+)*)$/
/** Variables whose value some program runs. */
const running = /PAGER|EDITOR|VISUAL|COMMAND|BROWSER|SHELL|ASKPASS|SSH|PROXY|DIFF|PS4|LESSOPEN|LESSCLOSE|OPTS$/
/** Of those, the ones that programs act on all the same. */
const acting = /proxy|^(?:npm|pip|git|ld|yarn|pnpm|uv)_/

/** A walk under way. */
export interface Walk {
  readonly grammar: Grammar
  readonly home: string
  readonly commands: Array<Invocation>
  readonly hidden: Array<string>
  readonly functions: Map<string, ReadonlyArray<ShellNode>>
  /** Functions that the walk is in. */
  readonly calling: Set<string>
  /** How much of texts and function bodies may still be looked into. */
  looks: number
  /** Walks text that a shell reads. */
  readonly text: (text: Arg, at: At) => void
  /** Walks a command's words. */
  readonly command: (args: ReadonlyArray<Arg>, at: At, extras: Extras) => void
  /** Variables that the line sets. */
  readonly assigned: Set<string>
}

/** Where the walk is. */
export interface At {
  readonly folders: ReadonlyArray<string>
  readonly standing: Standing
  readonly depth: number
  /** Text that a command would read as its input; nothing where that can't be told. */
  readonly input: Arg | undefined
}

/** What a command has beside its words. */
export type Extras = Pick<Invocation, "opened" | "sets">

/** Takes note of something that may run and can't be told. */
export const hide = (walk: Walk, what: string): void => {
  walk.hidden.push(what.replaceAll(hole, "…").slice(0, 200))
}

/** Within an expansion. */
export const inner = (at: At): At => ({
  ...at,
  standing: at.standing === "guess" ? "guess" : "inner",
  depth: at.depth + 1
})
/** Behind a wrapper. */
export const wrapped = (at: At): At => ({
  ...at,
  standing: at.standing === "plain" ? "wrapped" : at.standing,
  depth: at.depth + 1
})

/** Takes note of a command. */
export const push = (walk: Walk, command: Invocation): void => {
  if (walk.commands.length < mostCommands) walk.commands.push(command)
  else hide(walk, "more commands than can be looked at")
}

/** A program's name without its folder. */
export const programOf = (arg: Arg): string => arg.text.slice(arg.text.lastIndexOf("/") + 1)

/** Whether setting a variable changes what programs do. */
export const changesPrograms = (name: string): boolean => !harmless.test(name) || acting.test(name)

/** Whether some program runs what a variable holds. */
export const isRun = (name: string): boolean => running.test(name)
