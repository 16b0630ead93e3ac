/** The system prompt, modes, and what every request costs before a word is said. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import { frameTokens, roughTokens } from "../../../src/domain/context/budget.ts"
import { type Mode, modeNamed, modeNames } from "../../../src/domain/context/modes.ts"
import { affordable, modePrompts, shownOf, systemFragments } from "../../../src/domain/context/prompt.ts"
import { basePrompt } from "../../../src/domain/context/prompts/basePrompt.ts"
import { presets } from "../../../src/domain/context/role.ts"
import type { Config } from "../../../src/domain/model/Config.ts"
import { proposal } from "../../../src/domain/planner/proposal.ts"
import { portable, shell, web } from "../../../src/domain/tools/sets.ts"
import { specOf } from "../../../src/domain/tools/Toolbox.ts"
import { task } from "../../../src/domain/tools/task.ts"
import { Tokenizer } from "../../../src/ports/Tokenizer.ts"

const build: Mode = { name: "build", base: "build", prompt: "", rules: [] }
const plan: Mode = { ...build, name: "plan", base: "plan" }
const facts = {
  mode: build,
  platform: "linux",
  root: "/p",
  window: 200_000,
  instructions: [{ name: "AGENTS.md", text: "Be kind." }]
}
const assemble = (fragments: Parameters<typeof shownOf>[0]) =>
  shownOf(fragments)
    .map(({ text }) => text)
    .join("\n\n")

describe("the system prompt", () => {
  it("is what we say, the mode, the place and the instructions, in this order", () => {
    assert.strictEqual(
      assemble(systemFragments({ ...facts, mode: { ...plan, name: "review", prompt: "Look for races." } })),
      `${basePrompt}\n\n${modePrompts.plan}\n\n# Mode review\nLook for races.\n\n# Environment\nPlatform: linux\nProject root: /p\n\n# Instructions from AGENTS.md\nBe kind.`
    )
  })
  it("gives instructions no more than an eighth of a small window each", () => {
    const instructions = [{ name: "A", text: "x".repeat(90_000) }]
    const size = (window: number) => assemble(systemFragments({ ...facts, window, instructions })).length
    const rest = assemble(systemFragments({ ...facts, instructions: [] })).length
    assert.isBelow(size(8000) - rest, 4100)
    assert.isBelow(size(1_000_000) - rest, 32_900)
    assert.isAbove(size(1_000_000) - rest, 32_700)
  })
  it("gives all instructions together a quarter of the window, the nearest first", () => {
    const instructions = Array.from({ length: 9 }, (_, n) => ({ name: `${n}/AGENTS.md`, text: "x".repeat(1500) }))
    const names = systemFragments({ ...facts, window: 4000, instructions }).map(({ label }) => label)
    assert.deepStrictEqual(
      names.filter((label) => label.startsWith("Instructions")).map((label) => label.slice(-11)),
      [" 6/AGENTS.md", " 7/AGENTS.md", " 8/AGENTS.md"].map((name) => name.slice(-11))
    )
  })
  it("never takes more than half of a window, whatever the instructions are written in", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 4000, max: 300_000 }),
        fc.array(
          fc.constantFrom("word ", "漢字", "👩‍👩‍👧", "{}[];").map((text) => text.repeat(9000)),
          { maxLength: 5 }
        ),
        (window, texts) => {
          const instructions = texts.map((text, n) => ({ name: `${n}`, text }))
          const size = roughTokens(assemble(systemFragments({ ...facts, window, instructions })))
          const rest = roughTokens(assemble(systemFragments({ ...facts, window, instructions: [] })))
          assert.isAtMost(size - rest, window / 2 + 50 * texts.length)
        }
      )
    ))
  it("is bounded, and says where it is cut", () => {
    const text = assemble([
      { label: "L", text: "x".repeat(20), cap: 5 },
      { label: "E", text: " ", cap: 5 }
    ])
    assert.strictEqual(text, "# L\nxxxxx\n[cut: 15 more characters]")
  })

  for (const mode of [build, plan, { ...plan, name: "chat", base: "chat" as const }])
    it(`and all built-in tools cost at most 3,000 tokens in ${mode.name} mode, and a first request at most 14 KB`, async () => {
      const system = assemble(systemFragments({ ...facts, mode, instructions: [] }))
      const tools = [...portable, ...shell, ...web, proposal, task]
        .filter((tool) => tool.modes?.includes(mode.base) !== false)
        .map(specOf)
      const texts = [system, ...tools.map((tool) => tool.name + tool.description + JSON.stringify(tool.input))]
      const counts = await Effect.runPromise(
        Effect.provide(
          Effect.flatMap(Tokenizer, (tokenizer) =>
            Effect.forEach(texts, (text) => tokenizer.count("openai/gpt-5", text))
          ),
          BpeTokenizer.layer
        )
      )
      const exact = new Map(texts.map((text, index) => [text, counts[index] ?? Number.NaN]))
      assert.isAtMost(
        frameTokens(system, tools, (text) => exact.get(text) ?? Number.NaN),
        3000
      )
      const messages = [{ role: "user", parts: [{ type: "text", text: "Fix it." }] }]
      assert.isAtMost(JSON.stringify({ system, tools, messages }).length, 14 * 1024)
    })
})

describe("the tools that a window has room for", () => {
  const specs = [...portable, ...shell, ...web].map(specOf)
  it("are all but in a window of a few thousand tokens, which keeps those that a model needs most", () => {
    assert.strictEqual(affordable(specs, 16_000).size, specs.length)
    const few = affordable(specs, 4000)
    for (const name of ["read", "edit", "write", "bash", "grep"]) assert.isTrue(few.has(name), name)
    assert.isFalse(few.has("websearch"))
    const rough = specs.filter(({ name }) => few.has(name)).map((spec) => roughTokens(JSON.stringify(spec)))
    assert.isAtMost(
      rough.reduce((sum, one) => sum + one, 0),
      1600
    )
  })
})

describe("a mode", () => {
  const config: Config = {
    modes: {
      review: { prompt: "Look.", base: "plan", tools: ["read"], ask: ["bash"], deny: ["webfetch"], model: "a/b" },
      bare: {},
      plan: { prompt: "In German." }
    }
  }
  it("of one's own has the limits of its base, and what it takes away", () => {
    assert.deepStrictEqual(
      modeNamed(config, "review"),
      Either.right<Mode>({
        name: "review",
        base: "plan",
        prompt: "Look.",
        rules: [
          { decision: "deny", rule: "webfetch" },
          { decision: "ask", rule: "bash" }
        ],
        tools: ["read"],
        model: "a/b"
      })
    )
    assert.deepStrictEqual(modeNamed(config, "bare"), Either.right({ ...build, name: "bare" }))
  })
  it("that is built in keeps its limits, whatever is added to it", () => {
    assert.deepStrictEqual(modeNamed(config, "plan"), Either.right({ ...plan, prompt: "In German." }))
    assert.deepStrictEqual(modeNamed({ modes: { plan: { base: "build" } } }, "plan"), Either.right(plan))
    assert.deepStrictEqual(modeNamed({}, "build"), Either.right(build))
  })
  it("that is not there is an error that says which there are", () => {
    assert.deepStrictEqual(modeNames(config), ["build", "plan", "chat", "bare", "review", ...presets.keys()])
    const near = Either.flip(modeNamed(config, "reviw"))
    assert.include(
      Either.getOrThrow(near).message,
      "Did you mean review? There are: build, plan, chat, bare, review, coordinator, "
    )
    const far = Either.flip(modeNamed({}, "constructor"))
    assert.strictEqual(
      Either.getOrThrow(far).message,
      `There is no mode or agent "constructor". There are: build, plan, chat, ${[...presets.keys()].join(", ")}.`
    )
  })
  it("never allows anything: its rules only ask and deny", () =>
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (ask, deny) => {
        const mode = Either.getOrThrow(modeNamed({ modes: { mine: { ask, deny } } }, "mine"))
        assert.isFalse(mode.rules.some((rule) => rule.decision === "allow"))
      })
    ))
})
