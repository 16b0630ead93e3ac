/** Which commands only read, and what. The list is short on purpose: what is not fully understood does not only read. */
import * as Option from "effect/Option"
import { matchGlob } from "./match.ts"
import { type Arguments, readArguments } from "./options.ts"
import { isKeyFile } from "./protected.ts"
import { type Allowed, findExpressions, readOnlyGit, readOnlyPrograms } from "./readOnlyPrograms.ts"
import { type Arg, plainArg } from "./shellArgs.ts"

/** What a command reads where all that it does is to read; paths as written, folders of globs for globs. */
export type Reads = Option.Option<ReadonlyArray<string>>

const no: Reads = Option.none()

/** The fixed folder of a glob, and other words as they are. */
export const pathOf = (arg: Arg): string => {
  if (!arg.glob) return arg.text
  const fixed = arg.text.slice(0, Math.max(0, arg.text.search(/[*?[(]/)))
  return fixed.includes("/") ? fixed.slice(0, fixed.lastIndexOf("/") + 1) : "."
}

const pathsAmong = ({ options, operands }: Arguments, allowed: Allowed): ReadonlyArray<string> => {
  const all = (allowed.allPathsWith ?? []).some((name) => options.some((option) => option.name === name))
  if (allowed.paths === "none") return []
  return (allowed.paths === "butFirst" && !all ? operands.slice(1) : operands).map(pathOf)
}

/** Unquoted `*` and `?` behind a plain start: nothing that may become an option. */
const isPlainGlob = ({ quoted, text }: Arg): boolean => !quoted && /^[\p{L}\p{N}_./][^[(]*$/u.test(text)

const readsOf = (args: ReadonlyArray<Arg>, allowed: Allowed): Reads =>
  Option.flatMap(readArguments(args, allowed), (found) => {
    const { operands } = found
    const { operand } = allowed
    if (operands.length > (allowed.operands ?? Number.POSITIVE_INFINITY)) return no
    const told = (arg: Arg): boolean => arg.sure || (arg.number === true && allowed.paths === "none")
    if (operands.some((arg) => !told(arg) || (arg.glob && !(allowed.globs === true && isPlainGlob(arg))))) return no
    if (operand !== undefined && !operands.every((arg) => operand.test(arg.text))) return no
    return Option.some(pathsAmong(found, allowed))
  })

const readsOfFind = (args: ReadonlyArray<Arg>): Reads => {
  if (args.some((arg) => arg.glob || !arg.sure)) return no
  const first = args.findIndex((arg) => /^(-|[!()]$)/.test(arg.text))
  const places = first === -1 ? args : args.slice(0, first)
  const rest = first === -1 ? [] : args.slice(first)
  let next = 0
  for (const [at, { text }] of rest.entries()) {
    if (at < next) continue
    const values = Object.hasOwn(findExpressions, text) ? findExpressions[text] : undefined
    if (values === undefined || at + values >= rest.length) return no
    next = at + values + 1
  }
  return Option.some(places.length === 0 ? ["."] : places.map((arg) => arg.text))
}

/** Lines by number, by plain pattern, or a range of those, printed: nothing else that `sed` can do. */
const sedScript = /^(?:\d+|\$|\/[\w .,:*^$=(){}<>"-]*\/)(?:,(?:\d+|\$|\/[\w .,:*^$=(){}<>"-]*\/))?p$/

const readsOfSed = ([quiet, script, ...files]: ReadonlyArray<Arg>): Reads =>
  quiet?.text === "-n" &&
  script !== undefined &&
  sedScript.test(script.text) &&
  files.every((arg) => arg.sure && !arg.text.startsWith("-") && !arg.glob)
    ? Option.some(files.map((arg) => arg.text))
    : no

const readsOfGit = (args: ReadonlyArray<Arg>): Reads => {
  const at = args.findIndex((arg) => arg.text !== "--no-pager" && arg.text !== "--no-optional-locks")
  const name = args[at]?.text ?? ""
  const allowed = Object.hasOwn(readOnlyGit, name) ? readOnlyGit[name] : undefined
  // `HEAD:path` and `:path` show a file as git holds it.
  const shown = (path: string) => (path.includes(":") ? [path, path.slice(path.lastIndexOf(":") + 1)] : [path])
  return allowed === undefined
    ? no
    : Option.map(readsOf(args.slice(at + 1), allowed), (paths) => paths.flatMap(shown).filter((path) => path !== ""))
}

/** `command -v node`: where a program is. */
const readsOfCommand = ([option, ...names]: ReadonlyArray<Arg>): Reads =>
  option?.text === "-v" && names.every((arg) => arg.sure && /^[\w.+-]+$/.test(arg.text) && !arg.text.startsWith("-"))
    ? Option.some([])
    : no

const special: ReadonlyMap<string, (args: ReadonlyArray<Arg>) => Reads> = new Map([
  ["find", readsOfFind],
  ["sed", readsOfSed],
  ["git", readsOfGit],
  ["command", readsOfCommand]
])

/** What a command reads, where it is on the built-in list. */
export const readsOfCommandWords = ([program, ...args]: ReadonlyArray<Arg>): Reads => {
  // A quoted name is the same program, but nobody writes one without a reason.
  if (program === undefined || program.quoted || program.glob || !program.sure) return no
  // What a variable or braces come to is told to the rules; by itself such a line is asked.
  if ([program, ...args].some(({ computed }) => computed)) return no
  const { text } = program
  const own = special.get(text)
  if (own !== undefined) return own(args)
  const allowed = Object.hasOwn(readOnlyPrograms, text) ? readOnlyPrograms[text] : undefined
  return allowed === undefined ? no : readsOf(args, allowed)
}

/** Names of files with keys that a glob may stand for. */
const keyNames = [
  ".env",
  ".env.local",
  ".netrc",
  ".npmrc",
  ".git-credentials",
  "id_rsa",
  "id_ed25519",
  "key.pem",
  "auth.json"
]

/** Whether a program is one that shows files, whatever it is given. */
export const showsFiles = (program: Arg | undefined): boolean => {
  const name = program?.text.slice(program.text.lastIndexOf("/") + 1) ?? ""
  return Object.hasOwn(readOnlyPrograms, name) || name === "sed"
}

/** Files with keys among the words of a program that shows files, where it is given more than the list tells of. */
export const keysAmong = ([program, ...args]: ReadonlyArray<Arg>): ReadonlyArray<string> => {
  if (!showsFiles(program)) return []
  return args.flatMap(({ glob, sure, text }) => {
    const at = text.lastIndexOf("/") + 1
    if (glob)
      return keyNames
        .filter((name) => text[at] === name[0] && matchGlob(text.slice(at), name))
        .map((name) => text.slice(0, at) + name)
    return sure && isKeyFile(`/${text}`) ? [text] : []
  })
}

/** What git with these arguments reads, where all that it does is to read; the same list as for a shell line. */
export const readsOfGitArguments = (args: ReadonlyArray<string>): Reads =>
  args.every((text) => !text.includes("\0"))
    ? readsOfGit(args.map((text) => ({ ...plainArg(text), quoted: true })))
    : no
