/** Each protocol from a page in Chromium, end to end: a tool runs on what the model asked, its result goes back, and each request is valid. */
import { assert, describe, it } from "@effect/vitest"
import type { Api } from "../../src/domain/model/Config.ts"
import { chromiumMissing, withPage } from "../support/chromium.ts"
import { cors } from "../support/cors.ts"
import { type Received, startFakeProvider } from "../support/fakeProvider.ts"
import { apiOf, bodyOf } from "../support/providerWorld.ts"
import { saying } from "../support/replies.ts"
import { checkBody } from "../support/wireRules.ts"

const page = new URL("../browser/mesh.page.ts", import.meta.url)
const apis: ReadonlyArray<Api> = ["anthropic", "openai", "openai-responses", "google", "ollama"]
const asks = { calls: [{ id: "call_1", name: "read", input: '{"file_path":"sky.txt"}' }] }

describe.skipIf(chromiumMissing)("a prompt from a page in Chromium", () => {
  it("is answered in every protocol, with a tool's result on its way back", async () => {
    const bodies: Array<Received> = []
    const provider = await startFakeProvider((request) => {
      if (request.method === "OPTIONS") return { status: 204, headers: cors, pieces: [] }
      // What it may be asked beside: which models it has, and what they can.
      if (request.method === "GET" || request.path === "/api/show")
        return { status: 404, headers: cors, pieces: ["{}"] }
      bodies.push(request)
      const seen = request.body.includes("the sky is blue")
      return { ...saying(apiOf(request), seen ? { text: "Blue." } : asks), headers: cors }
    })
    const base = (api: Api) => (api.startsWith("openai") ? `${provider.url}/v1` : provider.url)
    try {
      await withPage(page, async (tab) => {
        await tab.call("open", "w", {
          files: { "sky.txt": "the sky is blue\n" },
          keys: Object.fromEntries(apis.map((api) => [`fake-${api}`, "sk-page"])),
          providers: Object.fromEntries(apis.map((api) => [`fake-${api}`, { api, baseUrl: base(api), models: ["m"] }]))
        })
        for (const api of apis) {
          bodies.length = 0
          const id = String(await tab.call("session", "w", { model: `fake-${api}/m` }))
          const asked = (await tab.call("prompt", id, "Which colour has the sky?")) as { readonly result: object }
          assert.deepInclude(asked.result, { status: "done", text: "Blue." }, api)
          assert.strictEqual(bodies.length, 2, api)
          for (const body of bodies) {
            assert.strictEqual(apiOf(body), api)
            checkBody(api, bodyOf(body))
          }
        }
      })
    } finally {
      await provider.close()
    }
  })
})
