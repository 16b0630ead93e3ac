/** What signing in decides: addresses, what came back, when to ask again, when to renew, what is allowed and taken over. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { authorizationUrl, parametersOf, pasted, returned, withQuery } from "../../../src/domain/auth/authorizing.ts"
import { afterAnswer, type DeviceAnswer, polling } from "../../../src/domain/auth/devicePolling.ts"
import { endOf, holds, isSame, isStale } from "../../../src/domain/auth/expiry.ts"
import { offers } from "../../../src/domain/auth/imported.ts"
import { notAllowed } from "../../../src/domain/auth/unofficial.ts"

describe("the address to open", () => {
  const given = { clientId: "c", redirectUri: "http://127.0.0.1:1/callback", state: "s&=", challenge: "x" }

  it("holds every parameter, also behind those that it has", () => {
    const url = new URL(authorizationUrl({ ...given, authorizeUrl: "https://a.example/o?audience=b#f", scope: "a b" }))
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
      audience: "b",
      response_type: "code",
      client_id: "c",
      redirect_uri: "http://127.0.0.1:1/callback",
      scope: "a b",
      state: "s&=",
      code_challenge: "x",
      code_challenge_method: "S256"
    })
    assert.strictEqual(url.hash, "#f")
    assert.isNull(new URL(authorizationUrl({ ...given, authorizeUrl: "https://a.example" })).searchParams.get("scope"))
  })

  it("and its parameters are read back (property)", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("https://a", "https://a?", "https://a?b=1"),
        (text, url) => {
          assert.strictEqual(parametersOf(withQuery(url, { text })).get("text"), text)
        }
      )
    )
    assert.strictEqual(parametersOf("?a=%zz&a=2&&=3").get("a"), "%zz")
    assert.strictEqual(parametersOf("?a").get("a"), "")
  })
})

describe("what comes back", () => {
  it("counts with its state alone, in the query or as the last word of the path", () => {
    assert.deepStrictEqual(returned("/callback?code=1&state=s", "s"), { kind: "code", code: "1" })
    assert.deepStrictEqual(returned("/callback/s?code=1", "s"), { kind: "code", code: "1" })
    assert.strictEqual(returned("/callback?code=1", "s").kind, "wrong")
    assert.strictEqual(returned("/callback/s?code=1&state=t", "s").kind, "wrong")
    assert.strictEqual(returned("/callback?error=access_denied&state=t", "s").kind, "wrong")
    assert.strictEqual(returned("/callback?state=s", "s").kind, "wrong")
  })

  it("may be a no, of which only the protocol's word is shown", () => {
    assert.deepStrictEqual(returned("?error=access_denied&state=s", "s"), { kind: "denied", error: "access_denied" })
    assert.deepStrictEqual(returned("?error=a%20b&state=s", "s"), { kind: "denied", error: "an error" })
  })

  it("may be pasted as an address, as a code with its state, or as a code", () => {
    assert.deepStrictEqual(pasted(" http://localhost:1/callback?code=1&state=s\n", "s"), { kind: "code", code: "1" })
    assert.deepStrictEqual(pasted("code=1&state=s", "s"), { kind: "code", code: "1" })
    assert.deepStrictEqual(pasted("abc#s", "s"), { kind: "code", code: "abc" })
    assert.deepStrictEqual(pasted("abc", "s"), { kind: "code", code: "abc" })
    for (const text of ["http://localhost:1/callback?code=1&state=t", "abc#t", "", "a b"])
      assert.strictEqual(pasted(text, "s").kind, "wrong", text)
  })
})

describe("asking about a device code", () => {
  const at = polling(0, { expiresIn: 900 })
  const no = (error: string, interval?: number): DeviceAnswer<string> => ({
    kind: "refused",
    error,
    ...(interval === undefined ? {} : { interval })
  })

  it("waits five seconds where none are named, five more after slow_down, and as long as a server then says", () => {
    assert.strictEqual(at.interval, 5)
    assert.strictEqual(polling(0, { expiresIn: 1, interval: 0 }).interval, 1)
    const wait = (answer: DeviceAnswer<string>) => {
      const step = afterAnswer(1000, at, answer)
      return step.kind === "wait" ? step.polling.interval : step
    }
    assert.strictEqual(wait(no("authorization_pending")), 5)
    assert.strictEqual(wait(no("slow_down")), 10)
    assert.strictEqual(wait(no("slow_down", 30)), 30)
    assert.strictEqual(wait({ kind: "unreachable", reason: "x" }), 10)
  })

  it("ends with the token, with a no, with an error of another kind, and with the code", () => {
    const end = (answer: DeviceAnswer<string>, now = 1000) => afterAnswer(now, at, answer)
    assert.deepStrictEqual(end({ kind: "granted", value: "t" }), { kind: "granted", value: "t" })
    assert.deepStrictEqual(end(no("access_denied")), { kind: "over", reason: "you said no" })
    assert.deepStrictEqual(end(no("expired_token")), { kind: "over", reason: "the code has expired" })
    assert.deepStrictEqual(end(no("odd")), { kind: "over", reason: "the provider said odd" })
    assert.deepStrictEqual(end(no("authorization_pending"), 896_000), { kind: "over", reason: "the code has expired" })
  })
})

const signIn = (access: string, expires: number, refresh = "r") => ({
  type: "oauth" as const,
  access: Redacted.make(access),
  refresh: Redacted.make(refresh),
  expires
})

describe("a token", () => {
  it("is renewed a minute before its end, and holds until then; one without an end always holds", () => {
    assert.deepStrictEqual(
      [60_000, 60_001, 0].map((end) => isStale(signIn("a", end), 0)),
      [true, false, false]
    )
    assert.deepStrictEqual(
      [1, 2, 0].map((end) => holds(signIn("a", end), 1)),
      [false, true, true]
    )
    assert.deepStrictEqual(
      [undefined, 0, -1, 2].map((seconds) => endOf(1000, seconds)),
      [0, 0, 0, 3000]
    )
  })

  it("is another one where either part is", () => {
    assert.isTrue(isSame(signIn("a", 1), signIn("a", 2)))
    assert.isFalse(isSame(signIn("a", 1), signIn("b", 1)))
    assert.isFalse(isSame(signIn("a", 1), signIn("a", 1, "s")))
  })
})

describe("Copilot", () => {
  it("is off until the settings or the person at the sign-in say otherwise; the settings' no counts more", () => {
    const plain = signIn("a", 1)
    const agreed = { ...plain, unofficial: true as const }
    const key = { type: "api" as const, key: Redacted.make("k") }
    assert.isUndefined(notAllowed("other", plain, undefined))
    assert.isUndefined(notAllowed("copilot", plain, true))
    assert.isUndefined(notAllowed("copilot", agreed, undefined))
    for (const reason of [
      notAllowed("copilot", plain, undefined),
      notAllowed("copilot", key, undefined),
      notAllowed("copilot", agreed, false)
    ])
      assert.include(reason ?? "", "unofficial")
  })
})

describe("another program's file", () => {
  const api = { type: "api", key: "k" }
  const oauth = { type: "oauth", access: "a", refresh: "r", expires: 1 }

  it("gives its keys, under the names that they have here, and no sign-ins", () => {
    const theirs = {
      mistral: api,
      togetherai: api,
      anthropic: oauth,
      "github-copilot": oauth,
      openai: oauth,
      odd: 3,
      groq: api
    }
    const all = offers(theirs, { stored: new Set(["groq"]), replace: false })
    assert.deepStrictEqual(
      all.map(({ name, reason, taken }) => [name, taken?.provider ?? reason?.slice(0, 34)]),
      [
        ["anthropic", "Signing in with a Claude subscript"],
        ["github-copilot", "Copilot is unofficial and needs yo"],
        ["groq", "A key is stored here already; --re"],
        ["mistral", "mistral"],
        ["odd", "It is of a kind that is not known "],
        ["openai", "A sign-in belongs to the program t"],
        ["togetherai", "together"]
      ]
    )
    assert.deepStrictEqual(
      offers({ groq: api }, { stored: new Set(["groq"]), replace: true }).map(({ taken }) => taken?.provider),
      ["groq"]
    )
    assert.strictEqual(offers({ constructor: oauth }, { stored: new Set(), replace: false })[0]?.taken, undefined)
    assert.strictEqual(
      offers({ constructor: api }, { stored: new Set(), replace: false })[0]?.taken?.provider,
      "constructor"
    )
  })
})
