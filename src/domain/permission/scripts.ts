/** The scripts that a line runs by their names, and the command lines in them, so that rules that restrict look there too. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CommandLine, LineCommand } from "./commandLine.ts"
import { hole, textOf } from "./shellArgs.ts"
import { programOf } from "./walkState.ts"
import { shells } from "./wrappers.ts"

/** A script: the first of these files that is there, and for a package what is asked of it. */
export interface Script {
  readonly kind: "shell" | "program" | "make" | "package"
  readonly files: ReadonlyArray<string>
  readonly names: ReadonlyArray<string>
}

/** What stands for a command that can't be told. */
export const untold = "…"

const managers: ReadonlySet<string> = new Set(["npm", "pnpm", "yarn", "bun"])

/** What each of npm's own words runs, beside the word itself. */
const ownWords: Readonly<Record<string, ReadonlyArray<string>>> = {
  t: ["test"],
  tst: ["test"],
  install: ["preinstall", "postinstall", "prepare"],
  i: ["preinstall", "install", "postinstall", "prepare"],
  ci: ["preinstall", "install", "postinstall", "prepare"]
}

const around = (name: string): ReadonlyArray<string> => [`pre${name}`, name, `post${name}`]

type Found = Omit<Script, "files"> & { readonly named: ReadonlyArray<string> }

const ofPackage = (words: ReadonlyArray<string>): Found | undefined => {
  // Another package is meant, or several.
  if (words.some((word) => /^(?:-[CFrw]$|--(?:prefix|cwd|dir|workspace|filter|recursive))/.test(word))) return undefined
  const [verb = "", name = ""] = words.filter((word) => !word.startsWith("-"))
  const names = /^(?:run|run-script)$/.test(verb) ? around(name) : [...around(verb), ...(ownWords[verb] ?? [])]
  return { kind: "package", named: ["package.json"], names }
}

const ofMake = (words: ReadonlyArray<string>): Found | undefined => {
  const at = words.indexOf("-f")
  const named = at === -1 ? ["GNUmakefile", "makefile", "Makefile"] : words.slice(at + 1, at + 2)
  const others = words.filter((_, index) => at === -1 || index < at || index > at + 1)
  return others.some((word) => /^-[CfI]|^--(?:directory|file|makefile|include|eval)/.test(word))
    ? undefined
    : { kind: "make", named, names: [] }
}

const ofShell = (words: ReadonlyArray<string>): Found | undefined => {
  const file = words.find((word) => !/^[-+]/.test(word))
  const isScript = file !== undefined && !words.slice(0, words.indexOf(file)).some((word) => /^-\w*[cs]/.test(word))
  return { kind: "shell", named: isScript ? [file] : [], names: [] }
}

const found = (program: string, words: ReadonlyArray<string>): Found | undefined => {
  const base = programOf({ text: program, sure: true, glob: false, quoted: false, computed: false })
  if (managers.has(base)) return ofPackage(words)
  if (base === "make" || base === "gmake") return ofMake(words)
  if (shells.has(base)) return ofShell(words)
  if (base === "source" || base === ".") return { kind: "shell", named: words.slice(0, 1), names: [] }
  return { kind: "program", named: program.includes("/") ? [program] : [], names: [] }
}

const scriptOf = ({ args, folders }: LineCommand): ReadonlyArray<Script | typeof untold> => {
  const [program, ...words] = args
  if (program === undefined || !program.sure || program.glob) return []
  const it = found(
    program.text,
    words.map(({ glob, sure, text }) => (sure && !glob ? text : hole))
  )
  if (it === undefined) return [untold]
  const [folder, ...more] = folders
  if (it.named.length === 0) return []
  if (it.named.some((name) => name.includes(hole)) || folder === undefined || more.length > 0) return [untold]
  const files = it.named.map((name) => (name.startsWith("/") ? name : `${folder}/${name}`))
  // What the line itself writes there is what runs.
  return [{ kind: it.kind, files, names: it.names }]
}

/** The scripts that a line runs; `untold` where it runs one that can't be told. */
export const scriptsOf = (line: CommandLine): ReadonlyArray<Script | typeof untold> => {
  const written = new Set(line.commands.flatMap(({ write }) => write))
  return line.commands
    .filter(({ neutral, standing }) => !neutral && standing !== "guess")
    .flatMap(scriptOf)
    .map((it) => (it !== untold && it.files.some((file) => written.has(file)) ? untold : it))
}

const Package = Schema.parseJson(
  Schema.Struct({ scripts: Schema.Record({ key: Schema.String, value: Schema.String }) })
)
const readPackage = Schema.decodeUnknownOption(Package)

/** Variables that make knows by itself and that name programs. */
const known: Readonly<Record<string, string>> = {
  MAKE: "make",
  CC: "cc",
  CXX: "c++",
  RM: "rm -f",
  AR: "ar",
  SHELL: "sh"
}

/** A recipe's line as a shell gets it: what make fills in is filled in where it can be told. */
const recipe = (line: string, values: ReadonlyMap<string, string>): string => {
  let text = line.replace(/^\s*[@+-]*/, "").replaceAll("$$", hole)
  text = text.replaceAll(/\$[@<^*?+|%]|\$\([@<^*?+|%][DF]?\)/g, "_")
  // A value may name another; one that names itself comes to an end.
  for (let depth = 0; depth < 4; depth += 1)
    text = text.replaceAll(/\$[({](\w+)[)}]/g, (all, name: string) => values.get(name) ?? known[name] ?? all)
  return text.replaceAll(/\$\(([^()]*)\)/g, "$MAKE").replaceAll(hole, "$")
}

const linesOfMake = (text: string): ReadonlyArray<string> => {
  const lines = text.replaceAll("\\\n", " ").split("\n")
  const values = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^(\w+)\s*[:?]{0,2}=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) values.set(name, value)
  }
  const asked = [...text.matchAll(/\$\(shell ((?:[^()]|\([^()]*\))*)\)/g)].map(([, line = ""]) => recipe(line, values))
  const recipes = lines.filter((line) => line.startsWith("\t")).map((line) => recipe(line, values))
  return [...asked, ...recipes, ...(/^-?include\b/m.test(text) ? [untold] : [])]
}

/** The command lines in a script's text; `untold` among them where not all can be told. */
export const linesIn = ({ kind, names }: Script, text: string): ReadonlyArray<string> => {
  switch (kind) {
    case "make":
      return linesOfMake(text)
    case "package":
      return Option.match(readPackage(text), {
        onNone: () => [],
        onSome: ({ scripts }) =>
          names.flatMap((name) => Object.entries(scripts).flatMap(([key, line]) => (key === name ? [line] : [])))
      })
    case "shell":
      return [text]
    case "program": {
      const [first = ""] = text.split("\n", 1)
      const isShell = first.startsWith("#!") ? /\b(?:ba|da|z|k|a)?sh\b/.test(first) : !text.includes(hole)
      return isShell ? [text] : []
    }
  }
}

/** A command as a footprint names it that stands in a script. */
export const inScript = (command: string, path: string): string => `${command.slice(0, 300)} (in ${path})`

/** The command that a footprint's entry names, if it stands in a script. */
export const commandOf = (entry: string): string | undefined => /^(.*) \(in [^\n]*\)$/s.exec(entry)?.[1]

/** What a line runs, for rules and for people: its commands, and `untold` where one can't be told. */
export const commandsIn = ({ commands, fault, hidden }: CommandLine): ReadonlyArray<string> => [
  ...commands
    .filter(({ args, neutral, standing }) => args.length > 0 && !neutral && standing !== "guess")
    .map(({ args }) =>
      textOf(args.map((arg) => (arg.glob ? { ...arg, text: `${arg.text}${hole}` } : arg))).replaceAll(hole, untold)
    ),
  ...(hidden.length > 0 || fault !== undefined ? [untold] : [])
]
