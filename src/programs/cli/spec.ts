/** What a command is called and takes: declared once, for @effect/cli, which explains it, and for the guard, which checks it. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Io } from "./Io.ts"

/** A flag as the guard knows it. `optional`: a value may follow, after `=` only. */
export interface FlagSpec {
  readonly name: string
  readonly alias?: string
  readonly help: string
  /** What its value is, in a word. */
  readonly label?: string
  readonly takes: "nothing" | "value" | "optional"
  readonly values?: ReadonlyArray<string>
  readonly number?: "whole" | "any"
  /** May be given several times. */
  readonly repeats?: true
}

/** The words that follow a command. */
export interface OperandSpec {
  readonly label: string
  readonly help: string
  readonly min: number
  readonly max: number
  /** The only words there are. */
  readonly values?: ReadonlyArray<string>
}

/** A command as the guard knows it. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  readonly flags: ReadonlyArray<FlagSpec>
  readonly operands: OperandSpec
  readonly children: ReadonlyArray<CommandSpec>
}

/** What holds for every command. */
export interface Globals {
  readonly cwd: string
  readonly profile: Option.Option<string>
  readonly printLogs: boolean
  readonly logLevel: Option.Option<string>
}

/** What the guard found beside flags, and where the exit code goes. */
export interface Invocation {
  readonly operands: ReadonlyArray<string>
  /** The texts of flags, kept from @effect/cli, which would read some of them as flags of its own. */
  readonly texts: ReadonlyArray<string>
  readonly globals: Globals
  readonly done: (code: number) => void
}

/** What stands for a text on the way through @effect/cli. */
export const placeholder = (index: number): string => `text-${index}`

const textAt = (call: Invocation, held: string): string => call.texts[Number(held.slice(5))] ?? ""

/** A flag: how it is checked, and how it is parsed and explained. */
export interface Flag<out A> {
  readonly spec: FlagSpec
  readonly options: (call: Invocation) => Options.Options<A>
}

/** The flags of a command by the names that its function reads. */
export type Flags = Readonly<Record<string, Flag<unknown>>>

/** What flags come to. */
export type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer A> ? A : never }

const named = <A>(options: Options.Options<A>, alias: string | undefined, help: string): Options.Options<A> => {
  const described = Options.withDescription(options, help)
  return alias === undefined ? described : Options.withAlias(described, alias)
}

const spec = (
  name: string,
  takes: FlagSpec["takes"],
  help: string,
  alias: string | undefined,
  more: Partial<FlagSpec> = {}
): FlagSpec => ({
  name,
  takes,
  help,
  ...(alias === undefined ? {} : { alias }),
  ...more
})

const heldText = (call: Invocation, name: string, label: string, alias: string | undefined, help: string) =>
  Options.map(named(Options.withPseudoName(Options.text(name), label), alias, help), (held) => textAt(call, held))

/** A flag that is there or not. */
export const on = (name: string, help: string, alias?: string): Flag<boolean> => ({
  spec: spec(name, "nothing", help, alias),
  options: () => named(Options.boolean(name), alias, help)
})

/** A flag with a text; `label` says in help what the text is. */
export const text = (name: string, label: string, help: string, alias?: string): Flag<Option.Option<string>> => ({
  spec: spec(name, "value", help, alias, { label }),
  options: (call) => Options.optional(heldText(call, name, label, alias, help))
})

/** A flag with a text that may be left out: `--commit` or `--commit=MESSAGE`; left out it is empty. */
export const maybeText = (name: string, label: string, help: string): Flag<Option.Option<string>> => ({
  spec: spec(name, "optional", help, undefined, { label }),
  options: (call) => Options.optional(heldText(call, name, label, undefined, help))
})

/** A flag with a text that may be given several times. */
export const many = (name: string, label: string, help: string): Flag<ReadonlyArray<string>> => ({
  spec: spec(name, "value", help, undefined, { label, repeats: true }),
  options: (call) =>
    Options.map(Options.repeated(named(Options.withPseudoName(Options.text(name), label), undefined, help)), (all) =>
      all.map((held) => textAt(call, held))
    )
})

/** A flag with one of some values. */
export const choice = <const A extends string>(
  name: string,
  values: ReadonlyArray<A>,
  help: string
): Flag<Option.Option<A>> => ({
  spec: spec(name, "value", help, undefined, { values }),
  options: () => Options.optional(named(Options.choice(name, values), undefined, help))
})

/** A flag with a positive whole number. */
export const whole = (name: string, help: string): Flag<Option.Option<number>> => ({
  spec: spec(name, "value", help, undefined, { label: "N", number: "whole" }),
  options: () => Options.optional(named(Options.integer(name), undefined, help))
})

/** A flag with a positive number. */
export const number = (name: string, help: string): Flag<Option.Option<number>> => ({
  spec: spec(name, "value", help, undefined, { label: "N", number: "any" }),
  options: () => Options.optional(named(Options.float(name), undefined, help))
})

/** No words. */
export const noOperands: OperandSpec = { label: "", help: "", min: 0, max: 0 }

/** Any number of words. */
export const words = (label: string, help: string, min = 0): OperandSpec => ({
  label,
  help,
  min,
  max: Number.POSITIVE_INFINITY
})

/** At most one word. */
export const word = (label: string, help: string, min: 0 | 1 = 0): OperandSpec => ({ label, help, min, max: 1 })

/** A command of @effect/cli, its parsed type forgotten. */
export type AnyCommand = Command.Command<string, Io, unknown, unknown>

/** A command: what the guard knows, and the command of one invocation. */
export interface Declared {
  readonly spec: CommandSpec
  /** With a path, only the commands on it are made: making all of them would cost every start. */
  readonly command: (call: Invocation, path?: ReadonlyArray<string>) => AnyCommand
}

/** How a command is declared. */
export interface Declaration<F extends Flags> {
  readonly name: string
  readonly summary: string
  readonly flags: F
  readonly operands?: OperandSpec
}

/** A command's body; it answers the exit code. */
export type Body<F extends Flags> = (flags: Values<F>, call: Invocation) => Effect.Effect<number, unknown, Io>

/** Flags that every command has; the guard takes them out. */
export const globalFlags: ReadonlyArray<Flag<unknown>> = [
  text("cwd", "PATH", "Work in this folder instead of the current one", "C"),
  text("profile", "NAME", "Use this profile of the configuration"),
  on("print-logs", "Say more on stderr, and where the time went"),
  choice("log-level", ["debug", "info", "warn", "error"], "How much --print-logs says")
]

const optionsOf = <F extends Flags>(flags: F, call: Invocation): Options.Options<Values<F>> => {
  const all = Object.entries(flags).map(([key, flag]) => [key, flag.options(call)] as const)
  // The record's type is lost on the way through Options.all, which takes no empty one; it has the same keys.
  return (all.length === 0 ? Options.map(Options.none, () => ({})) : Options.all(Object.fromEntries(all))) as never
}

const ignored = (call: Invocation) => Options.all(globalFlags.map((flag) => flag.options(call)))

const argsOf = (operands: OperandSpec) =>
  operands.max === 0
    ? Args.none
    : Args.repeated(Args.withDescription(Args.text({ name: operands.label }), operands.help))

/** Declares a command with commands below it; its own body runs where none of them is named. */
export const group = <F extends Flags>(
  { flags, name, operands = noOperands, summary }: Declaration<F>,
  children: ReadonlyArray<Declared>,
  body: Body<F>
): Declared => ({
  spec: {
    name,
    summary,
    flags: Object.values(flags).map((flag) => flag.spec),
    operands,
    children: children.map((child) => child.spec)
  },
  command: (call, path) => {
    const [next, ...below] = path ?? []
    const wanted = path === undefined ? children : children.filter((child) => child.spec.name === next)
    const own = Command.make(
      name,
      { flags: optionsOf(flags, call), words: argsOf(operands), globals: ignored(call) },
      (given) => Effect.map(body(given.flags, call), call.done)
    ).pipe(Command.withDescription(summary))
    const [first, ...rest] = wanted.map((child) => child.command(call, path === undefined ? undefined : below))
    return (first === undefined ? own : Command.withSubcommands(own, [first, ...rest])) as unknown as AnyCommand
  }
})

/** Declares a command with a body. */
export const leaf = <F extends Flags>(declared: Declaration<F>, body: Body<F>): Declared => group(declared, [], body)
