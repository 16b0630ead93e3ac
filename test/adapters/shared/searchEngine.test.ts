/** The search engine of the settings: the request that it gets, and the results in its answer. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type SearchEngine, searchEngine } from "../../../src/adapters/shared/web/searchEngine.ts"

const answering = (body: string, status = 200) => {
  const asked: Array<readonly [string, RequestInit]> = []
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push([url, init])
    return new Response(body, { status })
  }) as typeof globalThis.fetch
  return { asked, fetch }
}

const search = (engine: SearchEngine, body: string, status = 200) => {
  const { asked, fetch } = answering(body, status)
  const made = searchEngine(engine, { env: (name) => (name === "KEY" ? "k-123" : undefined), fetch })
  return { asked, engine: made.engine, results: made.search("a b&c") }
}

const found = JSON.stringify({
  results: [{ title: "T", url: "https://a.org", content: " <b>x</b>\n y " }, { title: "no address" }]
})
const expected = [{ title: "T", url: "https://a.org", text: "x y" }]

describe("searchEngine", () => {
  it.effect("gets an address with the query in it, as SearXNG has it", () =>
    Effect.gen(function* () {
      const it = search({ url: "http://127.0.0.1:8888/search?format=json&q={query}" }, found)
      assert.deepStrictEqual(yield* it.results, expected)
      assert.strictEqual(it.asked[0]?.[0], "http://127.0.0.1:8888/search?format=json&q=a%20b%26c")
      assert.deepInclude(it.asked[0]?.[1], { method: "GET", redirect: "error" })
      assert.deepStrictEqual(it.engine, Option.some("127.0.0.1:8888"))
    })
  )

  it.effect("posts the query with a bearer key where the address has no place for it, as Tavily has it", () =>
    Effect.gen(function* () {
      const it = search({ url: "https://api.tavily.com/search", apiKeyEnv: "KEY" }, found)
      assert.deepStrictEqual(yield* it.results, expected)
      assert.deepInclude(it.asked[0]?.[1], { method: "POST", body: '{"query":"a b&c"}' })
      assert.deepInclude(it.asked[0]?.[1]?.headers, { authorization: "Bearer k-123" })
    })
  )

  it.effect("takes other names for the header, the list and its members, as Brave has them", () =>
    Effect.gen(function* () {
      const engine = {
        url: "https://api.search.brave.com/res/v1/web/search?q={query}",
        ...{ apiKeyEnv: "KEY", apiKeyHeader: "X-Subscription-Token", results: "web.results", text: "description" }
      }
      const it = search(
        engine,
        JSON.stringify({ web: { results: [{ title: "T", url: "https://a.org", description: "x" }] } })
      )
      assert.deepStrictEqual(yield* it.results, [{ title: "T", url: "https://a.org", text: "x" }])
      assert.deepInclude(it.asked[0]?.[1]?.headers, { "X-Subscription-Token": "k-123" })
    })
  )

  it.effect("says what is wrong, and never the key", () =>
    Effect.gen(function* () {
      const engine = { url: "https://s.example/?q={query}" }
      const fails = (over: Partial<SearchEngine>, body: string, status?: number) =>
        Effect.map(Effect.flip(search({ ...engine, ...over }, body, status).results), ({ reason }) => reason)
      assert.include(yield* fails({ apiKeyEnv: "NONE" }, found), "NONE is not set")
      assert.include(yield* fails({}, found, 401), "status 401")
      assert.include(yield* fails({}, "<html>"), "did not answer with JSON")
      assert.include(yield* fails({ results: "web.results" }, found), "tools.websearch.results")
      assert.include(yield* fails({}, "x".repeat(1_100_000)), "did not answer")
      const broken = (() => Promise.reject(new TypeError("k-123"))) as typeof globalThis.fetch
      const made = searchEngine({ ...engine, apiKeyEnv: "KEY" }, { env: () => "k-123", fetch: broken })
      assert.notInclude((yield* Effect.flip(made.search("x"))).reason, "k-123")
    })
  )
})
