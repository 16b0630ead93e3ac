/** The shared stream cases through the whole agent: what runs, what is told, what the next request holds, what can go on. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Api } from "../../src/domain/model/Config.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { Received, Reply } from "../support/fakeProvider.ts"
import { eventually, ofType, rested, textPart } from "../support/mesh.ts"
import { testKey } from "../support/models.ts"
import { bodyOf, type ProviderWorld, withProvider } from "../support/providerWorld.ts"
import { cutAfter, inBytes, mapped, saying, streamError, zipped } from "../support/replies.ts"
import {
  anthropicAnswer,
  anthropicEvent,
  chatAnswer,
  chatChunk,
  errorReply,
  geminiAnswer,
  responsesEvent,
  scenarioServer,
  textBlock,
  thinkingBlock,
  toolBlock
} from "../support/sseServer.ts"
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
      .filter((row) => row.kind === "provider")
  : []

const apis: Readonly<Record<string, Api>> = {
  anthropic: "anthropic",
  "openai-compatible": "openai",
  "openai-responses": "openai-responses",
  google: "google",
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
  S124: (ran) => {
    stops("end_turn", 2)(ran)
    const called = ofType(ran.events, "tool.called")
    assert.deepStrictEqual(
      called.map((event) => event.input),
      ['{"file_path":"a"}', '{"file_path":"b"}']
    )
    assert.strictEqual(new Set(called.map((event) => event.call)).size, 2)
  },
  S125: (ran) => {
    stops("end_turn", 2)(ran)
    const [part] = list(bodyOf(ran.requests[1]).contents)
      .flatMap((content) => list(content.parts))
      .filter((one) => one.functionCall !== undefined)
    assert.strictEqual(part?.thoughtSignature, "SIG")
  },
  S128: (ran) => {
    fails("invalid", 1)(ran)
    assert.include(errorOf(ran).message, "PROHIBITED_CONTENT")
  },
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

/** Plays a server's answers to one prompt, then lets the server recover, prompts again, and replays the log. */
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
        const mesh = yield* CodeMesh
        const replayed = yield* Effect.either(mesh.replay(more))
        assert.isTrue(Either.isRight(replayed), JSON.stringify(replayed))
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

/** More of the kinds: what providers, proxies and local servers are known to send. */
interface More {
  readonly title: string
  readonly api: Api
  readonly replies: ReadonlyArray<Reply>
  readonly check: (ran: Ran) => void
  readonly options?: Partial<Parameters<typeof withProvider>[0]>
}

const all: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google"]
const readA = { id: "A", name: "read", input: '{"file_path":"a"}' }
const says =
  (text: string, requests = 1) =>
  (ran: Ran) => {
    stops("end_turn", requests)(ran)
    assert.deepStrictEqual(texts(ran), [text])
  }
const retried = (kind: string, times: number) => (ran: Ran) => {
  stops("end_turn", times + 1)(ran)
  assert.deepStrictEqual(
    ofType(ran.events, "model.retried").map((event) => event.kind),
    Array.from({ length: times }, () => kind)
  )
  // What a broken answer said is not said twice.
  assert.deepStrictEqual(texts(ran), ["done"])
}
const ranRead = (ran: Ran) => {
  stops("end_turn", 2)(ran)
  assert.strictEqual(ofType(ran.events, "tool.finished")[0]?.ok, true)
  assert.include(ofType(ran.events, "tool.finished")[0]?.output, "alpha")
}
const each = (title: string, make: (api: Api) => Omit<More, "title" | "api">): ReadonlyArray<More> =>
  all.map((api) => ({ title: `${title}, ${api}`, api, ...make(api) }))

const words = "naïve 你好 👩‍👩‍👧 done"
const input = JSON.stringify({ file_path: "a", note: 'q"\\ \n é 👍 end' })
const chatCall = (piece: object) => chatChunk({ delta: { tool_calls: [piece] } })
const chatEnd = [chatChunk({ delta: {}, finish_reason: "tool_calls" }), "data: [DONE]\n\n"]
const start = anthropicEvent({
  type: "message_start",
  message: { id: "msg_1", role: "assistant", content: [], model: "claude-x", usage: { input_tokens: 10 } }
})
const stopped = (reason: string) =>
  anthropicEvent({ type: "message_delta", delta: { stop_reason: reason } }) + anthropicEvent({ type: "message_stop" })
const page = (status: number): Reply => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  pieces: ["<!DOCTYPE html><html><body><h1>Bad gateway</h1>nginx</body></html>"]
})

const framing: ReadonlyArray<More> = [
  ...each("one byte a piece, so that characters are cut", (api) => ({
    replies: [inBytes(saying(api, { text: words }), 1)],
    check: says(words)
  })),
  ...each("three bytes a piece", (api) => ({
    replies: [inBytes(saying(api, { calls: [readA] }), 3), saying(api, { text: "done" })],
    check: ranRead
  })),
  ...each("CRLF framing", (api) => ({
    replies: [mapped(saying(api, { text: words }), (text) => text.replaceAll("\n", "\r\n"))],
    check: says(words)
  })),
  ...each("CR framing", (api) => ({
    replies: [mapped(saying(api, { text: words }), (text) => text.replaceAll("\n", "\r"))],
    check: says(words)
  })),
  ...each("a byte order mark first", (api) => ({
    replies: [mapped(saying(api, { text: words }), (text) => `\ufeff${text}`)],
    check: says(words)
  })),
  ...each("gzip", (api) => ({ replies: [zipped(saying(api, { text: words }))], check: says(words) })),
  ...each("no space after the colon, comments and ids between", (api) => ({
    replies: [
      mapped(saying(api, { text: "done" }), (text) =>
        text.replaceAll("data: ", "data:").replaceAll("\n\n", "\n\n: ping\n\nid: 7\nretry: 10\n\n")
      )
    ],
    check: says("done")
  })),
  ...["text/event-stream; charset=utf-8", "text/plain", "application/octet-stream", "TEXT/EVENT-STREAM"].flatMap(
    (type) =>
      each(`content type ${type}`, (api) => ({
        replies: [{ ...saying(api, { text: "done" }), headers: { "content-type": type } }],
        check: says("done")
      }))
  ),
  ...each("an unknown event in the middle", (api) => ({
    replies: [
      mapped(saying(api, { text: "done" }), (text) =>
        text.replace("\n\n", `\n\nevent: future.thing\ndata: {"type":"future.thing","x":[1]}\n\n`)
      )
    ],
    check: says("done")
  })),
  ...each("the last event without its empty line", (api) => ({
    replies: [mapped(saying(api, { text: "done" }), (text) => text.trimEnd())],
    check: says("done")
  }))
]

const statuses: ReadonlyArray<More> = [
  ...([429, 500, 502, 503, 504, 520, 529, 408] as const).flatMap((status) =>
    each(`HTTP ${status} twice, then an answer`, (api) => ({
      replies: [errorReply(status, "x_error"), errorReply(status, "x_error"), saying(api, { text: "done" })],
      check: (ran) => {
        says("done", 3)(ran)
        const [first, second] = ofType(ran.events, "model.retried")
        assert.isTrue((first?.delay ?? 0) >= 500 && (second?.delay ?? 0) > (first?.delay ?? 0))
      }
    }))
  ),
  ...([429, 503, 529] as const).flatMap((status) =>
    each(`HTTP ${status} with Retry-After: 3`, (api) => ({
      replies: [errorReply(status, "rate_limit_error", { "retry-after": "3" }), saying(api, { text: "done" })],
      check: (ran) => {
        says("done", 2)(ran)
        const [retry] = ofType(ran.events, "model.retried")
        assert.isTrue((retry?.delay ?? 0) >= 3000 && (retry?.delay ?? 0) <= 5000, String(retry?.delay))
        const [asked, again] = ran.events.filter((event) => /^model\.(retried|answered)$/.test(event.type))
        assert.isAtLeast(Date.parse(again?.at ?? "") - Date.parse(asked?.at ?? ""), 3000)
      }
    }))
  ),
  ...each("Retry-After of an hour is told, not waited for", () => ({
    replies: [errorReply(429, "rate_limit_error", { "retry-after": "3600" })],
    check: (ran) => {
      fails("rate_limit", 1)(ran)
      assert.include(errorOf(ran).message, "3600")
    }
  })),
  ...each("Retry-After: 0 and nonsense are no wait of nothing", (api) => ({
    replies: [
      errorReply(429, "rate_limit_error", { "retry-after": "0" }),
      errorReply(429, "rate_limit_error", { "retry-after": "soon" }),
      saying(api, { text: "done" })
    ],
    check: (ran) => {
      says("done", 3)(ran)
      for (const retry of ofType(ran.events, "model.retried")) assert.isAtLeast(retry.delay, 500)
    }
  })),
  ...([400, 401, 402, 403, 404, 413, 422] as const).flatMap((status) =>
    each(`HTTP ${status} is asked once`, () => ({
      replies: [errorReply(status, "x_error")],
      check: (ran) => {
        assert.strictEqual(errorOf(ran).name, "ModelError")
        assert.include(errorOf(ran).message, String(status))
        assert.strictEqual(ran.requests.length, 1)
      }
    }))
  ),
  ...each("a key that the provider repeats", () => ({
    replies: [{ status: 401, pieces: [`{"error":{"message":"Incorrect API key provided: ${testKey}"}}`] }],
    check: fails("authentication", 1)
  })),
  ...each("no credit left", () => ({
    replies: [
      { status: 429, pieces: ['{"error":{"type":"insufficient_quota","message":"You exceeded your current quota"}}'] }
    ],
    check: fails("quota", 1)
  })),
  ...each("a page of HTML with 502, then an answer", (api) => ({
    replies: [page(502), saying(api, { text: "done" })],
    check: says("done", 2)
  })),
  ...each("a page of HTML with 200", () => ({
    replies: [page(200)],
    check: (ran) => {
      fails("protocol", 1)(ran)
      assert.notInclude(errorOf(ran).message, "<")
    }
  })),
  ...each("a prompt that is too long for the provider", () => ({
    replies: [
      {
        status: 400,
        pieces: ['{"error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000"}}']
      }
    ],
    check: (ran) => {
      fails("too_long", 1)(ran)
      assert.match(errorOf(ran).message, /compact/i)
    }
  }))
]

const broken: ReadonlyArray<More> = [
  ...each("a connection cut in the middle of the words", (api) => ({
    replies: [cutAfter(saying(api, { text: "done" }), api === "openai" ? 1 : 2, "cut"), saying(api, { text: "done" })],
    check: retried("incomplete", 1)
  })),
  ...each("a connection closed after a whole call, before the end", (api) => ({
    replies: [
      cutAfter(saying(api, { calls: [readA] }), api === "anthropic" || api === "google" ? 2 : api === "openai" ? 1 : 4),
      saying(api, { text: "done" })
    ],
    check: (ran) => {
      retried("incomplete", 1)(ran)
      assert.deepStrictEqual(started(ran), [])
    }
  })),
  ...each("a connection cut before anything", (api) => ({
    replies: [{ pieces: ["cut"] }, { pieces: [] }, saying(api, { text: "done" })],
    check: (ran) => says("done", 3)(ran)
  })),
  ...each("a stall before the first byte", (api) => ({
    replies: [{ pieces: ["hang"] }, saying(api, { text: "done" })],
    check: retried("timeout", 1),
    options: { idleTimeout: { first: 8_000, between: 8_000 } }
  })),
  ...each("a stall in the middle", (api) => ({
    replies: [cutAfter(saying(api, { text: "done" }), api === "openai" ? 1 : 2, "hang"), saying(api, { text: "done" })],
    check: retried("timeout", 1),
    options: { idleTimeout: { first: 8_000, between: 8_000 } }
  })),
  ...each("bytes that are not JSON", (api) => ({
    replies: [cutAfter(saying(api, { text: "done" }), 1, "data: {oops\n\n"), saying(api, { text: "done" })],
    check: retried("incomplete", 1)
  })),
  ...each("an empty body for ever", () => ({ replies: [{ pieces: [] }], check: fails("incomplete", 5) })),
  ...["overloaded_error", "api_error", "rate_limit_error"].map(
    (type): More => ({
      title: `${type} in the middle of the words`,
      api: "anthropic",
      replies: [
        cutAfter(saying("anthropic", { text: "done" }), 2, streamError(type)),
        saying("anthropic", { text: "done" })
      ],
      check: (ran) => {
        says("done", 2)(ran)
      }
    })
  ),
  {
    title: "invalid_request_error in the stream is not tried again",
    api: "anthropic",
    replies: [{ pieces: [start, streamError("invalid_request_error")] }],
    check: fails("invalid", 1)
  },
  {
    title: "response.failed with server_error, then an answer",
    api: "openai-responses",
    replies: [
      {
        pieces: [
          responsesEvent({
            type: "response.failed",
            response: { status: "failed", error: { code: "server_error", message: "oops" } }
          })
        ]
      },
      saying("openai-responses", { text: "done" })
    ],
    check: retried("server", 1)
  },
  {
    title: "an error chunk with code 401 is not tried again",
    api: "openai",
    replies: [{ pieces: ['data: {"error":{"message":"x","code":401}}\n\n'] }],
    check: fails("authentication", 1)
  },
  {
    title: "an error chunk after words, with finish_reason error",
    api: "openai",
    replies: [
      {
        pieces: [
          chatChunk({ delta: { content: "half" } }),
          `data: {"error":{"message":"upstream","code":502},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}\n\n`
        ]
      },
      saying("openai", { text: "done" })
    ],
    check: retried("server", 1)
  }
]

const empties: ReadonlyArray<More> = [
  ...each("an empty answer, then words", (api) => ({
    replies: [saying(api, {}), saying(api, { text: "done" })],
    check: retried("incomplete", 1)
  })),
  ...each("an answer of blanks, then words", (api) => ({
    replies: [saying(api, { text: " \n" }), saying(api, { text: "done" })],
    check: retried("incomplete", 1)
  })),
  ...each("empty answers for ever", (api) => ({
    replies: [saying(api, {})],
    check: (ran) => {
      fails("incomplete", 2)(ran)
      assert.include(errorOf(ran).message, "empty")
    }
  })),
  {
    title: "reasoning alone is an empty answer",
    api: "openai",
    replies: [chatAnswer("stop", { reasoning_content: "hm" }), saying("openai", { text: "done" })],
    check: retried("incomplete", 1)
  },
  {
    title: "the output limit reached in the reasoning is told as such",
    api: "anthropic",
    replies: [anthropicAnswer("max_tokens", thinkingBlock(0, "hm", "SIG"))],
    check: stops("max_tokens", 1)
  }
]

const calling: ReadonlyArray<More> = [
  ...each("an input with odd characters, in pieces of a byte", (api) => ({
    replies: [inBytes(saying(api, { calls: [{ ...readA, input }] }), 1), saying(api, { text: "done" })],
    check: (ran) => {
      ranRead(ran)
      assert.strictEqual(ofType(ran.events, "tool.called")[0]?.input, input)
    }
  })),
  ...each("words and three calls, answered in order", (api) => ({
    replies: [
      saying(api, {
        text: "looking",
        calls: [readA, { id: "B", name: "bash", input: '{"command":"ls"}' }, { ...readA, id: "C" }]
      }),
      saying(api, { text: "done" })
    ],
    check: (ran) => {
      stops("end_turn", 2)(ran)
      assert.deepStrictEqual(started(ran), ["A", "B", "C"])
      assert.deepStrictEqual(ran.commands, ["ls"])
    }
  })),
  ...each("the same id twice in one answer", (api) => ({
    replies: [saying(api, { calls: [readA, { ...readA, input: '{"file_path":"x"}' }] }), saying(api, { text: "done" })],
    check: (ran) => {
      stops("end_turn", 2)(ran)
      const ids = ofType(ran.events, "tool.called").map((event) => event.call)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.isAtLeast(ids.length, api === "anthropic" ? 2 : 1)
    }
  })),
  ...each("the same id again in the next answer", (api) => ({
    replies: [saying(api, { calls: [readA] }), saying(api, { calls: [readA] }), saying(api, { text: "done" })],
    check: (ran) => {
      stops("end_turn", 3)(ran)
      assert.strictEqual(new Set(ofType(ran.events, "tool.called").map((event) => event.call)).size, 2)
    }
  })),
  ...each("a tool that does not exist", (api) => ({
    replies: [saying(api, { calls: [{ ...readA, name: "fly" }] }), saying(api, { text: "done" })],
    check: (ran) => {
      stops("end_turn", 2)(ran)
      assert.include(ofType(ran.events, "tool.finished")[0]?.output, "There is no tool")
    }
  })),
  ...["[1]", "null", '"a"', "7", '{"file_path":7}', "{}", "", "{'file_path': 'a'", "file_path: a"].flatMap((odd) =>
    each(`input ${odd === "" ? "of nothing" : odd}`, (api) => ({
      replies: [saying(api, { calls: [{ ...readA, input: odd }] }), saying(api, { text: "done" })],
      check: (ran) => {
        stops("end_turn", 2)(ran)
        assert.strictEqual(ofType(ran.events, "tool.finished")[0]?.ok, false)
        assert.deepStrictEqual(started(ran), [])
      }
    }))
  ),
  {
    title: "a picture that the model made is a part of its answer, and in the next request",
    api: "google",
    replies: [geminiAnswer("STOP", { text: "here" }, { inlineData: { mimeType: "image/png", data: "UE5H" } })],
    check: (ran) => {
      says("here")(ran)
      assert.deepInclude(ofType(ran.events, "part.image")[0], { mime: "image/png", data: "UE5H" })
    }
  },
  ...each("input that is almost JSON is mended, and the log holds what the model wrote", (api) => ({
    replies: [saying(api, { calls: [{ ...readA, input: "{'file_path': 'a',}" }] }), saying(api, { text: "done" })],
    check: (ran) => {
      ranRead(ran)
      const [called] = ofType(ran.events, "tool.called")
      assert.deepStrictEqual(JSON.parse(called?.input ?? ""), { file_path: "a" })
      assert.strictEqual(called?.wrote, "{'file_path': 'a',}")
    }
  })),
  ...each("a broken answer after a command is not the command again", (api) => ({
    replies: [
      saying(api, { calls: [{ id: "A", name: "bash", input: '{"command":"pwd"}' }] }),
      cutAfter(saying(api, { text: "done" }), 1, "cut"),
      errorReply(500, "api_error"),
      saying(api, { text: "done" })
    ],
    check: (ran) => {
      stops("end_turn", 4)(ran)
      assert.deepStrictEqual(ran.commands, ["pwd"])
    }
  })),
  ...each("the same call for ever is a loop", (api) => ({
    replies: [saying(api, { calls: [readA] })],
    check: (ran) => assert.strictEqual(errorOf(ran).name, "LoopDetected")
  })),
  {
    title: "a call and a refusal of the model",
    api: "anthropic",
    replies: [anthropicAnswer("refusal", textBlock(0, "I can't"))],
    check: (ran) => assert.strictEqual(errorOf(ran).name, "ModelRefused")
  },
  {
    title: "pause_turn goes on",
    api: "anthropic",
    replies: [anthropicAnswer("pause_turn", textBlock(0, "wait")), saying("anthropic", { text: "done" })],
    check: stops("end_turn", 2)
  },
  {
    title: "pause_turn for ever ends",
    api: "anthropic",
    replies: [anthropicAnswer("pause_turn", textBlock(0, "wait"))],
    check: (ran) => assert.strictEqual(end(ran)?.type, "turn.failed")
  },
  {
    title: "redacted thinking goes back as it came",
    api: "anthropic",
    replies: [
      {
        pieces: [
          start,
          anthropicEvent({
            type: "content_block_start",
            index: 0,
            content_block: { type: "redacted_thinking", data: "OPAQUE" }
          }),
          anthropicEvent({ type: "content_block_stop", index: 0 }),
          toolBlock(1, "A", "read", [readA.input]),
          stopped("tool_use")
        ]
      },
      saying("anthropic", { text: "done" })
    ],
    check: (ran) => {
      ranRead(ran)
      const [said] = list(bodyOf(ran.requests[1]).messages).filter((message) => message.role === "assistant")
      assert.deepStrictEqual(list(said?.content)[0], { type: "redacted_thinking", data: "OPAQUE" })
    }
  },
  {
    title: "two calls whose pieces are mixed",
    api: "anthropic",
    replies: [
      {
        pieces: [
          start,
          ...[0, 1].map((index) =>
            anthropicEvent({
              type: "content_block_start",
              index,
              content_block: { type: "tool_use", id: `T${index}`, name: "read", input: {} }
            })
          ),
          ...['{"file_', 'path":', '"a"}'].flatMap((partial_json) =>
            [1, 0].map((index) =>
              anthropicEvent({
                type: "content_block_delta",
                index,
                delta: { type: "input_json_delta", partial_json }
              })
            )
          ),
          anthropicEvent({ type: "content_block_stop", index: 1 }),
          anthropicEvent({ type: "content_block_stop", index: 0 }),
          stopped("tool_use")
        ]
      },
      saying("anthropic", { text: "done" })
    ],
    check: (ran) => {
      ranRead(ran)
      assert.deepStrictEqual(started(ran), ["T0", "T1"])
    }
  },
  {
    title: "no usage at all",
    api: "anthropic",
    replies: [
      {
        pieces: [
          anthropicEvent({ type: "message_start", message: { id: "m", role: "assistant", content: [] } }),
          textBlock(0, "done"),
          stopped("end_turn")
        ]
      }
    ],
    check: says("done")
  },
  {
    title: "a delta for a block that never began",
    api: "anthropic",
    replies: [
      {
        pieces: [
          start,
          anthropicEvent({
            type: "content_block_delta",
            index: 9,
            delta: { type: "input_json_delta", partial_json: "x" }
          }),
          textBlock(0, "done"),
          stopped("end_turn")
        ]
      }
    ],
    check: says("done")
  },
  {
    title: "a call in pieces with its name in the first alone",
    api: "openai",
    replies: [
      {
        pieces: [
          chatCall({ index: 0, id: "A", type: "function", function: { name: "read", arguments: "" } }),
          ...[...readA.input].map((piece) => chatCall({ index: 0, function: { arguments: piece } })),
          ...chatEnd
        ]
      },
      saying("openai", { text: "done" })
    ],
    check: ranRead
  },
  {
    title: "a call whose input is an object, of an answer that says stop",
    api: "openai",
    replies: [
      {
        pieces: [
          chatCall({ function: { name: "read", arguments: { file_path: "a" } } }),
          chatChunk({ delta: {}, finish_reason: "stop" }),
          "data: [DONE]\n\n"
        ]
      },
      saying("openai", { text: "done" })
    ],
    check: ranRead
  },
  {
    title: "reasoning_content before the words",
    api: "openai",
    replies: [
      chatAnswer("stop", { reasoning_content: "hm", content: null }, { reasoning_content: null, content: "done" })
    ],
    check: (ran) => {
      says("done")(ran)
      assert.strictEqual(ofType(ran.events, "part.reasoning")[0]?.text, "hm")
    }
  },
  {
    title: "finish_reason twice, and words after it",
    api: "openai",
    replies: [
      {
        pieces: [
          chatChunk({ delta: { content: "done" } }),
          chatChunk({ delta: {}, finish_reason: "stop" }),
          chatChunk({ delta: {}, finish_reason: "stop" }),
          "data: [DONE]\n\n",
          "data: [DONE]\n\n"
        ]
      }
    ],
    check: says("done")
  },
  {
    title: "no [DONE]",
    api: "openai",
    replies: [{ pieces: [chatChunk({ delta: { content: "done" } }), chatChunk({ delta: {}, finish_reason: "stop" })] }],
    check: says("done")
  },
  {
    title: "no usage, null members, an empty list of choices",
    api: "openai",
    replies: [
      {
        pieces: [
          chatChunk(undefined, { usage: null, prompt_filter_results: [] }),
          chatChunk({ delta: { role: "assistant", content: null, tool_calls: null }, logprobs: null }),
          chatChunk({ delta: { content: "done" } }),
          chatChunk({ delta: {}, finish_reason: "stop" }, { usage: null }),
          "data: [DONE]\n\n"
        ]
      }
    ],
    check: says("done")
  },
  {
    title: "the end is tool_calls, but there are none",
    api: "openai",
    replies: [chatAnswer("tool_calls", { content: "done" })],
    check: says("done")
  },
  {
    title: "an answer in one piece, of a server that does not stream",
    api: "openai",
    replies: [
      {
        headers: { "content-type": "application/json" },
        pieces: [
          JSON.stringify({
            object: "chat.completion",
            choices: [{ index: 0, message: { role: "assistant", content: "done" }, finish_reason: "stop" }]
          })
        ]
      }
    ],
    check: says("done")
  },
  {
    title: "a call cut by the output limit",
    api: "openai",
    replies: [
      {
        pieces: [
          chatCall({
            index: 0,
            id: "A",
            type: "function",
            function: { name: "write", arguments: '{"file_path":"a","con' }
          }),
          chatChunk({ delta: {}, finish_reason: "length" }),
          "data: [DONE]\n\n"
        ]
      }
    ],
    check: (ran) => {
      stops("max_tokens", 1)(ran)
      assert.deepStrictEqual(started(ran), [])
    }
  },
  {
    title: "a refusal in words",
    api: "openai-responses",
    replies: [
      {
        pieces: [
          responsesEvent({ type: "response.refusal.delta", output_index: 0, delta: "I can't" }),
          responsesEvent({ type: "response.completed", response: { status: "completed", output: [] } })
        ]
      }
    ],
    check: (ran) => assert.strictEqual(errorOf(ran).name, "ModelRefused")
  },
  {
    title: "response.incomplete by the content filter",
    api: "openai-responses",
    replies: [
      {
        pieces: [
          responsesEvent({
            type: "response.incomplete",
            response: { status: "incomplete", incomplete_details: { reason: "content_filter" } }
          })
        ]
      }
    ],
    check: (ran) => assert.strictEqual(errorOf(ran).name, "ModelRefused")
  },
  {
    title: "encrypted reasoning goes back before its call",
    api: "openai-responses",
    replies: [
      {
        pieces: [
          responsesEvent({
            type: "response.output_item.done",
            output_index: 0,
            item: { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "ENC" }
          }),
          ...saying("openai-responses", { calls: [readA] }).pieces.slice(1)
        ]
      },
      saying("openai-responses", { text: "done" })
    ],
    check: (ran) => {
      ranRead(ran)
      const items = list(bodyOf(ran.requests[1]).input)
      const thought = items.findIndex((item) => item.type === "reasoning")
      assert.strictEqual(items[thought]?.encrypted_content, "ENC")
      assert.strictEqual(items[thought + 1]?.type, "function_call")
    }
  }
]

for (const [kind, rows] of Object.entries({ framing, statuses, broken, empties, calling }))
  describe(`more of the kind: ${kind}`, () => {
    for (const row of rows) it.scopedLive(row.title, () => play(row.api, row.replies, row.check, row.options ?? {}))
  })

describe("a request that the provider finds too long", () => {
  const long = "word ".repeat(400)
  const tooLong: Reply = {
    status: 400,
    pieces: ['{"error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}']
  }
  for (const api of all)
    it.scopedLive(`is made again after a compaction, ${api}`, () => {
      let full = false
      return withProvider(
        {
          api,
          replies: (request) => {
            if (!full) return saying(api, { text: long })
            if (request.body.includes("Sum up the conversation")) return saying(api, { text: "They spoke of words." })
            return request.body.includes("They spoke of words.") ? saying(api, { text: "done" }) : tooLong
          },
          config: { context: { max: 8000 } }
        },
        (world) =>
          Effect.gen(function* () {
            const id = yield* world.start
            for (const n of [1, 2, 3, 4]) yield* world.prompt(id, `${n} ${long}`)
            full = true
            const before = (yield* world.prompt(id, "and now?")).slice()
            lawful(before)
            assert.strictEqual(before.at(-1)?.type, "turn.finished", JSON.stringify(before.at(-1)))
            assert.deepStrictEqual(
              ofType(before, "model.retried").map((event) => event.kind),
              ["too_long"]
            )
            const mesh = yield* CodeMesh
            const replayed = yield* Effect.either(mesh.replay(before))
            assert.isTrue(Either.isRight(replayed), JSON.stringify(replayed))
          })
      )
    })
})

describe("what only a whole session shows", () => {
  const session = (api: Api, replies: ReadonlyArray<Reply>, test: Parameters<typeof withProvider>[1]) =>
    withProvider({ api, replies, files: { a: "alpha\n", x: "keep\n" } }, test)

  it.scopedLive("parallel calls of which a person refuses one: all are answered, and the session goes on", () =>
    session(
      "anthropic",
      [
        saying("anthropic", {
          calls: [readA, { id: "B", name: "bash", input: '{"command":"rm x"}' }, { ...readA, id: "C" }]
        }),
        saying("anthropic", { text: "done" })
      ],
      (world) =>
        Effect.gen(function* () {
          const mesh = yield* CodeMesh
          const id = yield* world.start
          yield* mesh.submit(id, { type: "Prompt", parts: [textPart("go")], options: { attended: true } })
          const asked = yield* eventually(id, "tool.asked")
          yield* mesh.submit(id, { type: "Reply", call: asked.call, reply: "reject" })
          const events = yield* rested(id)
          lawful(events)
          assert.strictEqual(ofType(events, "tool.refused")[0]?.by, "person")
          assert.deepStrictEqual(
            ofType(events, "tool.finished").map((event) => [String(event.call), event.ok]),
            [
              ["A", true],
              ["C", true]
            ]
          )
          assert.deepStrictEqual(world.commands, [])
          const more = yield* world.prompt(id, "go on")
          assert.strictEqual(more.at(-1)?.type, "turn.finished")
          assert.isTrue(resultIn(world.provider.requests[1], "B")?.is_error)
        })
    )
  )

  it.scopedLive("parallel calls of which a rule denies one: the turn goes on", () =>
    session(
      "openai",
      [
        saying("openai", { calls: [readA, { id: "B", name: "bash", input: '{"command":"rm x"}' }] }),
        saying("openai", { text: "done" })
      ],
      (world) =>
        Effect.gen(function* () {
          const id = yield* world.start
          const events = yield* world.prompt(id, "go", { rules: [{ decision: "deny", rule: "bash(rm:*)" }] })
          lawful(events)
          assert.strictEqual(events.at(-1)?.type, "turn.finished")
          assert.deepStrictEqual(world.commands, [])
        })
    )
  )

  it.scopedLive("another model, of another protocol, is not sent what the first one signed", () =>
    withProvider(
      {
        api: "anthropic",
        replies: (request) =>
          request.path.endsWith("/messages")
            ? request.body.includes("tool_result")
              ? saying("anthropic", { text: "one" })
              : anthropicAnswer("tool_use", thinkingBlock(0, "abc", "SIG=="), toolBlock(1, "A", "read", [readA.input]))
            : saying(request.path.endsWith("/responses") ? "openai-responses" : "openai", { text: "two" }),
        files: { a: "alpha\n" },
        providers: (url) => ({
          chat: { api: "openai", baseUrl: `${url}/v1`, apiKeyEnv: "K", models: ["m"] },
          answers: { api: "openai-responses", baseUrl: `${url}/v1`, apiKeyEnv: "K", models: ["m"] },
          twin: { api: "anthropic", baseUrl: url, apiKeyEnv: "K", models: ["m"] }
        })
      },
      (world) =>
        Effect.gen(function* () {
          const id = yield* world.start
          yield* world.prompt(id, "go")
          for (const model of ["chat/m", "answers/m", "twin/m"] as const) {
            const before = world.provider.requests.length
            const events = yield* world.prompt(id, "and you?", { model })
            assert.strictEqual(events.at(-1)?.type, "turn.finished")
            assert.strictEqual(ofType(events, "model.switched").at(-1)?.to, model)
            for (const request of world.provider.requests.slice(before)) assert.notInclude(request.body, "SIG==")
          }
          yield* world.prompt(id, "back", { model: "fake/m" })
          assert.include(world.provider.requests.at(-1)?.body, "SIG==")
        })
    )
  )
})
