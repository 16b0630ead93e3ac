/** Keys of a site, in a page: their contract, and steps over a reload. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as BrowserCredentials from "../../../src/adapters/browser/BrowserCredentials.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"
import { contractEnv, credentialsContract } from "../../ports/Credentials.contract.ts"
import { collect } from "../../support/contract.ts"

let count = 0
/** Runs the contract, each test on a database of its own. */
export const run = () =>
  collect(credentialsContract, () => BrowserCredentials.layer({ name: `contract-${++count}`, env: contractEnv }))

const using = <A, E>(use: (all: typeof Credentials.Service) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(Effect.flatMap(Credentials, use), BrowserCredentials.layer({ name: "kept" })))

/** Stores a key. */
export const set = (provider: string, key: string) => using((all) => all.set(provider, Redacted.make(key)))

/** A stored key's text. */
export const get = (provider: string) =>
  using((all) =>
    Effect.map(all.get(provider), (found) => Option.getOrNull(Option.map(found, (one) => Redacted.value(one.key))))
  )

/** All that the database holds, as far as a program can write it down. */
export const dump = () =>
  new Promise<string>((resolve, reject) => {
    const request = indexedDB.open("kept")
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const all = request.result.transaction("keys").objectStore("keys").getAll()
      all.onerror = () => reject(all.error)
      all.onsuccess = () => resolve(all.result.map((one) => new TextDecoder().decode(one.data)).join("\n"))
    }
  })
