/** Questions of an agent for the person: asked where the person is, in the session that the agent works for, and answered from there. */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Stream from "effect/Stream"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import type { Decision } from "../model/Command.ts"
import type { Event, Fact, FactOf } from "../model/Event.ts"
import type { CallId, SessionId } from "../model/Ids.ts"
import type { Progress } from "../model/Progress.ts"
import type { Rule } from "../model/Rule.ts"
import { evaluate, type Policy } from "../permission/evaluate.ts"
import { messageOf } from "../session/decide.ts"
import { lowered, raised } from "../session/raisedCall.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"

type Asked = FactOf<"tool.asked" | "question.asked">

/** The calls of an agent that ask in the session above it, as the agent names them. */
const openOf = (above: SessionState, agent: SessionHandle): ReadonlyArray<CallId> =>
  [...HashMap.keys(above.asked), ...HashMap.keys(above.questions)].flatMap((call) => lowered(agent.id, call) ?? [])

/** An agent's question, as it stands in the session above. */
const raisedFact = (above: SessionState, agent: SessionHandle, name: string, asked: Asked): Fact => ({
  ...asked,
  turn: above.turn,
  call: raised(agent.id, asked.call),
  from: { agent: asked.from?.agent ?? agent.id, path: [name, ...(asked.from?.path ?? [])] }
})

/** What a person said in the session above of a call of this agent, as the agent is told it. */
export const decisionOf = (agent: SessionId, event: Event): Decision | undefined => {
  if (event.type !== "tool.allowed" && event.type !== "tool.refused" && event.type !== "question.answered")
    return undefined
  const call = lowered(agent, event.call)
  if (call === undefined) return undefined
  switch (event.type) {
    case "tool.allowed":
      return { type: "Reply", call, reply: event.always === true ? "always" : "once" }
    case "tool.refused": {
      const message = messageOf(event.reason)
      return { type: "Reply", call, reply: "reject", ...(message === undefined ? {} : { message }) }
    }
    case "question.answered":
      return { type: "Answer", call, answer: event.answer }
  }
}

const settles: ReadonlySet<string> = new Set([
  "tool.allowed",
  "tool.refused",
  "tool.finished",
  "tool.unknown",
  "question.answered"
])

const endsTurn: ReadonlySet<string> = new Set(["turn.finished", "turn.failed", "turn.interrupted"])

/** Which of the calls that still ask above are settled by an event of the agent: one that was answered there, or all at its end. */
export const settledBy = (event: Event, open: ReadonlyArray<CallId>): ReadonlyArray<CallId> => {
  if (endsTurn.has(event.type)) return open
  return settles.has(event.type) ? open.filter((call) => "call" in event && event.call === call) : []
}

const isEvent = (news: Event | Progress): news is Event => "seq" in news

/** A fact of the agent's question, without where it was recorded. */
const askedBy = (event: Event): Asked | undefined => {
  if (event.type !== "tool.asked" && event.type !== "question.asked") return undefined
  const { at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...asked } = event
  return asked as Asked
}

/**
 * Puts what an agent asks to whoever is at the session above, as long as the scope is open, and passes the answers down.
 * What the person allowed there for always is answered without asking again. Nothing stays open above when the agent ends.
 * Has to be begun before the agent's turn; `name` is how the agent is called there, such as `api (coder)`.
 */
export const surfaced = (above: SessionHandle, agent: SessionHandle, name: string) =>
  Effect.gen(function* () {
    const { load } = yield* ShellGrammar
    const asks = yield* agent.subscribe
    const said = yield* above.subscribe
    const quietly = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.ignoreLogged(effect)
    let policy: Omit<Policy, "grammar"> | undefined

    /** Whether the rules of the session above allow what the agent's own do not. */
    const allowedAbove = (asked: FactOf<"tool.asked">, own: ReadonlyArray<Rule>, rules: ReadonlyArray<Rule>) =>
      Effect.gen(function* () {
        if (policy === undefined || rules.length === 0 || asked.from !== undefined) return false
        const request = { tool: asked.name, footprint: asked.footprint, subjects: asked.subjects ?? [] }
        const all = [...policy.rules, ...own, ...rules]
        return evaluate(request, { ...policy, rules: all, grammar: yield* load }).decision === "allow"
      })

    const close = (calls: ReadonlyArray<CallId>, reason: string) =>
      Effect.flatMap(above.state, ({ turn }) =>
        above.record(calls.map((call): Fact => ({ type: "tool.unknown", turn, call: raised(agent.id, call), reason })))
      )

    const up = (event: Event) =>
      Effect.gen(function* () {
        const { root, rules: own } = yield* agent.state
        if (event.type === "turn.started")
          policy = { root, home: event.home, mode: event.base ?? event.mode, rules: event.rules }
        const state = yield* above.state
        const asked = askedBy(event)
        if (asked?.type === "tool.asked" && (yield* allowedAbove(asked, own, state.rules)))
          return yield* agent.submit({ type: "Reply", call: asked.call, reply: "once" })
        if (asked !== undefined) return yield* above.record([raisedFact(state, agent, name, asked)])
        return yield* close(settledBy(event, openOf(state, agent)), "It was answered, or ended, where it was asked.")
      })

    /** What the person has just allowed for always may be what other calls of this agent ask for. */
    const again = Effect.gen(function* () {
      const [{ asked, rules }, { rules: own }] = yield* Effect.all([above.state, agent.state])
      for (const one of HashMap.values(asked)) {
        const mine = lowered(agent.id, one.call) !== undefined && one.from?.agent === agent.id
        const { from: _from, ...plain } = one
        if (mine && (yield* allowedAbove(plain, own, rules)))
          yield* quietly(above.submit({ type: "Reply", call: one.call, reply: "once" }))
      }
    })

    const down = (event: Event) =>
      Effect.gen(function* () {
        if (event.type === "tool.allowed" && event.always === true) yield* again
        const decision = decisionOf(agent.id, event)
        if (decision !== undefined) yield* agent.submit(decision)
      })

    yield* Effect.addFinalizer(() =>
      quietly(Effect.flatMap(above.state, (state) => close(openOf(state, agent), "The agent that asked was stopped.")))
    )
    const each = (news: typeof asks, take: (event: Event) => Effect.Effect<unknown, unknown>) =>
      Effect.forkScoped(Stream.runForEach(Stream.filter(news, isEvent), (event) => quietly(take(event))))
    yield* each(asks, up)
    yield* each(said, down)
  })
