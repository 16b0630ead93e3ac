/** The commands that a command runs by its arguments: wrappers, shells, `find`, `git` and their like. */
import * as Option from "effect/Option"
import { argumentsOfFind, configsOfGit, insideGit } from "./nested.ts"
import { readArguments, valuesOf } from "./options.ts"
import { type Arg, hole, plainArg, textOf } from "./shellArgs.ts"
import { type At, changesPrograms, deepest, hide, programOf, push, type Walk, wrapped } from "./walkState.ts"
import { shells, type Wrapper, wrappers } from "./wrappers.ts"

/** Whether a command is nothing but what it runs. */
export type Ran = "neutral" | "other"

/** Words of a command that another may start at. */
const mostGuessed = 60

/** Each place in a command's words from which another could start: too many rather than too few. */
const guess = (walk: Walk, args: ReadonlyArray<Arg>): Ran => {
  for (let from = 0; from < Math.min(args.length, mostGuessed); from++)
    push(walk, {
      args: args.slice(from, from + mostGuessed),
      standing: "guess",
      neutral: true,
      folders: [],
      opened: [],
      sets: [],
      input: undefined
    })
  hide(walk, textOf(args))
  return "other"
}

const assignment = /^[A-Za-z_]\w*=/

/** What a wrapper's operands run. */
const walkRest = (walk: Walk, operands: ReadonlyArray<Arg>, spec: Wrapper, at: At): Ran => {
  let from = spec.own ?? 0
  const sets: Array<string> = []
  if (spec.assigns === true)
    for (const { text } of operands.slice(from)) {
      if (!assignment.test(text)) break
      const name = text.replace(/=.*/s, "")
      walk.assigned.add(name)
      if (changesPrograms(name)) sets.push(name)
      from += 1
    }
  const inside = operands.slice(from)
  if (inside[0]?.text.startsWith("-") === true && spec.runs === "words") return guess(walk, inside)
  const added = spec.adds === true ? [...inside, { ...plainArg(hole), sure: false }] : inside
  if (inside.length > 0) {
    if (spec.runs === "text") walk.text(joined(added), wrapped(at))
    else walk.command(added, wrapped(at), { opened: [], sets })
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
    onNone: () => guess(walk, args),
    onSome: (found) => {
      if (found.options.some(({ name }) => spec.inert?.includes(name) ?? false)) return "other"
      const texts = valuesOf(found, names)
      for (const text of texts) walk.text(text, wrapped(at))
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
    onNone: () => guess(walk, args),
    onSome: ({ operands: [script], options }) => {
      const names = options.map(({ name }) => name)
      if (names.includes("-c")) {
        if (script !== undefined) walk.text(script, wrapped(at))
        // A login or interactive shell reads files of its own first.
        return names.some((name) => /^(?:-[il]|--login)$/.test(name)) ? "other" : "neutral"
      }
      if (script !== undefined && !names.includes("-s")) {
        if (!script.sure || script.glob) hide(walk, textOf(args))
        return "other"
      }
      if (at.input === undefined) hide(walk, textOf([plainArg("sh"), ...args]))
      else walk.text(at.input, wrapped(at))
      return at.input === undefined ? "other" : "neutral"
    }
  })

const walkTrap = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  const [action] = args.filter(({ text }) => text !== "--")
  if (action !== undefined && !action.text.startsWith("-")) walk.text(action, wrapped(at))
  return "other"
}

/** `source` of what is no file by name. */
const walkSource: Inside = (walk, args) => {
  if (args[0]?.sure !== true || args[0].glob) hide(walk, textOf(args))
  return "other"
}

const walkAlias = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const arg of args)
    if (arg.text.includes("=")) walk.text({ ...arg, text: arg.text.slice(arg.text.indexOf("=") + 1) }, wrapped(at))
  return "other"
}

const walkFind = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const command of argumentsOfFind(args)) walk.command(command, wrapped(at), { opened: [], sets: [] })
  return "other"
}

const walkGit = (walk: Walk, args: ReadonlyArray<Arg>, at: At): Ran => {
  for (const text of [...configsOfGit(args), ...insideGit(args)]) walk.text(text, wrapped(at))
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
export const walkInside: Inside = (walk, [program, ...args], at) => {
  if (program === undefined) return "other"
  if (at.depth > deepest) {
    hide(walk, textOf([program, ...args]))
    return "other"
  }
  const base = programOf(program)
  const spec = Object.hasOwn(wrappers, base) ? wrappers[base] : undefined
  if (spec !== undefined) return walkWrapper(walk, args, spec, at)
  if (shells.has(base)) return walkShell(walk, args, at)
  return special.get(base)?.(walk, args, at) ?? "other"
}
