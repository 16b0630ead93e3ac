/** The flags of `run` as the door wants them. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TurnOptions } from "../../domain/model/Command.ts"
import { durationOf } from "../../domain/model/Duration.ts"
import type { Json } from "../../domain/model/Json.ts"
import { ModelName } from "../../domain/model/Model.ts"
import type { Strategy } from "../../domain/model/Plan.ts"
import type { Rule } from "../../domain/model/Rule.ts"
import { parseRule } from "../../domain/permission/match.ts"
import { type CliError, usage } from "./report.ts"

/** The flags of `run`, parsed. */
export interface RunFlags {
  readonly model: Option.Option<string>
  readonly last: boolean
  readonly session: Option.Option<string>
  readonly fork: boolean
  readonly agent: Option.Option<string>
  readonly mode: Option.Option<string>
  readonly apply: Option.Option<"ask" | "stage" | "auto">
  readonly yes: boolean
  readonly format: Option.Option<"text" | "json" | "stream-json">
  readonly turns: Option.Option<number>
  readonly tokens: Option.Option<number>
  readonly cost: Option.Option<number>
  readonly timeout: Option.Option<string>
  readonly sandbox: Option.Option<"workspace" | "strict" | "off">
  readonly reasoning: Option.Option<"off" | "low" | "medium" | "high">
  readonly allow: ReadonlyArray<string>
  readonly deny: ReadonlyArray<string>
  readonly files: ReadonlyArray<string>
  readonly record: Option.Option<string>
  readonly replay: Option.Option<string>
  readonly background: boolean
  readonly plan: boolean
  readonly noPlan: boolean
  readonly strategy: Option.Option<Strategy>
  readonly databaseUrl: Option.Option<string>
}

type Checked<A> = Either.Either<A, CliError>

/** Rules given by flag, each of which has the form of one. */
export const rulesOf = (
  flags: Pick<RunFlags, "allow" | "deny"> & Partial<Pick<RunFlags, "noPlan">>
): Checked<ReadonlyArray<Rule>> => {
  const rules: ReadonlyArray<Rule> = [
    ...(flags.noPlan === true ? [{ decision: "deny" as const, rule: "plan" }] : []),
    ...flags.deny.map((rule) => ({ decision: "deny" as const, rule })),
    ...flags.allow.map((rule) => ({ decision: "allow" as const, rule }))
  ]
  const bad = rules.find(({ rule }) => parseRule(rule) === undefined)
  return bad === undefined
    ? Either.right(rules)
    : Either.left(
        usage(
          `${JSON.stringify(bad.rule)} is not a rule.`,
          "Write tool, tool(pattern) or *, as in --allow 'bash(npm test)'."
        )
      )
}

/** A model's name as it is written everywhere. */
export const modelNamed = (given: string): Checked<ModelName> =>
  Schema.is(ModelName)(given)
    ? Either.right(given)
    : Either.left(
        usage(
          `${JSON.stringify(given)} is not the name of a model.`,
          "Write provider/model; `code-mesh models list` shows those there are."
        )
      )

const timeoutOf = (given: string): Checked<number> => {
  const millis = durationOf(given)
  return millis === undefined
    ? Either.left(usage(`--timeout cannot be ${JSON.stringify(given)}.`, "Write 300s, 5m, 2h, or a number of seconds."))
    : Either.right(millis)
}

const checked = <A, B>(option: Option.Option<A>, check: (a: A) => Checked<B>): Checked<B | undefined> =>
  Option.match(option, { onNone: () => Either.right(undefined), onSome: check })

const clash = (flags: RunFlags): CliError | undefined => {
  if (flags.last && Option.isSome(flags.session)) return usage("-c and -s say different things.", "Give one of them.")
  if (flags.fork && !flags.last && Option.isNone(flags.session))
    return usage("--fork needs a session to copy.", "Name one with -s ID, or use -c.")
  if (flags.yes && Option.isSome(flags.apply) && flags.apply.value !== "auto")
    return usage(`--yes is --apply auto, and not --apply ${flags.apply.value}.`, "Give one of them.")
  if (Option.isSome(flags.record) && Option.isSome(flags.replay))
    return usage("--record and --replay exclude each other.", "Give one of them.")
  if (Option.isSome(flags.agent) && Option.isSome(flags.mode) && flags.agent.value !== flags.mode.value)
    return usage("--agent and --mode say different things: an agent brings its mode with it.", "Give one of them.")
  if (flags.plan && flags.noPlan) return usage("--plan and --no-plan say different things.", "Give one of them.")
  if (flags.plan && (Option.isSome(flags.agent) || Option.exists(flags.mode, (mode) => mode !== "plan")))
    return usage("--plan makes its plan in the mode plan.", "Leave --mode and --agent out.")
  if (!flags.plan && Option.isSome(flags.strategy))
    return usage("--strategy says how a plan is carried out, and none is made.", "Add --plan, or leave it out.")
  return undefined
}

/** What a run does, where flags say so. */
export interface RunChoices {
  readonly model: ModelName | undefined
  readonly mode: string | undefined
  readonly format: "text" | "json" | "stream-json"
  readonly attended: boolean
  readonly apply: "ask" | "stage" | "auto"
  readonly options: TurnOptions
  /** Settings that flags stand for. */
  readonly settings: Json
}

const limitsOf = (flags: RunFlags, timeout: number | undefined): TurnOptions["limits"] => ({
  ...(timeout === undefined ? {} : { timeout }),
  ...Option.match(flags.turns, { onNone: () => ({}), onSome: (turns) => ({ turns }) }),
  ...Option.match(flags.tokens, { onNone: () => ({}), onSome: (tokens) => ({ tokens }) }),
  ...Option.match(flags.cost, { onNone: () => ({}), onSome: (cost) => ({ cost }) })
})

/** Checks the flags of a run, and says what they come to; `person` says whether one is at the terminal. */
export const choose = (flags: RunFlags, person: boolean): Checked<RunChoices> =>
  Either.gen(function* () {
    const clashing = clash(flags)
    if (clashing !== undefined) return yield* Either.left(clashing)
    const model = yield* checked(flags.model, modelNamed)
    const mode = flags.plan ? "plan" : Option.getOrUndefined(Option.orElse(flags.agent, () => flags.mode))
    const timeout = yield* checked(flags.timeout, timeoutOf)
    const rules = yield* rulesOf(flags)
    const format = Option.getOrElse(flags.format, () => "text" as const)
    const attended = person && format === "text"
    const apply = flags.yes
      ? "auto"
      : Option.getOrElse(flags.apply, (): "ask" | "stage" => (attended ? "ask" : "stage"))
    return {
      model,
      mode,
      format,
      attended,
      apply,
      options: {
        apply,
        rules,
        attended,
        yes: flags.yes,
        limits: limitsOf(flags, timeout),
        ...Option.match(flags.reasoning, { onNone: () => ({}), onSome: (reasoning) => ({ options: { reasoning } }) }),
        ...(mode === undefined ? {} : { mode })
      },
      settings: {
        ...Option.match(flags.sandbox, { onNone: () => ({}), onSome: (wanted) => ({ sandbox: { mode: wanted } }) }),
        ...Option.match(flags.strategy, {
          onNone: () => ({}),
          onSome: (wanted) => ({ agents: { default_strategy: wanted } })
        }),
        ...Option.match(flags.databaseUrl, {
          onNone: () => ({}),
          onSome: (url) => ({ cluster: { database_url: url } })
        })
      }
    }
  })

/** The same as an effect. */
export const chosen = (flags: RunFlags, person: boolean) => Effect.suspend(() => choose(flags, person))
