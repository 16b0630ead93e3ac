/** Every model call is paid: held before it, settled after it, in every way that a turn can go, and again in its replay. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import * as UnbashGrammar from "../../../src/adapters/shared/UnbashGrammar.ts"
import { affords, budgetIn, paid, timeOf } from "../../../src/domain/agent/payer.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Event } from "../../../src/domain/model/Event.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { openAccount } from "../../../src/domain/session/Account.ts"
import { initial } from "../../../src/domain/session/State.ts"
import { LanguageModel } from "../../../src/ports/LanguageModel.ts"
import {
  begun,
  eventsOf,
  eventually,
  inMesh,
  type Mesh,
  type MeshOptions,
  ofType,
  prompt,
  prompted,
  rested,
  root,
  types
} from "../../support/mesh.ts"

const price = { input: 1, output: 10 }
const usage = { input: 1000, output: 100 }
/** A thousandth for the input and a thousandth for the answer. */
const perCall = 0.002

const files = { a: "1\n", b: "2\n", c: "3\n" }
const read = (file_path: string): ScriptedTurn => ({ calls: [{ name: "read", input: { file_path } }], usage })
const says = (text: string): ScriptedTurn => ({ text, usage })
const again = Array.from({ length: 40 }, (_, n) => read(["a", "b", "c"][n % 3] ?? "a")).flatMap((one, n) =>
  n % 2 === 0 ? [one] : [one, read(`none${n}`)]
)

/** Runs a session, then runs it again from its log: both come to the same hash. */
const replays = <E>(options: MeshOptions, run: Effect.Effect<ReadonlyArray<Event>, E, Mesh>) =>
  Effect.gen(function* () {
    const events = yield* inMesh(options, run)
    const hash = yield* replay(events).pipe(
      Effect.provide(NodeDigest.layer),
      Effect.provide(BpeTokenizer.layer),
      Effect.provide(UnbashGrammar.layer)
    )
    assert.strictEqual(hash, events.at(-1)?.hash)
    return events
  })

const ended = (events: ReadonlyArray<Event>) => {
  const end = events.at(-1)
  assert.strictEqual(end?.type, "turn.failed", types(events).join(" "))
  return end?.type === "turn.failed" ? end : assert.fail()
}

const inConfig = (budget: Record<string, number>, more: object = {}) => ({ budget, ...more }) as never

describe("a run with a limit", () => {
  it.effect("tells what is held for each call, and what it used", () =>
    replays(
      { files, model: { price, turns: [read("a"), says("Done.")] } },
      Effect.gen(function* () {
        const { events } = yield* prompted("go", { limits: { cost: 5 } })
        const kinds = types(events).filter((type) => type.startsWith("budget.") || type.startsWith("model."))
        const call = ["model.requested", "budget.reserved", "budget.settled", "model.answered"]
        assert.deepStrictEqual(kinds, [...call, ...call])
        const [first, second] = ofType(events, "budget.settled")
        assert.deepInclude(first, { call: 1, exact: true })
        assert.strictEqual(first?.usage.cost, perCall)
        assert.strictEqual(second?.call, 2)
        const [held] = ofType(events, "budget.reserved")
        assert.isAbove(held?.most.cost ?? 0, 0.08)
        assert.deepInclude(held, { call: 1, model: "scripted/test" })
        return events
      })
    )
  )

  it.effect("and one without leaves no word of budgets in the log", () =>
    inMesh(
      { files, model: { price, turns: [read("a"), says("Done.")] } },
      Effect.map(prompted("go", { limits: { turns: 5 } }), ({ events }) =>
        assert.notInclude(types(events).join(" "), "budget")
      )
    )
  )

  it.effect("of money stops once that much is spent, and the last call goes over by itself at most", () =>
    replays(
      { files, model: { price, turns: again } },
      Effect.gen(function* () {
        const { events } = yield* prompted("go", { limits: { cost: 0.005 } })
        assert.strictEqual(ofType(events, "model.answered").length, 3)
        assert.deepInclude(ended(events), { reason: "limited" })
        assert.match(ended(events).error.message, /0\.005 dollars was reached.*raise --max-cost/)
        return events
      })
    )
  )

  it.effect("asks for no longer answers than it can pay", () =>
    Effect.gen(function* () {
      const outputs: Array<number | undefined> = []
      const model = (request: { readonly maxOutput?: number }): ScriptedTurn => {
        outputs.push(request.maxOutput)
        return says("Done.")
      }
      yield* inMesh(
        { model, size: { context: 200_000, output: 50_000 } },
        prompted("go", { limits: { tokens: 20_000 } })
      )
      assert.isTrue(outputs.length === 1 && (outputs[0] ?? 0) > 1024 && (outputs[0] ?? 0) < 20_000, String(outputs))
    })
  )
})

describe("a session's budget", () => {
  it.effect("holds over its turns, and the end names the setting", () =>
    replays(
      { files, config: inConfig({ max_cost: 0.005 }), model: { price, turns: Array(9).fill(says("Done.")) } },
      Effect.gen(function* () {
        const { session } = yield* prompted("one")
        yield* prompt(session, "two")
        yield* prompt(session, "three")
        const events = yield* prompt(session, "four")
        assert.strictEqual(ofType(events, "model.answered").length, 3)
        assert.match(ended(events).error.message, /session's budget of 0\.005 dollars.*budget\.max_cost/)
        const [told] = ofType(events, "budget.exhausted")
        assert.deepInclude(told, { of: "session", limit: "cost", allowed: 0.005 })
        assert.approximately(told?.spent ?? 0, 3 * perCall, 1e-9)
        return events
      })
    )
  )

  it.effect("counts calls, also those that failed, and none is made beyond it", () =>
    replays(
      {
        config: inConfig({ max_calls: 3 }),
        model: { turns: [{ error: { kind: "server" } }, says("One."), says("Two."), says("Never.")] }
      },
      Effect.gen(function* () {
        const session = yield* begun("one")
        yield* eventually(session, "model.retried")
        yield* TestClock.adjust("5 seconds")
        yield* rested(session)
        yield* prompt(session, "two")
        const events = yield* prompt(session, "three")
        assert.deepStrictEqual(
          ofType(events, "part.text").map(({ text }) => text),
          ["One.", "Two."]
        )
        assert.match(ended(events).error.message, /3 model calls.*budget\.max_calls/)
        return events
      })
    )
  )

  it.effect("of time ends the turn that is running then, and lets no other go on", () =>
    replays(
      { config: inConfig({ max_seconds: 60 }), model: { turns: [says("One."), { text: "slow", hang: true }] } },
      Effect.gen(function* () {
        const { session } = yield* prompted("one")
        const mesh = yield* CodeMesh
        yield* mesh.submit(session, { type: "Prompt", parts: [{ type: "text", text: "two" }] })
        yield* eventually(session, "part.text")
        yield* Effect.repeatN(Effect.yieldNow(), 300)
        yield* TestClock.adjust("61 seconds")
        const events = yield* rested(session)
        assert.match(ended(events).error.message, /60000 milliseconds.*budget\.max_seconds/)
        const state = yield* mesh.show(session)
        assert.isAtLeast(state.elapsed, 60_000)
        yield* mesh.submit(session, { type: "Prompt", parts: [{ type: "text", text: "three" }] })
        yield* TestClock.adjust("1 second")
        const after = yield* rested(session)
        assert.strictEqual(ofType(after, "turn.failed").length, 2)
        return after
      })
    )
  )

  it.effect("goes with a fork: what was spent before it counts", () =>
    inMesh(
      { config: inConfig({ max_tokens: 2000 }), model: { turns: Array(5).fill(says("Done.")) } },
      Effect.gen(function* () {
        const { session } = yield* prompted("one")
        yield* prompt(session, "two")
        const mesh = yield* CodeMesh
        const events = yield* prompt(yield* mesh.fork(session), "three")
        assert.match(ended(events).error.message, /2000 tokens/)
      })
    )
  )
})

describe("a call that does not end well", () => {
  it.effect("is settled by what is known of it where it is interrupted, and that counts", () =>
    replays(
      { config: inConfig({ max_tokens: 100_000 }), model: { turns: [{ text: "many words came", hang: true }] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go")
        yield* eventually(session, "budget.reserved")
        yield* Effect.repeatN(Effect.yieldNow(), 300)
        yield* mesh.submit(session, { type: "Interrupt" })
        const events = yield* eventsOf(session)
        const [settled] = ofType(events, "budget.settled")
        assert.strictEqual(settled?.exact, false)
        assert.isAbove(settled?.usage.input ?? 0, 100)
        assert.isAbove(settled?.usage.output ?? 0, 3)
        const state = yield* mesh.show(session)
        assert.deepStrictEqual([state.usage, state.held, state.calls], [settled?.usage, [], 1])
        return events
      })
    )
  )

  it.effect("costs nothing where the provider turned it away", () =>
    replays(
      { config: inConfig({ max_tokens: 100_000 }), model: { turns: [{ error: { kind: "authentication" } }] } },
      Effect.gen(function* () {
        const { events } = yield* prompted("go")
        assert.deepStrictEqual(ofType(events, "budget.settled")[0]?.usage, {
          ...{ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
          cost: 0
        })
        return events
      })
    )
  )

  it.effect("costs its input where the provider failed at it", () =>
    replays(
      {
        config: inConfig({ max_tokens: 100_000 }),
        model: { turns: [{ error: { kind: "server" } }, { text: "ha", error: { kind: "quota" } }] }
      },
      Effect.gen(function* () {
        const session = yield* begun("go")
        yield* eventually(session, "model.retried")
        yield* TestClock.adjust("5 seconds")
        const events = yield* rested(session)
        for (const { usage: told } of ofType(events, "budget.settled")) assert.isAbove(told.input, 100)
        return events
      })
    )
  )

  it.effect("no other model is asked where the budget does not pay", () =>
    inMesh(
      {
        config: inConfig({ max_calls: 1 }, { model: { fallback: ["scripted/other"] } }),
        model: { turns: [says("One."), says("Two.")] }
      },
      Effect.gen(function* () {
        const { session } = yield* prompted("one")
        const events = yield* prompt(session, "two")
        assert.notInclude(types(events), "model.switched")
        assert.strictEqual(ended(events).error.name, "LimitReached")
      })
    )
  )
})

describe("calls beside the turn", () => {
  it.effect("the others of an ensemble are paid as well, side by side", () =>
    replays(
      {
        config: inConfig(
          { max_tokens: 100_000 },
          { model: { ensemble: { models: ["scripted/one", "scripted/two"], how: "vote" } } }
        ),
        model: { turns: Array(6).fill(says("Yes. A")) }
      },
      Effect.gen(function* () {
        const { events, session } = yield* prompted("go")
        assert.strictEqual(events.at(-1)?.type, "turn.finished")
        const settled = ofType(events, "budget.settled").length
        assert.isAbove(settled, 2)
        const state = yield* (yield* CodeMesh).show(session)
        assert.deepStrictEqual([state.calls, state.held], [settled, []])
        return events
      })
    )
  )

  it.effect("a compaction is paid and counted, and is done without the model where the budget does not pay", () =>
    Effect.gen(function* () {
      const long = "word ".repeat(600)
      const events = yield* replays(
        {
          size: { context: 8000, output: 1000 },
          config: inConfig({ max_calls: 11 }),
          model: (request, n) => ({
            ...(request.tools.length === 0 ? { text: "They talked." } : { text: `${long} ${n}` }),
            usage: { input: 10, output: 1 }
          })
        },
        Effect.gen(function* () {
          const { session } = yield* prompted(long)
          for (let n = 0; n < 5; n++) yield* prompt(session, long)
          const mesh = yield* CodeMesh
          const compacted = ofType(yield* eventsOf(session), "session.compacted")
          const paidFor = compacted.filter((one) => one.usage !== undefined).length
          assert.isAbove(paidFor, 0)
          const { calls } = yield* mesh.show(session)
          assert.strictEqual(calls, ofType(yield* eventsOf(session), "budget.settled").length)
          return yield* eventsOf(session)
        })
      )
      assert.isAtMost(ofType(events, "budget.settled").length, 11)
    })
  )
})

describe("money", () => {
  it.effect("cannot be limited where nobody knows what the model costs: then nothing is asked", () =>
    inMesh(
      { model: { turns: [says("Never.")] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* mesh.start({ root, model: "mystery/m" })
        const events = yield* prompt(session, "go", { limits: { cost: 1 } })
        assert.deepInclude(ended(events), { reason: "failed" })
        assert.strictEqual(ended(events).error.name, "PriceUnknown")
        assert.notInclude(types(events), "model.requested")
      })
    )
  )

  const state = initial(SessionId.make(`ses_${"0".repeat(32)}`))
  const mystery = { name: "mystery/m", context: 1, output: 1, images: false, reasoning: false, tools: true } as const

  it.effect("limited above an agent, is not spent on a model whose price is unknown", () =>
    Effect.gen(function* () {
      const above = yield* openAccount("mesh", { cost: 1 })
      const asked = inMesh(
        { model: { turns: [says("Never.")] } },
        Effect.gen(function* () {
          const handle = { state: Effect.succeed(state), record: () => Effect.succeed([]) } as never
          const { stream } = yield* paid({ handle, above, budget: undefined, model: mystery }, LanguageModel)
          return yield* Stream.runCollect(stream({ model: "mystery/m", system: "", messages: [], tools: [] }))
        })
      )
      const error = yield* Effect.flip(asked)
      assert.deepInclude(error, { _tag: "ModelError", kind: "budget" })
      assert.match(error.message, /What mystery\/m costs is not known/)
    })
  )

  it.effect("is known to cost nothing on a machine of one's own", () =>
    Effect.gen(function* () {
      const limited = { ...state, limits: { cost: 1 } }
      yield* affords(undefined, limited, { ...mystery, name: "ollama/m" })
      yield* affords({ cost: 1 }, state, { ...mystery, price })
      yield* affords(undefined, state, mystery)
      assert.strictEqual((yield* Effect.flip(affords({ cost: 1 }, state, mystery)))._tag, "PriceUnknown")
    })
  )

  it("and time: the shorter limit holds", () => {
    assert.isUndefined(timeOf({}, { cost: 1 }))
    assert.deepInclude(timeOf({ timeout: 5 }, { time: 9, left: 7 }), { millis: 5 })
    assert.deepInclude(timeOf({ timeout: 9 }, { time: 9, left: 7 }), { millis: 7 })
    assert.strictEqual(timeOf({}, { left: 7 })?.reached.value, 7)
    assert.isUndefined(budgetIn({}, state))
    assert.deepStrictEqual(budgetIn({ budget: { max_seconds: 2 } }, { ...state, elapsed: 5000 }), {
      time: 2000,
      left: 1
    })
    assert.deepStrictEqual(budgetIn({ budget: { max_calls: 2, max_cost: 1, max_tokens: 3 } }, state), {
      calls: 2,
      cost: 1,
      tokens: 3
    })
  })
})
