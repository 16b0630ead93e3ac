/** Providers through the real Node world: an independent fake sees the prompt's exact bytes, and configuration alone is enough. */
import { LLMock } from "@copilotkit/aimock"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type { Api } from "../../src/domain/model/Config.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { ModelName } from "../../src/domain/model/Model.ts"
import { LanguageModel } from "../../src/ports/LanguageModel.ts"
import { fakeProvider } from "../support/fakeProvider.ts"
import { fastClock } from "../support/fastClock.ts"
import { ofType } from "../support/mesh.ts"
import { testKey } from "../support/models.ts"
import { askOnNode, type NodeWorldOptions, onNode } from "../support/nodeWorld.ts"
import { apiOf, bodyOf } from "../support/providerWorld.ts"
import { saying } from "../support/replies.ts"
import { checkBody, list } from "../support/wireRules.ts"

const all: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses"]

const configFor = (api: Api, url: string): NodeWorldOptions => ({
  config: [
    "[providers.mine]",
    `api = "${api}"`,
    `baseUrl = "${url}${api === "anthropic" ? "" : "/v1"}"`,
    'apiKeyEnv = "MY_KEY"',
    'models = ["m"]',
    'headers = { x-team = "blue" }'
  ].join("\n"),
  env: { MY_KEY: testKey },
  files: { "sky.txt": "blue\n" }
})

const mock = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = new LLMock({ port: 0 })
    server.onMessage("weather", { toolCalls: [{ name: "read", arguments: '{"file_path":"sky.txt"}' }] })
    server.onMessage(/[\s\S]*/, { content: "Hi there!" })
    await server.start()
    return server
  }),
  (server) => Effect.promise(() => server.stop())
)

const stringsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : []

const prompts = FastCheck.sample(
  FastCheck.oneof(
    FastCheck.fullUnicodeString({ minLength: 1, maxLength: 60 }),
    FastCheck.string16bits({ minLength: 1, maxLength: 60 }),
    FastCheck.array(
      FastCheck.constantFrom(
        '"',
        "\\",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\u0007",
        "\u2028",
        "'",
        "`",
        "$x",
        "👩‍👩‍👧",
        "data: [DONE]\n\n",
        "</s>"
      ),
      {
        minLength: 1,
        maxLength: 20
      }
    ).map((pieces) => pieces.join(""))
  ).filter((text) => text.trim() !== ""),
  50
)

// A lone half of a surrogate pair has no bytes: it arrives as the character that stands for it.
const arrives = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd")

const lastOf = (events: ReadonlyArray<Event>) => events.at(-1)
const failure = (events: ReadonlyArray<Event>) => {
  const last = lastOf(events)
  assert.strictEqual(last?.type, "turn.failed", JSON.stringify(last))
  return last?.type === "turn.failed" ? last.error : { name: "", message: "" }
}
const finished = (events: ReadonlyArray<Event>) =>
  assert.strictEqual(lastOf(events)?.type, "turn.finished", JSON.stringify(lastOf(events)))

describe("an independent fake, through Node's world", () => {
  for (const api of all) {
    it.scopedLive(
      `${api}: fifty prompts arrive with their exact bytes, after the system prompt and the tools`,
      () =>
        Effect.gen(function* () {
          const server = yield* mock
          yield* onNode(configFor(api, server.url), (world) =>
            Effect.gen(function* () {
              for (const text of prompts) {
                const { events } = yield* askOnNode(world, "mine/m", text)
                finished(events)
                const sent = server.getRequests().at(-1)
                assert.include(stringsIn(sent?.body), arrives(text))
              }
              const { body } = server.getRequests().at(-1) ?? {}
              assert.isTrue(
                stringsIn(body).some((text) => text.includes(world.project)),
                "no system prompt"
              )
              for (const name of ["read", "edit", "bash", "git"]) assert.include(stringsIn(body), name)
            })
          )
        }),
      60_000
    )

    it.scopedLive(`${api}: a tool call is run and its result is in the next request`, () =>
      Effect.gen(function* () {
        const server = yield* mock
        yield* onNode(configFor(api, server.url), (world) =>
          Effect.gen(function* () {
            const { events } = yield* askOnNode(world, "mine/m", "weather", { limits: { turns: 2 } })
            assert.strictEqual(ofType(events, "tool.finished")[0]?.ok, true)
            const next = server.getRequests()[1]
            assert.strictEqual(next?.response.status, 200)
            assert.isTrue(stringsIn(next?.body).some((text) => text.includes("blue")))
          })
        )
      })
    )
  }
})

describe("configuration alone", () => {
  const answering = fakeProvider((request) => saying(apiOf(request), { text: "hello" }))

  for (const api of all)
    it.scopedLive(`names a provider that speaks ${api}, its key's variable and its headers`, () =>
      Effect.gen(function* () {
        const provider = yield* answering
        yield* onNode(configFor(api, provider.url), (world) =>
          Effect.gen(function* () {
            const { events } = yield* askOnNode(world, "mine/m", "hi")
            finished(events)
            const [request] = provider.requests
            assert.strictEqual(request?.headers["x-team"], "blue")
            assert.include(request?.headers["x-api-key"] ?? request?.headers.authorization ?? "", testKey)
            assert.notInclude(JSON.stringify(events), testKey)
            if (request !== undefined) checkBody(api, bodyOf(request))
            const models = yield* Effect.flatMap(LanguageModel, (model) => model.available)
            assert.strictEqual(models[0]?.name, "mine/m")
          })
        )
      })
    )

  for (const [variable, model, path, suffix] of [
    ["OLLAMA_HOST", "ollama/qwen3:8b", "/api/chat", ""],
    ["OPENAI_BASE_URL", "openai/gpt-5.6", "/v1/chat/completions", "/v1"],
    ["ANTHROPIC_BASE_URL", "anthropic/claude-sonnet-5-5", "/v1/messages", ""]
  ] as ReadonlyArray<readonly [string, ModelName, string, string]>)
    it.scopedLive(`${variable} leads ${model} to another server`, () =>
      Effect.gen(function* () {
        const provider = yield* answering
        const env = { [variable]: `${provider.url}${suffix}`, OPENAI_API_KEY: testKey, ANTHROPIC_API_KEY: testKey }
        yield* onNode({ env }, (world) =>
          Effect.gen(function* () {
            const { events } = yield* askOnNode(world, model, "hi")
            finished(events)
            const [request] = provider.requests.filter((one) => one.path !== "/api/show")
            assert.strictEqual(request?.path, path)
            assert.strictEqual(bodyOf(request).model, model.slice(model.indexOf("/") + 1))
          })
        )
      })
    )

  it.scopedLive("without a key says which command and which variable give one", () =>
    onNode({}, (world) =>
      Effect.gen(function* () {
        const { events } = yield* askOnNode(world, "openai/gpt-5.6", "hi")
        const { message, name } = failure(events)
        assert.strictEqual(name, "ModelError")
        assert.include(message, "unconfigured")
        assert.include(message, "code-mesh auth login openai")
        assert.include(message, "OPENAI_API_KEY")
      })
    )
  )

  it.scopedLive("without the provider of a model says how to name one", () =>
    onNode({}, (world) =>
      Effect.gen(function* () {
        const { message } = failure((yield* askOnNode(world, "nobody/x", "hi")).events)
        assert.include(message, "providers.nobody")
      })
    )
  )

  it.scopedLive("with a local server that is down fails after some tries, and says which server", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(fakeProvider([]))
      const host = gone.url.replace("http://", "")
      yield* onNode({ env: { OLLAMA_HOST: host } }, (world) =>
        Effect.gen(function* () {
          const { events } = yield* askOnNode(world, "ollama/qwen3:8b", "hi")
          assert.strictEqual(ofType(events, "model.retried").length, 4)
          const { message } = failure(events)
          assert.include(message, "ECONNREFUSED")
          assert.include(message, host)
          assert.include(message, "running")
        }).pipe(Effect.withClock(fastClock(50)))
      )
    })
  )

  it.scopedLive("a server that recovers is asked again, and the session goes on", () =>
    Effect.gen(function* () {
      const provider = yield* fakeProvider((request, n) =>
        n < 2 ? { status: 503, pieces: [] } : saying(apiOf(request), { text: "hello" })
      )
      yield* onNode(configFor("openai", provider.url), (world) =>
        Effect.gen(function* () {
          const { events } = yield* askOnNode(world, "mine/m", "hi")
          finished(events)
          assert.strictEqual(list(bodyOf(provider.requests[2]).messages).length, 2)
        }).pipe(Effect.withClock(fastClock(50)))
      )
    })
  )
})
