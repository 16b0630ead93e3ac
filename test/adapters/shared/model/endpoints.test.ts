/** What requests to one endpoint share: the circuit, the pace and the line, by table, by law, and under random schedules. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import {
  admit,
  afterFailure,
  afterLeaving,
  type Circuit,
  closedCircuit,
  coolDown,
  mostFailures,
  probeWait
} from "../../../../src/adapters/shared/model/circuit.ts"
import { type Caller, type Endpoints, makeEndpoints } from "../../../../src/adapters/shared/model/Endpoints.ts"
import {
  answeredWell,
  ended,
  freePace,
  hasRoom,
  heard,
  limitsIn,
  mayStart,
  millisUntil,
  mostHold,
  quietWait,
  started,
  tooMany
} from "../../../../src/adapters/shared/model/requestPace.ts"
import { ModelError, type ModelPart } from "../../../../src/ports/LanguageModel.ts"
import { fakeProvider } from "../../../support/fakeProvider.ts"
import { fakeModel, promptOf, ask as requestOnce } from "../../../support/models.ts"
import { chatAnswer } from "../../../support/sseServer.ts"

const many = (circuit: Circuit, count: number, now = 0): Circuit =>
  Array.from({ length: count }).reduce<Circuit>((at) => afterFailure(at, false, now, 0), circuit)

describe("a circuit", () => {
  it("opens after so many failures in a row, and says how long", () => {
    assert.deepInclude(admit(many(closedCircuit, mostFailures - 1), 0), { through: true, probe: false })
    const open = many(closedCircuit, mostFailures)
    assert.deepStrictEqual(admit(open, 1000), { through: false, wait: coolDown.first - 1000 })
    assert.strictEqual(afterFailure(open, false, 4000, 0), open)
  })
  it("is then tried by one request, and opens for longer where that fails", () => {
    const open = many(closedCircuit, mostFailures)
    const trial = admit(open, coolDown.first)
    assert.isTrue(trial.through && trial.probe)
    if (!trial.through) return
    assert.deepStrictEqual(admit(trial.circuit, coolDown.first), { through: false, wait: probeWait })
    const again = afterFailure(trial.circuit, true, coolDown.first, 1)
    assert.deepStrictEqual(admit(again, coolDown.first), { through: false, wait: coolDown.first * 2 * 1.25 })
    assert.deepInclude(admit(afterLeaving(trial.circuit, true), coolDown.first), { through: true, probe: true })
    assert.strictEqual(afterLeaving(trial.circuit, false), trial.circuit)
  })
  it("never stays open longer than the most, lets one through at a time while it does, and is never stuck", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("fail", "leave", "alive"), fc.nat(90_000)), { maxLength: 60 }),
        (steps) => {
          let circuit = closedCircuit
          let now = 0
          let probes = 0
          for (const [what, wait] of steps) {
            now += wait
            const admission = admit(circuit, now)
            if (!admission.through) {
              assert.isAtLeast(admission.wait, 1)
              assert.isAtMost(admission.wait, coolDown.most * 1.25)
              continue
            }
            probes += admission.probe ? 1 : 0
            assert.isAtMost(probes, 1)
            circuit = admission.circuit
            if (what === "alive") circuit = closedCircuit
            else if (what === "leave") circuit = afterLeaving(circuit, admission.probe)
            else circuit = afterFailure(circuit, admission.probe, now, 0.5)
            probes = 0
          }
          assert.isTrue(admit(afterLeaving(circuit, true), now + coolDown.most * 1.25).through)
        }
      )
    ))
})

describe("a pace", () => {
  it("knows no limits until it hears of them", () => {
    assert.strictEqual(mayStart(freePace, 1_000_000, 5), 0)
    assert.isTrue(hasRoom({ ...freePace, active: 1_000_000 }))
    assert.strictEqual(answeredWell(freePace).most, Number.POSITIVE_INFINITY)
  })
  it("waits until a limit is full again, and then asks", () => {
    const pace = heard(freePace, { requests: { count: 1, until: 100 }, tokens: { count: 50, until: 200 } })
    assert.strictEqual(mayStart(pace, 50, 0), 0)
    assert.strictEqual(mayStart(pace, 51, 0), 200)
    assert.strictEqual(mayStart(pace, 51, 200), 0)
    assert.strictEqual(mayStart(started(pace, 10), 1, 0), 100)
    assert.deepStrictEqual(heard(pace, {}), pace)
  })
  it("halves how many go at once after too many, and grows again answer by answer", () => {
    const busy = { ...freePace, active: 9 }
    const held = tooMany(busy, 1000, 7000)
    assert.deepInclude(held, { most: 4, heldUntil: 8000 })
    assert.isFalse(hasRoom(held))
    assert.strictEqual(answeredWell(held).most, 5)
    assert.strictEqual(tooMany(held, 1000).heldUntil, 8000)
    assert.strictEqual(tooMany({ ...freePace, active: 1 }, 0).most, 1)
    assert.strictEqual(ended(busy).active, 8)
  })
  const headers = (all: Readonly<Record<string, string>>) => (name: string) => all[name] ?? null
  it("reads what OpenAI, Anthropic and those who follow them say", () => {
    const now = Date.parse("2026-11-21T10:00:00Z")
    assert.deepStrictEqual(
      limitsIn(
        headers({
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "6m0s",
          "x-ratelimit-remaining-tokens": "149984",
          "x-ratelimit-reset-tokens": "6ms"
        }),
        now
      ),
      { requests: { count: 0, until: now + mostHold }, tokens: { count: 149_984, until: now + 6 } }
    )
    assert.deepStrictEqual(
      limitsIn(
        headers({
          "anthropic-ratelimit-requests-remaining": "3",
          "anthropic-ratelimit-requests-reset": "2026-11-21T10:00:30Z",
          "anthropic-ratelimit-tokens-remaining": "x",
          "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:30Z"
        }),
        now
      ),
      { requests: { count: 3, until: now + 30_000 } }
    )
    assert.deepStrictEqual(limitsIn(headers({ "x-ratelimit-remaining-requests": "3" }), now), {})
  })
  it("reads durations, seconds, times and dates", () => {
    const now = 1_800_000_000_000
    const read = ["1s", "2m59.56s", "88ms", "1h2m", "7.66", "1800000060", "1800000005000", "soon", ""]
    assert.deepStrictEqual(
      read.map((text) => millisUntil(text, now)),
      [1000, 179_560, 88, 3_720_000, 7660, 60_000, 5000, undefined, undefined]
    )
  })
})

const caller: Caller = { endpoint: "https://x.example", model: "x/m", tokens: 10 }
const finish: ModelPart = {
  type: "finish",
  stop: "end_turn",
  usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }
}
const answer = (millis: number): Stream.Stream<ModelPart, ModelError> =>
  Stream.concat(
    Stream.fromEffect(Effect.as(Effect.sleep(millis), { type: "text" as const, text: "hi" })),
    Stream.make(finish)
  )
const failing = (kind: ModelError["kind"], retryAfter?: number, millis = 0): Stream.Stream<ModelPart, ModelError> =>
  Stream.fromEffect(
    Effect.zipRight(
      Effect.sleep(millis),
      Effect.fail(
        new ModelError({ kind, model: "x/m", reason: "r", ...(retryAfter === undefined ? {} : { retryAfter }) })
      )
    )
  )
const ask = (endpoints: Endpoints, stream: Stream.Stream<ModelPart, ModelError>, more: Partial<Caller> = {}) =>
  Stream.runDrain(endpoints.guard({ ...caller, ...more }, () => stream))
const active = (endpoints: Endpoints) => endpoints.active(caller.endpoint, caller.model)

describe("requests through the HTTP adapter", () => {
  it.scopedLive("share what one response said of limits, and what a failing endpoint taught", () =>
    Effect.gen(function* () {
      const used = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "50s" }
      const limited = yield* fakeProvider([{ ...chatAnswer("stop", { content: "hi" }), headers: used }])
      const two = Effect.zipRight(requestOnce(promptOf("a")), Effect.flip(requestOnce(promptOf("b"))))
      const held = yield* Effect.provide(two, fakeModel("openai", limited.url))
      assert.deepInclude(held, { kind: "rate_limit", model: "fake/m" })
      assert.isAtLeast(held.retryAfter ?? 0, 40_000)
      assert.strictEqual(limited.requests.length, 1)

      const down = yield* fakeProvider([{ status: 503, pieces: [] }])
      const tries = Effect.forEach(Array.from({ length: mostFailures + 1 }), () =>
        Effect.flip(requestOnce(promptOf("c")))
      )
      const errors = yield* Effect.provide(tries, fakeModel("openai", down.url))
      assert.strictEqual(errors.at(-1)?.resting, true)
      assert.strictEqual(down.requests.length, mostFailures)
    })
  )
})

describe("requests to one endpoint", () => {
  it.effect("go all at once where nothing is known of limits", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      const fibers = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.fork(ask(endpoints, Stream.never)))
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      assert.strictEqual(active(endpoints), 100)
      yield* Fiber.interruptAll(fibers)
      assert.strictEqual(active(endpoints), 0)
    })
  )
  it.effect("are at most so many as the settings say", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      const ten = Array.from({ length: 10 }, (_, index) => index)
      const fibers = yield* Effect.forEach(ten, (index) =>
        Effect.fork(ask(endpoints, answer(1000), { concurrency: 2, model: `x/${index % 2}` }))
      )
      for (const done of [0, 2, 4, 6, 8]) {
        yield* TestClock.adjust(500)
        const ended = yield* Effect.forEach(fibers, (fiber) => Fiber.poll(fiber))
        assert.strictEqual(ended.filter((one) => one._tag === "Some").length, done)
        yield* TestClock.adjust(500)
      }
      yield* Fiber.joinAll(fibers)
    })
  )
  it.effect("all wait as long as one of them was told to, in the order in which they came", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      const order: Array<number> = []
      yield* Effect.either(ask(endpoints, failing("rate_limit", 8000)))
      const marked = (index: number) =>
        Stream.runDrain(
          endpoints.guard(caller, () => {
            order.push(index)
            return answer(100)
          })
        )
      const fibers = yield* Effect.forEach([0, 1, 2], (index) => Effect.fork(marked(index)))
      yield* TestClock.adjust(7999)
      assert.strictEqual(active(endpoints), 0)
      // One at first, then more: the provider has just said that there were too many.
      yield* TestClock.adjust(1)
      assert.strictEqual(active(endpoints), 1)
      yield* TestClock.adjust(200)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(order, [0, 1, 2])
    })
  )
  it.effect("are told of a long wait instead of waiting", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      yield* Effect.either(ask(endpoints, failing("rate_limit", quietWait + 5000)))
      // Who asks after that asks the provider: nobody waits for it, and it may say otherwise by then.
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(ask(endpoints, Stream.make(finish)))))
      const headers = new Headers({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "50s" })
      const answered = endpoints.guard(caller, (hear) => {
        hear(headers)
        return Stream.make(finish)
      })
      yield* Stream.runDrain(answered)
      const told = yield* Effect.flip(ask(endpoints, answer(1)))
      assert.deepInclude(told, { kind: "rate_limit", retryAfter: 50_000 })
      // Another model has limits of its own.
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(ask(endpoints, Stream.make(finish), { model: "x/other" }))))
    })
  )
  it.effect("hear of limits from one another", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      const headers = new Headers({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "5s" })
      yield* Stream.runDrain(
        endpoints.guard(caller, (hear) => {
          hear(headers)
          return Stream.make(finish)
        })
      )
      const fiber = yield* Effect.fork(ask(endpoints, answer(1)))
      yield* TestClock.adjust(4999)
      assert.strictEqual(active(endpoints), 0)
      yield* TestClock.adjust(2)
      yield* Fiber.join(fiber)
    })
  )
  it.effect("are told that the circuit is open, also for other models, until one of them gets an answer", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      for (let count = 0; count < mostFailures; count++) yield* Effect.either(ask(endpoints, failing("server")))
      const told = yield* Effect.flip(ask(endpoints, answer(1), { model: "x/other" }))
      assert.deepInclude(told, { kind: "overloaded", resting: true })
      assert.isAtLeast(told.retryAfter ?? 0, coolDown.first)
      yield* TestClock.adjust(coolDown.first * 1.25)
      const probe = yield* Effect.fork(ask(endpoints, answer(2000)))
      yield* TestClock.adjust(1000)
      assert.isTrue((yield* Effect.flip(ask(endpoints, answer(1)))).resting)
      yield* TestClock.adjust(1000)
      yield* Fiber.join(probe)
      assert.isTrue(Either.isRight(yield* Effect.either(ask(endpoints, Stream.make(finish)))))
    })
  )
  it.effect("that are refused for what they say, or limited, do not open a circuit", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      for (const kind of ["invalid", "authentication", "incomplete", "too_long"] as const)
        for (let count = 0; count < 3; count++) yield* Effect.either(ask(endpoints, failing(kind)))
      yield* ask(endpoints, Stream.make(finish))
    })
  )
  it.effect("have so long for a whole answer", () =>
    Effect.gen(function* () {
      const endpoints = makeEndpoints()
      // Signs of life alone, as a proxy sends them.
      const drop = Effect.as(Effect.sleep(1000), Chunk.empty<ModelPart>())
      const dripping: Stream.Stream<ModelPart, ModelError> = Stream.repeatEffectChunk(drop)
      const fiber = yield* Effect.fork(Effect.flip(ask(endpoints, dripping, { deadline: 60_000 })))
      yield* TestClock.adjust(61_000)
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.kind, "timeout")
      assert.match(error.message, /did not end within 60 s/)
      assert.strictEqual(active(endpoints), 0)
    })
  )
  it.effect("leave nothing behind, however they end, and never are more at once than they may", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(request, { maxLength: 12 }),
          fc.integer({ min: 1, max: 4 }),
          (requests, concurrency) =>
            Effect.runPromise(Effect.provide(schedule(requests, concurrency), TestContext.TestContext))
        ),
        { numRuns: 8 }
      )
    )
  )
})

const request = fc.record({
  at: fc.nat(20_000),
  takes: fc.nat(5_000),
  ends: fc.constantFrom("well", "well", "rate_limit", "server", "network", "invalid"),
  retryAfter: fc.nat(10_000),
  model: fc.constantFrom("x/a", "x/b"),
  // Many are interrupted: in line, on their way, or just as they end.
  leaves: fc.option(fc.nat(15_000))
})
type Request = typeof request extends fc.Arbitrary<infer A> ? A : never

const schedule = (requests: ReadonlyArray<Request>, concurrency: number) =>
  Effect.gen(function* () {
    const endpoints = makeEndpoints()
    let running = 0
    const counted = (stream: Stream.Stream<ModelPart, ModelError>) =>
      Stream.unwrapScoped(
        Effect.as(
          Effect.acquireRelease(
            Effect.sync(() => {
              running += 1
              assert.isAtMost(running, concurrency)
            }),
            () => Effect.sync(() => (running -= 1))
          ),
          stream
        )
      )
    const fibers = yield* Effect.forEach(requests, ({ at, ends, leaves, model, retryAfter, takes }) => {
      const stream = ends === "well" ? answer(takes) : failing(ends as "server", retryAfter, takes)
      const asked = ask(endpoints, counted(stream), { concurrency, model })
      const run = leaves === null ? asked : Effect.timeoutOption(asked, leaves)
      return Effect.fork(Effect.exit(Effect.delay(run, at)))
    })
    yield* TestClock.adjust("5 minutes")
    yield* Fiber.joinAll(fibers)
    assert.strictEqual(running, 0)
    assert.strictEqual(endpoints.active(caller.endpoint, "x/a") + endpoints.active(caller.endpoint, "x/b"), 0)
    yield* TestClock.adjust(coolDown.most * 1.25)
    yield* ask(endpoints, Stream.make(finish), { concurrency, model: "x/a" })
  })
