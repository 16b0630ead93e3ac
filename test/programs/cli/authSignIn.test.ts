/** Signing in to Copilot at a terminal that is a script: nothing is asked of GitHub before the person has said yes. */
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { httpFetch } from "../../../src/adapters/node/httpFetch.ts"
import type { Fetch } from "../../../src/adapters/shared/auth/jsonCall.ts"
import type { ProviderConfig } from "../../../src/domain/model/Config.ts"
import { signIn } from "../../../src/programs/cli/authSignIn.ts"
import { Io } from "../../../src/programs/cli/Io.ts"
import type { Method } from "../../../src/programs/cli/signInMethods.ts"
import { type FakeOAuth, startFakeOAuth } from "../../support/fakeOAuth.ts"

let fake: FakeOAuth
beforeEach(async () => {
  fake = await startFakeOAuth()
})
afterEach(() => fake.close())

/** What github.com and its API would be asked comes to the fake. */
const fetch: Fetch = (url, init) => httpFetch(String(url).replace(/^https:\/\/(api\.)?github\.com/, fake.url), init)

/** A terminal at which somebody answers every question alike; `said` is what it showed. */
const terminal = (answer: string | undefined, attended = answer !== undefined) => {
  const said: Array<string> = []
  const io = Io.of({
    argv: [],
    env: {},
    cwd: "/",
    attended,
    live: false,
    columns: undefined,
    out: () => Effect.void,
    err: (text) => Effect.sync(() => void said.push(text)),
    redraw: () => Effect.void,
    piped: () => Effect.succeedNone,
    lines: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) },
    ask: () => Effect.succeed(Option.fromNullable(answer)),
    pick: undefined,
    onSignal: () => Effect.void,
    uptime: () => 0
  })
  return {
    said,
    signIn: (settings: ProviderConfig = {}, method: Method = "device", name = "copilot") =>
      Effect.provideService(signIn(method, name, { fetch, settings }), Io, io)
  }
}

const shows = (said: ReadonlyArray<string>, words: RegExp) =>
  Effect.promise(async () => {
    for (;;) {
      const found = words.exec(said.join(""))
      if (found !== null) return found[0]
      await new Promise((go) => setTimeout(go, 5))
    }
  })

describe("a gateway of one's own", () => {
  const oauth = () => ({
    authorizeUrl: `${fake.url}/authorize`,
    deviceUrl: `${fake.url}/device/code`,
    tokenUrl: `${fake.url}/token`,
    clientId: "code-mesh",
    scope: "models"
  })

  for (const method of ["browser", "device"] as const)
    it.effect(`is signed in to as its settings say, by ${method}`, () =>
      Effect.gen(function* () {
        const { said, signIn } = terminal(undefined, true)
        const fiber = yield* Effect.fork(signIn({ oauth: oauth() }, method, "corp"))
        if (method === "browser") {
          const url = yield* shows(said, /http:\S+\/authorize\?\S+/)
          yield* Effect.promise(() => globalThis.fetch(url))
        } else {
          yield* shows(said, /ABCD-1234/)
          yield* TestClock.adjust("5 seconds")
        }
        const entry = yield* Fiber.join(fiber)
        if (Redacted.isRedacted(entry)) throw new Error("a key, and no sign-in")
        assert.deepInclude(entry, { type: "oauth", tokenUrl: `${fake.url}/token`, clientId: "code-mesh" })
        assert.strictEqual(Redacted.value(entry.refresh), fake.refresh())
      })
    )
})

describe("auth login copilot", () => {
  it.effect("shows what unofficial means, then a code, and stores the yes with the token", () =>
    Effect.gen(function* () {
      const { said, signIn } = terminal("yes")
      const fiber = yield* Effect.fork(signIn())
      yield* shows(said, /ABCD-1234/)
      yield* TestClock.adjust("5 seconds")
      const entry = yield* Fiber.join(fiber)
      if (Redacted.isRedacted(entry)) throw new Error("a key, and no sign-in")
      assert.deepInclude(entry, { type: "oauth", unofficial: true, baseUrl: `${fake.url}/copilot` })
      assert.match(said.join(""), /unofficial[\s\S]*\/device[\s\S]*ABCD-1234/)
      assert.notMatch(said.join(""), /0815|4711/)
      assert.deepStrictEqual(
        fake.asked.map(({ path }) => path),
        ["/login/device/code", "/login/oauth/access_token", "/copilot_internal/v2/token"]
      )
      assert.deepInclude(fake.asked[0]?.body, { scope: "read:user" })
    })
  )

  it.effect("asks GitHub nothing after a no, where the settings say no, and where nobody is at the terminal", () =>
    Effect.gen(function* () {
      for (const [answer, settings, words] of [
        ["no", {}, "was not signed in"],
        ["yes", { unofficial: false }, "unofficial is false"],
        [undefined, { unofficial: true }, "Nobody is at the terminal"]
      ] as const) {
        const error = yield* Effect.flip(terminal(answer).signIn(settings))
        assert.include(error.message, words)
      }
      assert.lengthOf(fake.asked, 0)
    })
  )
})
