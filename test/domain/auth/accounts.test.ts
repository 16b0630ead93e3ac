/** Accounts in a file of credentials: which counts, and that a change loses nothing that others wrote. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import {
  accountOf,
  accountsIn,
  type Entries,
  entryName,
  isAccountName,
  secretsIn,
  tokenFor,
  withAccount,
  withChoice,
  withoutAccount
} from "../../../src/domain/auth/accounts.ts"

const api = (key: string) => ({ type: "api", key })
const entry = (key: string) => ({ type: "api" as const, key: Redacted.make(key) })
const oauth = { type: "oauth", access: "a", refresh: "r", expires: 1 }
const choices = (chosen: object) => ({ "code-mesh:accounts": { type: "accounts", chosen } })
const name = (found: ReturnType<typeof accountOf>) => found?.account

describe("the account that counts", () => {
  const two = { x: api("1"), "x#work": api("2"), "x#home": oauth }

  it("is the one that the settings name, and then no other", () => {
    assert.strictEqual(name(accountOf({ ...two, ...choices({ x: "home" }) }, "x", "work")), "work")
    assert.isUndefined(accountOf(two, "x", "gone"))
  })

  it("is else the chosen one, the unnamed one, the first", () => {
    assert.strictEqual(name(accountOf({ ...two, ...choices({ x: "home" }) }, "x")), "home")
    assert.strictEqual(name(accountOf({ ...two, ...choices({ x: "gone" }) }, "x")), "default")
    assert.strictEqual(name(accountOf({ "x#work": api("2"), "x#home": api("3") }, "x")), "home")
    assert.isUndefined(accountOf(two, "y"))
  })

  it("is chosen only where there is one, and the choice goes with it", () => {
    assert.isUndefined(withChoice(two, "x", "gone"))
    const chosen = withChoice(two, "x", "work") ?? {}
    assert.strictEqual(name(accountOf(chosen, "x")), "work")
    assert.deepStrictEqual(withoutAccount(chosen, "x", "work"), { x: api("1"), "x#home": oauth })
    const both = withChoice({ ...chosen, y: api("4") }, "y", "default") ?? {}
    assert.deepStrictEqual(withoutAccount(both, "x", "work"), {
      x: api("1"),
      "x#home": oauth,
      y: api("4"),
      ...choices({ y: "default" })
    })
    assert.strictEqual(name(accountOf(withoutAccount(both, "x", "home") ?? {}, "x")), "work")
  })

  it("may be of a provider whose name holds what parts a name from an account", () => {
    assert.deepStrictEqual(
      accountsIn({ "https://a.example/#": api("1"), "#x": api("2"), "y#b c": api("3") }).map(
        ({ account, provider }) => [provider, account]
      ),
      [
        ["#x", "default"],
        ["https://a.example/#", "default"],
        ["y#b c", "default"]
      ]
    )
    assert.strictEqual(entryName("x", "work"), "x#work")
    assert.deepStrictEqual(["work", "a@b.c", "", "a#b", "-x", "x".repeat(65)].map(isAccountName), [
      true,
      true,
      false,
      false,
      false,
      false
    ])
  })
})

describe("a change", () => {
  it("keeps what others wrote beside an entry of the same kind, and nothing of one of another kind", () => {
    const noted = { x: { ...api("1"), metadata: { a: 1 } } }
    assert.deepStrictEqual(withAccount(noted, { provider: "x", account: "default", entry: entry("2") }), {
      x: { metadata: { a: 1 }, ...api("2") }
    })
    const signedIn = { x: { ...oauth, metadata: 1, baseUrl: "https://old" } }
    assert.deepStrictEqual(withAccount(signedIn, { provider: "x", account: "default", entry: entry("2") }), {
      x: api("2")
    })
    assert.deepStrictEqual(withAccount({ x: 3 }, { provider: "x", account: "default", entry: entry("2") }), {
      x: api("2")
    })
    const fresh = { type: "oauth" as const, access: Redacted.make("b"), refresh: Redacted.make("s"), expires: 2 }
    assert.deepStrictEqual(withAccount(signedIn, { provider: "x", account: "default", entry: fresh }), {
      x: { metadata: 1, type: "oauth", access: "b", refresh: "s", expires: 2 }
    })
  })

  it("forgets only what is an account", () => {
    assert.isUndefined(withoutAccount({ x: 3 }, "x", "default"))
    assert.isUndefined(withoutAccount({}, "constructor", "default"))
    assert.isUndefined(withoutAccount(choices({ x: "work" }), "code-mesh:accounts", "default"))
  })

  it("of one account leaves every other entry as it was (property)", () => {
    const entries = fc.dictionary(
      fc.string(),
      fc.oneof(fc.jsonValue(), fc.constant(oauth), fc.string({ minLength: 1 }).map(api))
    )
    fc.assert(
      fc.property(
        entries,
        fc.string({ minLength: 1 }),
        fc.constantFrom("default", "work"),
        (all, provider, account) => {
          const before: Entries = all
          const at = entryName(provider, account)
          const after = withAccount(before, { provider, account, entry: entry("k") })
          const rest = (of: Entries) => Object.fromEntries(Object.entries(of).filter(([key]) => key !== at))
          assert.deepStrictEqual(rest(after), rest(before))
          assert.isTrue(Object.hasOwn(after, at))
        }
      )
    )
  })
})

describe("secrets", () => {
  it("are every key and token, and members of other kinds that are secrets by their names", () => {
    const all = {
      a: api(" k1 "),
      "b#work": { ...oauth, refresh: "" },
      c: oauth,
      "https://d": { type: "wellknown", key: "D_TOKEN", token: "t" },
      e: { type: "seal", key: "s", note: "n", token: 3 },
      f: 4
    }
    assert.deepStrictEqual(
      secretsIn(all).map(({ key, provider, what }) => [provider, Redacted.value(key), what]),
      [
        ["a", "k1", undefined],
        ["b", "a", "access token"],
        ["c", "a", "access token"],
        ["c", "r", "refresh token"],
        ["https://d", "t", "token"],
        ["e", "s", "key"]
      ]
    )
    assert.strictEqual(tokenFor(all, "D_TOKEN")?.provider, "https://d")
    assert.isUndefined(tokenFor(all, "OTHER"))
  })
})
