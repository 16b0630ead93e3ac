/** Sessions at rest: sealed texts open with their key alone, at their place alone; a database with them holds no word of them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { keyRing } from "../../../src/adapters/node/FileCredentials.ts"
import * as Sqlite from "../../../src/adapters/node/Sqlite.ts"
import { filePlace, passphrasePlace } from "../../../src/adapters/node/secretPlaces.ts"
import { textSealing } from "../../../src/adapters/node/textSealing.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { eventStoreContract } from "../../ports/EventStore.contract.ts"
import { failure } from "../../support/contract.ts"
import { logOf, sessionId } from "../../support/events.ts"
import { runContract } from "../../support/runContract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-sealing-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const fresh = () => mkdtempSync(join(home, `${++count}-`))
const ringIn = (folder: string) => {
  const path = join(folder, "auth.json")
  return keyRing(filePlace(path), path)
}

runContract(eventStoreContract, "SqlEventStore with sealed texts", () => {
  const folder = fresh()
  return Sqlite.layer({ path: join(folder, "code-mesh.db"), sealing: textSealing(ringIn(folder), true) })
})

describe("textSealing", () => {
  it.live("opens what was sealed with the same key at the same place, whether or not it seals itself", () =>
    Effect.gen(function* () {
      const folder = fresh()
      const [sealed = ""] = yield* textSealing(ringIn(folder), true).seal(["a secret plan"], "ses_1")
      assert.notInclude(sealed, "secret")
      const later = textSealing(ringIn(folder), false)
      assert.deepStrictEqual(yield* later.seal(["open"], "ses_1"), ["open"])
      assert.deepStrictEqual(yield* later.open([sealed, "open"], "ses_1"), ["a secret plan", "open"])
      assert.strictEqual((yield* failure(later.open([sealed], "ses_2"))).kind, "sealed")
      const cut = `${sealed.slice(0, -6)}AAAAAA`
      assert.strictEqual((yield* failure(later.open([cut], "ses_1"))).kind, "sealed")
    })
  )

  it.live("says which key it would need, and makes none where it only opens", () =>
    Effect.gen(function* () {
      const folder = fresh()
      const [sealed = ""] = yield* textSealing(ringIn(folder), true).seal(["x"], "p")
      const other = fresh()
      const missing = yield* failure(textSealing(ringIn(other), false).open([sealed], "p"))
      assert.include(missing.message, "there is no key for them")
      assert.deepStrictEqual(readdirSync(other), [])
      yield* textSealing(ringIn(other), true).seal(["y"], "p")
      const wrong = yield* failure(textSealing(ringIn(other), true).open([sealed], "p"))
      assert.include(wrong.message, "sealed with another key")
      const locked = keyRing(
        passphrasePlace(join(folder, "auth.sealed.json"), () => Effect.succeed(Option.none())),
        join(folder, "auth.json")
      )
      const nobody = yield* failure(textSealing(locked, true).seal(["z"], "p"))
      assert.include(nobody.message, "CODE_MESH_PASSPHRASE")
    })
  )
})

describe("a database of sealed sessions", () => {
  const one = sessionId(1)
  const write = Effect.scoped(
    Effect.gen(function* () {
      const store = yield* EventStore
      yield* store.append(yield* store.lease(one), 0, logOf(one, 5))
    })
  )

  it.live("holds none of their words, and is read with the key", () =>
    Effect.gen(function* () {
      const folder = fresh()
      const path = join(folder, "code-mesh.db")
      const sealing = textSealing(ringIn(folder), true)
      yield* Effect.provide(write, Sqlite.layer({ path, sealing }))
      const words = logOf(one, 5).map((event) => event.hash)
      const bytes = readdirSync(folder)
        .filter((name) => name.startsWith("code-mesh.db"))
        .map((name) => readFileSync(join(folder, name), "latin1"))
        .join("")
      for (const word of [...words, "session.created"]) assert.notInclude(bytes, word)
      const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(one)))
      const layer = Sqlite.layer({ path, sealing: textSealing(ringIn(folder), false) })
      assert.deepStrictEqual([...(yield* Effect.provide(read, layer))], logOf(one, 5))
      const without = Sqlite.layer({ path, sealing: textSealing(ringIn(fresh()), false) })
      const error = yield* failure(Effect.provide(read, without))
      assert.strictEqual(error._tag === "StoreFailed" && error.kind, "sealed")
      const titles = Effect.flatMap(EventStore, (store) => store.list)
      assert.strictEqual((yield* Effect.provide(titles, without))[0]?.title.length, "(encrypted)".length)
    })
  )
})
