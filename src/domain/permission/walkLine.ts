/** Walks a line's tree: every command that it runs, through wrappers, shells and substitutions, in the folder it runs in. */
import * as Option from "effect/Option"
import type { Assigned, Grammar, Redirection, ShellNode, ShellScript, SimpleNode, Word } from "../model/ShellSyntax.ts"
import { argumentsOfFind, configsOfGit, insideGit } from "./nested.ts"
import { readArguments, valuesOf } from "./options.ts"
import { type Arg, argsOf, hole, plainArg, scriptsIn, textOf } from "./shellArgs.ts"
import { shells, type Wrapper, wrappers } from "./wrappers.ts"

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
  readonly input?: Arg
}

/** All that a line runs. */
export interface Walked {
  readonly commands: ReadonlyArray<Invocation>
  /** Where something may run that could not be told. */
  readonly hidden: ReadonlyArray<string>
}

/** More than anybody reads; what is behind is hidden. */
const mostCommands = 20_000
const deepest = 12
const mostLooks = 400

/** Variables that change how programs talk, and nothing that they do. */
const harmless =
  /^(?:NODE_ENV|CI|FORCE_COLOR|NO_COLOR|COLUMNS|LINES|LANG|LC_[A-Z]+|TZ|RUST_BACKTRACE|RUST_LOG|PYTHONUNBUFFERED|[a-z][a-z0-9]*(?:_[a-z0-9]+)*)$/
/** Variables whose value some program runs. */
const running = /PAGER|EDITOR|VISUAL|COMMAND|BROWSER|SHELL|ASKPASS|SSH|PROXY|DIFF|PS4|LESSOPEN|LESSCLOSE|OPTS$/
/** Of those, the ones that programs act on all the same. */
const acting = /proxy|^(?:npm|pip|git|ld|yarn|pnpm|uv)_/

interface Walk {
  readonly grammar: Grammar
  readonly home: string
  readonly commands: Array<Invocation>
  readonly hidden: Array<string>
  readonly functions: Map<string, ReadonlyArray<ShellNode>>
  /** Functions that the walk is in. */
  readonly calling: Set<string>
  /** Texts and function bodies that may still be looked into. */
  looks: number
  /** Variables that the line sets. */
  readonly assigned: Set<string>
}

interface At {
  readonly folders: ReadonlyArray<string>
  readonly standing: Standing
  readonly depth: number
  /** Text that a command would read as its input; nothing where that can't be told. */
  readonly input: Arg | undefined
}

/** Where a command leaves the shell. */
interface Left {
  readonly success: ReadonlyArray<string>
  readonly any: ReadonlyArray<string>
}

const stay = ({ folders }: At): Left => ({ success: folders, any: folders })

/** Folders of both; none where either can't be told, or where they are too many. */
const either = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = a.length === 0 || b.length === 0 ? [] : [...new Set([...a, ...b])]
  return all.length > 4 ? [] : all
}

const scopeOf = (walk: Walk, at: At) => ({
  home: walk.assigned.has("HOME") ? undefined : walk.home,
  folders: walk.assigned.has("PWD") ? [] : at.folders
})

const hide = (walk: Walk, what: string): void => {
  walk.hidden.push(what.replaceAll(hole, "…").slice(0, 200))
}

const inner = (at: At): At => ({ ...at, standing: at.standing === "guess" ? "guess" : "inner", depth: at.depth + 1 })
const wrapped = (at: At): At => ({
  ...at,
  standing: at.standing === "plain" ? "wrapped" : at.standing,
  depth: at.depth + 1
})

const walkScript = (walk: Walk, script: ShellScript | undefined, at: At): Left => {
  if (script === undefined || script.fault !== undefined) hide(walk, script?.fault?.reason ?? "a substitution")
  if (at.depth > deepest) hide(walk, "commands within commands within commands")
  return script === undefined || at.depth > deepest ? stay(at) : walkBody(walk, script.body, at)
}

/** Takes one of the looks into a text or a function that a line may cost. */
const mayLook = (walk: Walk): boolean => {
  walk.looks -= 1
  return walk.looks >= 0
}

/** Text that a shell reads. */
const walkText = (walk: Walk, text: Arg, at: At): Left => {
  if (!text.sure || text.glob) hide(walk, text.text)
  if (!mayLook(walk)) {
    hide(walk, "more than can be looked at")
    return stay(at)
  }
  // What can be told of it still shows what may run.
  const shown: At = text.sure ? at : { ...at, standing: "guess" }
  return walkScript(walk, walk.grammar(text.text.replaceAll(hole, "_")), { ...shown, depth: at.depth + 1 })
}

const walkWords = (walk: Walk, words: ReadonlyArray<Word>, at: At): void => {
  for (const word of words) for (const script of scriptsIn(word.parts)) walkScript(walk, script, inner(at))
}

const walkBody = (walk: Walk, body: ReadonlyArray<ShellNode>, at: At): Left => {
  let left = stay(at)
  for (const node of body) left = walkNode(walk, node, { ...at, folders: left.any })
  return left
}

const openedBy = (walk: Walk, redirections: ReadonlyArray<Redirection>, at: At): ReadonlyArray<Opened> =>
  redirections.flatMap((one) => {
    const word = one.kind === "file" ? one.target : one.body
    walkWords(walk, word === undefined ? [] : [word], at)
    if (one.kind === "text" || word === undefined) return []
    const args = argsOf(word, scopeOf(walk, at))
    // `2>&1`, `<&-`: no file.
    if (/^[<>]&$/.test(one.operator) && args.every(({ sure, text }) => sure && /^\d*-?$/.test(text))) return []
    const sure = args.length === 1
    return args.map((arg) => ({
      arg: sure ? arg : { ...arg, sure },
      writes: one.operator !== "<" && one.operator !== "<&"
    }))
  })

const inputOf = (walk: Walk, { redirections }: SimpleNode, at: At): Arg | undefined => {
  const from = redirections.filter((one) => one.kind === "text" || one.operator.startsWith("<")).at(-1)
  if (from === undefined) return at.input
  if (from.kind === "file" || from.body === undefined) return undefined
  return argsOf(from.body, scopeOf(walk, at)).at(0)
}

const setsOf = (walk: Walk, assigned: ReadonlyArray<Assigned>, at: At): ReadonlyArray<string> =>
  assigned.flatMap(({ name, value, words }) => {
    walkWords(walk, words, at)
    walk.assigned.add(name)
    // Programs run what these hold.
    if (value !== undefined && running.test(name))
      for (const text of argsOf(value, scopeOf(walk, at))) walkText(walk, text, wrapped(at))
    return harmless.test(name) && !acting.test(name) ? [] : [name]
  })

const walkSimple = (walk: Walk, node: SimpleNode, at: At): Left => {
  walkWords(walk, node.words, at)
  const args = node.words.flatMap((word) => argsOf(word, scopeOf(walk, at)))
  const opened = openedBy(walk, node.redirections, at)
  const sets = setsOf(walk, node.assigned, at)
  const input = inputOf(walk, node, at)
  if (args.length > 0) return walkCommand(walk, args, { ...at, input }, { opened, sets })
  push(walk, { args, standing: at.standing, neutral: true, folders: at.folders, opened, sets })
  return stay(at)
}

const push = (walk: Walk, command: Invocation): void => {
  if (walk.commands.length < mostCommands) walk.commands.push(command)
  else if (walk.commands.length === mostCommands) hide(walk, "more commands than can be looked at")
}

const walkNode = (walk: Walk, node: ShellNode, at: At): Left => {
  switch (node.kind) {
    case "simple":
      return walkSimple(walk, node, at)
    case "pipeline": {
      for (const [index, stage] of node.stages.entries())
        walkNode(walk, stage, index === 0 ? at : { ...at, input: undefined })
      return stay(at)
    }
    case "chain": {
      let left = walkNode(walk, node.first, at)
      for (const { node: next, when } of node.rest) {
        const after = walkNode(walk, next, { ...at, folders: when === "success" ? left.success : left.any })
        left =
          when === "success"
            ? { success: after.success, any: either(left.any, after.any) }
            : { success: either(left.success, after.success), any: either(left.any, after.any) }
      }
      return left
    }
    case "function": {
      walk.functions.set(node.name, node.body)
      walkBody(walk, node.body, { ...at, input: undefined, depth: at.depth + 1 })
      return stay(at)
    }
    case "block":
      return walkBlock(walk, node, at)
  }
}

const walkBlock = (walk: Walk, node: Extract<ShellNode, { kind: "block" }>, at: At): Left => {
  walkWords(walk, node.words, at)
  for (const name of node.variables) walk.assigned.add(name)
  const opened = openedBy(walk, node.redirections, at)
  const sets = node.variables.filter((name) => !harmless.test(name) || acting.test(name))
  // A test or an arithmetic expression runs what the text in it spells out in an index.
  if (node.body.length === 0 && node.words.some(({ source }) => /[`[]|\$\(/.test(source)))
    hide(walk, textOf(node.words.map(({ source }) => plainArg(source))))
  push(walk, { args: [], standing: at.standing, neutral: true, folders: at.folders, opened, sets })
  const from: At = node.redirections.length > 0 ? { ...at, input: undefined } : at
  const left = walkBody(walk, node.body, from)
  if (node.apart) return stay(at)
  const moved = left.any.length !== at.folders.length || left.any.some((folder) => !at.folders.includes(folder))
  return node.surely || !moved ? left : { success: [], any: [] }
}

const programOf = (arg: Arg): string => arg.text.slice(arg.text.lastIndexOf("/") + 1)

type Extras = Pick<Invocation, "opened" | "sets">

/** Where `cd` leads; nothing where that can't be told. */
const movesTo = (args: ReadonlyArray<Arg>, at: At): ReadonlyArray<string> => {
  const [only, ...more] = args.filter(({ text }) => text !== "--")
  if (only === undefined || more.length > 0 || !only.sure || only.glob || /^[-+]/.test(only.text)) return []
  return at.folders.map((folder) => (only.text.startsWith("/") ? only.text : `${folder}/${only.text}`))
}

const walkCommand = (walk: Walk, args: ReadonlyArray<Arg>, at: At, extras: Extras): Left => {
  const [program = plainArg(""), ...rest] = args
  const base = programOf(program)
  const body = walk.functions.get(program.text)
  const moving = base === "cd" || base === "pushd" || base === "popd"
  const ran = walkInside(walk, args, at)
  const neutral = ran === "neutral" || (moving && base === "cd")
  const input = at.input === undefined || at.input.text === "" ? {} : { input: at.input }
  push(walk, { args, standing: at.standing, neutral, folders: at.folders, ...input, ...extras })
  if (!program.sure) hide(walk, textOf(args))
  if (body !== undefined) {
    if (walk.calling.has(program.text) || !mayLook(walk)) hide(walk, `${base} calls itself`)
    else {
      walk.calling.add(program.text)
      const left = walkBody(walk, body, { ...at, depth: at.depth + 1 })
      walk.calling.delete(program.text)
      return left
    }
  }
  if (!moving) return stay(at)
  const to = base === "cd" ? movesTo(rest, at) : []
  return { success: to, any: either(at.folders, to) }
}

/** Whether a command is nothing but what it runs. */
type Ran = "neutral" | "other"

/** Each place in a command's words from which another could start: too many rather than too few. */
const guess = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (let from = 0; from < Math.min(args.length, 60); from++)
    push(walk, {
      args: args.slice(from),
      standing: "guess",
      neutral: true,
      folders: [],
      opened: [],
      sets: []
    })
  if (args.length > 0) hide(walk, textOf(args))
  return at.depth < 0 ? "neutral" : "other"
}

const assignment = /^[A-Za-z_]\w*=/

/** What a wrapper's operands run. */
const walkRest = (walk: Walk, operands: ReadonlyArray<Arg>, spec: Wrapper, at: At): Ran => {
  let from = spec.own ?? 0
  const sets: Array<string> = []
  if (spec.assigns === true)
    while (operands[from] !== undefined && assignment.test(operands[from]?.text ?? "")) {
      const name = (operands[from]?.text ?? "").replace(/=.*/s, "")
      walk.assigned.add(name)
      if (!harmless.test(name) || acting.test(name)) sets.push(name)
      from += 1
    }
  const inside = operands.slice(from)
  const added = spec.adds === true ? [...inside, { ...plainArg(hole), sure: false }] : inside
  if (inside.length > 0) {
    if (spec.runs === "text") walkText(walk, joined(added), wrapped(at))
    else walkCommand(walk, added, wrapped(at), { opened: [], sets })
  }
  return spec.neutral === true ? "neutral" : "other"
}

/** Words as the one text that a shell makes of them. */
const joined = (args: ReadonlyArray<Arg>): Arg => ({
  ...plainArg(textOf(args)),
  sure: args.every(({ glob, sure }) => sure && !glob)
})

const walkWrapper = (walk: Walk, args: ReadonlyArray<Arg>, spec: Wrapper, at: At): Ran => {
  const names = spec.texts ?? []
  const options = {
    ...spec,
    valued: `${spec.valued ?? ""}${names.flatMap((name) => (name.startsWith("--") ? [] : [name.slice(1)])).join("")}`,
    longValued: [...(spec.longValued ?? []), ...names.filter((name) => name.startsWith("--"))]
  }
  return Option.match(readArguments(args, options, true), {
    onNone: () => guess(walk, args, at),
    onSome: (found) => {
      if (found.options.some(({ name }) => spec.inert?.includes(name) ?? false)) return "other"
      const texts = valuesOf(found, names)
      for (const text of texts) walkText(walk, text, wrapped(at))
      const replaced = valuesOf(found, spec.adds === true ? ["-I", "--replace"] : []).map(({ text }) => text)
      const operands = found.operands.map((arg) =>
        replaced.some((text) => arg.text.includes(text)) ? { ...arg, sure: false } : arg
      )
      // With a text of its own the operands name a user, a file or a host.
      return texts.length > 0 && spec.own !== undefined ? "other" : walkRest(walk, operands, spec, at)
    }
  })
}

/** Options of shells that do not change what is run; `c` makes the first operand the script. */
const shellOptions = { short: "ceuvxfnpsilr", valued: "oO", long: ["--norc", "--noprofile", "--posix", "--login"] }

const walkShell = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran =>
  Option.match(readArguments(args, shellOptions, true), {
    onNone: () => guess(walk, args, at),
    onSome: ({ operands: [script], options }) => {
      const names = options.map(({ name }) => name)
      if (names.includes("-c")) {
        if (script !== undefined) walkText(walk, script, wrapped(at))
        // A login or interactive shell reads files of its own first.
        return names.some((name) => /^(?:-[il]|--login)$/.test(name)) ? "other" : "neutral"
      }
      if (script !== undefined && !names.includes("-s")) {
        if (!script.sure || script.glob) hide(walk, textOf(args))
        return "other"
      }
      if (at.input === undefined) hide(walk, textOf([plainArg("sh"), ...args]))
      else walkText(walk, at.input, wrapped(at))
      return at.input === undefined ? "other" : "neutral"
    }
  })

const walkTrap = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  const [action] = args.filter(({ text }) => text !== "--")
  if (action !== undefined && !action.text.startsWith("-")) walkText(walk, action, wrapped(at))
  return "other"
}

/** `source` of what is no file by name. */
const walkSource: Inside = (walk, args) => {
  if (args[0]?.sure !== true || args[0].glob) hide(walk, textOf(args))
  return "other"
}

const walkAlias = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const arg of args)
    if (arg.text.includes("=")) walkText(walk, { ...arg, text: arg.text.slice(arg.text.indexOf("=") + 1) }, wrapped(at))
  return "other"
}

const walkFind = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const command of argumentsOfFind(args)) walkCommand(walk, command, wrapped(at), { opened: [], sets: [] })
  return "other"
}

const walkGit = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const text of [...configsOfGit(args), ...insideGit(args)]) walkText(walk, text, wrapped(at))
  return "other"
}

type Inside = (walk: Walk, args: ReadonlyArray<Arg>, at: At) => Ran

const special: ReadonlyMap<string, Inside> = new Map([
  ["trap", walkTrap],
  ["alias", walkAlias],
  ["source", walkSource],
  [".", walkSource],
  ["find", walkFind],
  ["git", walkGit]
])

/** The commands that a command runs by its arguments. */
const walkInside: Inside = (walk, [program, ...args], at) => {
  if (program === undefined || at.depth > deepest) return "other"
  const base = programOf(program)
  const spec = Object.hasOwn(wrappers, base) ? wrappers[base] : undefined
  if (spec !== undefined) return walkWrapper(walk, args, spec, at)
  if (shells.has(base)) return walkShell(walk, args, at)
  return special.get(base)?.(walk, args, at) ?? "other"
}

/** Walks a line that was read. */
export const walkLine = (script: ShellScript, grammar: Grammar, folder: string, home: string): Walked => {
  const walk: Walk = {
    grammar,
    home,
    commands: [],
    hidden: [],
    functions: new Map(),
    calling: new Set(),
    looks: mostLooks,
    assigned: new Set()
  }
  walkScript(walk, script, { folders: [folder], standing: "plain", depth: 0, input: plainArg("") })
  return walk
}
