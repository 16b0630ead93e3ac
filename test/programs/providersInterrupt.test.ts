/** Ctrl-C through the whole agent: the provider's connection closes within 100 ms, in every phase, and the session goes on. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Api } from "../../src/domain/model/Config.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Reply } from "../support/fakeProvider.ts"
import { eventsOf, eventually, ofType, rested, textPart, types } from "../support/mesh.ts"
import { type ProviderWorld, withProvider } from "../support/providerWorld.ts"
import { cutAfter, saying } from "../support/replies.ts"
import { errorReply } from "../support/sseServer.ts"

const all: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google"]

const first: Readonly<Record<Api, number>> = { anthropic: 2, openai: 1, "openai-responses": 3, google: 2, ollama: 1 }
// A machine at work may hold any program up for longer: one of a few tries must do.
const retry = { retry: 4 }

const until = (done: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!done()) yield* Effect.sleep(2)
  })

const begin = (world: ProviderWorld, attended = false) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const session = yield* world.start
    yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")], options: { attended } })
    return session
  })

/** Interrupts; answers how long that took, and the events then. */
const interrupt = (session: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const asked = Date.now()
    yield* mesh.submit(session, { type: "Interrupt" })
    const took = Date.now() - asked
    const events = yield* rested(session)
    assert.strictEqual(events.at(-1)?.type, "turn.interrupted", types(events).join(" "))
    return { asked, took, events }
  })

/** After an interrupt the session answers again, and its log replays. */
const goesOn = (world: ProviderWorld, session: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const events = yield* world.prompt(session, "go on")
    assert.strictEqual(events.at(-1)?.type, "turn.finished", JSON.stringify(events.at(-1)))
    const replayed = yield* Effect.either(mesh.replay(events))
    assert.isTrue(Either.isRight(replayed), JSON.stringify(replayed))
    return events
  })

const outcomes = (events: ReadonlyArray<Event>, type: "tool.unknown" | "tool.finished") =>
  ofType(events, type).map((event) => String(event.call))

const world = (api: Api, given: ReadonlyArray<Reply>, test: Parameters<typeof withProvider>[1], commands = {}) =>
  withProvider(
    {
      api,
      replies: (_request, n) => given[n] ?? saying(api, { text: "back" }),
      files: { a: "alpha\n" },
      commands,
      times: 1
    },
    test
  )

for (const api of all)
  describe(`an interrupt, ${api}`, () => {
    for (const [phase, reply] of [
      ["before the headers", { silent: true, pieces: [] }],
      ["before the first byte", { pieces: ["hang"] }],
      ["in the middle of the words", cutAfter(saying(api, { text: "half" }), first[api], "hang")],
      [
        "in the middle of a call",
        cutAfter(saying(api, { calls: [{ id: "A", name: "read", input: '{"file_path":"a"}' }] }), 1, "hang")
      ]
    ] as ReadonlyArray<readonly [string, Reply]>)
      it.scopedLive(
        `${phase} closes the connection within 100 ms`,
        () =>
          world(api, [reply], (w) =>
            Effect.gen(function* () {
              const session = yield* begin(w)
              yield* until(() => w.provider.requests.length === 1)
              yield* Effect.sleep(40)
              const { asked, took } = yield* interrupt(session)
              assert.isBelow(took, 100)
              yield* until(() => w.provider.departures.length === 1)
              assert.isBelow((w.provider.departures[0] ?? 0) - asked, 100)
              yield* goesOn(w, session)
            })
          ),
        retry
      )

    it.scopedLive(
      "while a command runs ends it, and says that nobody saw its end",
      () =>
        world(
          api,
          [saying(api, { calls: [{ id: "A", name: "bash", input: '{"command":"pwd"}' }] })],
          (w) =>
            Effect.gen(function* () {
              const session = yield* begin(w)
              yield* until(() => w.commands.length === 1)
              const { events, took } = yield* interrupt(session)
              assert.isBelow(took, 100)
              assert.deepStrictEqual(outcomes(events, "tool.unknown"), ["A"])
              yield* goesOn(w, session)
              assert.deepStrictEqual(w.commands, ["pwd"])
              assert.include(w.provider.requests[1]?.body, "not known")
            }),
          { pwd: { lasts: Number.POSITIVE_INFINITY } }
        ),
      retry
    )

    it.scopedLive(
      "while it waits to try again",
      () =>
        // Not 429: that holds back the next request as well.
        world(api, [errorReply(529, "overloaded_error", { "retry-after": "60" })], (w) =>
          Effect.gen(function* () {
            const session = yield* begin(w)
            yield* eventually(session, "model.retried")
            assert.isBelow((yield* interrupt(session)).took, 100)
            yield* goesOn(w, session)
            assert.strictEqual(w.provider.requests.length, 2)
          })
        ),
      retry
    )

    it.scopedLive(
      "while a person is asked",
      () =>
        world(api, [saying(api, { calls: [{ id: "A", name: "bash", input: '{"command":"make"}' }] })], (w) =>
          Effect.gen(function* () {
            const session = yield* begin(w, true)
            yield* eventually(session, "tool.asked")
            const { events, took } = yield* interrupt(session)
            assert.isBelow(took, 100)
            assert.deepStrictEqual(outcomes(events, "tool.unknown"), ["A"])
            assert.deepStrictEqual(w.commands, [])
            yield* goesOn(w, session)
          })
        ),
      retry
    )

    it.scopedLive("at once after the prompt leaves no turn open", () =>
      world(api, [], (w) =>
        Effect.gen(function* () {
          const session = yield* begin(w)
          yield* interrupt(session)
          const events = yield* goesOn(w, session)
          assert.strictEqual(ofType(events, "turn.interrupted").length, 1)
        })
      )
    )

    it.scopedLive("of the words so far keeps them, and the next request holds them", () =>
      world(api, [cutAfter(saying(api, { text: "half a word" }), first[api], "hang")], (w) =>
        Effect.gen(function* () {
          const mesh = yield* CodeMesh
          const session = yield* begin(w)
          yield* until(() => w.provider.requests.length === 1)
          yield* Effect.sleep(60)
          yield* mesh.submit(session, { type: "Interrupt" })
          const [said] = ofType(yield* eventsOf(session), "part.text")
          assert.deepStrictEqual([said?.text, said?.partial], ["half a word", true])
          yield* goesOn(w, session)
          assert.include(w.provider.requests[1]?.body, "half a word")
        })
      )
    )
  })
