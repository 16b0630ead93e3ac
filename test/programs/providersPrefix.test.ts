/** Any prefix of any log opens, and its next request is one that every provider accepts. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { ScriptedCall, ScriptedTurn } from "../../src/adapters/memory/ScriptedModel.ts"
import * as Anthropic from "../../src/adapters/shared/model/AnthropicMessages.ts"
import * as Chat from "../../src/adapters/shared/model/chatBody.ts"
import * as Gemini from "../../src/adapters/shared/model/GoogleGemini.ts"
import * as Responses from "../../src/adapters/shared/model/OpenAiResponses.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Command } from "../../src/domain/model/Command.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { ModelRequest } from "../../src/ports/LanguageModel.ts"
import { fastClock } from "../support/fastClock.ts"
import { eventsOf, inMesh, prompt, root, textPart } from "../support/mesh.ts"
import { checkAnthropic, checkChat, checkGemini, checkResponses } from "../support/wireRules.ts"

const wire = (body: object) => JSON.parse(JSON.stringify(body))

/** Fails where one of the protocols would refuse the request. */
const checkEverywhere = (request: ModelRequest): void => {
  checkAnthropic(wire(Anthropic.toBody(request, { maxOutput: 1000 })))
  checkChat(wire(Chat.toBody(request, {})))
  checkChat(wire(Chat.toBody(request, { nineIds: true, usageUnasked: true, noUserAfterTool: true })), 9)
  checkResponses(wire(Responses.toBody(request, { reasoning: true })))
  checkGemini(wire(Gemini.toBody(request, { reasoning: true })))
}

const call: FastCheck.Arbitrary<typeof ScriptedCall.Type> = FastCheck.oneof(
  FastCheck.constantFrom("a.txt", "missing.txt", "b.txt").map((file_path) => ({ name: "read", input: { file_path } })),
  FastCheck.constant({ name: "edit", input: { file_path: "a.txt", old_string: "alpha", new_string: "beta" } }),
  FastCheck.constant({ name: "write", input: { file_path: "new.txt", content: "fresh\n" } }),
  // Protected: it must be asked for, and nobody is there.
  FastCheck.constant({ name: "write", input: { file_path: "AGENTS.md", content: "x" } }),
  FastCheck.constant({ name: "todo", input: { todos: [{ content: "think", status: "pending" }] } }),
  FastCheck.constant({ name: "question", input: { question: "why?" } }),
  FastCheck.constant({ name: "fly", input: {} }),
  FastCheck.constantFrom("{", "[1]", "", '{"file_path": 7}').map((raw) => ({ name: "read", raw })),
  FastCheck.constant({ name: "read", input: { file_path: "a.txt" }, id: "same" })
)
type Stop = NonNullable<ScriptedTurn["stop"]>
type Kind = NonNullable<ScriptedTurn["error"]>["kind"]
type Weighted = { readonly weight: number; readonly arbitrary: FastCheck.Arbitrary<ScriptedTurn> }
const answer: FastCheck.Arbitrary<ScriptedTurn> = FastCheck.oneof<Array<Weighted>>(
  { weight: 4, arbitrary: FastCheck.record({ calls: FastCheck.array(call, { minLength: 1, maxLength: 3 }) }) },
  {
    weight: 2,
    arbitrary: FastCheck.record({
      text: FastCheck.constantFrom("ok", "", " ", "naïve 👍"),
      reasoning: FastCheck.constantFrom("", "hm"),
      calls: FastCheck.array(call, { maxLength: 1 })
    })
  },
  {
    weight: 1,
    arbitrary: FastCheck.constantFrom<Stop>("max_tokens", "refusal", "pause").map(
      (stop) => ({ text: "a", stop }) as const
    )
  },
  {
    weight: 1,
    arbitrary: FastCheck.constantFrom<Kind>("overloaded", "invalid", "incomplete").map(
      (kind) => ({ text: "half", error: { kind } }) as const
    )
  },
  { weight: 1, arbitrary: FastCheck.constant({ text: "half", hang: true }) }
)
const between: FastCheck.Arbitrary<Command> = FastCheck.constantFrom<Command>(
  { type: "Apply" },
  { type: "Undo" },
  { type: "Redo" },
  { type: "Discard" },
  { type: "Compact" },
  { type: "Rename", title: "other" },
  { type: "SwitchModel", model: "scripted/other" }
)
interface Given {
  readonly answers: ReadonlyArray<ScriptedTurn>
  /** A prompt each, and the commands after its turn. */
  readonly rounds: ReadonlyArray<ReadonlyArray<Command>>
}
const session: FastCheck.Arbitrary<Given> = FastCheck.record({
  answers: FastCheck.array(answer, { minLength: 1, maxLength: 10 }),
  rounds: FastCheck.array(FastCheck.array(between, { maxLength: 2 }), { minLength: 1, maxLength: 4 })
})

const files = { "a.txt": "alpha\n", "b.txt": "bravo\n", "AGENTS.md": "Be brief.\n" }

/** Waits for a turn's end; one that hangs is interrupted. */
const settle = (id: SessionId, hangs: () => boolean) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    while ((yield* mesh.show(id)).running) {
      if (hangs()) yield* Effect.ignore(mesh.submit(id, { type: "Interrupt" }))
      else yield* Effect.sleep(200)
    }
    yield* Effect.ignore(mesh.rest(id))
  })

/** A session as the answers and commands make it; its whole log. */
const recorded = ({ answers, rounds }: Given) => {
  let hanging = false
  let n = 0
  return inMesh(
    {
      files,
      model: () => {
        const next = answers[n] ?? { text: "done" }
        n += 1
        hanging = next.hang === true
        return next
      }
    },
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* mesh.start({ root, model: "scripted/test" })
      for (const commands of rounds) {
        hanging = false
        yield* mesh.submit(id, { type: "Prompt", parts: [textPart("go")] })
        yield* settle(id, () => hanging)
        for (const command of commands) yield* Effect.ignore(mesh.submit(id, command))
      }
      return yield* eventsOf(id)
    })
  )
}

/** Opens a log in a new world and goes on with it; answers the first request of that, and all events then. */
const goneOn = (log: ReadonlyArray<Event>) => {
  const requests: Array<ModelRequest> = []
  return inMesh(
    {
      files,
      model: (request) => {
        requests.push(request)
        return { text: "back" }
      }
    },
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const id = yield* mesh.adopt(log)
      const events = yield* prompt(id, "and then?")
      const replayed = yield* Effect.either(mesh.replay(events))
      return { events, requests, replayed }
    })
  )
}

/** All cuts of a short log; of a long one those where calls are open, and some others. */
const cuts = (log: ReadonlyArray<Event>): ReadonlyArray<number> => {
  const telling = log.flatMap((event, index) => (/^(tool|model|turn|part)\./.test(event.type) ? [index] : []))
  const step = Math.max(1, Math.floor(telling.length / 12))
  return [...new Set([1, ...telling.filter((_, index) => index % step === 0), log.length])].filter((cut) => cut > 0)
}

describe("a log cut anywhere", () => {
  it.live(
    "opens, and its next request is valid for every protocol",
    () =>
      Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(session, async (given) => {
            const run = <A, E>(effect: Effect.Effect<A, E>) =>
              Effect.runPromise(Effect.withClock(effect, fastClock(1000)))
            const log = await run(recorded(given))
            for (const cut of cuts(log)) {
              const { events, replayed, requests } = await run(goneOn(log.slice(0, cut)))
              assert.strictEqual(events.at(-1)?.type, "turn.finished", `cut after ${cut}: ${log[cut - 1]?.type}`)
              assert.isAbove(requests.length, 0)
              for (const request of requests) checkEverywhere(request)
              // What is recorded at once is never parted by a crash; only then can the program be held to the log.
              if (log[cut]?.at !== log[cut - 1]?.at)
                assert.isTrue(Either.isRight(replayed), `cut after ${cut}: ${JSON.stringify(replayed)}`)
              const opened = events.filter((event) => event.type === "tool.called").length
              const closed = events.filter((event) => /^tool\.(finished|refused|unknown)$/.test(event.type)).length
              assert.strictEqual(closed, opened, `cut after ${cut}`)
            }
          }),
          { numRuns: 10, interruptAfterTimeLimit: 45_000 }
        )
      ),
    60_000
  )
})
