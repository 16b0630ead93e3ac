/** From a call to its outcome: prepare, ask, run. Every call gets an outcome. */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import { Shell, ShellFailed } from "../../ports/Shell.ts"
import { Workspace } from "../../ports/Workspace.ts"
import type { Fact } from "../model/Event.ts"
import { mayRead } from "../permission/evaluate.ts"
import { mayReach } from "../permission/reach.ts"
import type { WriteError } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { appliedPaths } from "../staging/Staging.ts"
import { bound } from "../tools/bound.ts"
import {
  type Outcome,
  type Prepared,
  ToolFailure,
  type ToolNeeds,
  ToolRun,
  type ToolRunService
} from "../tools/Tool.ts"
import { decodeInput, findTool, outputLimit } from "./decodeCall.ts"
import { awaitEvent, type DispatchInput, permit, type Refusal } from "./permit.ts"
import type { Call } from "./step.ts"

/** How a call ended, as the loop needs to know it. */
export interface Settled {
  readonly call: Call
  /** Equal for equal outcomes. */
  readonly outcome: string
  /** A person said no, or nobody could be asked. */
  readonly refusal?: Refusal
}

const finished = (call: Call, turn: number, ok: boolean, outcome: Outcome): Fact => ({
  type: "tool.finished",
  turn,
  call: call.id,
  ok,
  output: bound(outcome.output, outputLimit).text,
  ...(outcome.images === undefined ? {} : { images: outcome.images }),
  ...(outcome.seen === undefined ? {} : { seen: outcome.seen })
})

const failing = (call: Call, turn: number, failure: ToolFailure): Fact =>
  finished(call, turn, false, { output: `${failure.kind}: ${failure.reason}` })

const delegating = ({ delegate }: DispatchInput, call: Call): Pick<ToolRunService, "delegate"> =>
  delegate === undefined ? {} : { delegate: (wish) => delegate(call.id, wish) }

const toolRun = (input: DispatchInput, call: Call, state: SessionState): ToolRunService => ({
  call: call.id,
  mayRead: (real) => mayRead(real, { ...input.policy, rules: [...input.rules, ...state.rules] }),
  mayReach: (host) => mayReach(host, { ...input.policy, rules: [...input.rules, ...state.rules] }),
  applied: Effect.map(input.handle.state, appliedPaths),
  mustRead: true,
  seen: (real) => Effect.map(input.handle.state, (state) => HashMap.get(state.seen, real)),
  todos: Effect.map(input.handle.state, (state) => state.todos),
  progress: (text) =>
    Effect.runFork(
      input.handle.progress({
        type: "progress.output",
        session: input.handle.id,
        turn: input.turn,
        call: call.id,
        text
      })
    ),
  ask: (question) =>
    input.attended
      ? Effect.orDie(
          awaitEvent(
            input.handle,
            input.handle.record([{ type: "question.asked", turn: input.turn, call: call.id, question }]),
            (event) =>
              event.type === "question.answered" && event.call === call.id ? Option.some(event.answer) : Option.none()
          )
        )
      : Effect.fail(
          new ToolFailure({
            kind: "nobody",
            reason: "Nobody is there to answer. Decide yourself, or say in your answer what you would need to know."
          })
        ),
  roles: input.roles,
  ...delegating(input, call),
  place: input.copy.materialise,
  sandbox: input.sandbox,
  network: input.network,
  limits: input.limits,
  offline: input.offline,
  applyStaged: input.applyStaged,
  ...(input.team === undefined ? {} : { team: input.team })
})

/** The shell for one call: what it begins is in the log, and only then begins. */
const journalled = (shell: Shell["Type"], input: DispatchInput, call: Call): Shell["Type"] => ({
  ...shell,
  run: (request) =>
    shell.run({
      ...request,
      onStart: (process) =>
        input.handle.record([{ type: "tool.spawned", turn: input.turn, call: call.id, ...process }]).pipe(
          Effect.mapError((error) => new ShellFailed({ kind: "spawn", reason: error.message })),
          Effect.asVoid
        )
    })
})

const withNeeds = <A, E>(effect: Effect.Effect<A, E, ToolNeeds>, input: DispatchInput, call: Call) =>
  Effect.flatMap(Effect.all([input.handle.state, Shell]), ([state, shell]) =>
    effect.pipe(
      Effect.provideService(ToolRun, toolRun(input, call, state)),
      Effect.provideService(Shell, journalled(shell, input, call)),
      Effect.provideService(Workspace, input.copy.workspace)
    )
  )

/** A call that may run now, or one that is settled already. */
type Ready = { readonly settled: Settled } | { readonly call: Call; readonly prepared: Prepared }

const failedCall = (input: DispatchInput, call: Call, failure: ToolFailure) =>
  Effect.as(input.handle.record([failing(call, input.turn, failure)]), { settled: { call, outcome: failure.reason } })

const makeReady = (input: DispatchInput, call: Call) =>
  Effect.gen(function* () {
    const tool = yield* findTool(input.tools, call)
    const decoded = yield* decodeInput(tool, call.input)
    const prepared = yield* withNeeds(tool.prepare(decoded), input, call)
    const refused = yield* permit(input, call, prepared)
    if (Option.isNone(refused)) return { call, prepared }
    const byRule = refused.value.by === "rule"
    return { settled: { call, outcome: refused.value.reason, ...(byRule ? {} : { refusal: refused.value }) } }
  }).pipe(
    Effect.catchTag("ToolFailure", (failure) => failedCall(input, call, failure)),
    Effect.map((ready): Ready => ready)
  )

/** How a call ended, and the facts that say so. */
interface Done {
  readonly facts: ReadonlyArray<Fact>
  readonly settled: Settled
}

const outcomeOf = (input: DispatchInput, call: Call, prepared: Prepared) =>
  withNeeds(prepared.run, input, call).pipe(
    Effect.match({
      onFailure: (failure): Done => ({
        facts: [failing(call, input.turn, failure)],
        settled: { call, outcome: failure.reason }
      }),
      onSuccess: (outcome): Done => ({
        facts: [
          finished(call, input.turn, outcome.ok ?? true, outcome),
          ...(outcome.todos === undefined
            ? []
            : [{ type: "todo.updated" as const, turn: input.turn, todos: outcome.todos }]),
          ...(outcome.plan === undefined
            ? []
            : [{ type: "plan.proposed" as const, turn: input.turn, call: call.id, plan: outcome.plan }])
        ],
        settled: { call, outcome: outcome.output }
      })
    }),
    Effect.withSpan("Agent.call", { attributes: { tool: call.name } })
  )

/** So many looks run at once. */
const sideBySide = 8

const isTask = ({ name }: Call): boolean => name === "task"

/** Prepares and asks one after the other, runs side by side, records in order: the log does not depend on who was faster. */
const runGroup = (input: DispatchInput, group: ReadonlyArray<Call>) =>
  Effect.gen(function* () {
    const ready = yield* Effect.forEach(group, (call) => makeReady(input, call))
    const done = yield* Effect.forEach(
      ready,
      (one) =>
        "settled" in one
          ? Effect.succeed<Done>({ facts: [], settled: one.settled })
          : outcomeOf(input, one.call, one.prepared),
      { concurrency: group.some(isTask) ? input.width : sideBySide }
    )
    yield* input.handle.record(done.flatMap((one) => one.facts))
    return done.map((one) => one.settled)
  })

/** Tools that only look: neighbours among them run side by side. */
const looking: ReadonlySet<string> = new Set(["read", "ls", "glob", "grep"])

/** Looks have nothing to do with each other, and agents that work for others each have a copy of their own. */
const maySitBeside = (one: Call, other: Call): boolean =>
  (looking.has(one.name) && looking.has(other.name)) || (isTask(one) && isTask(other))

const groups = (calls: ReadonlyArray<Call>): ReadonlyArray<ReadonlyArray<Call>> => {
  const out: Array<Array<Call>> = []
  for (const call of calls) {
    const last = out[out.length - 1]
    const before = last?.[last.length - 1]
    if (last !== undefined && before !== undefined && maySitBeside(before, call)) last.push(call)
    else out.push([call])
  }
  return out
}

/** Runs the calls of one answer: neighbouring looks, and neighbouring tasks of other agents, side by side, all else in order. */
export const dispatch = (
  input: DispatchInput,
  calls: ReadonlyArray<Call>
): Effect.Effect<ReadonlyArray<Settled>, WriteError, Exclude<ToolNeeds, Workspace | ToolRun>> =>
  Effect.map(
    Effect.forEach(groups(calls), (group) => runGroup(input, group)),
    (settled) => settled.flat()
  )
