/** The tokenizer: its contract, which model uses which encoding, speed on odd text, and the estimate's promise. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { encoding, encodingOf, exactEncoding, layer } from "../../../src/adapters/shared/BpeTokenizer.ts"
import { estimateTokens } from "../../../src/adapters/shared/estimateTokens.ts"
import { tokenizerContract } from "../../ports/Tokenizer.contract.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

runContract(tokenizerContract, "BpeTokenizer", layer)
runContractInChromium(tokenizerContract, "BpeTokenizer", new URL("./bpeTokenizer.page.ts", import.meta.url))

describe("encodings", () => {
  it("each family of models uses its own", () => {
    const of = (...names: ReadonlyArray<string>) => names.map(encodingOf)
    assert.deepStrictEqual(
      of("openai/gpt-4o-mini", "openai/gpt-5.6-sol", "o3", "openai/o4-mini", "groq/openai/gpt-oss-20b"),
      ["o200k_base", "o200k_base", "o200k_base", "o200k_base", "o200k_base"]
    )
    assert.deepStrictEqual(of("openai/gpt-4", "gpt-4-turbo", "openai/gpt-3.5-turbo"), [
      "cl100k_base",
      "cl100k_base",
      "cl100k_base"
    ])
    assert.deepStrictEqual(of("anthropic/claude-sonnet-5-5", "ollama/qwen3:8b", "openrouter/olmo"), [
      undefined,
      undefined,
      undefined
    ])
  })

  it("agree with gpt-tokenizer's own encoder on this repository's text", async () => {
    const own = await import("gpt-tokenizer/encoding/o200k_base")
    const text = readFileSync(new URL("../../../src/ports/LanguageModel.ts", import.meta.url), "utf8")
    assert.deepStrictEqual(await exactEncoding("o200k_base", text), own.encode(text))
  })

  for (const [what, text] of [
    ["one letter", "a".repeat(1_000_000)],
    ["one capital letter", "X".repeat(1_000_000)],
    ["blanks", " ".repeat(1_000_000)],
    ["one ideograph", "漢".repeat(330_000)],
    ["one sign", "=".repeat(1_000_000)]
  ] as const)
    it(`a megabyte of ${what} does not take quadratic time`, { timeout: 20_000 }, async () => {
      const own = await encoding("o200k_base")
      assert.isAbove(own.count(text), 1000)
    })
})

const sources = (folder: URL): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") || name.endsWith(".json"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))

describe("the estimate", () => {
  it("does not fall short on code and JSON, and is not wild", async () => {
    const root = new URL("../../../", import.meta.url)
    const lock = readFileSync(new URL("package-lock.json", root), "utf8")
    const config = ["package.json", "biome.json", "tsconfig.base.json"].map((name) =>
      readFileSync(new URL(name, root), "utf8")
    )
    const [wide, narrow] = await Promise.all([encoding("o200k_base"), encoding("cl100k_base")])
    const texts = [...sources(new URL("src/", root)), ...config, lock, lock.slice(5000, 9000)]
    for (const text of texts) {
      const exact = Math.max(wide.count(text), narrow.count(text))
      assert.isAtLeast(estimateTokens(text), exact, text.slice(0, 80))
      assert.isBelow(estimateTokens(text), 3 * exact + 10, text.slice(0, 80))
    }
  })

  it("does not fall short on other scripts", () =>
    Effect.gen(function* () {
      const own = yield* Effect.promise(() => encoding("o200k_base"))
      for (const text of [
        "請給我一個例子。",
        "こんにちは世界",
        "Привет, как дела?",
        "שלום עולם",
        "नमस्ते दुनिया",
        "한국어 문장입니다"
      ])
        assert.isAtLeast(estimateTokens(text), own.count(text), text)
    }).pipe(Effect.runPromise))
})
