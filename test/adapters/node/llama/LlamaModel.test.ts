/** A model in the process, over a fake of its package: what it tells, how it ends, and what it never does in silence. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { type LlamaOptions, make } from "../../../../src/adapters/node/llama/LlamaModel.ts"
import type { LanguageModel, ModelRequest } from "../../../../src/ports/LanguageModel.ts"
import { type FakeAnswer, fakeLlama } from "../../../support/fakeLlama.ts"
import { ggufFile } from "../../../support/gguf.ts"

const tools = [
  { name: "read", description: "reads", input: { type: "object", properties: { path: { type: "string" } } } }
]
const request: ModelRequest = {
  model: "local/models/m.gguf",
  system: "You are a test.",
  messages: [{ role: "user", parts: [{ type: "text", text: "hi there" }] }],
  tools: []
}

const place = Effect.acquireRelease(
  Effect.sync(() => {
    const root = mkdtempSync(join(tmpdir(), "code-mesh-llama-"))
    mkdirSync(join(root, "models"))
    writeFileSync(
      join(root, "models", "m.gguf"),
      ggufFile({ "general.architecture": "llama", words: ["a", "b"], big: 7n, yes: true, "llama.context_length": 4096 })
    )
    return root
  }),
  (root) => Effect.sync(() => rmSync(root, { recursive: true }))
)

const withModel = <A, E>(
  answers: ReadonlyArray<FakeAnswer>,
  test: (model: LanguageModel["Type"], seen: ReturnType<typeof fakeLlama>["seen"], root: string) => Effect.Effect<A, E>,
  options: Partial<LlamaOptions> = {}
) =>
  Effect.gen(function* () {
    const root = yield* place
    const fake = fakeLlama(answers)
    const load = () => Promise.resolve(fake.module)
    const made = make({ root, home: root, models: [], load, ...options })
    const result = yield* Effect.scoped(Effect.flatMap(made, (model) => test(model, fake.seen, root)))
    return { result, seen: fake.seen }
  })

const parts = (model: LanguageModel["Type"], asked: ModelRequest = request) =>
  Effect.map(Stream.runCollect(model.stream(asked)), (all) => [...all])

const usage = (input: number, cacheRead: number) => ({ input, output: 7, cacheRead, cacheWrite: 0 })

describe("a model in the process", () => {
  it.scopedLive("streams words, and ends with whole words, a reason and counts", () =>
    withModel([{ pieces: ["Hel", "lo"] }], (model) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* parts(model), [
          { type: "text-delta", text: "Hel" },
          { type: "text-delta", text: "lo" },
          { type: "text", text: "Hello" },
          // "You are a test.", "hi there" and the empty beginning of an answer: seven words, five of them read anew.
          { type: "finish", stop: "end_turn", usage: usage(5, 2) }
        ])
      })
    )
  )

  it.scopedLive("tells its thoughts apart from its words", () =>
    withModel([{ pieces: [{ type: "segment", text: "hm" }, "Yes."] }], (model) =>
      Effect.gen(function* () {
        const all = yield* parts(model)
        assert.deepStrictEqual(all.slice(0, 4), [
          { type: "reasoning-delta", text: "hm" },
          { type: "text-delta", text: "Yes." },
          { type: "reasoning", text: "hm" },
          { type: "text", text: "Yes." }
        ])
      })
    )
  )

  it.scopedLive("with tools is bound by a grammar: its words are read out of it, however they are cut", () =>
    withModel([{ pieces: ['{"sa', 'y": "a \\', "n\\u00", "65", '\\"q', '\\""}'] }], (model, seen) =>
      Effect.gen(function* () {
        const all = yield* parts(model, { ...request, tools })
        const deltas = all.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))
        assert.deepStrictEqual(deltas.join(""), 'a \ne"q"')
        assert.deepInclude(all, { type: "text", text: 'a \ne"q"' })
        assert.include(seen.grammars[0], 'root ::= "{\\"say\\": \\"" character* "\\"}" | "{\\"tool\\": \\"read')
        assert.deepStrictEqual(seen.asked[0]?.grammar, { grammar: seen.grammars[0] })
        assert.include(JSON.stringify(seen.asked[0]?.history), "## read")
      })
    )
  )

  it.scopedLive("with tools makes a call of what the grammar allowed", () =>
    withModel([{ pieces: ['{"tool": "read", "arg', 'uments": {"path": "a.ts"}}'] }], (model) =>
      Effect.gen(function* () {
        const all = yield* parts(model, { ...request, tools })
        assert.deepInclude(all, { type: "call", name: "read", input: '{"path":"a.ts"}' })
        const last = all.at(-1)
        assert.strictEqual(last?.type === "finish" ? last.stop : "", "tool_use")
      })
    )
  )

  it.scopedLive("never hands out a call that a limit cut", () =>
    withModel([{ pieces: ['{"tool": "read", "arguments": {"path": "a'], stop: "maxTokens" }], (model, seen) =>
      Effect.gen(function* () {
        const all = yield* parts(model, { ...request, tools, maxOutput: 50 })
        assert.isFalse(all.some((part) => part.type === "call"))
        assert.strictEqual(seen.asked[0]?.maxTokens, 50)
        const last = all.at(-1)
        assert.strictEqual(last?.type === "finish" ? last.stop : "", "max_tokens")
      })
    )
  )

  it.scopedLive("says that the window is full where that is what ended it", () =>
    withModel(
      [{ pieces: ["word"], stop: "maxTokens" }],
      (model, seen) =>
        Effect.gen(function* () {
          const all = yield* parts(model, { ...request, maxOutput: 50 })
          const last = all.at(-1)
          assert.strictEqual(last?.type === "finish" ? last.stop : "", "context_full")
          assert.deepStrictEqual([seen.windows, seen.asked[0]?.maxTokens], [[40], 31])
        }),
      { window: 40 }
    )
  )

  it.scopedLive("refuses a request that does not fit, and never cuts it", () =>
    withModel([], (model, seen) =>
      Effect.gen(function* () {
        const text = "word ".repeat(5000)
        const error = yield* Effect.flip(
          parts(model, { ...request, messages: [{ role: "user", parts: [{ type: "text", text }] }] })
        )
        assert.deepStrictEqual([error._tag, error.kind], ["ModelError", "too_long"])
        assert.include(error.message, "of a window of 4096")
        assert.strictEqual(seen.asked.length, 0)
      })
    )
  )

  it.scopedLive("refuses to forget what no longer fits in the middle of an answer", () =>
    withModel([{ pieces: ["a"], overflows: true }], (model) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(parts(model))).kind, "too_long")
      })
    )
  )

  it.scopedLive("holds a structured answer to its schema", () =>
    withModel([{ pieces: ['{"n":', "1}"] }], (model, seen) =>
      Effect.gen(function* () {
        const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] }
        const all = yield* parts(model, { ...request, schema: { name: "s", schema } })
        assert.deepInclude(all, { type: "text", text: '{"n":1}' })
        assert.include(seen.grammars[0], 'root ::= "{" ws "\\"n\\"" ws ":" ws integer ws "}"')
      })
    )
  )

  it.scopedLive("stops at once when it is interrupted, and then answers the next", () =>
    withModel([{ pieces: ["a"], hang: true }, { pieces: ["b"] }], (model, seen) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(parts(model))
        while (seen.asked.length === 0) yield* Effect.sleep(1)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(seen.asked[0]?.signal.aborted)
        assert.deepInclude(yield* parts(model), { type: "text", text: "b" })
      })
    )
  )

  it.scopedLive("reads a long prompt in slices, and leaves it in the middle when it is interrupted", () =>
    Effect.gen(function* () {
      const root = yield* place
      let on = (): void => undefined
      const fake = fakeLlama([], {
        reads: () =>
          new Promise((resolve) => {
            on = resolve
          })
      })
      const model = yield* make({ root, home: root, models: [], load: () => Promise.resolve(fake.module) })
      const text = "word ".repeat(100)
      const fiber = yield* Effect.fork(
        parts(model, { ...request, messages: [{ role: "user", parts: [{ type: "text", text }] }] })
      )
      while (fake.seen.slices.length === 0) yield* Effect.sleep(1)
      on()
      while (fake.seen.slices.length === 1) yield* Effect.sleep(1)
      yield* Fiber.interrupt(fiber)
      on()
      yield* Effect.sleep(5)
      assert.deepStrictEqual([fake.seen.slices, fake.seen.asked.length], [[32, 32], 0])
    })
  )

  it.scopedLive("answers one at a time, from weights that are loaded once and given up at the end", () =>
    Effect.gen(function* () {
      const answers = Array.from({ length: 5 }, (_, n) => ({ pieces: [`${n}`] }))
      const { seen } = yield* withModel(answers, (model) =>
        Effect.all(
          answers.map(() => parts(model)),
          { concurrency: "unbounded" }
        )
      )
      assert.deepStrictEqual([seen.mostAtOnce, seen.engines, seen.loaded.length, seen.disposed], [1, 1, 1, 1])
    })
  )

  it.scopedLive("loads nothing to say what is known of it", () =>
    withModel(
      [],
      (model, seen, root) =>
        Effect.gen(function* () {
          const facts = yield* model.describe(request.model)
          const { context, images, name, output } = facts
          assert.deepStrictEqual([name, context, output, images], ["local/models/m.gguf", 4096, 1024, false])
          assert.strictEqual((yield* model.describe(`local/${root}/models/m.gguf`)).context, 4096)
          assert.strictEqual((yield* model.describe("local/~/models/m.gguf")).context, 4096)
          assert.deepStrictEqual(
            (yield* model.available).map((one) => one.name),
            ["local/models/m.gguf"]
          )
          assert.strictEqual(seen.engines, 0)
        }),
      { models: ["local/models/m.gguf", "local/models/none.gguf"] }
    )
  )

  it.scopedLive("names the file that is not there, or is no model", () =>
    withModel([], (model, _seen, root) =>
      Effect.gen(function* () {
        const missing = yield* Effect.flip(parts(model, { ...request, model: "local/models/none.gguf" }))
        assert.strictEqual(missing.kind, "missing_model")
        assert.include(missing.message, `there is no file ${join(root, "models/none.gguf")}`)
        const files: ReadonlyArray<readonly [Buffer | string, string]> = [
          ["hello, I am no model at all", "it is no GGUF file"],
          [ggufFile({ "general.architecture": "llama" }), "does not say how long its window is"],
          [ggufFile({}, 99), "version 99"],
          [ggufFile({ "llama.context_length": 4096 }).subarray(0, 40), "ends in the middle"],
          ["", "ends in the middle"]
        ]
        for (const [bytes, reason] of files) {
          writeFileSync(join(root, "x.gguf"), bytes)
          const wrong = yield* Effect.flip(model.describe("local/x.gguf"))
          assert.strictEqual(wrong.kind, "missing_model")
          assert.include(wrong.message, reason)
        }
      })
    )
  )

  it.scopedLive("names the package that is not installed, and finds it once it is", () =>
    Effect.gen(function* () {
      const root = yield* place
      const { module } = fakeLlama([{ pieces: ["now"] }])
      let installed = false
      const load = () =>
        installed
          ? Promise.resolve(module)
          : Promise.reject(Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" }))
      const model = yield* make({ root, home: root, models: [], load })
      const error = yield* Effect.flip(parts(model))
      assert.strictEqual(error.kind, "unconfigured")
      assert.include(error.message, "npm install (--global) node-llama-cpp@")
      installed = true
      assert.deepInclude(yield* parts(model), { type: "text", text: "now" })
    })
  )

  it.scopedLive("tells what the engine failed at as an error", () =>
    withModel([{ fails: new Error("out of memory") }], (model) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(parts(model))
        assert.deepStrictEqual(
          [error.kind, error.reason],
          ["invalid", "the model in the process failed: out of memory"]
        )
      })
    )
  )
})
