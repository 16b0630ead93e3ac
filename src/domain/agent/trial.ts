/** Runs one tool alone, in place, under rules: to try tools and rules without a model or a session. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { Workspace } from "../../ports/Workspace.ts"
import { presets } from "../context/role.ts"
import type { Footprint } from "../model/Footprint.ts"
import type { Decision, Rule } from "../model/Rule.ts"
import type { Grammar } from "../model/ShellSyntax.ts"
import { evaluate, mayRead, ruleFault } from "../permission/evaluate.ts"
import { type Explained, explain } from "../permission/explain.ts"
import { mayReach } from "../permission/reach.ts"
import { bound } from "../tools/bound.ts"
import { type AnyTool, type Prepared, ToolFailure, ToolRun, type ToolRunService } from "../tools/Tool.ts"
import { decodeInput, outputLimit } from "./decodeCall.ts"
import { emptyTree } from "./emptyTree.ts"

/** A call to try. `rules` are the only ones in force. */
export interface Trial {
  readonly root: string
  readonly tool: string
  readonly params: unknown
  readonly rules: ReadonlyArray<Rule>
  readonly mode: string
  readonly home: string
  readonly sandbox: ToolRunService["sandbox"]
  readonly network: ToolRunService["network"]
  readonly limits: ToolRunService["limits"]
  readonly offline: boolean
  /** Say what would be decided, and stop there. */
  readonly decideOnly: boolean
  /** Also say what the rules decide of each command in a line by itself. */
  readonly explain?: boolean
}

/** What became of it; `ok`, `output` and `error` only where it ran or could not be prepared. */
export interface Tried {
  readonly decision: Decision
  readonly rule?: string
  readonly footprint?: Footprint
  readonly preview?: string
  /** Where it was asked for, and there are several. */
  readonly commands?: ReadonlyArray<Explained>
  readonly ok?: boolean
  readonly output?: string
  readonly error?: { readonly kind: string; readonly message: string }
}

const alone = (trial: Trial): ToolRunService => ({
  call: "trial",
  mayRead: (real) => mayRead(real, trial),
  mayReach: (host) => mayReach(host, trial),
  applied: Effect.succeed([]),
  mustRead: false,
  seen: () => Effect.succeed(Option.none()),
  todos: Effect.succeed([]),
  progress: () => undefined,
  ask: () => Effect.fail(new ToolFailure({ kind: "nobody", reason: "Nobody is there to answer." })),
  roles: [...presets.keys()],
  place: Effect.succeed({ from: trial.root, to: trial.root, readOnly: [] }),
  sandbox: trial.sandbox,
  network: trial.network,
  limits: trial.limits,
  offline: trial.offline,
  applyStaged: Effect.void
})

const failure = (decision: Decision, error: ToolFailure): Tried => ({
  decision,
  ok: false,
  error: { kind: error.kind, message: error.reason }
})

const decide = (trial: Trial, prepared: Prepared, grammar: Grammar): Tried => {
  const request = { tool: trial.tool, footprint: prepared.footprint, subjects: prepared.subjects ?? [] }
  const policy = { root: trial.root, home: trial.home, mode: trial.mode, rules: trial.rules, grammar }
  const commands = trial.explain === true ? explain(request, policy) : []
  const { footprint, preview } = prepared
  return { ...evaluate(request, policy), footprint, preview, ...(commands.length === 0 ? {} : { commands }) }
}

/**
 * Tries a call. What cannot be prepared (no such file, a text that is not there) is an error with decision `allow`: nothing
 * would have been touched. What no rule could allow (`refused`) is a `deny`. Only an allowed call runs.
 */
export const tryTool = (tools: ReadonlyArray<AnyTool>, trial: Trial) =>
  Effect.gen(function* () {
    const tool = tools.find((one) => one.name === trial.tool)
    if (tool === undefined)
      return yield* new ToolFailure({
        kind: "no_such_tool",
        reason: `There is no tool ${JSON.stringify(trial.tool)}. There are: ${tools.map((one) => one.name).join(", ")}.`
      })
    const grammar = yield* (yield* ShellGrammar).load
    const fault = trial.rules.map((rule) => ruleFault(rule, { ...trial, grammar })).find((one) => one !== undefined)
    if (fault !== undefined) return yield* new ToolFailure({ kind: "bad_rule", reason: fault })
    const input = yield* decodeInput(tool, JSON.stringify(trial.params ?? {}))
    const prepared = yield* tool.prepare(input)
    const decided = decide(trial, prepared, grammar)
    if (trial.decideOnly || decided.decision !== "allow") return decided
    const ran = yield* Effect.either(prepared.run)
    return Either.match(ran, {
      onLeft: (error): Tried => ({ ...decided, ...failure("allow", error) }),
      onRight: (outcome): Tried => ({
        ...decided,
        ok: outcome.ok ?? true,
        output: bound(outcome.output, outputLimit).text
      })
    })
  }).pipe(
    Effect.catchTag("ToolFailure", (error) =>
      Effect.succeed(failure(error.kind === "refused" ? "deny" : "allow", error))
    ),
    Effect.provideService(ToolRun, alone(trial)),
    Effect.provideServiceEffect(
      Workspace,
      Effect.flatMap(WorkingCopies, (copies) => copies.inPlace(trial.root)).pipe(
        // What would be decided can be told of a folder that is not there; only running needs one.
        Effect.catchIf(
          (error) => trial.decideOnly && error.kind === "missing",
          () => Effect.succeed(emptyTree(trial.root, trial.home))
        )
      )
    )
  )
