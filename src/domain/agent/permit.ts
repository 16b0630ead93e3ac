/** Whether a prepared call may run: by the rules, by a person's answer, or not at all. Each way is recorded. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import type { Copy } from "../../ports/WorkingCopies.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import type { Verdict } from "../model/Rule.ts"
import { catastrophicRule, evaluate, noGrammar, type Policy, proposal, type Request } from "../permission/evaluate.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import { quoted } from "../staging/commit.ts"
import { bound } from "../tools/bound.ts"
import type { AnyTool, Prepared, ToolRunService } from "../tools/Tool.ts"
import type { Delegate } from "./Delegating.ts"
import { outputLimit } from "./decodeCall.ts"
import type { Call } from "./step.ts"

/** What calls of a turn share. */
export interface DispatchInput {
  readonly handle: SessionHandle
  readonly turn: number
  readonly tools: ReadonlyArray<AnyTool>
  readonly copy: Copy
  readonly policy: Omit<Policy, "rules" | "grammar">
  /** The rules of configuration and of the prompt; those of the session are added as they are now. */
  readonly rules: Policy["rules"]
  readonly sandbox: ToolRunService["sandbox"]
  readonly network: ToolRunService["network"]
  readonly limits: ToolRunService["limits"]
  readonly offline: boolean
  /** Somebody can be asked. */
  readonly attended: boolean
  /** Questions that the rules do not deny are answered with yes. */
  readonly yes: boolean
  readonly applyStaged: ToolRunService["applyStaged"]
  readonly roles: ToolRunService["roles"]
  /** Lets other agents work for this turn, and how many at once. */
  readonly delegate?: Delegate
  readonly width: number
  readonly team?: NonNullable<ToolRunService["team"]>
}

/** A call that was not allowed. */
export type Refusal = FactOf<"tool.refused">

/** Waits for an event about a call that a front end's command brings. */
export const awaitEvent = <A>(
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
        `${request.subjects[0] ?? call.name} must be asked for (${verdict.rule}), and nobody is there to answer. Allow it with --allow ${quoted(asked.always)} or in the configuration.`
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
export const permit = (input: DispatchInput, call: Call, prepared: Prepared) =>
  Effect.gen(function* () {
    const state = yield* input.handle.state
    const request: Request = { tool: call.name, footprint: prepared.footprint, subjects: prepared.subjects ?? [] }
    const { load } = yield* ShellGrammar
    const grammar = request.subjects.length === 0 ? noGrammar : yield* load
    const verdict = evaluate(request, { ...input.policy, grammar, rules: [...input.rules, ...state.rules] })
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
