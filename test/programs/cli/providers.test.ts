/** `run` of the built program, once in each protocol, against a loopback provider that refuses what the real one would. */
import { assert, describe, it } from "@effect/vitest"
import type { Api } from "../../../src/domain/model/Config.ts"
import { startFakeProvider } from "../../support/fakeProvider.ts"
import { apiOf, bodyOf } from "../../support/providerWorld.ts"
import { saying } from "../../support/replies.ts"
import { checkBody } from "../../support/wireRules.ts"
import { desk } from "./cli.ts"

const key = "sk-cli-5d4c3b2a"
const asks = { calls: [{ id: "call_1", name: "read", input: '{"file_path":"sky.txt"}' }] }

/** How each is found: by what its own tools read from the environment, and in which header the key goes. */
const rows: ReadonlyArray<{
  readonly model: string
  readonly api: Api
  readonly env: (url: string) => Readonly<Record<string, string>>
  readonly header?: readonly [string, string]
}> = [
  {
    model: "anthropic/claude-sonnet-5-5",
    api: "anthropic",
    env: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
    header: ["x-api-key", key]
  },
  {
    model: "openai/gpt-5.6",
    api: "openai",
    env: (url) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key }),
    header: ["authorization", `Bearer ${key}`]
  },
  {
    model: "mine/m",
    api: "openai-responses",
    env: () => ({ MINE_KEY: key }),
    header: ["authorization", `Bearer ${key}`]
  },
  {
    model: "google/gemini-3.8-flash",
    api: "google",
    env: (url) => ({ GEMINI_BASE_URL: url, GEMINI_API_KEY: key }),
    header: ["x-goog-api-key", key]
  },
  { model: "ollama/qwen3", api: "ollama", env: (url) => ({ OLLAMA_HOST: url }) }
]

describe("`run` with a provider of each protocol", () => {
  for (const { api, env, header, model } of rows)
    it(`${api}: a tool runs, its result goes back, and the answer is on stdout`, async () => {
      const it_ = desk()
      const provider = await startFakeProvider((request) =>
        // What it may be asked beside: which models it has, and what they can.
        request.method === "GET" || request.path === "/api/show"
          ? { status: 404, pieces: ["{}"] }
          : saying(apiOf(request), request.body.includes("the sky is blue") ? { text: "It is blue." } : asks)
      )
      try {
        it_.put("sky.txt", "the sky is blue\n")
        const mine = `{ "providers": { "mine": { "api": "openai-responses", "baseUrl": "${provider.url}/v1", "apiKeyEnv": "MINE_KEY" } } }`
        it_.put("../home/code-mesh/config.json", mine)
        const { code, stderr, stdout } = await it_.run(["run", "-m", model, "Which colour has the sky?"], {
          env: env(provider.url)
        })
        assert.deepStrictEqual([code, stdout], [0, "It is blue.\n"], stderr)
        const requests = provider.requests.filter(({ method, path }) => method === "POST" && path !== "/api/show")
        assert.strictEqual(requests.length, 2)
        for (const request of requests) {
          assert.strictEqual(apiOf(request), api)
          checkBody(api, bodyOf(request))
          if (header !== undefined) assert.strictEqual(request.headers[header[0]], header[1])
          assert.notInclude(request.body, key)
        }
        assert.notInclude(stdout + stderr, key)
      } finally {
        await provider.close()
        it_.close()
      }
    })
})
