/** Model files in Node's world: the settings name them, a project's only once it is trusted, and the line's own words always do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { configuredFiles } from "../../../src/adapters/node/localModelFiles.ts"
import { LanguageModel } from "../../../src/ports/LanguageModel.ts"
import { NodeLive } from "../../../src/programs/NodeLive.ts"
import { ggufFile } from "../../support/gguf.ts"

const machine = Effect.acquireRelease(
  Effect.sync(() => {
    const top = mkdtempSync(join(tmpdir(), "code-mesh-files-"))
    for (const folder of ["project/models", "home", "data"]) mkdirSync(join(top, folder), { recursive: true })
    writeFileSync(join(top, "project/models/m.gguf"), ggufFile({ "qwen2.context_length": 131_072 }))
    writeFileSync(join(top, "home/own.gguf"), ggufFile({ "llama.context_length": 8192 }))
    return top
  }),
  (top) => Effect.sync(() => rmSync(top, { recursive: true }))
)

const world = (top: string, trust?: boolean) =>
  NodeLive({
    root: join(top, "project"),
    home: join(top, "home"),
    env: { PATH: process.env.PATH, CODE_MESH_HOME: join(top, "data"), OLLAMA_HOST: "127.0.0.1:9" },
    ...(trust === undefined ? {} : { trust })
  })

const offered = Effect.flatMap(LanguageModel, ({ available }) =>
  Effect.map(available, (all) =>
    all.flatMap(({ context, name }) => (name.startsWith("local/") ? [[name, context]] : []))
  )
)

describe("model files", () => {
  it("are those that the settings name, each once, the default one first", () => {
    const named = configuredFiles({
      model: { default: "local/a.gguf", small: "openai/x", fallback: ["local/b.gguf"] },
      providers: { local: { models: ["/c.gguf", "a.gguf"] } }
    })
    assert.deepStrictEqual(named, ["local/a.gguf", "local/b.gguf", "local//c.gguf"])
  })

  it.scopedLive("of the person are offered; those of a project only once it is trusted", () =>
    Effect.gen(function* () {
      const top = yield* machine
      writeFileSync(join(top, "data/config.toml"), '[providers.local]\nmodels = ["~/own.gguf", "~/none.gguf"]\n')
      writeFileSync(join(top, "project/code-mesh.toml"), '[model]\ndefault = "local/models/m.gguf"\n')
      assert.deepStrictEqual(yield* Effect.provide(offered, world(top)), [["local/~/own.gguf", 8192]])
      assert.deepStrictEqual(yield* Effect.provide(offered, world(top, true)), [
        ["local/models/m.gguf", 32_768],
        ["local/~/own.gguf", 8192]
      ])
    })
  )

  it.scopedLive("have the window that the settings allow, and never more than the file's", () =>
    Effect.gen(function* () {
      const top = yield* machine
      const context = Effect.flatMap(LanguageModel, ({ describe }) =>
        Effect.map(describe("local/models/m.gguf"), (facts) => facts.context)
      )
      for (const [max, wanted] of [
        [4000, 4000],
        [100_000, 100_000],
        [1_000_000, 131_072]
      ]) {
        writeFileSync(join(top, "data/config.toml"), `[context]\nmax = ${max}\n`)
        assert.strictEqual(yield* Effect.provide(context, world(top)), wanted)
      }
    })
  )
})
