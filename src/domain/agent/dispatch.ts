/** From a call to its outcome: prepare, ask, run. Every call gets an outcome. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Copy } from "../../ports/WorkingCopies.ts"
import { Workspace } from "../../ports/Workspace.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import type { Verdict } from "../model/Rule.ts"
import { catastrophicRule, evaluate, mayRead, type Policy, proposal, type Request } from "../permission/evaluate.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { appliedPaths } from "../staging/Staging.ts"
import { bound } from "../tools/bound.ts"
import {
  type AnyTool,
  type Outcome,
  type Prepared,
  ToolFailure,
  type ToolNeeds,
  ToolRun,
  type ToolRunService
} from "../tools/Tool.ts"
import type { Call } from "./step.ts"

/** The most characters of a tool's output that a model reads. */
export const outputLimit = 40_000

/** What calls of a turn share. */
export interface DispatchInput {
  readonly handle: SessionHandle
  readonly turn: number
  readonly tools: ReadonlyArray<AnyTool>
  readonly copy: Copy
  readonly policy: Omit<Policy, "rules">
  /** The rules of configuration and of the prompt; those of the session are added as they are now. */
  readonly rules: Policy["rules"]
  readonly sandbox: ToolRunService["sandbox"]
  readonly network: boolean
  /** Somebody can be asked. */
  readonly attended: boolean
  /** Questions that the rules do not deny are answered with yes. */
  readonly yes: boolean
  readonly applyStaged: ToolRunService["applyStaged"]
}

type Refusal = FactOf<"tool.refused">

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

/** Decodes a call's input for its tool; what is wrong with it is told so that a model can mend it. */
export const decodeInput = (tool: AnyTool, text: string): Either.Either<never, ToolFailure> => {
  const parsed = Either.try({
    try: (): unknown => (text.trim() === "" ? {} : JSON.parse(text)),
    catch: (cause) =>
      new ToolFailure({
        kind: "invalid",
        reason: `The input is invalid JSON (${cause instanceof Error ? cause.message : String(cause)}). Send the call again with valid JSON.`
      })
  })
  return Either.flatMap(parsed, (value) =>
    Either.mapLeft(
      Schema.decodeUnknownEither(tool.input)(value) as Either.Either<never, ParseResult.ParseError>,
      (error) =>
        new ToolFailure({
          kind: "invalid",
          reason: `The input does not fit the tool: ${ParseResult.ArrayFormatter.formatErrorSync(error)
            .slice(0, 5)
            .map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`)
            .join("; ")}`
        })
    )
  )
}

const findTool = (input: DispatchInput, call: Call): Either.Either<AnyTool, ToolFailure> =>
  Either.fromNullable(
    input.tools.find((tool) => tool.name === call.name),
    () =>
      new ToolFailure({
        kind: "no_such_tool",
        reason: `There is no tool ${JSON.stringify(call.name)}. There are: ${input.tools.map((tool) => tool.name).join(", ")}.`
      })
  )

/** Waits for an event about a call that a front end's command brings. */
const awaitEvent = <A>(
  handle: SessionHandle,
  before: Effect.Effect<unknown, WriteError>,
  pick: (event: Event) => Option.Option<A>
): Effect.Effect<A, WriteError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const news = yield* handle.subscribe
      yield* before
      const found = yield* Stream.runHead(Stream.filterMap(news, (it) => ("seq" in it ? pick(it) : Option.none())))
      return yield* Option.match(found, { onNone: () => Effect.interrupt, onSome: Effect.succeed })
    })
  )

const toolRun = (input: DispatchInput, call: Call, state: SessionState): ToolRunService => ({
  call: call.id,
  mayRead: (real) => mayRead(real, { ...input.policy, rules: [...input.rules, ...state.rules] }),
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
  place: input.copy.materialise,
  sandbox: input.sandbox,
  network: input.network,
  applyStaged: input.applyStaged
})

const withNeeds = <A, E>(effect: Effect.Effect<A, E, ToolNeeds>, input: DispatchInput, call: Call) =>
  Effect.flatMap(input.handle.state, (state) =>
    effect.pipe(
      Effect.provideService(ToolRun, toolRun(input, call, state)),
      Effect.provideService(Workspace, input.copy.workspace)
    )
  )

const refusal = (call: Call, turn: number, by: Refusal["by"], reason: string): Refusal => ({
  type: "tool.refused",
  turn,
  call: call.id,
  by,
  reason
})

const touches = ({ footprint, subjects }: Prepared) => ({
  footprint,
  ...(subjects === undefined || subjects.length === 0 ? {} : { subjects })
})

const ask = (input: DispatchInput, call: Call, prepared: Prepared, request: Request, verdict: Verdict) =>
  Effect.gen(function* () {
    const asked: Fact = {
      type: "tool.asked",
      turn: input.turn,
      call: call.id,
      name: call.name,
      ...touches(prepared),
      preview: bound(prepared.preview, outputLimit).text,
      rule: verdict.rule,
      always: proposal(request, input.policy)
    }
    if (!input.attended) {
      const no = refusal(
        call,
        input.turn,
        "nobody",
        `${request.subjects[0] ?? call.name} must be asked for (${verdict.rule}), and nobody is there to answer. Allow it with --allow '${asked.always}' or in the configuration.`
      )
      yield* input.handle.record([asked, no])
      return Option.some(no)
    }
    const answer = yield* awaitEvent(input.handle, input.handle.record([asked]), (event) =>
      (event.type === "tool.allowed" || event.type === "tool.refused") && event.call === call.id
        ? Option.some(event)
        : Option.none()
    )
    return answer.type === "tool.refused" ? Option.some<Refusal>(answer) : Option.none()
  })

/** Decides a prepared call; answers the refusal where there is one. What is allowed is recorded. */
const permit = (input: DispatchInput, call: Call, prepared: Prepared) =>
  Effect.gen(function* () {
    const state = yield* input.handle.state
    const request: Request = { tool: call.name, footprint: prepared.footprint, subjects: prepared.subjects ?? [] }
    const verdict = evaluate(request, { ...input.policy, rules: [...input.rules, ...state.rules] })
    const allow = (by: "rule" | "yes") =>
      Effect.as(
        input.handle.record([
          {
            type: "tool.allowed",
            turn: input.turn,
            call: call.id,
            ...touches(prepared),
            by,
            rule: verdict.rule
          },
          { type: "tool.started", turn: input.turn, call: call.id }
        ]),
        Option.none<Refusal>()
      )
    if (verdict.decision === "allow") return yield* allow("rule")
    if (verdict.decision === "deny") {
      const no = {
        ...refusal(call, input.turn, "rule", `Denied by ${verdict.rule}. Do not try it another way.`),
        ...touches(prepared)
      }
      yield* input.handle.record([no])
      return Option.some(no)
    }
    if (input.yes && verdict.rule !== catastrophicRule) return yield* allow("yes")
    const refused = yield* ask(input, call, prepared, request, verdict)
    if (Option.isNone(refused)) yield* input.handle.record([{ type: "tool.started", turn: input.turn, call: call.id }])
    return refused
  })

/** A call that may run now, or one that is settled already. */
type Ready = { readonly settled: Settled } | { readonly call: Call; readonly prepared: Prepared }

const failedCall = (input: DispatchInput, call: Call, failure: ToolFailure) =>
  Effect.as(input.handle.record([failing(call, input.turn, failure)]), { settled: { call, outcome: failure.reason } })

const makeReady = (input: DispatchInput, call: Call) =>
  Effect.gen(function* () {
    const tool = yield* findTool(input, call)
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
            : [{ type: "todo.updated" as const, turn: input.turn, todos: outcome.todos }])
        ],
        settled: { call, outcome: outcome.output }
      })
    }),
    Effect.withSpan("Agent.call", { attributes: { tool: call.name } })
  )

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
      { concurrency: 8 }
    )
    yield* input.handle.record(done.flatMap((one) => one.facts))
    return done.map((one) => one.settled)
  })

/** Tools that only look: neighbours among them run side by side. */
const looking: ReadonlySet<string> = new Set(["read", "ls", "glob", "grep"])

const groups = (calls: ReadonlyArray<Call>): ReadonlyArray<ReadonlyArray<Call>> => {
  const out: Array<Array<Call>> = []
  for (const call of calls) {
    const last = out[out.length - 1]
    const before = last?.[last.length - 1]
    if (last !== undefined && before !== undefined && looking.has(before.name) && looking.has(call.name))
      last.push(call)
    else out.push([call])
  }
  return out
}

/** Runs the calls of one answer: neighbouring looks side by side, all else one after the other, in order. */
export const dispatch = (
  input: DispatchInput,
  calls: ReadonlyArray<Call>
): Effect.Effect<ReadonlyArray<Settled>, WriteError, Exclude<ToolNeeds, Workspace | ToolRun>> =>
  Effect.map(
    Effect.forEach(groups(calls), (group) => runGroup(input, group)),
    (settled) => settled.flat()
  )
