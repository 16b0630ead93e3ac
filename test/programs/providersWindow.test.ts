/** A small window over a long session: no request over its budget, no call parted from its result, no state that grows. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import { budgetOf, textOf } from "../../src/domain/context/budget.ts"
import type { ModelRequest } from "../../src/ports/LanguageModel.ts"
import { Tokenizer } from "../../src/ports/Tokenizer.ts"
import { fastClock } from "../support/fastClock.ts"
import { eventsOf, inMesh, ofType, root, textPart } from "../support/mesh.ts"
import { withProvider } from "../support/providerWorld.ts"
import { saying } from "../support/replies.ts"
import { checkAnthropic } from "../support/wireRules.ts"

const line = (n: number) => `line ${n}: const value${n} = compute("${n}", { retries: ${n % 7} }) // naïve 你好\n`
const files = Object.fromEntries(
  [20, 60, 200, 2000].map((lines) => [`f${lines}.txt`, Array.from({ length: lines }, (_, n) => line(n)).join("")])
)

/** The tokenizer's own count of all the text of a request. */
const counted = (request: ModelRequest) =>
  Effect.gen(function* () {
    const tokenizer = yield* Tokenizer
    const texts = [
      request.system,
      ...request.tools.map((tool) => tool.name + tool.description + JSON.stringify(tool.input)),
      ...request.messages.flatMap((message) => message.parts.map(textOf))
    ]
    const counts = yield* Effect.forEach(texts, (text) => tokenizer.count(request.model, text))
    return counts.reduce((sum, tokens) => sum + tokens, 0)
  })

const paired = (request: ModelRequest): void => {
  request.messages.forEach((message, index) => {
    const calls = message.parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
    const next = request.messages[index + 1]?.parts ?? []
    const results = next.flatMap((part) => (part.type === "tool-result" ? [part.id] : []))
    if (message.role === "assistant") assert.deepStrictEqual(results, calls)
  })
}

describe("many turns with long tool results", () => {
  // By the cautious count for models without a published encoding, prompt and tools alone fill 4,000 tokens.
  for (const [model, windows] of [
    ["scripted/gpt-4o", [4000, 8000]],
    ["scripted/claude-x", [6000]]
  ] as const)
    for (const context of windows)
      it.live(
        `in a window of ${context} tokens of ${model}`,
        () => {
          const requests: Array<ModelRequest> = []
          return inMesh(
            {
              files,
              size: { context, output: 1000 },
              model: (request, n) => {
                requests.push(request)
                // What a provider of this model would count, or a little more.
                const usage = {
                  input: Math.ceil(JSON.stringify([request.system, request.tools, request.messages]).length / 3)
                }
                if (request.tools.length === 0) return { text: `They read files, ${n}.`, usage }
                const last = request.messages.at(-1)?.parts.some((part) => part.type === "tool-result")
                const file_path = Object.keys(files)[n % 4] ?? ""
                return last === true
                  ? { text: `read ${n} ${"and found it good ".repeat(n % 9)}`, usage }
                  : { calls: [{ name: "read", input: { file_path } }], usage }
              }
            },
            Effect.gen(function* () {
              const mesh = yield* CodeMesh
              const id = yield* mesh.start({ root, model })
              let most = 0
              for (let turn = 0; turn < 120; turn++) {
                yield* mesh.submit(id, {
                  type: "Prompt",
                  parts: [textPart(`turn ${turn}: ${"look ".repeat(turn % 30)}`)]
                })
                yield* mesh.rest(id)
                const state = yield* mesh.show(id)
                assert.strictEqual(state.last?.status, "done", JSON.stringify(state.last))
                assert.strictEqual(HashMap.size(state.open), 0)
                if (turn > 20) most = Math.max(most, Chunk.size(state.entries))
              }
              assert.isBelow(most, 120, "the state grows")
              const events = yield* eventsOf(id)
              assert.isAbove(ofType(events, "session.compacted").length, 5)
              const budget = budgetOf({
                name: model,
                context,
                output: 1000,
                images: false,
                reasoning: false,
                tools: true
              })
              for (const request of requests) {
                paired(request)
                const tokens = yield* counted(request)
                assert.isAtMost(tokens, budget.input, `${request.messages.length} messages`)
                assert.isAtMost(tokens + (request.maxOutput ?? 0), context)
              }
            })
          ).pipe(Effect.withClock(fastClock(1000)))
        },
        60_000
      )

  it.scopedLive("over HTTP, each request is one that the provider accepts", () =>
    withProvider(
      {
        api: "anthropic",
        files,
        config: { context: { max: 8000 } },
        replies: (request, n) => {
          const body = JSON.parse(request.body)
          checkAnthropic(body)
          const last = JSON.stringify(body.messages.at(-1))
          return last.includes("tool_result") || body.tools === undefined
            ? saying("anthropic", { text: `read ${n}` })
            : saying("anthropic", { calls: [{ id: `c${n}`, name: "read", input: '{"file_path":"f200.txt"}' }] })
        }
      },
      (world) =>
        Effect.gen(function* () {
          const id = yield* world.start
          for (let turn = 0; turn < 25; turn++) yield* world.prompt(id, `turn ${turn}`)
          const events = yield* eventsOf(id)
          assert.strictEqual(ofType(events, "turn.finished").length, 25)
          assert.isAbove(ofType(events, "session.compacted").length, 0)
        })
    )
  )
})
