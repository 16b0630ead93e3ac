/** Walks a line's tree: every command that it runs, through wrappers, shells and substitutions, in the folder it runs in. */
import type { Assigned, Grammar, Redirection, ShellNode, ShellScript, SimpleNode, Word } from "../model/ShellSyntax.ts"
import { type Arg, argsOf, hole, plainArg, scriptsIn, textOf } from "./shellArgs.ts"
import { walkInside } from "./walkInside.ts"
import {
  type At,
  changesPrograms,
  deepest,
  type Extras,
  hide,
  inner,
  isRun,
  mostLooks,
  type Opened,
  programOf,
  push,
  type Walk,
  type Walked,
  wrapped
} from "./walkState.ts"

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

const walkScript = (walk: Walk, script: ShellScript | undefined, at: At): Left => {
  if (script === undefined || script.fault !== undefined) hide(walk, script?.fault?.reason ?? "a substitution")
  if (at.depth > deepest) hide(walk, "commands within commands within commands")
  return script === undefined || at.depth > deepest ? stay(at) : walkBody(walk, script.body, at)
}

/** Takes a look into a text or a function, of those that a line may cost. */
const mayLook = (walk: Walk, characters: number): boolean => {
  walk.looks -= characters + 500
  return walk.looks >= 0
}

/** Text that a shell reads. */
const walkText = (walk: Walk, text: Arg, at: At): Left => {
  if (!text.sure || text.glob) hide(walk, text.text)
  if (!mayLook(walk, text.text.length)) {
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
    if (value !== undefined && isRun(name))
      for (const text of argsOf(value, scopeOf(walk, at))) walkText(walk, text, wrapped(at))
    return changesPrograms(name) ? [name] : []
  })

const walkSimple = (walk: Walk, node: SimpleNode, at: At): Left => {
  walkWords(walk, node.words, at)
  const args = node.words.flatMap((word) => argsOf(word, scopeOf(walk, at)))
  const opened = openedBy(walk, node.redirections, at)
  const sets = setsOf(walk, node.assigned, at)
  const input = inputOf(walk, node, at)
  if (args.length > 0) return walkCommand(walk, args, { ...at, input }, { opened, sets })
  push(walk, { args, standing: at.standing, neutral: true, folders: at.folders, opened, sets, input: undefined })
  return stay(at)
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
  const sets = node.variables.filter(changesPrograms)
  // A test or an arithmetic expression runs what the text in it spells out in an index.
  if (node.body.length === 0 && node.words.some(({ source }) => /[`[]|\$\(/.test(source)))
    hide(walk, textOf(node.words.map(({ source }) => plainArg(source))))
  push(walk, { args: [], standing: at.standing, neutral: true, folders: at.folders, opened, sets, input: undefined })
  const from: At = node.redirections.length > 0 ? { ...at, input: undefined } : at
  const left = walkBody(walk, node.body, from)
  if (node.apart) return stay(at)
  const moved = left.any.length !== at.folders.length || left.any.some((folder) => !at.folders.includes(folder))
  return node.surely || !moved ? left : { success: [], any: [] }
}

/** No system takes a longer path. */
const longestPath = 4096

/** Where `cd` leads; nothing where that can't be told. */
const movesTo = (args: ReadonlyArray<Arg>, at: At): ReadonlyArray<string> => {
  const [only, ...more] = args.filter(({ text }) => text !== "--")
  if (only === undefined || more.length > 0 || !only.sure || only.glob || /^[-+]/.test(only.text)) return []
  const to = at.folders.map((folder) => (only.text.startsWith("/") ? only.text : `${folder}/${only.text}`))
  return to.some(({ length }) => length > longestPath) ? [] : to
}

const movers: ReadonlySet<string> = new Set(["cd", "pushd", "popd"])
/** What runs text in the shell itself. */
const within: ReadonlySet<string> = new Set("eval source . trap command builtin exec".split(" "))

/** Whether a command that ran others in this shell may have left the folder with them. */
const mayHaveMoved = (walk: Walk, base: string, since: number): boolean =>
  within.has(base) &&
  (base === "source" || base === "." || walk.commands.slice(since).some(({ args }) => movers.has(args[0]?.text ?? "")))

const walkCommand = (walk: Walk, args: ReadonlyArray<Arg>, at: At, extras: Extras): Left => {
  const [program = plainArg(""), ...rest] = args
  const base = programOf(program)
  const body = walk.functions.get(program.text)
  const since = walk.commands.length
  const ran = walkInside(walk, args, at)
  const moved = mayHaveMoved(walk, base, since)
  const neutral = ran === "neutral" || base === "cd"
  const { folders, input, standing } = at
  push(walk, { args, standing, neutral, folders, opened: extras.opened, sets: extras.sets, input })
  if (!program.sure) hide(walk, textOf(args))
  if (body !== undefined) {
    if (walk.calling.has(program.text) || !mayLook(walk, 0)) hide(walk, `${base} calls itself`)
    else {
      walk.calling.add(program.text)
      const left = walkBody(walk, body, { ...at, depth: at.depth + 1 })
      walk.calling.delete(program.text)
      return left
    }
  }
  if (moved) return { success: [], any: [] }
  if (!movers.has(base)) return stay(at)
  const to = base === "cd" && !walk.assigned.has("CDPATH") ? movesTo(rest, at) : []
  return { success: to, any: either(at.folders, to) }
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
    assigned: new Set(),
    text: (text, at) => void walkText(walk, text, at),
    command: (args, at, extras) => void walkCommand(walk, args, at, extras)
  }
  walkScript(walk, script, { folders: [folder], standing: "plain", depth: 0, input: plainArg("") })
  return walk
}
