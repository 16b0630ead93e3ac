/** Keys in the system's keyring and under a passphrase: nothing is left in the open, and what fails says what to do. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { keyRing, make } from "../../../src/adapters/node/FileCredentials.ts"
import {
  type AskPassphrase,
  type Keyring,
  keyringPlace,
  passphrasePlace,
  type SecretPlace
} from "../../../src/adapters/node/secretPlaces.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"
import { contractEnv, credentialsContract } from "../../ports/Credentials.contract.ts"
import { failure } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-places-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const fresh = () => join(mkdtempSync(join(home, `${++count}-`)), "auth.sealed.json")

const saying =
  (passphrase: string): AskPassphrase =>
  () =>
    Effect.succeedSome(Redacted.make(passphrase))
const nobody: AskPassphrase = () => Effect.succeedNone

/** A keyring in memory, as the system's own answers. */
const memoryKeyring = (): Keyring => {
  const held = new Map<string, string>()
  return {
    AsyncEntry: class {
      readonly name: string
      constructor(service: string, user: string) {
        this.name = `${service} ${user}`
      }
      getPassword = async () => held.get(this.name) ?? null
      setPassword = async (text: string) => {
        held.set(this.name, text)
      }
    }
  }
}

const layerOf = (place: SecretPlace, path: string, env = {}) =>
  Layer.succeed(Credentials, make(keyRing(place, path), { env }))

runContract(credentialsContract, "Credentials under a passphrase", () => {
  const path = fresh()
  return layerOf(passphrasePlace(path, saying("open sesame")), path, contractEnv)
})
runContract(credentialsContract, "Credentials in a keyring", () => {
  const path = fresh()
  const keyring = memoryKeyring()
  return layerOf(
    keyringPlace(path, async () => keyring),
    path,
    contractEnv
  )
})

const using = <A, E>(place: SecretPlace, path: string, use: (all: typeof Credentials.Service) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Credentials, use), layerOf(place, path))
const key = Redacted.make("sk-canary-123456")

describe("keys under a passphrase", () => {
  it.live("are in no file in the open, are asked for once, and open with the same passphrase alone", () =>
    Effect.gen(function* () {
      const path = fresh()
      const asked: Array<boolean> = []
      const place = passphrasePlace(path, (isNew) => {
        asked.push(isNew)
        return Effect.succeedSome(Redacted.make("geheim"))
      })
      yield* using(place, path, (all) => Effect.zipRight(all.set("a", key), all.set("b", key)))
      assert.deepStrictEqual(asked, [true])
      assert.deepStrictEqual(readdirSync(dirname(path)), ["auth.sealed.json"])
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      assert.notInclude(readFileSync(path, "utf8"), "canary")
      const again = passphrasePlace(path, saying("geheim"))
      assert.deepStrictEqual(yield* again.peek, undefined)
      const [found] = yield* using(again, path, (all) => all.list)
      assert.strictEqual(Redacted.value(found?.key ?? key), "sk-canary-123456")
      assert.strictEqual(found?.source, `${path} (encrypted)`)
      assert.include((yield* again.peek) ?? "", "canary")
      const wrong = yield* failure(using(passphrasePlace(path, saying("other")), path, (all) => all.list))
      assert.include(wrong.message, "the passphrase is not the one")
    })
  )

  it.live("are refused with what to do where nobody can type it, and a changed file is refused as well", () =>
    Effect.gen(function* () {
      const path = fresh()
      const none = yield* failure(using(passphrasePlace(path, nobody), path, (all) => all.set("a", key)))
      assert.include(none.message, "CODE_MESH_PASSPHRASE")
      assert.deepStrictEqual(readdirSync(dirname(path)), [])
      yield* using(passphrasePlace(path, saying("x")), path, (all) => all.set("a", key))
      const sealed = JSON.parse(readFileSync(path, "utf8"))
      writeFileSync(path, JSON.stringify({ ...sealed, data: `${sealed.data.slice(0, -4)}AAA=` }))
      const changed = yield* failure(using(passphrasePlace(path, saying("x")), path, (all) => all.list))
      assert.include(changed.message, "the file was changed")
      writeFileSync(path, "{}")
      const odd = yield* failure(using(passphrasePlace(path, saying("x")), path, (all) => all.list))
      assert.include(odd.message, "is not one that code-mesh has sealed")
    })
  )
})

describe("keys in the keyring", () => {
  it.live("are refused, and kept nowhere else, where there is no keyring", () =>
    Effect.gen(function* () {
      const path = fresh()
      const place = keyringPlace(path, async () => {
        throw new Error("Platform failure: DBus error\nmore")
      })
      const error = yield* failure(using(place, path, (all) => all.set("a", key)))
      assert.include(error.message, "the system's keyring cannot be used (Platform failure: DBus error)")
      assert.deepStrictEqual(readdirSync(dirname(path)), [])
    })
  )

  it.live("name the package that is missing", () =>
    Effect.gen(function* () {
      const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })
      const error = yield* failure(keyringPlace("/x", () => Promise.reject(missing)).read)
      assert.include(error.message, "install @napi-rs/keyring")
    })
  )

  it.live("are never in the kernel's keyring: without the system's service the real package refuses", () =>
    Effect.gen(function* () {
      if (process.platform !== "linux" || process.env.DBUS_SESSION_BUS_ADDRESS !== undefined) return
      const error = yield* failure(keyringPlace(fresh()).write("{}"))
      assert.include(error.message, "the system's keyring cannot be used")
      assert.isTrue(Option.isNone(Option.fromNullable(yield* keyringPlace(fresh()).peek)))
    })
  )
})
