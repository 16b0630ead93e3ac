/** The shared stream cases: the parser's rows, and what the model adapter makes of each provider's conversation. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { makeSseParser, type SseEvent } from "../../src/adapters/shared/model/sse.ts"
import type { Api } from "../../src/domain/model/Config.ts"
import type { ModelError, ModelPart } from "../../src/ports/LanguageModel.ts"
import { fakeProvider } from "../support/fakeProvider.ts"
import { ask, fakeModel, promptOf, testKey, whole } from "../support/models.ts"
import { scenarioServer } from "../support/sseServer.ts"

const file = new URL("../../../shared/cases/sse_scenarios.jsonl", import.meta.url)

type Given = string | { readonly b64: string }
interface ParserRow {
  readonly id: string
  readonly title: string
  readonly kind: "parser"
  readonly chunks: ReadonlyArray<Given>
  readonly events: ReadonlyArray<SseEvent>
  readonly alt_events?: ReadonlyArray<SseEvent>
  readonly retry?: number
}
interface ProviderRow {
  readonly id: string
  readonly title: string
  readonly kind: "provider"
  readonly provider: string
}

const rows: ReadonlyArray<ParserRow | ProviderRow> = existsSync(file)
  ? readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
  : []

const bytes = (given: Given): Uint8Array =>
  typeof given === "string" ? new TextEncoder().encode(given) : Uint8Array.from(Buffer.from(given.b64, "base64"))

const parse = (chunks: ReadonlyArray<Uint8Array>) => {
  const parser = makeSseParser()
  const events = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()]
  return { events, retry: parser.retry() }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
// A case names an id or event only where it matters.
const fits = (events: ReadonlyArray<SseEvent>, wanted: ReadonlyArray<SseEvent>): boolean =>
  events.length === wanted.length &&
  events.every((event, index) => {
    const want = wanted[index]
    return (
      want?.data === event.data && (want?.event ?? "") === (event.event ?? "") && (want?.id ?? "") === (event.id ?? "")
    )
  })

describe.skipIf(rows.length === 0)("parser rows (skipped where the shared cases are missing)", () => {
  for (const row of rows) {
    if (row.kind !== "parser") continue
    it(`${row.id} ${row.title}`, () => {
      const chunks = row.chunks.map(bytes)
      const { events, retry } = parse(chunks)
      assert.isTrue(fits(events, row.events) || fits(events, row.alt_events ?? row.events), JSON.stringify(events))
      if (row.retry !== undefined) assert.strictEqual(retry, row.retry)
      // However the bytes are cut, the events are the same.
      const one = Buffer.concat(chunks)
      if (one.length < 5000) {
        const single = [...one].map((byte) => Uint8Array.of(byte))
        assert.isTrue(same(parse(single).events, parse([one]).events))
      }
    })
  }
  it("10 MiB in one data line takes linear time", () => {
    const data = "x".repeat(10 * 1024 * 1024)
    const all = new TextEncoder().encode(`data: ${data}\n\n`)
    const chunks = Array.from({ length: Math.ceil(all.length / 16_384) }, (_, k) =>
      all.subarray(k * 16_384, (k + 1) * 16_384)
    )
    assert.strictEqual(parse(chunks).events[0]?.data.length, data.length)
  })
  it("100,000 tiny events in one chunk", () => {
    assert.strictEqual(parse([new TextEncoder().encode("data: 1\n\n".repeat(100_000))]).events.length, 100_000)
  })
})

interface Seen {
  readonly parts: ReadonlyArray<ModelPart>
  readonly error?: ModelError
}

const finish = (seen: Seen) => {
  const last = seen.parts.at(-1)
  assert.strictEqual(last?.type, "finish", seen.error?.message)
  return last?.type === "finish" ? last : undefined
}
const texts = (seen: Seen) => seen.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("")
const calls = (seen: Seen) => whole(seen.parts).filter((part) => part.type === "call")
const stops = (stop: string) => (seen: Seen) => assert.strictEqual(finish(seen)?.stop, stop)
const fails = (kind: string) => (seen: Seen) => assert.strictEqual(seen.error?.kind, kind)

/** What a row says of the adapter; what it says of the agent is tested with the agent. */
const expectations: Readonly<Record<string, (seen: Seen) => void>> = {
  S042: (seen) => {
    assert.strictEqual(texts(seen), "Hello")
    const { stop, usage } = finish(seen) ?? {}
    assert.deepStrictEqual([stop, usage?.input, usage?.output], ["end_turn", 10, 2])
  },
  S048: (seen) =>
    assert.deepStrictEqual(calls(seen), [{ type: "call", id: "toolu_1", name: "edit", input: '{"path": "a' }]),
  S054: (seen) =>
    assert.deepStrictEqual(
      calls(seen).map((call) => (call.type === "call" ? call.id : "")),
      ["A", "B", "C"]
    ),
  S055: (seen) => assert.strictEqual(calls(seen).length, 2),
  S057: (seen) =>
    assert.deepStrictEqual(whole(seen.parts).slice(0, 2), [
      { type: "reasoning", text: "abc", signature: "SIG==" },
      { type: "call", id: "A", name: "read", input: '{"file_path":"a"}' }
    ]),
  S060: (seen) => assert.deepStrictEqual(whole(seen.parts)[0], { type: "reasoning", text: "abc", signature: "SIG==" }),
  S061: stops("max_tokens"),
  S062: (seen) => {
    stops("max_tokens")(seen)
    assert.deepStrictEqual(calls(seen), [])
  },
  S065: stops("stop_sequence"),
  S066: stops("context_full"),
  S072: (seen) => {
    fails("overloaded")(seen)
    assert.deepStrictEqual(calls(seen), [])
  },
  S074: fails("overloaded"),
  S076: (seen) => {
    fails("rate_limit")(seen)
    assert.isTrue((seen.error?.retryAfter ?? 0) >= 1000 && (seen.error?.retryAfter ?? 0) <= 5000)
  },
  S082: (seen) => {
    fails("authentication")(seen)
    assert.notInclude(seen.error?.message, testKey)
  },
  S083: (seen) => {
    fails("permission")(seen)
    assert.include(seen.error?.message, "403")
    assert.notInclude(seen.error?.message, "<")
  },
  S091: stops("end_turn"),
  S093: (seen) => assert.strictEqual(texts(seen), "drip"),
  S099: fails("server"),
  S100: (seen) => assert.strictEqual(texts(seen), "twice"),
  S106: fails("incomplete"),
  S109: (seen) => assert.deepStrictEqual(calls(seen), [{ type: "call", name: "bash", input: "{}" }]),
  S110: (seen) => assert.strictEqual(calls(seen).length, 1),
  S113: stops("refusal"),
  S114: (seen) => assert.deepStrictEqual(finish(seen)?.usage, { input: 6, output: 2, cacheRead: 4, cacheWrite: 0 }),
  S116: fails("server"),
  S122: (seen) => {
    stops("max_tokens")(seen)
    assert.strictEqual(texts(seen), "abc")
  },
  S124: (seen) => {
    assert.deepStrictEqual(
      calls(seen).map((call) => [call.type === "call" && call.name, call.type === "call" && call.input]),
      [
        ["read", '{"file_path":"a"}'],
        ["read", '{"file_path":"b"}']
      ]
    )
  },
  S125: (seen) => assert.deepInclude(calls(seen)[0], { signature: "SIG" }),
  S128: (seen) => {
    fails("invalid")(seen)
    assert.include(seen.error?.message, "PROHIBITED_CONTENT")
  },
  S131: (seen) => {
    fails("protocol")(seen)
    assert.notInclude(seen.error?.message, "<")
  }
}

const apis: Readonly<Record<string, Api>> = {
  anthropic: "anthropic",
  "openai-compatible": "openai",
  "openai-responses": "openai-responses",
  google: "google",
  any: "anthropic"
}

describe.skipIf(rows.length === 0)("provider rows (skipped where the shared cases are missing)", () => {
  for (const row of rows) {
    if (row.kind !== "provider") continue
    const replies = scenarioServer(row)
    const api = apis[row.provider] ?? "anthropic"
    const expected = expectations[row.id]
    it.scopedLive(`${row.id} ${row.title}`, () =>
      Effect.gen(function* () {
        assert.isDefined(replies, "no server is written for this row")
        assert.isDefined(expected, "nothing is expected of this row")
        const provider = yield* fakeProvider(replies ?? [])
        const parts: Array<ModelPart> = []
        const outcome = yield* ask(promptOf("hi")).pipe(
          Effect.map((all) => parts.push(...all)),
          Effect.either,
          Effect.provide(fakeModel(api, provider.url))
        )
        expected?.({ parts, ...(Either.isLeft(outcome) ? { error: outcome.left } : {}) })
        assert.strictEqual(provider.requests.length, 1)
      })
    )
  }
})
