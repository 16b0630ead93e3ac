/** Random logs: any facts in any order, about few turns, calls and paths, so that they meet. */
import * as Arbitrary from "effect/Arbitrary"
import * as fc from "effect/FastCheck"
import type { Change } from "../../src/domain/model/Change.ts"
import { type Event, Fact } from "../../src/domain/model/Event.ts"
import { CallId } from "../../src/domain/model/Ids.ts"
import { evolve } from "../../src/domain/session/evolve.ts"
import { initial, type SessionState } from "../../src/domain/session/State.ts"
import { eventOf, sessionId } from "./events.ts"

/** The session that logs are of. */
export const someSession = sessionId(7)

const callId = (n: number) => CallId.make(`call_${n % 4}`)

const near = (changes: ReadonlyArray<Change>, n: number): ReadonlyArray<Change> =>
  changes.map((change, index) => ({ ...change, path: `file${(n + index) % 3}` }))

/** The same fact about one of three turns, four calls and three paths. */
const gathered = (fact: Fact, n: number): Fact => {
  const moved = {
    ...fact,
    ...("turn" in fact ? { turn: 1 + (n % 3) } : {}),
    ...("call" in fact && typeof fact.call === "string" ? { call: callId(n) } : {}),
    ...("upTo" in fact ? { upTo: 1 + (n % 30) } : {}),
    ...("changes" in fact && fact.changes !== undefined ? { changes: near(fact.changes, n) } : {}),
    ...("paths" in fact ? { paths: [`file${n % 3}`] } : {}),
    ...("redone" in fact && fact.redone !== undefined ? { redone: 1 + (n % 3) } : {})
  }
  return moved as Fact
}

/** Any fact there is. */
export const facts: fc.Arbitrary<Fact> = fc
  .tuple(Arbitrary.make(Fact), fc.nat(1000))
  .map(([fact, n]) => gathered(fact, n))

/** Facts as the events of one log. */
export const eventsFrom = (list: ReadonlyArray<Fact>): ReadonlyArray<Event> =>
  list.map((fact, index) => eventOf(someSession, index + 1, fact))

/** Any log at all, in any order. */
export const logs = (maxLength = 40): fc.Arbitrary<ReadonlyArray<Event>> =>
  fc.array(facts, { maxLength, size: "max" }).map(eventsFrom)

/** What events add up to. */
export const stateOf = (events: ReadonlyArray<Event>): SessionState => events.reduce(evolve, initial(someSession))

const usage = { input: 10, output: 2, cacheRead: 0, cacheWrite: 0, cost: 0 }
const touches = { footprint: { read: [], write: [], exec: [], net: [], env: [], unknown: [] } }

interface Answered {
  readonly text: boolean
  readonly calls: number
  readonly steered: boolean
  readonly order: ReadonlyArray<number>
}

const answer: fc.Arbitrary<Answered> = fc.record({
  text: fc.boolean(),
  calls: fc.nat(3),
  steered: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 })
})

const outcome = (turn: number, call: CallId, n: number): Fact => {
  if (n % 3 === 0) return { type: "tool.finished", turn, call, ok: true, output: `output of ${call}` }
  if (n % 3 === 1) return { type: "tool.unknown", turn, call, reason: "nobody saw it" }
  return { type: "tool.refused", turn, call, by: "person", reason: "no" }
}

const answerFacts = (turn: number, step: number, it: Answered): ReadonlyArray<Fact> => {
  const ids = Array.from({ length: it.calls }, (_, n) => CallId.make(`call_${turn}_${step}_${n}`))
  return [
    { type: "model.requested", turn, step, model: "a/b", tokens: 1, messages: 1 },
    ...(it.steered
      ? [{ type: "prompt.steered" as const, turn, parts: [{ type: "text" as const, text: `and ${step}` }] as const }]
      : []),
    ...(it.text || it.calls === 0 ? [{ type: "part.text" as const, turn, text: `answer ${step}` }] : []),
    ...ids.map((call): Fact => ({ type: "tool.called", turn, call, name: "read", input: `{"n":${step}}` })),
    { type: "model.answered", turn, step, stop: it.calls > 0 ? "tool_use" : "end_turn", usage },
    ...it.order.flatMap((n): ReadonlyArray<Fact> => {
      const call = ids[n]
      return call === undefined
        ? []
        : [
            { type: "tool.allowed", turn, call, ...touches, by: "rule", rule: "r" },
            { type: "tool.started", turn, call },
            outcome(turn, call, step + n)
          ]
    })
  ]
}

/** Facts as real runs record them: prompts, answers with calls, outcomes in any order, now and then a compaction. */
export const runs: fc.Arbitrary<ReadonlyArray<Event>> = fc
  .array(
    fc.record({ answers: fc.array(answer, { minLength: 1, maxLength: 4 }), parts: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 4
    }
  )
  .map((turns) =>
    eventsFrom([
      { type: "session.created", root: "/p", model: "a/b", mode: "build", apply: "stage", program: "1" },
      ...turns.flatMap(({ answers, parts }, index): ReadonlyArray<Fact> => {
        const turn = index + 1
        const said = Array.from({ length: parts }, (_, n) => ({ type: "text" as const, text: `ask ${turn} ${n}` }))
        return [
          { type: "prompt.submitted", turn, parts: [{ type: "text", text: `do ${turn}` }, ...said] },
          // Only the last answer of a turn is one without calls.
          ...answers.flatMap((one, step) =>
            answerFacts(turn, step + 1, step < answers.length - 1 ? { ...one, calls: Math.max(1, one.calls) } : one)
          ),
          { type: "turn.finished", turn, stop: "end_turn" }
        ]
      })
    ])
  )
