/** The catalogs: the one that is shipped, one as models.dev publishes it, and what is concluded from them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { configuredFacts, factsIn } from "../../../../src/adapters/shared/model/catalog.ts"
import { type Catalog, decodeCatalog, encodeCatalog } from "../../../../src/adapters/shared/model/catalogText.ts"
import { catalogsOf, makeFacts } from "../../../../src/adapters/shared/model/modelFacts.ts"
import { fromModelsDev } from "../../../../src/adapters/shared/model/modelsDev.ts"
import { allProviders } from "../../../../src/adapters/shared/model/providers.ts"
import { snapshot } from "../../../../src/adapters/shared/model/snapshot.ts"

const none = () => undefined
const shipped = decodeCatalog(snapshot)
const facts = (name: string) => factsIn(shipped === undefined ? [] : [shipped], name)

describe("the shipped catalog", () => {
  it("is dated, whole, and small", () => {
    assert.match(shipped?.date ?? "", /^202\d-\d\d-\d\d$/)
    assert.strictEqual(shipped === undefined ? "" : encodeCatalog(shipped), snapshot)
    assert.isAbove(shipped?.rows.length ?? 0, 500)
    assert.isBelow(snapshot.length, 64_000)
  })
  it("knows what each known provider offers", () => {
    for (const provider of allProviders({}, none))
      for (const model of provider.models) assert.isAbove(facts(`${provider.id}/${model}`).context, 32_000, model)
  })
  it("says what a model costs, larger requests and the cache apart", () => {
    const { from, price } = facts("google/gemini-2.5-pro")
    assert.deepStrictEqual(price, {
      input: 1.25,
      output: 10,
      cacheRead: 0.125,
      over: { tokens: 200_000, input: 2.5, output: 15, cacheRead: 0.25 }
    })
    assert.strictEqual(from?.price, `catalog ${shipped?.date}`)
  })
  it("knows a model by the names that other places give it", () => {
    for (const name of [
      "lab/claude-sonnet-4-5",
      "lab/anthropic/claude-sonnet-4.5",
      "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "vertex/claude-sonnet-4-5@20250929",
      "anthropic/claude-sonnet-4-5-20250930",
      "azure/our_claude-sonnet-4-5"
    ]) {
      const { context, from, price } = facts(name)
      assert.deepStrictEqual([context, price?.output], [200_000, 15], name)
      assert.match(from?.context ?? "", /sonnet-4/)
    }
  })
  it("takes a new version for what its kin are, at their smallest window and a price in the middle", () => {
    assert.strictEqual(facts("anthropic/claude-opus-5-9").price?.output, 25)
    assert.strictEqual(facts("anthropic/claude-anything").context, 200_000)
    const kin = facts("openai/gpt-5.9-preview")
    assert.deepStrictEqual([kin.reasoning, kin.tools], [true, true])
    assert.match(kin.from?.context ?? "", /kin such as openai/)
  })
  it("claims nothing of a model that is not known, and nothing of one's own servers", () => {
    for (const name of ["lab/what", "ollama/gpt-oss:20b", "lab/gpt", "scripted/claude-opus-5"]) {
      const { context, from, output, price, tools } = facts(name)
      assert.deepStrictEqual([context, output, tools, price], [32_000, 4_000, true, undefined], name)
      assert.strictEqual(from?.context, "a cautious guess")
    }
  })
  it("says which options a model refuses", () => {
    assert.deepStrictEqual(facts("anthropic/claude-opus-5").takes, ["reasoning", "schema"])
    assert.isUndefined(facts("anthropic/claude-opus-4-5").takes)
  })
})

const word = FastCheck.stringMatching(/^[a-z0-9./:-]{1,12}$/)
const amount = FastCheck.integer({ min: 0, max: 4_000 }).map((cents) => cents / 100)
const price = FastCheck.record(
  { input: amount, output: amount, cacheRead: amount, cacheWrite: amount },
  { requiredKeys: ["input", "output"] }
)
const row = FastCheck.record({
  provider: FastCheck.constantFrom("a", "b"),
  model: word.filter((name) => !name.startsWith("@")),
  context: FastCheck.integer({ min: 1, max: 2_000_000 }),
  output: FastCheck.integer({ min: 1, max: 500_000 }),
  can: FastCheck.constantFrom("", "irt", "x")
})

describe("a catalog as text", () => {
  it("comes back as it was", () => {
    const priced = FastCheck.tuple(row, FastCheck.option(price), FastCheck.option(price)).map(
      ([one, normal, larger]) => ({
        ...one,
        ...(normal === null
          ? {}
          : { price: { ...normal, ...(larger === null ? {} : { over: { tokens: 200_000, ...larger } }) } })
      })
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(priced), (rows) => {
        const sorted = rows.sort((a, b) => (a.provider < b.provider ? -1 : 1))
        const catalog: Catalog = { date: "2026-11-10", rows: sorted }
        assert.deepStrictEqual(decodeCatalog(encodeCatalog(catalog)), catalog)
      })
    )
  })
  it("is read whatever became of it, and is none without its first line", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string(), FastCheck.nat(snapshot.length), (noise, at) => {
        decodeCatalog(snapshot.slice(0, at % 300) + noise)
        decodeCatalog(`code-mesh catalog 1 2026-11-10\n@a\n${noise}`)
      })
    )
    for (const text of ["", "{}", "code-mesh catalog 2 2026-11-10\n", "code-mesh catalog 1 soon\n"])
      assert.isUndefined(decodeCatalog(text))
    const rows = decodeCatalog("code-mesh catalog 1 2026-11-10\nx 1 1 -\n@a\n\ny 0 1 -\nz 5\nb 9 3\n")?.rows
    assert.deepStrictEqual(rows, [{ provider: "a", model: "b", context: 9, output: 3, can: "" }])
  })
})

describe("a catalog of models.dev", () => {
  const good = {
    name: "Some",
    attachment: true,
    reasoning: true,
    tool_call: true,
    temperature: false,
    structured_output: false,
    knowledge: { from: "the future" },
    modalities: { input: ["text", "image", "pdf"], output: ["text"] },
    limit: { context: 1000, input: 900, output: 100 },
    cost: { input: 1, output: 2, cache_read: 0.1, cache_write: 1.5, context_over_200k: { input: 2, output: 4 }, x: "y" }
  }
  it("is read leniently: fields not known are passed over, broken rows skipped and counted", () => {
    const { rows, skipped } = fromModelsDev({
      zeta: { models: { "m/1": good } },
      togetherai: {
        name: "Together",
        models: {
          plain: { limit: { context: 400 }, cost: { input: "free" } },
          tiers: {
            limit: { context: 400, output: 40 },
            cost: { input: 1, output: 2, tiers: [{ input: 3, output: 4, tier: { size: 99 } }] }
          },
          "with space": good,
          nothing: null,
          windowless: { limit: { output: 5 } },
          speech: { ...good, modalities: { output: ["audio"] } }
        }
      },
      "BAD NAME": { models: { a: good } },
      broken: "what",
      empty: { models: [1] }
    })
    assert.strictEqual(skipped, 4)
    assert.deepStrictEqual(rows, [
      { provider: "together", model: "plain", context: 400, output: 100, can: "" },
      {
        provider: "together",
        model: "tiers",
        context: 400,
        output: 40,
        can: "",
        price: { input: 1, output: 2, over: { tokens: 99, input: 3, output: 4 } }
      },
      {
        provider: "zeta",
        model: "m/1",
        context: 1000,
        output: 100,
        can: "ifrtxy",
        price: { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.5, over: { tokens: 200_000, input: 2, output: 4 } }
      }
    ])
  })
  it("is never a crash", () => {
    FastCheck.assert(FastCheck.property(FastCheck.jsonValue(), (json) => fromModelsDev(json).rows.length >= 0))
    FastCheck.assert(
      FastCheck.property(FastCheck.jsonValue(), (json) => {
        const { rows, skipped } = fromModelsDev({ a: { models: { b: json } } })
        return rows.length + skipped <= 1
      })
    )
  })
})

describe("facts", () => {
  const fetched = "code-mesh catalog 1 2099-01-01\n@anthropic\nclaude-opus-5 5000 500 t 1 2\n"
  it("are those of the newest catalog that can be read", async () => {
    const dates = async (text: string | undefined) => (await catalogsOf(async () => text)).map(({ date }) => date)
    assert.deepStrictEqual(await dates(fetched), ["2099-01-01", shipped?.date])
    assert.deepStrictEqual(await dates(fetched.replace("2099", "2001")), [shipped?.date, "2001-01-01"])
    assert.deepStrictEqual(await dates("garbage"), [shipped?.date])
    assert.deepStrictEqual((await catalogsOf(() => Promise.reject(new Error("no")))).length, 1)
    assert.strictEqual(factsIn(await catalogsOf(async () => fetched), "anthropic/claude-opus-5").context, 5000)
    assert.strictEqual(factsIn(await catalogsOf(async () => fetched), "openai/gpt-4o").context, 128_000)
  })
  it("are those that the configuration states, where it states any", () => {
    const before = facts("anthropic/claude-opus-4-5")
    assert.strictEqual(configuredFacts(before, undefined), before)
    const after = configuredFacts(before, { context: 10_000, tools: false, options: { topP: 1 } })
    assert.deepStrictEqual([after.context, after.output, after.tools, after.images], [10_000, 5_000, false, true])
    assert.deepStrictEqual(after.from, {
      ...before.from,
      context: "configuration",
      abilities: "configuration"
    })
    assert.strictEqual(configuredFacts(before, { output: 70_000, price: { input: 1, output: 1 } }).output, 70_000)
  })
  it.effect("hold what an endpoint takes", () =>
    Effect.gen(function* () {
      const [anthropic] = allProviders({}, none)
      if (anthropic === undefined) return assert.fail("there is no provider")
      const models = { "claude-opus-4-5": { context: 9_000 } }
      const known = makeFacts({ env: none, providers: { anthropic: { models } } })
      const model = yield* known.asked(anthropic, "anthropic/claude-opus-4-5")
      assert.deepStrictEqual([model.context, model.takes], [9_000, ["temperature", "topP", "reasoning", "schema"]])
      assert.deepStrictEqual((yield* known.of(anthropic, "anthropic/claude-opus-5")).takes, ["reasoning", "schema"])
    })
  )
})
