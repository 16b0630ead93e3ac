/** Sign-ins are renewed before they end, once however many ask, and a renewal that fails loses nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as FileCredentials from "../../../src/adapters/node/FileCredentials.ts"
import { httpFetch } from "../../../src/adapters/node/httpFetch.ts"
import { filePlace } from "../../../src/adapters/node/secretPlaces.ts"
import { lazily } from "../../../src/adapters/shared/auth/credentialsOver.ts"
import type { Fetch } from "../../../src/adapters/shared/auth/jsonCall.ts"
import { secretsIn } from "../../../src/domain/auth/accounts.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"
import { bundleForNode, start } from "../../support/child.ts"
import { type FakeOAuth, type FakeOAuthOptions, startFakeOAuth } from "../../support/fakeOAuth.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-renewal-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let path = ""
let fake: FakeOAuth
const fakeWith = async (options: FakeOAuthOptions) => {
  await fake.close()
  fake = await startFakeOAuth(options)
}
beforeEach(async () => {
  path = join(mkdtempSync(join(home, "x-")), "auth.json")
  fake = await startFakeOAuth()
})
afterEach(() => fake.close())

const put = (entries: unknown) => writeFileSync(path, JSON.stringify(entries), { mode: 0o600 })
const stored = () => JSON.parse(readFileSync(path, "utf8"))
const ended = (more: object = {}) => ({
  type: "oauth",
  access: "access-0",
  refresh: fake.refresh(),
  expires: Date.now() + 30_000,
  tokenUrl: `${fake.url}/token`,
  clientId: "code-mesh",
  accountId: "kept",
  ...more
})
const over = { expires: 1 }
const credentials = () => Effect.provide(Credentials, FileCredentials.layer({ path, env: {} }))
const tokenOf = (all: typeof Credentials.Service, provider = "corp") =>
  Effect.map(all.get(provider), (found) => Redacted.value(Option.getOrThrow(found).key))
const renewals = () => fake.asked.filter(({ body }) => body.grant_type === "refresh_token").length

describe("a sign-in that ends within a minute", () => {
  it.live("is renewed and stored, with what others wrote beside it", () =>
    Effect.gen(function* () {
      put({ corp: ended(), other: 3 })
      const all = yield* credentials()
      assert.strictEqual(yield* tokenOf(all), "access-1-0815081508150815")
      assert.strictEqual(yield* tokenOf(all), "access-1-0815081508150815")
      assert.strictEqual(renewals(), 1)
      assert.deepInclude(stored().corp, {
        access: "access-1-0815081508150815",
        refresh: fake.refresh(),
        accountId: "kept"
      })
      assert.strictEqual(stored().other, 3)
    })
  )

  it.live("is renewed once for all who ask at once, here and in another world over the same file", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => fakeWith({ slow: 100 }))
      put({ corp: ended(over) })
      const [one, two] = [yield* credentials(), yield* credentials()]
      const tokens = yield* Effect.all(
        [one, two, one, two, one].map((all) => tokenOf(all)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([...new Set(tokens)], ["access-1-0815081508150815"])
      assert.strictEqual(renewals(), 1)
    })
  )

  it.live("is stored even if nobody waits for it any more, since its refresh token counts once", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => fakeWith({ slow: 100 }))
      put({ corp: ended(over) })
      const fiber = yield* Effect.fork(tokenOf(yield* credentials()))
      while (renewals() === 0) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(stored().corp.refresh, fake.refresh())
    })
  )

  it.live("is used as it is while its server does not answer, and not once it has ended", () =>
    Effect.gen(function* () {
      put({ corp: ended(), gone: ended(over) })
      yield* Effect.promise(() => fake.close())
      const all = yield* credentials()
      assert.strictEqual(yield* tokenOf(all), "access-0")
      const error = yield* Effect.flip(tokenOf(all, "gone"))
      assert.strictEqual(error.kind, "unreachable")
    })
  )

  it.live("and that its server refuses to renew wants a new sign-in, and stays stored", () =>
    Effect.gen(function* () {
      const before = {
        corp: ended({ ...over, refresh: "refresh-used" }),
        mine: ended({ ...over, refresh: "" }),
        bare: { type: "oauth", access: "a", refresh: "r", expires: 1 }
      }
      put(before)
      const all = yield* credentials()
      const error = yield* Effect.flip(tokenOf(all))
      assert.include(error.message, "sign in again with `code-mesh auth login corp`")
      assert.notInclude(error.message, "refresh-used")
      assert.isUndefined(error.kind)
      assert.include((yield* Effect.flip(tokenOf(all, "mine"))).message, "sign in again")
      assert.include((yield* Effect.flip(tokenOf(all, "bare"))).message, "sign in again")
      assert.deepStrictEqual(stored(), before)
    })
  )

  it.live("gives way to a newer one that somebody stored meanwhile", () =>
    Effect.gen(function* () {
      const newer = ended({ access: "access-newer", expires: Date.now() + 3_600_000 })
      yield* Effect.promise(() =>
        fakeWith({
          replies: {
            "/token": () => {
              put({ corp: newer })
              return { status: 400, body: { error: "invalid_grant" } }
            }
          }
        })
      )
      put({ corp: ended(over) })
      assert.strictEqual(yield* tokenOf(yield* credentials()), "access-newer")
    })
  )

  it.live("has its old and new tokens among the secrets that are known", () =>
    Effect.gen(function* () {
      put({ corp: ended(over) })
      const ring = FileCredentials.keyRing(filePlace(path), path)
      const old = secretsIn(stored()).map(({ key }) => Redacted.value(key))
      yield* tokenOf(FileCredentials.make(ring, {}))
      const known = (yield* ring.known).map(({ key }) => Redacted.value(key))
      assert.includeMembers(known, [...old, "access-1-0815081508150815", fake.refresh()])
    })
  )
})

describe("Copilot's token", () => {
  it.live("is exchanged anew before it ends, and says where it is used from then on", () =>
    Effect.gen(function* () {
      const old = {
        type: "oauth",
        access: "copilot-0",
        refresh: "access-0",
        expires: 1,
        unofficial: true,
        baseUrl: "https://old"
      }
      put({ copilot: old })
      const fetch: Fetch = (url, init) => httpFetch(String(url).replace(/^https:\/\/api\.github\.com/, fake.url), init)
      const all = yield* Effect.provide(Credentials, FileCredentials.layer({ path, env: {}, renew: lazily(fetch) }))
      const found = Option.getOrThrow(yield* all.get("copilot"))
      assert.strictEqual(Redacted.value(found.key), "copilot-1-0815081508150815")
      assert.strictEqual(found.endpoint?.baseUrl, `${fake.url}/copilot`)
      assert.strictEqual(found.endpoint?.headers?.["copilot-integration-id"], "vscode-chat")
      assert.deepInclude(stored().copilot, {
        refresh: "access-0",
        unofficial: true,
        access: "copilot-1-0815081508150815"
      })
      assert.strictEqual(fake.asked[0]?.headers.authorization, "Bearer access-0")
      yield* tokenOf(all, "copilot")
      assert.lengthOf(fake.asked, 1)
    })
  )
})

describe("several processes", () => {
  it("that want the same sign-in renewed at once renew it once", async () => {
    await fakeWith({ slow: 300 })
    put({ corp: ended(over) })
    const script = await bundleForNode(new URL("./renewal.child.ts", import.meta.url))
    const ends = await Promise.all([1, 2, 3].map(() => start(process.execPath, [script, path]).ended))
    rmSync(script, { force: true })
    assert.deepStrictEqual(
      ends.map(({ stderr, stdout }) => stdout + stderr),
      ends.map(() => "access-1-0815081508150815\n")
    )
    assert.strictEqual(renewals(), 1)
  })
})
