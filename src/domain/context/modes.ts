/** Modes: build, plan, chat, and a person's own, each a smaller set of abilities than build. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { nearest } from "../config/suggest.ts"
import { BaseMode, type Config } from "../model/Config.ts"
import type { ModelName } from "../model/Model.ts"
import type { Rule } from "../model/Rule.ts"
import { type Role, roleNamed, roleNames } from "./role.ts"

const builtInModes = BaseMode.literals

/** A mode as a turn uses it. */
export interface Mode {
  readonly name: string
  /** Whose built-in limits hold. */
  readonly base: BaseMode
  /** What it adds to the prompt of its base. */
  readonly prompt: string
  /** The tools that are left; all that are offered where absent. */
  readonly tools?: ReadonlyArray<string>
  /** Rules that ask or deny; a mode allows nothing that would not be allowed without it. */
  readonly rules: ReadonlyArray<Rule>
  readonly model?: ModelName
  /** It is a role: its own words stand in place of its base's. */
  readonly role?: true
}

/** There is no mode of this name here. */
export class UnknownMode extends Schema.TaggedError<UnknownMode>()("UnknownMode", {
  mode: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const meant = nearest(this.mode, this.known)
    const there = `There are: ${this.known.join(", ")}.`
    return `There is no mode or agent ${JSON.stringify(this.mode)}. ${meant === undefined ? "" : `Did you mean ${meant}? `}${there}`
  }
}

const isBuiltIn = (name: string): name is BaseMode => builtInModes.some((mode) => mode === name)

/** The names of all modes under a configuration, the built-in ones first; then those of its roles. */
export const modeNames = (config: Config): ReadonlyArray<string> => [
  ...builtInModes,
  ...Object.keys(config.modes ?? {})
    .filter((name) => !isBuiltIn(name))
    .sort(),
  ...roleNames(config)
]

/** A role as the mode of its agent's turns. */
export const modeOf = ({ model, name, prompt, readOnly, rules, tools }: Role): Mode => ({
  name,
  base: readOnly ? "plan" : "build",
  prompt,
  rules,
  role: true,
  ...(tools === undefined ? {} : { tools }),
  ...(model === undefined ? {} : { model })
})

/** The mode of this name, or the role. What a configuration says of a built-in mode is added to it. */
export const modeNamed = (config: Config, name: string): Either.Either<Mode, UnknownMode> => {
  const modes = config.modes ?? {}
  const own = Object.hasOwn(modes, name) ? modes[name] : undefined
  if (own === undefined && !isBuiltIn(name))
    return Either.fromOption(
      Option.map(roleNamed(config, name), modeOf),
      () => new UnknownMode({ mode: name, known: modeNames(config) })
    )
  const { ask = [], deny = [], model, prompt = "", tools } = own ?? {}
  return Either.right({
    name,
    base: isBuiltIn(name) ? name : (own?.base ?? "build"),
    prompt,
    rules: [
      ...deny.map((rule): Rule => ({ decision: "deny", rule })),
      ...ask.map((rule): Rule => ({ decision: "ask", rule }))
    ],
    ...(tools === undefined ? {} : { tools }),
    ...(model === undefined ? {} : { model })
  })
}
