/** Pages by a browser's fetch: what it shows, and what it says of what it cannot see. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchWeb from "../../../src/adapters/browser/FetchWeb.ts"
import type { WebRequest } from "../../../src/ports/Web.ts"

const request: WebRequest = { scheme: "https", host: "e.org", port: 443, target: "/a?b", maxBytes: 1000 }

const web = (answer: (url: string, init: RequestInit) => Response | Promise<Response>) =>
  FetchWeb.make({ fetch: (async (url: string, init: RequestInit) => answer(url, init)) as typeof globalThis.fetch })

describe("FetchWeb", () => {
  it.effect("asks without cookies, follows nothing, and answers the page", () =>
    Effect.gen(function* () {
      let asked: readonly [string, RequestInit] = ["", {}]
      const answer = yield* web((url, init) => {
        asked = [url, init]
        return new Response("<h1>A</h1>", { status: 404, headers: { "content-type": "text/html" } })
      }).get(request)
      assert.strictEqual(asked[0], "https://e.org/a?b")
      assert.deepInclude(asked[1], { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer" })
      assert.deepInclude(answer, { type: "page", status: 404, mime: "text/html", text: "# A" })
    })
  )

  it.effect("names a redirect, a long page, and a site that does not let itself be read", () =>
    Effect.gen(function* () {
      const kind = (answer: () => Response | Promise<Response>) =>
        Effect.map(Effect.flip(web(answer).get(request)), (error) => error.kind)
      const redirect = Object.defineProperty(new Response(), "type", { value: "opaqueredirect" })
      assert.strictEqual(yield* kind(() => redirect), "redirect")
      assert.strictEqual(yield* kind(() => new Response("x".repeat(1001))), "too_large")
      assert.strictEqual(yield* kind(() => Promise.reject(new TypeError("Failed to fetch"))), "blocked")
      const { reason } = yield* Effect.flip(web(() => Promise.reject(new TypeError())).get(request))
      assert.include(reason, "CORS")
    })
  )
})
