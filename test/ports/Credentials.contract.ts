/** What every Credentials must hold. The layer under test starts with no key and the environment `{ GIVEN_KEY: "from-env" }`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Credentials } from "../../src/ports/Credentials.ts"
import { type Contract, equal, failure, ok } from "../support/contract.ts"

/** The environment that the layer under test must be given. */
export const contractEnv = { GIVEN_KEY: "from-env", EMPTY_KEY: "" }

const key = (provider: string, env?: string) =>
  Effect.flatMap(Credentials, (all) =>
    Effect.map(all.get(provider, env), (found) =>
      Option.getOrUndefined(Option.map(found, (one) => Redacted.value(one.key)))
    )
  )
const set = (provider: string, text: string) =>
  Effect.flatMap(Credentials, (all) => all.set(provider, Redacted.make(text)))

/** What every Credentials must hold. */
export const credentialsContract: Contract<Credentials> = {
  name: "Credentials",
  tests: [
    {
      name: "a stored key is found again, and no other",
      run: Effect.gen(function* () {
        equal(yield* key("anthropic"), undefined)
        yield* set("anthropic", "sk-1")
        equal([yield* key("anthropic"), yield* key("openai")], ["sk-1", undefined])
      })
    },
    {
      name: "storing again replaces, and removing forgets",
      run: Effect.gen(function* () {
        const all = yield* Credentials
        yield* set("a", "one")
        yield* set("a", "two")
        equal(yield* key("a"), "two")
        equal([yield* all.remove("a"), yield* all.remove("a"), yield* key("a")], [true, false, undefined])
      })
    },
    {
      name: "the environment wins, says so, and an empty variable says nothing",
      run: Effect.gen(function* () {
        const all = yield* Credentials
        yield* set("a", "stored")
        equal(
          [
            yield* key("a", "GIVEN_KEY"),
            yield* key("a", "EMPTY_KEY"),
            yield* key("a", "ABSENT"),
            yield* key("b", "GIVEN_KEY")
          ],
          ["from-env", "stored", "stored", "from-env"]
        )
        equal(Option.getOrThrow(yield* all.get("a", "GIVEN_KEY")).source, "environment GIVEN_KEY")
      })
    },
    {
      name: "the list has the providers with a stored key, sorted",
      run: Effect.gen(function* () {
        const all = yield* Credentials
        yield* Effect.all([set("b", "2"), set("a", "1"), set("c", "3")])
        equal(
          (yield* all.list).map((one) => [one.provider, Redacted.value(one.key)]),
          [
            ["a", "1"],
            ["b", "2"],
            ["c", "3"]
          ]
        )
      })
    },
    {
      name: "blanks round a pasted key are dropped, and an empty key is refused",
      run: Effect.gen(function* () {
        yield* set("a", "  sk-1\n")
        equal(yield* key("a"), "sk-1")
        equal((yield* failure(set("a", " \n")))._tag, "CredentialsFailed")
        equal(yield* key("a"), "sk-1")
      })
    },
    {
      name: "of several accounts the chosen one counts, and is the first in the list",
      run: Effect.gen(function* () {
        const all = yield* Credentials
        yield* set("a", "one")
        yield* all.set("a", Redacted.make("two"), "work")
        equal(yield* key("a"), "one")
        equal([yield* all.choose("a", "work"), yield* all.choose("a", "gone"), yield* key("a")], [true, false, "two"])
        equal(
          (yield* all.list).map((one) => [one.provider, one.account]),
          [
            ["a", "work"],
            ["a", "default"]
          ]
        )
        equal([yield* all.remove("a", "work"), yield* key("a")], [true, "one"])
      })
    },
    {
      name: "a sign-in is kept, says where it is used, and one that has ended is found but not given",
      run: Effect.gen(function* () {
        const all = yield* Credentials
        const baseUrl = "https://api.example.com"
        const signIn = { type: "oauth", access: Redacted.make("access"), refresh: Redacted.make("refresh") } as const
        yield* all.set("a", { ...signIn, expires: 0, baseUrl })
        const given = Option.getOrThrow(yield* all.get("a"))
        equal([Redacted.value(given.key), given.kind, given.endpoint], ["access", "oauth", { baseUrl }])
        yield* all.set("b", { ...signIn, expires: 1 })
        equal(Option.getOrThrow(yield* all.find("b")).expires, 1)
        equal((yield* failure(all.get("b")))._tag, "CredentialsFailed")
      })
    },
    {
      name: "a provider may have any name",
      run: Effect.gen(function* () {
        for (const name of ["constructor", "my.own provider", "ü"]) {
          equal(yield* key(name), undefined, name)
          yield* set(name, `key-${name.length}`)
          equal(yield* key(name), `key-${name.length}`, name)
        }
      })
    },
    {
      name: "a key does not show when it is printed",
      run: Effect.gen(function* () {
        yield* set("a", "sk-secret")
        const found = yield* Effect.flatMap(Credentials, (all) => all.get("a"))
        ok(!JSON.stringify(found).includes("sk-secret") && !String(found).includes("sk-secret"), "it shows")
      })
    }
  ]
}
