/** A command line as rules see it: every command that it runs, what each touches, and what could not be told. */
import * as Option from "effect/Option"
import { type Footprint, footprint } from "../model/Footprint.ts"
import type { Grammar, SyntaxFault } from "../model/ShellSyntax.ts"
import { clientHosts } from "./clientHosts.ts"
import type { Places } from "./match.ts"
import { keysAmong, readsOfCommandWords, showsFiles } from "./reads.ts"
import { hole, textOf } from "./shellArgs.ts"
import { walkLine } from "./walkLine.ts"
import type { Invocation } from "./walkState.ts"
import { isWriter, touchedByCommand } from "./writes.ts"

/** A command of a line, and what is known of it. */
export interface LineCommand extends Invocation {
  /** All that it does is to read, by the built-in list. */
  readonly onlyReads: boolean
  /** Absolute paths, links not resolved. */
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
  readonly net: ReadonlyArray<string>
  /** Its effects are not all in the lists above. */
  readonly unknown: boolean
  /** A redirection of it opens a file to write. */
  readonly redirects: boolean
}

/** A command line as rules see it. */
export interface CommandLine {
  readonly line: string
  /** The person's home. */
  readonly home: string
  readonly commands: ReadonlyArray<LineCommand>
  /** Where something may run that could not be told. */
  readonly hidden: ReadonlyArray<string>
  /** Why it could not be read whole. */
  readonly fault?: SyntaxFault
}

/** A longer line is not read: nobody would review it either. */
const longest = 32_768
/** Nor one with more of what may stand within itself. */
const mostNested = 300

/** Control characters, line ends, odd spaces, and characters that change how a line looks. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/** Places that every command may write to and read from. */
const sink = /^\/dev\/(?:null|stdout|stderr|stdin|tty|zero|full|u?random|fd\/\d+)$/

const socket = /^\/dev\/(?:tcp|udp)\/([^/]+)/

/** A path in each folder that it may be meant in; nothing where that can't be told. */
const absolute = (path: string, folders: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  if (path.startsWith("/")) return [path]
  return folders.length === 0 ? undefined : folders.map((folder) => `${folder}/${path}`)
}

interface Paths {
  readonly found: ReadonlyArray<string>
  readonly lost: boolean
}

const allAbsolute = (paths: ReadonlyArray<string>, folders: ReadonlyArray<string>): Paths => {
  const each = paths.filter((path) => !sink.test(path)).map((path) => absolute(path, folders))
  return { found: each.flatMap((path) => path ?? []), lost: each.includes(undefined) }
}

const unsureOpened = ({ opened }: Invocation): boolean => opened.some(({ arg }) => !arg.sure || arg.glob)

const openedPaths = ({ opened }: Invocation, writes: boolean): ReadonlyArray<string> =>
  opened.flatMap((one) => (one.writes === writes && one.arg.sure && !one.arg.glob ? [one.arg.text] : []))

/** What a command does by itself: nothing, reading, writing that can be told, or what can't be. */
const own = (command: Invocation) => {
  const nothing = { read: [], write: [], unknown: false, listed: false }
  const [program, target] = command.args
  if (program?.text === "cd")
    return { ...nothing, read: target?.sure === true ? [target.text] : [], unknown: target?.sure !== true }
  if (command.neutral) return { ...nothing, unknown: command.standing === "guess" }
  const reads = readsOfCommandWords(command.args)
  if (Option.isSome(reads)) return { ...nothing, read: reads.value, listed: true }
  return Option.match(touchedByCommand(command.args), {
    onNone: () => ({ ...nothing, read: keysAmong(command.args), unknown: true }),
    onSome: (touched) => ({ ...nothing, ...touched })
  })
}

const isSocket = (path: string): boolean => socket.test(path)

const judged = (command: Invocation, root: string): LineCommand => {
  const done = own(command)
  const { args, folders, input, neutral, opened, sets, standing } = command
  const sources = openedPaths(command, false)
  const targets = openedPaths(command, true)
  const sockets = [...sources, ...targets].flatMap((path) => socket.exec(path)?.[1] ?? [])
  const read = allAbsolute([...done.read, ...sources.filter((path) => !isSocket(path))], folders)
  const write = allAbsolute([...done.write, ...targets.filter((path) => !isSocket(path))], folders)
  const unknown = done.unknown || read.lost || write.lost || unsureOpened(command) || sets.length > 0
  const redirects = opened.some(({ arg, writes }) => writes && !(arg.sure && sink.test(arg.text)))
  // In another folder git may find another repository, and its settings make it run things.
  const atHome = args[0]?.text !== "git" || (folders.length === 1 && folders[0] === root)
  const net = [...sockets, ...clientHosts(args)]
  const onlyReads = done.listed && atHome && !unknown && !redirects && net.length === 0
  // Every field by name: lines of thousands of commands are held against rules.
  return {
    args,
    standing,
    neutral,
    folders,
    opened,
    sets,
    input,
    onlyReads,
    unknown,
    redirects,
    net,
    read: read.found,
    write: write.found
  }
}

/** Reads a line. Never fails: what it can't tell it says. */
export const readCommandLine = (grammar: Grammar, line: string, { home, root }: Places): CommandLine => {
  if (line.length > longest || line.includes(hole) || (line.match(/\$[({]|`|[<>]\(|<</g)?.length ?? 0) > mostNested)
    return {
      line,
      home,
      commands: [],
      hidden: [line.slice(0, 200)],
      fault: { reason: "not a line to read", at: longest }
    }
  const script = grammar(line)
  const walked = walkLine(script, grammar, root, home)
  const commands = walked.commands.map((command) => judged(command, root))
  const base = { line, home, commands, hidden: walked.hidden }
  return script.fault === undefined ? base : { ...base, fault: script.fault }
}

/** Whether a line touches files that can't be told, by programs whose files would be told else. */
export const isVague = ({ commands }: CommandLine): boolean =>
  commands.some(
    ({ args: [program, ...args], onlyReads: reads, opened }) =>
      (!reads && (showsFiles(program) || isWriter(program)) && args.some(({ glob, sure }) => glob || !sure)) ||
      opened.some(({ arg }) => !arg.sure || arg.glob)
  )

const guessed = ({ standing }: LineCommand): boolean => standing === "guess"

/** Whether a `cd` stays below the folder that it starts from, as far as its words tell. */
export const staysBelow = ({ args: [, target, ...more] }: LineCommand): boolean =>
  target !== undefined &&
  more.length === 0 &&
  /^[\p{L}\p{N}_.]/u.test(target.text) &&
  !target.text.split("/").includes("..")

/** Whether a command by itself needs no rule: it only reads, goes into a folder below, or does nothing. */
export const isHarmless = (command: LineCommand): boolean => {
  if (command.standing !== "plain") return false
  if (command.args[0]?.text === "cd")
    return (
      !command.unknown &&
      !command.redirects &&
      staysBelow(command) &&
      command.args.every(({ computed, quoted }, at) => !computed && !(at === 0 && quoted))
    )
  return command.onlyReads
}

/** Whether all that a line does is to read, by the built-in list. */
export const onlyReads = ({ commands, fault, hidden, line }: CommandLine): boolean =>
  fault === undefined &&
  hidden.length === 0 &&
  !invisible.test(line) &&
  commands.length > 0 &&
  commands.every(isHarmless)

const unique = (all: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(all)]

/** What a line touches, links not resolved. */
export const lineFootprint = ({ commands, fault, hidden, line }: CommandLine): Footprint => {
  const real = commands.filter((command) => !guessed(command))
  const shown = ({ args, sets }: LineCommand): string =>
    args.length === 0 ? sets.map((name) => `${name}=…`).join(" ") : textOf(args).replaceAll(hole, "…")
  return footprint({
    read: unique(real.flatMap(({ read }) => read)),
    write: unique(real.flatMap(({ write }) => write)),
    exec: unique(real.flatMap(({ args }) => (args[0]?.sure === true ? [args[0].text] : []))),
    net: unique(commands.flatMap(({ net }) => net)),
    env: unique(real.flatMap(({ sets }) => sets)),
    unknown: unique([
      ...(fault === undefined ? [] : [line]),
      ...real.filter(({ unknown }) => unknown).map(shown),
      ...hidden
    ])
  })
}
