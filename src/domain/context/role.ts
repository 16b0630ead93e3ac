/** Roles: who does a piece of work. Each is a mode with a use that a planner chooses by. */
import * as Option from "effect/Option"
import { type AgentConfig, BaseMode, type Config } from "../model/Config.ts"
import type { ModelName } from "../model/Model.ts"
import type { Rule } from "../model/Rule.ts"
import { presetRoles } from "./presetRoles.ts"

/** Who does a piece of work: a prompt of its own, and what it may not do. */
export interface Role {
  readonly name: string
  /** What it is good for, in a line: a planner chooses by it. */
  readonly use: string
  /** What its agent is told beside what every agent is told. */
  readonly prompt: string
  /** It looks and answers; it changes no file. */
  readonly readOnly: boolean
  /** The tools that it is offered, of those that there are; all where absent. */
  readonly tools?: ReadonlyArray<string>
  /** Rules that ask or deny; a role allows nothing that would not be allowed without it. */
  readonly rules: ReadonlyArray<Rule>
  readonly model?: ModelName
  /** How often a task of it that failed is begun again; as usual where absent. */
  readonly restart?: number
}

const roleOf = (name: string, said: AgentConfig): Role => {
  const { ask = [], base, deny = [], description = "", model, prompt = "", restart, tools } = said
  return {
    name,
    use: description,
    prompt,
    readOnly: base === "plan",
    rules: [
      ...deny.map((rule): Rule => ({ decision: "deny", rule })),
      ...ask.map((rule): Rule => ({ decision: "ask", rule }))
    ],
    ...(tools === undefined ? {} : { tools }),
    ...(model === undefined ? {} : { model }),
    ...(restart === undefined ? {} : { restart })
  }
}

/** The roles that are always there, by name. */
export const presets: ReadonlyMap<string, Role> = new Map(
  Object.entries(presetRoles).map(([name, said]) => [name, roleOf(name, said)])
)

/** What a configuration says of an agent of this name. */
const saidOf = ({ agents = {} }: Config, name: string): AgentConfig | undefined => {
  const found = Object.hasOwn(agents, name) ? agents[name] : undefined
  return typeof found === "object" ? found : undefined
}

/** A table of a built-in mode, or one that only says how models answer, makes no role. */
const isRole = (name: string, said: AgentConfig): boolean =>
  !BaseMode.literals.some((mode) => mode === name) && Object.keys(said).some((key) => key !== "options")

/** What is said of a role that is always there stands in place of what it has; rules are added. */
const changed = (preset: Role, said: AgentConfig): Role => {
  const own = roleOf(preset.name, said)
  return {
    ...preset,
    ...own,
    use: said.description ?? preset.use,
    prompt: said.prompt ?? preset.prompt,
    readOnly: said.base === undefined ? preset.readOnly : own.readOnly,
    rules: [...preset.rules, ...own.rules]
  }
}

/** The role of this name under a configuration. */
export const roleNamed = (config: Config, name: string): Option.Option<Role> => {
  const said = saidOf(config, name)
  const preset = presets.get(name)
  if (preset !== undefined) return Option.some(said === undefined ? preset : changed(preset, said))
  return said === undefined || !isRole(name, said) ? Option.none() : Option.some(roleOf(name, said))
}

/** The names of a person's own roles, sorted. */
const ownNames = (config: Config): ReadonlyArray<string> =>
  Object.keys(config.agents ?? {})
    .filter((name) => !presets.has(name) && Option.isSome(roleNamed(config, name)))
    .sort()

/** The names of all roles under a configuration: those that are always there first. */
export const roleNames = (config: Config): ReadonlyArray<string> => [...presets.keys(), ...ownNames(config)]

/** What models are told of roles that are a person's own, or were changed in what they are for; nothing where there is none. */
export const ownRoles = (config: Config): string =>
  roleNames(config)
    .flatMap((name) => Option.toArray(roleNamed(config, name)))
    .filter(({ name, use }) => presets.get(name)?.use !== use)
    .map(({ name, use }) => (use === "" ? name : `${name}: ${use}`))
    .join("\n")
