/** Reads the command line before @effect/cli does: nothing unknown gets through, and every text arrives as it was written. */
import { nearest } from "../../domain/config/suggest.ts"
import { type CommandSpec, type FlagSpec, placeholder } from "./spec.ts"

/** A command line that makes sense. */
export interface Guarded {
  /** For @effect/cli: command names, flags, and placeholders for texts. */
  readonly argv: ReadonlyArray<string>
  readonly path: ReadonlyArray<string>
  readonly command: CommandSpec
  readonly operands: ReadonlyArray<string>
  readonly texts: ReadonlyArray<string>
  /** Values of the flags that every command has, by name; empty for those that are only there. */
  readonly globals: ReadonlyMap<string, string>
  readonly help: boolean
  readonly version: boolean
}

/** What is wrong with a command line, and what to do. */
export interface Wrong {
  readonly wrong: string
  readonly remedy: string
  /** All commands are listed as well. */
  readonly help?: true
}

/** Commands that exist in a later version only. */
const laterCommands: ReadonlySet<string> = new Set("serve web acp index memory mcp".split(" "))

const comesLater = (what: string): Wrong => ({
  wrong: `${what} comes in a later version of code-mesh.`,
  remedy: "`code-mesh --help` lists what there is now."
})

const noTerminalUi: Wrong = {
  wrong: "The terminal UI comes in a later version of code-mesh.",
  remedy: 'Use `code-mesh chat --plain`, or `code-mesh run "…"`.',
  help: true
}

/** Flags that are answered before any command. */
export const common: ReadonlyArray<FlagSpec> = [
  { name: "help", alias: "h", takes: "nothing", help: "Explain the command" },
  { name: "version", alias: "v", takes: "nothing", help: "Print the version" }
]

class Reader {
  readonly flags: Array<string> = []
  readonly operands: Array<string> = []
  readonly texts: Array<string> = []
  readonly globals = new Map<string, string>()
  readonly once = new Set<string>()
  command: CommandSpec
  path: ReadonlyArray<string> = []

  readonly rest: Array<string>
  readonly everywhere: ReadonlyArray<FlagSpec>

  constructor(argv: ReadonlyArray<string>, root: CommandSpec, everywhere: ReadonlyArray<FlagSpec>) {
    this.rest = [...argv]
    this.everywhere = [...everywhere, ...common]
    this.command = root
  }

  get known(): ReadonlyArray<FlagSpec> {
    return [...this.command.flags, ...this.everywhere]
  }

  read(): Wrong | undefined {
    for (let word = this.rest.shift(); word !== undefined; word = this.rest.shift()) {
      if (word === "--") {
        this.operands.push(...this.rest.splice(0))
        return undefined
      }
      const wrong = word.startsWith("-") && word !== "-" ? this.flag(word) : this.word(word)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  private word(word: string): Wrong | undefined {
    const { children, operands } = this.command
    const child = this.operands.length === 0 ? children.find((one) => one.name === word) : undefined
    if (child !== undefined) {
      this.command = child
      this.path = [...this.path, word]
      return undefined
    }
    if (children.length > 0 && operands.max === 0 && this.operands.length === 0) return this.noCommand(word)
    this.operands.push(word)
    return undefined
  }

  private noCommand(word: string): Wrong {
    if (this.path.length === 0 && laterCommands.has(word)) return comesLater(`code-mesh ${word}`)
    if (this.path.length === 0 && /[./~]/.test(word)) return noTerminalUi
    if (this.path[0] === "session" && word === "share") return comesLater("code-mesh session share")
    const names = this.command.children.map((child) => child.name)
    const meant = nearest(word, names)
    const where = ["code-mesh", ...this.path].join(" ")
    return {
      wrong: `There is no command '${where} ${word}'.`,
      remedy: meant === undefined ? `There are: ${names.join(", ")}.` : `Did you mean '${where} ${meant}'?`
    }
  }

  private flag(word: string): Wrong | undefined {
    const long = word.startsWith("--")
    const equals = word.indexOf("=")
    const name = word.slice(long ? 2 : 1, equals < 0 ? undefined : equals)
    const given = equals < 0 ? undefined : word.slice(equals + 1)
    if (long) return this.named(word, name, given)
    const letter = name.slice(0, 1)
    const spec = this.known.find((one) => one.alias === letter)
    if (spec === undefined) return this.unknown(equals < 0 ? word : word.slice(0, equals))
    if (name.length === 1) return this.take(spec, `-${letter}`, given)
    // `-mgpt`, `-mgpt=4`: the rest is the value; `-cy`: further letters.
    if (spec.takes !== "nothing") return this.take(spec, `-${letter}`, word.slice(2))
    this.rest.unshift(`-${word.slice(2)}`)
    return this.take(spec, `-${letter}`, undefined)
  }

  private named(word: string, name: string, given: string | undefined): Wrong | undefined {
    const spec = this.known.find((one) => one.name === name)
    return spec === undefined ? this.unknown(word.split("=", 1)[0] ?? word) : this.take(spec, `--${name}`, given)
  }

  private unknown(flag: string): Wrong {
    const name = flag.replace(/^-+/, "")
    const meant = nearest(
      name,
      this.known.map((one) => one.name)
    )
    const command = ["code-mesh", ...this.path].join(" ")
    return {
      wrong: `'${command}' has no flag ${flag}.`,
      remedy:
        meant === undefined
          ? `\`${command} --help\` lists its flags; words that start with a dash go after --.`
          : `Did you mean --${meant}?`
    }
  }

  private take(spec: FlagSpec, shown: string, given: string | undefined): Wrong | undefined {
    if (spec.takes === "nothing") {
      if (given !== undefined) return { wrong: `${shown} takes no value.`, remedy: `Write ${shown} alone.` }
      return this.keep(spec, undefined)
    }
    if (spec.takes === "optional") return this.keep(spec, given ?? "")
    const value = given ?? this.rest.shift()
    const next = given === undefined && value !== undefined && value.startsWith("--")
    if (value === undefined || next)
      return { wrong: `${shown} needs a value.`, remedy: `Write ${shown} VALUE, or --${spec.name}=VALUE.` }
    return invalid(spec, value) ?? this.keep(spec, value)
  }

  private keep(spec: FlagSpec, value: string | undefined): Wrong | undefined {
    if (this.everywhere.includes(spec)) {
      this.globals.set(spec.name, value ?? "")
      return undefined
    }
    if (spec.repeats !== true && this.once.has(spec.name))
      return spec.takes === "nothing" ? undefined : { wrong: `--${spec.name} is given twice.`, remedy: "Give it once." }
    this.once.add(spec.name)
    this.flags.push(`--${spec.name}`)
    if (value === undefined) return undefined
    if (spec.values !== undefined || spec.number !== undefined) this.flags.push(value)
    else this.flags.push(placeholder(this.texts.push(value) - 1))
    return undefined
  }
}

const invalid = (spec: FlagSpec, value: string): Wrong | undefined => {
  if (spec.values !== undefined && !spec.values.includes(value)) {
    const wrong = `--${spec.name} cannot be ${JSON.stringify(value)}.`
    if (spec.name === "format" && ["claude", "codex", "opencode"].includes(value))
      return comesLater(`--format ${value}`)
    const meant = nearest(value, spec.values)
    const there = `It is one of: ${spec.values.join(", ")}.`
    return { wrong, remedy: meant === undefined ? there : `Did you mean ${meant}? ${there}` }
  }
  if (spec.number === undefined) return undefined
  const fits = spec.number === "whole" ? /^[1-9]\d{0,15}$/ : /^(\d+\.?\d*|\.\d+)$/
  if (fits.test(value) && Number(value) > 0) return undefined
  const what = spec.number === "whole" ? "a whole number above 0" : "a number above 0"
  return { wrong: `--${spec.name} cannot be ${JSON.stringify(value)}.`, remedy: `It is ${what}.` }
}

const counted = ({ command, operands, path }: Reader): Wrong | undefined => {
  const { label, max, min, values } = command.operands
  const name = ["code-mesh", ...path].join(" ")
  if (operands.length < min) return { wrong: `'${name}' needs ${label}.`, remedy: `\`${name} --help\` explains it.` }
  const odd = values === undefined ? undefined : operands.find((word) => !values.includes(word))
  if (odd !== undefined)
    return { wrong: `${JSON.stringify(odd)} is not one of them.`, remedy: `There are: ${values?.join(", ")}.` }
  if (operands.length <= max) return undefined
  const extra = JSON.stringify(operands[max])
  const meant = nearest(
    operands[max] ?? "",
    command.flags.map((flag) => flag.name)
  )
  return {
    wrong: `'${name}' has no use for ${extra}.`,
    remedy: meant === undefined ? `\`${name} --help\` says what it takes.` : `Did you mean --${meant}?`
  }
}

/** Reads a command line against the commands there are: what it says, or what is wrong with it. */
export const guard = (
  argv: ReadonlyArray<string>,
  root: CommandSpec,
  everywhere: ReadonlyArray<FlagSpec>
): Guarded | Wrong => {
  const [first, ...others] = argv
  const reader = new Reader(first === "help" ? [...others, "--help"] : argv, root, everywhere)
  const wrong = reader.read()
  const help = reader.globals.has("help")
  if (wrong !== undefined) return wrong
  const version = reader.globals.has("version")
  const short = help || version ? undefined : counted(reader)
  if (short !== undefined) return short
  if (reader.path.length === 0 && !help && !version) return noTerminalUi
  return {
    argv: [...reader.path, ...reader.flags],
    path: reader.path,
    command: reader.command,
    operands: reader.operands,
    texts: reader.texts,
    globals: reader.globals,
    help,
    version
  }
}
