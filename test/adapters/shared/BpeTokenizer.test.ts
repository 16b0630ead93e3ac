/** The tokenizer: its contract, which model uses which encoding, speed on odd text, and the estimate's promise. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { encoding, encodingOf, exactEncoding, layer } from "../../../src/adapters/shared/BpeTokenizer.ts"
import { estimateTokens } from "../../../src/adapters/shared/estimateTokens.ts"
import type { EncodingName } from "../../../src/adapters/shared/publishedEncodings.ts"
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

  it("every model for text, of a known family, that gpt-tokenizer lists uses the one that it names, also where it was tuned", async () => {
    const { chatModelParams, DEFAULT_ENCODING, modelToEncodingMap } = await import("gpt-tokenizer/mapping")
    const named: Readonly<Record<string, string>> = modelToEncodingMap
    const chat = Object.keys(chatModelParams).filter((name) =>
      /^(gpt-(?!image|live|transcribe)|chat|o\d|codex|computer)/.test(name)
    )
    assert.isAbove(chat.length, 80)
    for (const name of [...chat, ...Object.keys(named).filter((one) => named[one] === "cl100k_base")]) {
      const wanted = (named[name] ?? DEFAULT_ENCODING).replace("o200k_harmony", "o200k_base")
      assert.strictEqual(encodingOf(`openai/${name}`), wanted as ReturnType<typeof encodingOf>, name)
      assert.strictEqual(encodingOf(`openai/ft:${name}:team::id`), wanted as ReturnType<typeof encodingOf>, name)
    }
  })

  it("a mark of byte order is a token where the ranks have one, which gpt-tokenizer overlooks", async () => {
    assert.deepStrictEqual(await exactEncoding("o200k_base", "\ufeffusing \ufeff"), [9251, 71280])
  })

  /** gpt-tokenizer's own encoder, told that what looks like a special token is text. */
  const ownOf = async (name: EncodingName) => {
    const own = await (name === "o200k_base"
      ? import("gpt-tokenizer/encoding/o200k_base")
      : import("gpt-tokenizer/encoding/cl100k_base"))
    return (text: string) => own.encode(text, { disallowedSpecial: new Set() })
  }
  const texts: ReadonlyArray<readonly [string, string]> = [
    [
      "a file of this repository",
      readFileSync(new URL("../../../src/ports/LanguageModel.ts", import.meta.url), "utf8")
    ],
    ["a special token", "<|endoftext|>"],
    ["special tokens of chat", "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user<|im_sep|>hi"],
    ["special tokens of holes", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"],
    ["special tokens of channels", "<|start|>assistant<|channel|>final<|message|>ok<|return|>"],
    ["most of a special token", "<|endoftext|"],
    ["a high surrogate alone", "\ud83d"],
    ["a low surrogate alone", "\ude00 x"],
    ["surrogates in the wrong order", "a\ude00\ud83db"],
    ["a surrogate among letters", "ab\ud800cd 12"],
    ["a long run of one letter", "a".repeat(700)],
    ["a long run of one capital", "Z".repeat(701)],
    ["a long run of digits", "7".repeat(700)],
    ["a long run of one sign", "-".repeat(700)],
    ["a long run of blanks before a word", `${" ".repeat(701)}x`],
    ["a long run of tabs", `\t`.repeat(300)],
    ["a long run of line feeds", "\n".repeat(300)],
    ["odd blanks", "a\u00a0b\u2003c\u200bd\u3000e\u0085g"],
    ["a long run of one emoji", "😀".repeat(200)],
    ["a family, a flag, a tone of skin", "👨‍👩‍👧‍👦🇩🇪👍🏽"],
    ["a long run of one ideograph", "中".repeat(300)],
    ["Chinese without blanks", "这个函数返回一个错误，请修复它。".repeat(9)],
    ["Japanese of three scripts", "テストを実行して、失敗したものを直してください。"],
    ["Korean", "테스트를 실행하고 고쳐 주세요."],
    ["Thai and Hindi, with marks", "กรุณาแก้ไขข้อผิดพลาด कृपया त्रुटि ठीक करें"],
    ["letters with marks of their own", "e\u0301a\u0308 n\u0303 Z\u0351\u036b\u0343"],
    ["mixed line ends", "a\r\nb\rc\n\r\n\n d\r\r\n\te\n"],
    ["blanks before and after line ends", "  \n   \n x  \r\n\t \n"],
    ["short forms in both cases", "I'm you'RE it'S they'Ve we’ll DON'T"],
    ["words in camel case", "getHTTPResponseCodeXYZ fooBAR_baz9Qux"],
    ["control characters", "\0\u0001\u001b[31mred\u001b[0m\u007f"],
    ["base64", btoa("any bytes will do here: ".repeat(20))]
  ]
  for (const name of ["o200k_base", "cl100k_base"] as const) {
    it(`${name} agrees with gpt-tokenizer's own encoder, text for text`, async () => {
      const [own, ours] = [await ownOf(name), await encoding(name)]
      for (const [what, text] of texts) {
        const wanted = own(text)
        assert.deepStrictEqual(await exactEncoding(name, text), wanted, what)
        assert.strictEqual(ours.count(text), wanted.length, what)
      }
    })

    it(`${name} agrees with it on any text made of odd pieces`, async () => {
      const [own, ours] = [await ownOf(name), await encoding(name)]
      const piece = fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.string16bits({ maxLength: 4 }),
        fc.constantFrom(...texts.map(([, text]) => text.slice(0, 24))),
        fc.tuple(fc.constantFrom(..."aX7 \n\t=é中😀"), fc.nat(40)).map(([sign, times]) => sign.repeat(times))
      )
      const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("").replaceAll("\ufeff", ""))
      fc.assert(fc.property(text, (odd) => assert.deepStrictEqual(ours.encode(odd), own(odd))))
    })
  }

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
