/** Signing in through a browser that comes back to this machine, by a pasted code and by a device code, at a fake server. */
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { httpFetch } from "../../../src/adapters/node/httpFetch.ts"
import { listenForRedirect } from "../../../src/adapters/node/redirects.ts"
import { copilotToken } from "../../../src/adapters/shared/auth/copilot.ts"
import type { Fetch } from "../../../src/adapters/shared/auth/jsonCall.ts"
import type { DeviceCode } from "../../../src/adapters/shared/auth/oauth.ts"
import { atOpenRouter, byBrowser, byDevice, type SignInHost } from "../../../src/adapters/shared/auth/signIn.ts"
import { type FakeOAuth, type FakeOAuthOptions, startFakeOAuth } from "../../support/fakeOAuth.ts"

let fake: FakeOAuth
const fakeWith = async (options: FakeOAuthOptions) => {
  await fake.close()
  fake = await startFakeOAuth(options)
}
beforeEach(async () => {
  fake = await startFakeOAuth()
})
afterEach(() => fake.close())

const server = () => ({
  authorizeUrl: `${fake.url}/authorize?audience=x`,
  deviceUrl: `${fake.url}/device/code`,
  tokenUrl: `${fake.url}/token`,
  clientId: "code-mesh",
  scope: "models"
})

/** Follows the provider's page to where it sends the browser. */
const browse = async (url: string, change = (back: string) => back): Promise<string> => {
  const page = await fetch(url, { redirect: "manual" })
  const back = await fetch(change(page.headers.get("location") ?? ""))
  return `${back.status} ${await back.text()}`
}

const host = (
  show: (url: string) => Promise<unknown>,
  paste: SignInHost["paste"] = () => Effect.succeedNone
): SignInHost => ({
  fetch: httpFetch,
  listen: listenForRedirect,
  show: (url) => Effect.sync(() => void show(url)),
  paste
})

describe("a browser that comes back", () => {
  it.live("brings a code that is exchanged with its verifier; the page says that it may be closed", () =>
    Effect.gen(function* () {
      let page = Promise.resolve("")
      const entry = yield* byBrowser(
        "corp",
        server(),
        host((url) => (page = browse(url)))
      )
      assert.strictEqual(Redacted.value(entry.access), "access-1-0815081508150815")
      assert.strictEqual(Redacted.value(entry.refresh), "refresh-1-4711471147114711")
      assert.approximately(entry.expires, Date.now() + 3_600_000, 60_000)
      assert.deepInclude(entry, { tokenUrl: `${fake.url}/token`, clientId: "code-mesh" })
      assert.match(yield* Effect.promise(() => page), /^200 [\s\S]*You may close this page/)
      const authorize = fake.asked.find(({ path }) => path === "/token")
      assert.match(authorize?.body.redirect_uri ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    })
  )

  it.live("with another state is told so, and the sign-in goes on until the right one comes", () =>
    Effect.gen(function* () {
      const pages: Array<string> = []
      const entry = yield* byBrowser(
        "corp",
        server(),
        host(async (url) => {
          pages.push(await browse(url, (back) => back.replace(/state=[^&]*/, "state=forged")))
          pages.push(await browse(url, (back) => back.replace("/callback", "/other")))
          pages.push(await browse(url))
        })
      )
      assert.strictEqual(entry.type, "oauth")
      assert.match(pages[0] ?? "", /^400 /)
      assert.match(pages[1] ?? "", /^400 /)
    })
  )

  it.live("may bring a no, which stores nothing", () =>
    Effect.gen(function* () {
      const no = host((url) => browse(url, (back) => back.replace(/code=[^&]*/, "error=access_denied")))
      const error = yield* Effect.flip(byBrowser("corp", server(), no))
      assert.strictEqual(error.kind, "refused")
      assert.include(error.message, "you said no")
    })
  )

  it.live("is not needed where the person pastes the address that it ended at", () =>
    Effect.gen(function* () {
      const shown = yield* Deferred.make<string>()
      const complaints: Array<string | undefined> = []
      const paste: SignInHost["paste"] = (complaint) =>
        Effect.gen(function* () {
          complaints.push(complaint)
          if (complaint === undefined) return Option.some("http://127.0.0.1:1/callback?code=x&state=other")
          const page = yield* Effect.flatMap(Deferred.await(shown), (url) =>
            Effect.promise(() => fetch(url, { redirect: "manual" }))
          )
          return Option.some(` ${page.headers.get("location")} \n`)
        })
      const show = async (url: string) => Deferred.unsafeDone(shown, Effect.succeed(url))
      const entry = yield* byBrowser("corp", server(), host(show, paste))
      assert.strictEqual(entry.type, "oauth")
      assert.deepStrictEqual(complaints, [undefined, "its state is not that of this sign-in"])
    })
  )

  it.live("at OpenRouter brings a code for an API key, with the state in the redirect's path", () =>
    Effect.gen(function* () {
      const key = yield* atOpenRouter(`${fake.url}/api/v1/`, host(browse))
      assert.strictEqual(Redacted.value(key), "sk-or-v1-4711471147114711")
      const [, exchange] = fake.asked
      assert.strictEqual(exchange?.path, "/api/v1/auth/keys")
      assert.hasAllKeys(exchange?.body, ["code", "code_verifier", "code_challenge_method"])
    })
  )

  it.live("to a server that is not on this machine is not exchanged without TLS", () =>
    Effect.gen(function* () {
      const open = { ...server(), tokenUrl: "http://example.com/token" }
      const error = yield* Effect.flip(byBrowser("corp", open, host(browse)))
      assert.include(error.message, "not https")
    })
  )
})

const pending = { status: 400, body: { error: "authorization_pending" } }

/** Steps the clock second by second, and lets real requests end in between. */
const pass = (seconds: number) =>
  Effect.forEach(
    Array.from({ length: seconds }),
    () =>
      Effect.zipRight(
        TestClock.adjust("1 second"),
        Effect.promise(() => new Promise((go) => setTimeout(go, 15)))
      ),
    { discard: true }
  )

const polls = () => fake.asked.filter(({ path }) => /token$/.test(path)).length

describe("a device code", () => {
  const signIn = (shown: Array<DeviceCode>) =>
    Effect.fork(
      byDevice("corp", server(), { fetch: httpFetch, show: (code) => Effect.sync(() => void shown.push(code)) })
    )
  const until = (is: () => boolean) =>
    Effect.promise(async () => {
      while (!is()) await new Promise((go) => setTimeout(go, 5))
    })

  it.effect(
    "is asked about every five seconds, five more after slow_down, and GitHub's errors with status 200 are errors",
    () =>
      Effect.gen(function* () {
        yield* Effect.promise(() =>
          fakeWith({
            device: [{ body: { error: "authorization_pending" } }, { body: { error: "slow_down" } }, pending]
          })
        )
        const shown: Array<DeviceCode> = []
        const fiber = yield* signIn(shown)
        yield* until(() => shown.length === 1)
        assert.deepInclude(shown[0], { userCode: "ABCD-1234", uri: `${fake.url}/device` })
        yield* pass(4)
        assert.strictEqual(polls(), 0)
        yield* pass(1)
        yield* until(() => polls() === 1)
        yield* pass(5)
        yield* until(() => polls() === 2)
        yield* pass(9)
        assert.strictEqual(polls(), 2)
        yield* pass(1)
        yield* until(() => polls() === 3)
        yield* pass(10)
        const grant = yield* Fiber.join(fiber)
        assert.strictEqual(Redacted.value(grant.access), "access-1-0815081508150815")
        assert.deepInclude(fake.asked[0]?.body, { client_id: "code-mesh", scope: "models" })
      })
  )

  it.effect("that the person refuses ends the sign-in", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => fakeWith({ device: [{ status: 400, body: { error: "access_denied" } }] }))
      const shown: Array<DeviceCode> = []
      const fiber = yield* signIn(shown)
      yield* until(() => shown.length === 1)
      yield* pass(5)
      assert.include((yield* Effect.flip(Fiber.join(fiber))).message, "you said no")
    })
  )

  it.effect("is asked about no more once the sign-in is given up", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => fakeWith({ device: [pending, pending, pending, pending] }))
      const shown: Array<DeviceCode> = []
      const fiber = yield* signIn(shown)
      yield* until(() => shown.length === 1)
      yield* pass(5)
      yield* until(() => polls() === 1)
      yield* Fiber.interrupt(fiber)
      yield* pass(20)
      assert.strictEqual(polls(), 1)
    })
  )
})

describe("GitHub's token", () => {
  /** What github.com and its API would be asked comes to the fake. */
  const hosts: Fetch = (url, init) => httpFetch(String(url).replace(/^https:\/\/(api\.)?github\.com/, fake.url), init)
  const github = Redacted.make("access-0")

  it.live("is exchanged for Copilot's, which says where it is used and when it is renewed", () =>
    Effect.gen(function* () {
      const entry = yield* copilotToken(hosts, github)
      assert.deepInclude(entry, { type: "oauth", baseUrl: `${fake.url}/copilot` })
      assert.strictEqual(Redacted.value(entry.access), "copilot-1-0815081508150815")
      assert.strictEqual(Redacted.value(entry.refresh), "access-0")
      assert.approximately(entry.expires, Date.now() + 1_560_000, 60_000)
    })
  )

  it.live("that GitHub no longer knows wants a new sign-in; an account without Copilot is told so", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.flip(copilotToken(hosts, Redacted.make("old")))
      assert.strictEqual(gone.kind, "over")
      yield* Effect.promise(() =>
        fakeWith({ replies: { "/copilot_internal/v2/token": () => ({ status: 403, body: {} }) } })
      )
      assert.include((yield* Effect.flip(copilotToken(hosts, github))).message, "subscription")
      yield* Effect.promise(() => fakeWith({ replies: { "/copilot_internal/v2/token": () => ({ body: {} }) } }))
      assert.strictEqual((yield* Effect.flip(copilotToken(hosts, github))).kind, "refused")
      yield* Effect.promise(() => fake.close())
      assert.strictEqual((yield* Effect.flip(copilotToken(hosts, github))).kind, "unreachable")
    })
  )
})
