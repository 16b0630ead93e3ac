/**
 * A real model in the process. It runs where `CODE_MESH_GGUF` names a model file, and the package is either installed
 * or named, by the path of its `dist/index.js`, in `CODE_MESH_LLAMA`.
 */
import { dirname } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { callGrammar } from "../../../../src/adapters/node/llama/callGrammar.ts"
import { make } from "../../../../src/adapters/node/llama/LlamaModel.ts"
import { type LlamaModule, loadLlama } from "../../../../src/adapters/node/llama/llamaModule.ts"
import { portable, shell, web } from "../../../../src/domain/tools/sets.ts"
import { specOf } from "../../../../src/domain/tools/Toolbox.ts"
import type { LanguageModel, ModelRequest } from "../../../../src/ports/LanguageModel.ts"

const weights = process.env.CODE_MESH_GGUF ?? ""
const named = process.env.CODE_MESH_LLAMA
const load = (): Promise<LlamaModule> => (named === undefined ? loadLlama() : import(named))

const request: ModelRequest = {
  model: `local/${weights}`,
  system: "You help with code.",
  messages: [{ role: "user", parts: [{ type: "text", text: "Read the file src/index.ts" }] }],
  tools: [],
  maxOutput: 12
}

const parts = (model: LanguageModel["Type"], more: Partial<ModelRequest> = {}) =>
  Effect.map(Stream.runCollect(model.stream({ ...request, ...more })), (all) => [...all])

describe.skipIf(weights === "")("a real model in the process (needs CODE_MESH_GGUF)", () => {
  it.scopedLive(
    "streams words, is forced to call a tool with its arguments, and stops when it is told to",
    () =>
      Effect.gen(function* () {
        const model = yield* make({ root: dirname(weights), home: "/", models: [], load, window: 2048 })
        const words = yield* parts(model)
        assert.isTrue(words.some((part) => part.type === "text" && part.text.trim() !== ""))
        const end = words.at(-1)
        assert.isTrue(end?.type === "finish" && end.usage.input > 10 && end.usage.output > 0, JSON.stringify(end))
        // Words or a call of the tool: whatever the model is, it can answer in no third way.
        const input = {
          type: "object",
          properties: { file_path: { enum: ["src/index.ts", "README.md"] }, limit: { type: "integer" } },
          required: ["file_path"]
        }
        const tools = [{ name: "read", description: "Reads a file.", input }]
        const called = yield* parts(model, { tools, maxOutput: 60, temperature: 0 })
        const call = called.find((part) => part.type === "call" || part.type === "text")
        assert.isDefined(call, JSON.stringify(called))
        if (call?.type === "call")
          assert.match(call.input, /^\{"file_path":"(src\/index\.ts|README\.md)"(,"limit":-?\d+)?\}$/)
        const again = (yield* parts(model)).at(-1)
        assert.isTrue(again?.type === "finish" && again.usage.cacheRead > 0, "nothing that was read is kept")
        const fiber = yield* Effect.fork(parts(model, { maxOutput: 500 }))
        yield* Effect.sleep(1000)
        const asked = Date.now()
        yield* Fiber.interrupt(fiber)
        assert.isBelow(Date.now() - asked, 1000)
      }),
    600_000
  )

  it("reads the grammar of every built-in tool", async () => {
    const { getLlama } = await load()
    const llama = await getLlama({
      build: "never",
      skipDownload: true,
      progressLogs: false,
      maxThreads: 1,
      logger: () => {}
    })
    try {
      const specs = [...portable, ...shell, ...web].map(specOf)
      for (const spec of specs) await llama.createGrammar({ grammar: callGrammar([spec]) })
      await llama.createGrammar({ grammar: callGrammar(specs) })
    } finally {
      await llama.dispose()
    }
  }, 60_000)
})
