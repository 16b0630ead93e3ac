/** What an agent asks the person: asked where the person is, answered from there, closed with the agent. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as TestClock from "effect/TestClock"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { decisionOf, settledBy, surfaced } from "../../../src/domain/mesh/surfaced.ts"
import type { Event, Fact } from "../../../src/domain/model/Event.ts"
import { CallId, SessionId } from "../../../src/domain/model/Ids.ts"
import { raised } from "../../../src/domain/session/raisedCall.ts"
import type { SessionHandle } from "../../../src/domain/session/Session.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import {
  agentFor,
  begunSession,
  doJob,
  eventsOf,
  type Job,
  leading,
  ofType,
  teamWorld,
  until
} from "../../support/team.ts"

const answered = ({ messages }: ModelRequest): boolean =>
  messages.some(({ parts }) => parts.some(({ type }) => type === "tool-result"))

/** Every agent writes what has to be asked for, with a call of the same id. */
const writer = (request: ModelRequest): ScriptedTurn =>
  answered(request)
    ? { text: "Done." }
    : { calls: [{ name: "write", input: { file_path: "AGENTS.md", content: "x\n" }, id: "one" }] }

const asker = (request: ModelRequest): ScriptedTurn =>
  answered(request)
    ? { text: "Done.", ...(JSON.stringify(request.messages).includes("Slowly.") ? { hang: true } : {}) }
    : { calls: [{ name: "question", input: { question: "Which port?", options: ["80", "8080"] }, id: "one" }] }

const one = CallId.make("one")

const job = (above: SessionHandle, name: string): Job => ({ above, name, prompt: "Go." })

const replays = (handle: SessionHandle) =>
  Effect.gen(function* () {
    const events = yield* eventsOf(handle.id)
    assert.strictEqual(yield* replay(events), events.at(-1)?.hash)
  })

const openAbove = (above: SessionHandle) =>
  Effect.map(above.state, ({ asked, questions }) => HashMap.size(asked) + HashMap.size(questions))

describe("what an agent asks", () => {
  it.scoped(
    "is asked above with who asks, and the answer reaches the agent that asked, whatever its call is called",
    () =>
      Effect.gen(function* () {
        const above = yield* leading
        const agents = yield* Effect.forEach(["api", "page"], (name) => agentFor({ above, name }))
        const [api, page] = agents
        if (api === undefined || page === undefined) return yield* Effect.dieMessage("two agents")
        const working = yield* Effect.fork(
          Effect.forEach(agents, (agent) => doJob(agent, job(above, "x")), { concurrency: "unbounded", discard: true })
        )
        yield* until(above, "tool.asked", 2)
        const asked = ofType(yield* eventsOf(above.id), "tool.asked")
        assert.deepStrictEqual(
          new Map(asked.map(({ call, from }) => [call, from])),
          new Map([
            [raised(api.id, one), { agent: api.id, path: ["api (coder)"] }],
            [raised(page.id, one), { agent: page.id, path: ["page (coder)"] }]
          ])
        )
        assert.include(asked[0]?.preview, "+x")
        const call = (agent: SessionHandle) => raised(agent.id, one)
        yield* above.submit({ type: "Reply", call: call(page), reply: "reject", message: "not there" })
        yield* until(page, "turn.failed")
        yield* above.submit({ type: "Reply", call: call(api), reply: "once" })
        yield* Fiber.join(working)
        assert.strictEqual(
          ofType(yield* eventsOf(page.id), "tool.refused")[0]?.reason,
          "The person refused this call. not there"
        )
        assert.strictEqual((yield* api.state).last?.status, "done")
        assert.deepStrictEqual((yield* api.state).rules, [])
        assert.strictEqual(yield* openAbove(above), 0)
        // What agents ask is no part of the conversation above them.
        assert.strictEqual(Array.from((yield* above.state).entries).length, 1)
        yield* Effect.forEach([above, api, page], replays)
      }).pipe(Effect.provide(teamWorld(writer)))
  )

  it.scoped("and is allowed for always, is not asked again of the others", () =>
    Effect.gen(function* () {
      const above = yield* leading
      const [first, second, third] = yield* Effect.all([
        agentFor({ above, name: "one" }),
        agentFor({ above, name: "two" }),
        agentFor({ above, name: "three" })
      ])
      const both = yield* Effect.fork(
        Effect.forEach([first, second], (agent) => doJob(agent, job(above, "x")), { concurrency: 2 })
      )
      yield* until(above, "tool.asked", 2)
      yield* above.submit({ type: "Reply", call: raised(first.id, one), reply: "always" })
      yield* Fiber.join(both)
      // The second one waited for the same, the third one comes later.
      yield* doJob(third, job(above, "x"))
      for (const agent of [first, second, third]) {
        assert.strictEqual((yield* agent.state).last?.status, "done")
        yield* replays(agent)
      }
      assert.strictEqual(ofType(yield* eventsOf(above.id), "tool.asked").length, 2)
      assert.deepStrictEqual((yield* above.state).rules, [{ decision: "allow", rule: "edit(AGENTS.md)" }])
      assert.deepStrictEqual((yield* first.state).rules, [{ decision: "allow", rule: "edit(AGENTS.md)" }])
    }).pipe(Effect.provide(teamWorld(writer)))
  )

  it.scoped("may be a question of its model, and is answered in words", () =>
    Effect.gen(function* () {
      const above = yield* leading
      const agent = yield* agentFor({ above, name: "api" })
      const working = yield* Effect.fork(doJob(agent, job(above, "api")))
      const { call, from, question } = yield* until(above, "question.asked")
      assert.deepStrictEqual(from, { agent: agent.id, path: ["api (coder)"] })
      assert.deepStrictEqual(question.options, ["80", "8080"])
      yield* above.submit({ type: "Answer", call, answer: "8080" })
      yield* Fiber.join(working)
      assert.strictEqual(ofType(yield* eventsOf(agent.id), "tool.finished")[0]?.output, "8080")
      yield* Effect.forEach([above, agent], replays)
    }).pipe(Effect.provide(teamWorld(asker)))
  )

  it.scoped(
    "waits as long as the person thinks: that is not the time of an agent, but that of a session of one's own",
    () =>
      Effect.gen(function* () {
        const above = yield* leading
        const limits = { timeout: 1000 }
        const run = (agent: SessionHandle) =>
          Effect.gen(function* () {
            const working = yield* Effect.fork(doJob(agent, { ...job(above, "api"), limits }))
            const { call } = yield* until(agent, "question.asked")
            yield* TestClock.adjust(5000)
            yield* Effect.ignore(agent.submit({ type: "Answer", call, answer: "8080" }))
            yield* Fiber.join(working)
            yield* replays(agent)
            return (yield* agent.state).last?.status
          })
        const agent = yield* agentFor({ above, name: "api" })
        assert.strictEqual(yield* run(agent), "done")
        assert.strictEqual(yield* run(yield* begunSession), "limited")
        // What is left of its time is still its time.
        const slow = yield* agentFor({ above, name: "slow" })
        const working = yield* Effect.fork(doJob(slow, { ...job(above, "slow"), prompt: "Slowly.", limits }))
        const { call } = yield* until(slow, "question.asked")
        yield* TestClock.adjust(5000)
        yield* slow.submit({ type: "Answer", call, answer: "8080" })
        yield* TestClock.adjust(2000)
        yield* Fiber.join(working)
        assert.strictEqual((yield* slow.state).last?.status, "limited")
        yield* replays(slow)
      }).pipe(Effect.provide(teamWorld(asker)))
  )

  it.scoped("is asked no more once the agent is stopped, or was answered itself", () =>
    Effect.gen(function* () {
      const above = yield* leading
      const agent = yield* agentFor({ above, name: "api" })
      const first = yield* Effect.fork(doJob(agent, job(above, "api")))
      yield* until(above, "question.asked")
      yield* Fiber.interrupt(first)
      yield* until(above, "tool.unknown")
      assert.strictEqual(yield* openAbove(above), 0)
      const other = yield* agentFor({ above, name: "page" })
      const second = yield* Effect.fork(doJob(other, job(above, "page")))
      const { call } = yield* until(above, "question.asked", 2)
      yield* other.submit({ type: "Answer", call: one, answer: "80" })
      yield* Fiber.join(second)
      yield* until(above, "tool.unknown", 2)
      const late = yield* Effect.flip(above.submit({ type: "Answer", call, answer: "8080" }))
      assert.strictEqual(late._tag, "Refused")
      yield* Effect.forEach([above, agent, other], replays)
    }).pipe(Effect.provide(teamWorld(asker)))
  )

  it.scoped("is closed with the scope around it, whatever became of the agent", () =>
    Effect.gen(function* () {
      const above = yield* leading
      const agent = yield* begunSession
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* surfaced(above, agent, "api (coder)")
          yield* Effect.fork(doJob(agent, job(above, "api")))
          yield* until(above, "question.asked")
        })
      )
      assert.strictEqual(yield* openAbove(above), 0)
      assert.match(ofType(yield* eventsOf(above.id), "tool.unknown")[0]?.reason ?? "", /was stopped/)
    }).pipe(Effect.provide(teamWorld(asker)))
  )

  it.scoped("goes up through all who have work done, and its answer goes down the same way", () =>
    Effect.gen(function* () {
      const above = yield* leading
      const middle = yield* Effect.tap(leading, (handle) => surfaced(above, handle, "api (coder)"))
      const agent = yield* agentFor({ above: middle, name: "look" })
      const working = yield* Effect.fork(doJob(agent, job(middle, "look")))
      const { call, from } = yield* until(above, "tool.asked")
      assert.deepStrictEqual(from, { agent: agent.id, path: ["api (coder)", "look (coder)"] })
      yield* above.submit({ type: "Reply", call, reply: "always" })
      yield* Fiber.join(working)
      assert.strictEqual((yield* agent.state).last?.status, "done")
      for (const handle of [above, middle, agent])
        assert.deepStrictEqual((yield* handle.state).rules, [{ decision: "allow", rule: "edit(AGENTS.md)" }])
    }).pipe(Effect.provide(teamWorld(writer)))
  )
})

describe("what is passed between an agent and the session above it", () => {
  const agent = SessionId.make(`ses_${"1".repeat(32)}`)
  const event = (fact: Fact): Event => ({ v: 1, session: agent, seq: 1, at: "", hash: "", ...fact })
  const no = { type: "tool.refused", turn: 1, by: "person" } as const
  it("is what a person says of its own calls", () => {
    const call = raised(agent, one)
    const said = (reason: string) => decisionOf(agent, event({ ...no, call, reason }))
    assert.deepStrictEqual(said("The person refused this call."), { type: "Reply", call: one, reply: "reject" })
    assert.deepInclude(said("The person refused this call. not now"), { message: "not now" })
    assert.strictEqual(decisionOf(agent, event({ ...no, call: one, reason: "" })), undefined)
    assert.strictEqual(decisionOf(agent, event({ type: "session.titled", title: "" })), undefined)
  })
  it("is what settles its questions: one that was answered, or all at the end of its turn", () => {
    const other = CallId.make("two")
    assert.deepStrictEqual(settledBy(event({ ...no, call: one, reason: "" }), [one, other]), [one])
    assert.deepStrictEqual(settledBy(event({ type: "turn.interrupted", turn: 1 }), [one, other]), [one, other])
    assert.deepStrictEqual(settledBy(event({ type: "session.titled", title: "" }), [one]), [])
  })
})
