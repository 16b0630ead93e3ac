/** The shared stream cases through the whole agent: what runs, what is told, what the next request holds, what can go on. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Api } from "../../src/domain/model/Config.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Received, Reply } from "../support/fakeProvider.ts"
import { ofType } from "../support/mesh.ts"
import { testKey } from "../support/models.ts"
import { bodyOf, type ProviderWorld, withProvider } from "../support/providerWorld.ts"
import { saying } from "../support/replies.ts"
import { scenarioServer } from "../support/sseServer.ts"
import { list } from "../support/wireRules.ts"

const file = new URL("../../../shared/cases/sse_scenarios.jsonl", import.meta.url)

interface Row {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly provider: string
  readonly expect: Readonly<Record<string, unknown>>
}

const rows: ReadonlyArray<Row> = existsSync(file)
  ? readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Row => JSON.parse(line))
      .filter((row) => row.kind === "provider" && row.provider !== "google")
  : []

const apis: Readonly<Record<string, Api>> = {
  anthropic: "anthropic",
  "openai-compatible": "openai",
  "openai-responses": "openai-responses",
  any: "openai"
}

/** What a row came to: the first turn's events, and all requests so far. */
interface Ran {
  readonly events: ReadonlyArray<Event>
  readonly requests: ReadonlyArray<Received>
  readonly commands: ReadonlyArray<string>
}

const end = (ran: Ran) => ran.events.at(-1)
const stopOf = (ran: Ran) => {
  const last = end(ran)
  return last?.type === "turn.finished" ? last.stop : JSON.stringify(last)
}
const errorOf = (ran: Ran) => {
  const last = end(ran)
  return last?.type === "turn.failed" ? last.error : { name: JSON.stringify(last), message: "" }
}
const texts = (ran: Ran) => ofType(ran.events, "part.text").map((part) => part.text)
const started = (ran: Ran) => ofType(ran.events, "tool.started").map((event) => String(event.call))
const finished = (ran: Ran, call: string) => ofType(ran.events, "tool.finished").find((event) => event.call === call)
const resultIn = (request: Received | undefined, id: string) =>
  list(bodyOf(request).messages)
    .flatMap((message) => list(message.content))
    .find((block) => block.type === "tool_result" && block.tool_use_id === id)
const stops = (stop: string, requests?: number) => (ran: Ran) => {
  assert.strictEqual(stopOf(ran), stop)
  if (requests !== undefined) assert.strictEqual(ran.requests.length, requests)
}
const fails = (kind: string, requests: number) => (ran: Ran) => {
  const { message, name } = errorOf(ran)
  assert.strictEqual(name, "ModelError")
  assert.include(message, `(${kind})`)
  assert.strictEqual(ran.requests.length, requests)
}

/** What each row asks of the agent, beside what every row must hold. */
const expectations: Readonly<Record<string, (ran: Ran) => void>> = {
  S042: (ran) => {
    stops("end_turn", 1)(ran)
    assert.deepStrictEqual(texts(ran), ["Hello"])
    assert.deepInclude(ofType(ran.events, "model.answered")[0]?.usage, { input: 10, output: 2 })
  },
  S048: (ran) => {
    stops("end_turn", 2)(ran)
    assert.deepStrictEqual(started(ran), [])
    const result = resultIn(ran.requests[1], "toolu_1")
    assert.isTrue(result?.is_error)
    assert.include(JSON.stringify(result?.content), "invalid JSON")
  },
  S054: (ran) => {
    assert.strictEqual(finished(ran, "A")?.ok, true)
    assert.strictEqual(finished(ran, "C")?.ok, true)
    assert.include(["nobody", "rule", "person"], ofType(ran.events, "tool.refused")[0]?.by)
    assert.deepStrictEqual(ran.commands, [])
  },
  S055: (ran) => {
    stops("end_turn", 2)(ran)
    assert.deepStrictEqual([finished(ran, "A")?.ok, finished(ran, "B")?.ok], [true, false])
    assert.isTrue(resultIn(ran.requests[1], "B")?.is_error)
  },
  S057: (ran) => {
    const [said] = list(bodyOf(ran.requests[1]).messages).filter((message) => message.role === "assistant")
    const blocks = list(said?.content)
    assert.deepStrictEqual(blocks[0], { type: "thinking", thinking: "abc", signature: "SIG==" })
    assert.strictEqual(blocks[1]?.type, "tool_use")
  },
  S060: stops("end_turn", 1),
  S061: stops("max_tokens", 1),
  S062: (ran) => {
    assert.deepStrictEqual(started(ran), [])
    assert.notStrictEqual(stopOf(ran), "end_turn")
  },
  S065: stops("stop_sequence", 1),
  S066: (ran) => {
    assert.strictEqual(errorOf(ran).name, "ContextFull")
    assert.match(errorOf(ran).message, /compact/i)
  },
  S072: (ran) => {
    stops("end_turn", 2)(ran)
    assert.deepStrictEqual(started(ran), [])
  },
  S074: fails("overloaded", 5),
  S076: (ran) => {
    stops("end_turn", 2)(ran)
    const [retried] = ofType(ran.events, "model.retried")
    assert.isTrue((retried?.delay ?? 0) >= 1000 && (retried?.delay ?? 0) <= 5000, String(retried?.delay))
  },
  S082: fails("authentication", 1),
  S083: (ran) => {
    fails("permission", 1)(ran)
    assert.include(errorOf(ran).message, "403")
    assert.notInclude(errorOf(ran).message, "<")
  },
  S091: stops("end_turn", 1),
  S093: (ran) => assert.deepStrictEqual(texts(ran), ["drip"]),
  S099: (ran) => assert.strictEqual(errorOf(ran).name, "ModelError"),
  S100: (ran) => assert.deepStrictEqual(texts(ran), ["twice"]),
  S106: fails("incomplete", 5),
  S109: (ran) => {
    stops("end_turn", 2)(ran)
    const [call] = list(bodyOf(ran.requests[1]).messages).flatMap((message) => list(message.tool_calls))
    assert.isNotEmpty(call?.id)
  },
  S110: (ran) => assert.strictEqual(ofType(ran.events, "tool.called").length, 1),
  S113: (ran) => assert.strictEqual(errorOf(ran).name, "ModelRefused"),
  S114: (ran) => assert.isAbove(ofType(ran.events, "model.answered")[0]?.usage.input ?? 0, 0),
  S116: stops("end_turn", 2),
  S122: stops("max_tokens", 1),
  S131: (ran) => {
    fails("protocol", 1)(ran)
    assert.notInclude(errorOf(ran).message, "<")
  }
}

const outcomes = new Set(["tool.finished", "tool.refused", "tool.unknown"])

/** What holds of every session: each call has one outcome and ran at most once, each turn one end, no key anywhere. */
const lawful = (events: ReadonlyArray<Event>): void => {
  for (const { call } of ofType(events, "tool.called")) {
    const about = events.filter((event) => "call" in event && event.call === call)
    assert.strictEqual(about.filter((event) => outcomes.has(event.type)).length, 1, `outcomes of ${call}`)
    assert.isAtMost(about.filter((event) => event.type === "tool.started").length, 1)
  }
  const ends = events.filter((event) => /^turn\.(finished|failed|interrupted)$/.test(event.type))
  assert.strictEqual(ends.length, ofType(events, "prompt.submitted").length)
  assert.notInclude(JSON.stringify(events), testKey)
}

/** Plays a server's answers to one prompt, then lets the server recover and prompts again. */
const play = (
  api: Api,
  replies: ReadonlyArray<Reply>,
  check: (ran: Ran) => void,
  options: Partial<Parameters<typeof withProvider>[0]> = {}
) => {
  let well = false
  return withProvider(
    {
      api,
      replies: (_request, n) =>
        well ? saying(api, { text: "back" }) : (replies[Math.min(n, replies.length - 1)] ?? { pieces: [] }),
      files: { a: "alpha\n", x: "keep\n" },
      ...options
    },
    (world: ProviderWorld) =>
      Effect.gen(function* () {
        const session: SessionId = yield* world.start
        const events = yield* world.prompt(session, "go")
        lawful(events)
        check({ events, requests: [...world.provider.requests], commands: [...world.commands] })
        well = true
        const more = yield* world.prompt(session, "again")
        lawful(more)
        assert.strictEqual(more.at(-1)?.type, "turn.finished", JSON.stringify(more.at(-1)))
        assert.strictEqual(ofType(more, "part.text").at(-1)?.text, "back")
      })
  )
}

describe.skipIf(rows.length === 0)(
  "provider rows through the agent (skipped where the shared cases are missing)",
  () => {
    for (const row of rows) {
      it.scopedLive(`${row.id} ${row.title}`, () => {
        const api = apis[row.provider] ?? "anthropic"
        const expected = expectations[row.id]
        assert.isDefined(expected, "nothing is expected of this row")
        // A date in an answer is the wall's time.
        const times = row.id === "S076" ? 1 : 20
        return play(api, scenarioServer(row) ?? [], (ran) => expected?.(ran), { times })
      })
    }
  }
)
