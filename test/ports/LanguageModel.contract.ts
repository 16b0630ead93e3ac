/** What every LanguageModel promises, whatever is behind it. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LanguageModel, type ModelPart, type ModelRequest } from "../../src/ports/LanguageModel.ts"
import { type Contract, type ContractTest, equal, ok } from "../support/contract.ts"

/** What the model under test is to answer: text, then calls, or nothing for ever, or nothing more at all. */
export interface Wanted {
  readonly text?: string
  readonly calls?: ReadonlyArray<{ readonly id: string; readonly name: string; readonly input: Record<string, string> }>
  readonly hang?: boolean
  readonly overloaded?: boolean
}

/** Makes a model that answers as wanted, one answer a request. */
export type MakeModel = (
  answers: ReadonlyArray<Wanted>
) => Effect.Effect<Layer.Layer<LanguageModel>, never, Scope.Scope>

const parts = (request: ModelRequest) =>
  Effect.flatMap(LanguageModel, (model) => Effect.map(Stream.runCollect(model.stream(request)), (all) => [...all]))

const joined = (all: ReadonlyArray<ModelPart>, type: ModelPart["type"]): string =>
  all.map((part) => (part.type === type && "text" in part ? part.text : "")).join("")

/** The contract; `model` is the name to ask for. */
export const languageModelContract = (model: string, make: MakeModel): Contract<never> => {
  const request: ModelRequest = {
    model,
    system: "You are a test.",
    messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
    tools: [{ name: "read", description: "reads", input: { type: "object", properties: {} } }]
  }
  const test = <A, E>(
    title: string,
    answers: ReadonlyArray<Wanted>,
    body: Effect.Effect<A, E, LanguageModel | Scope.Scope>
  ): ContractTest<never> => ({
    name: title,
    run: Effect.flatMap(make(answers), (layer) => Effect.provide(body, layer))
  })
  const tests = [
    test(
      "an answer ends with exactly one finish",
      [{ text: "hello world" }],
      Effect.map(parts(request), (all) => {
        equal(all.filter((part) => part.type === "finish").length, 1)
        equal(all.at(-1)?.type, "finish")
      })
    ),
    test(
      "the deltas of a text are the text",
      [{ text: "one two, three.\n\nfour ✓" }],
      Effect.map(parts(request), (all) => {
        equal(joined(all, "text-delta"), "one two, three.\n\nfour ✓")
        equal(joined(all, "text"), "one two, three.\n\nfour ✓")
      })
    ),
    test(
      "calls come whole, in order, with the provider's ids, and the end says that tools are asked for",
      [
        {
          text: "look",
          calls: [
            { id: "A", name: "read", input: { p: "a" } },
            { id: "B", name: "read", input: { p: "b" } }
          ]
        }
      ],
      Effect.map(parts(request), (all) => {
        const calls = all.flatMap((part) =>
          part.type === "call" ? [[part.id, part.name, JSON.parse(part.input)]] : []
        )
        equal(calls, [
          ["A", "read", { p: "a" }],
          ["B", "read", { p: "b" }]
        ])
        const last = all.at(-1)
        equal(last?.type === "finish" ? last.stop : "", "tool_use")
      })
    ),
    test(
      "usage counts whole tokens",
      [{ text: "hello" }],
      Effect.map(parts(request), (all) => {
        const last = all.at(-1)
        for (const count of Object.values(last?.type === "finish" ? last.usage : { none: -1 }))
          ok(Number.isInteger(count) && count >= 0, `${count} is no count`)
      })
    ),
    test(
      "an error is a ModelError that names the model and its kind, and the next request is answered",
      [{ overloaded: true }, { text: "again" }],
      Effect.gen(function* () {
        const error = yield* Effect.flip(parts(request))
        equal([error._tag, error.kind, error.model], ["ModelError", "overloaded", model])
        equal(joined(yield* parts(request), "text"), "again")
      })
    ),
    test(
      "an answer that never ends can be interrupted at once",
      [{ text: "a", hang: true }, { text: "next" }],
      Effect.gen(function* () {
        const { stream } = yield* LanguageModel
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(Stream.runForEach(stream(request), () => Deferred.succeed(begun, undefined)))
        yield* Deferred.await(begun)
        const start = Date.now()
        yield* Fiber.interrupt(fiber)
        // Far above the 100 ms that are promised, far below any timeout: the machine may be busy with other tests.
        ok(Date.now() - start < 1000, "it took too long")
        equal(joined(yield* parts(request), "text"), "next")
      })
    ),
    test(
      "describe gives limits, and available names models as they are asked for",
      [],
      Effect.gen(function* () {
        const service = yield* LanguageModel
        const facts = yield* service.describe(model)
        equal(facts.name, model)
        ok(facts.context > 0 && facts.output > 0, "no limits")
        for (const one of yield* service.available) ok(/^[a-z0-9][a-z0-9_.-]*\/.+$/.test(one.name), one.name)
      })
    )
  ]
  return { name: "LanguageModel", tests }
}
