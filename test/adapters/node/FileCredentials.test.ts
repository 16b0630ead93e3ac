/** Keys in a file: its shape, its mode, and that no other process or entry loses anything. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { hostname, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as FileCredentials from "../../../src/adapters/node/FileCredentials.ts"
import { holders } from "../../../src/adapters/node/processes.ts"
import type { AccountSettings } from "../../../src/adapters/shared/auth/credentialsOver.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"
import { contractEnv, credentialsContract } from "../../ports/Credentials.contract.ts"
import { bundleForNode, start } from "../../support/child.ts"
import { equal, failure, ok } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-auth-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const fresh = () => join(mkdtempSync(join(home, `${++count}-`)), "auth.json")
const using = <A, E>(path: string, use: (all: typeof Credentials.Service) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Credentials, use), FileCredentials.layer({ path, env: {} }))
const set = (path: string, provider: string, key: string) => using(path, (all) => all.set(provider, Redacted.make(key)))
const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"))
const beside = (path: string) => readdirSync(dirname(path))

runContract(credentialsContract, "FileCredentials", () => FileCredentials.layer({ path: fresh(), env: contractEnv }))

describe("auth.json", () => {
  it.live("has opencode's shape, mode 0600, in a folder of mode 0700, and nothing is left beside it", () =>
    Effect.gen(function* () {
      const path = join(dirname(fresh()), "new", "auth.json")
      yield* set(path, "anthropic", "sk-1")
      equal(json(path), { anthropic: { type: "api", key: "sk-1" } })
      equal([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777], [0o600, 0o700])
      equal(beside(path), ["auth.json"])
    })
  )

  it.live("keeps entries of other kinds and members that it does not know", () =>
    Effect.gen(function* () {
      const path = fresh()
      const oauth = { type: "oauth", refresh: "r", access: "a", expires: 1 }
      const mine = { type: "api", key: "old", note: { kept: true } }
      writeFileSync(path, JSON.stringify({ copilot: oauth, mine, odd: 3 }), { mode: 0o600 })
      yield* set(path, "mine", "new")
      yield* set(path, "other", "x")
      equal(json(path), { copilot: oauth, mine: { ...mine, key: "new" }, odd: 3, other: { type: "api", key: "x" } })
      equal(
        (yield* using(path, (all) => all.list)).map((one) => [one.provider, one.kind]),
        [
          ["copilot", "oauth"],
          ["mine", "api"],
          ["other", "api"]
        ]
      )
      equal(yield* using(path, (all) => all.remove("odd")), false)
      equal((json(path) as Record<string, unknown>).odd, 3)
    })
  )

  it.live("that others could read is closed to them when it is read", () =>
    Effect.gen(function* () {
      const path = fresh()
      writeFileSync(path, JSON.stringify({ a: { type: "api", key: "k" } }))
      chmodSync(path, 0o644)
      ok(Option.isSome(yield* using(path, (all) => all.get("a"))), "the key was not found")
      equal(statSync(path).mode & 0o777, 0o600)
    })
  )

  for (const text of ['{"a": {"type":"api","key":"sk-secret"', "[]", "null", "sk-secret"]) {
    it.live(`that reads ${text} is named, not shown, and not overwritten`, () =>
      Effect.gen(function* () {
        const path = fresh()
        writeFileSync(path, text, { mode: 0o600 })
        for (const use of [
          set(path, "a", "k"),
          using(path, (all) => all.list),
          using(path, (all) => all.remove("a"))
        ]) {
          const error = yield* failure<unknown, { readonly message: string }, never>(use)
          ok(error.message.includes(path) && !error.message.includes("sk-secret"), error.message)
        }
        equal(readFileSync(path, "utf8"), text)
        equal(beside(path), ["auth.json"])
      })
    )
  }

  it.live("behind a link is changed where it is, and the link stays", () =>
    Effect.gen(function* () {
      const real = fresh()
      writeFileSync(real, "{}", { mode: 0o600 })
      const link = fresh()
      symlinkSync(real, link)
      yield* set(link, "a", "k")
      equal(json(real), { a: { type: "api", key: "k" } })
      ok(statSync(link).ino === statSync(real).ino, "the link is gone")
    })
  )

  it.live("is freed from the lock of a process that has died, and of one that died before it wrote its name", () =>
    Effect.gen(function* () {
      const path = fresh()
      const { self } = holders()
      writeFileSync(`${path}.lock`, `${JSON.stringify({ ...self, started: `${self.started}9` })}\nx`)
      yield* set(path, "a", "k")
      writeFileSync(`${path}.lock`, "")
      utimesSync(`${path}.lock`, 1, 1)
      yield* set(path, "b", "k")
      equal(Object.keys(json(path) as object), ["a", "b"])
      equal(beside(path), ["auth.json"])
    })
  )

  it.live("waits for the lock of a process that lives", () =>
    Effect.gen(function* () {
      const path = fresh()
      writeFileSync(`${path}.lock`, `${JSON.stringify({ ...holders().self, host: hostname() })}\nx`)
      const free = Effect.zipRight(
        Effect.sleep("200 millis"),
        Effect.sync(() => {
          ok(!existsSync(path), "written under another's lock")
          rmSync(`${path}.lock`)
        })
      )
      yield* Effect.all([set(path, "a", "k"), free], { concurrency: 2 })
      equal(json(path), { a: { type: "api", key: "k" } })
    })
  )
})

describe("what the settings say", () => {
  const withSettings = (path: string, providers: Readonly<Record<string, AccountSettings>>, env = {}) =>
    Effect.provide(Credentials, FileCredentials.layer({ path, env, providers }))
  const key = (all: typeof Credentials.Service, provider: string, env?: string) =>
    Effect.map(all.get(provider, env), (found) =>
      Option.getOrUndefined(Option.map(found, (one) => Redacted.value(one.key)))
    )

  it.live("names the account that counts, before the environment, and no other takes its place", () =>
    Effect.gen(function* () {
      const path = fresh()
      const api = (text: string) => ({ type: "api", key: text })
      writeFileSync(path, JSON.stringify({ a: api("mine"), "a#work": api("work") }), { mode: 0o600 })
      const work = yield* withSettings(path, { a: { account: "work" } }, { A_KEY: "env" })
      equal([yield* key(work, "a", "A_KEY"), yield* key(work, "b", "A_KEY")], ["work", "env"])
      const gone = yield* withSettings(path, { a: { account: "gone" } }, { A_KEY: "env" })
      const error = yield* failure(gone.get("a", "A_KEY"))
      ok(error.message.includes("auth login a --account gone"), error.message)
    })
  )

  it.live("turns Copilot on, whose token comes with an address and an editor's headers", () =>
    Effect.gen(function* () {
      const path = fresh()
      const copilot = { type: "oauth", access: "c", refresh: "r", expires: 0, baseUrl: "https://api.example.com" }
      writeFileSync(path, JSON.stringify({ copilot, corp: copilot }), { mode: 0o600 })
      const off = yield* withSettings(path, {})
      ok((yield* failure(off.get("copilot"))).message.includes("unofficial"), "it is on")
      const on = yield* withSettings(path, { copilot: { unofficial: true } })
      const { endpoint } = Option.getOrThrow(yield* on.get("copilot"))
      equal(
        [endpoint?.baseUrl, Object.keys(endpoint?.headers ?? {}).includes("copilot-integration-id")],
        [copilot.baseUrl, true]
      )
      equal(Option.getOrThrow(yield* on.get("corp")).endpoint, { baseUrl: copilot.baseUrl })
    })
  )

  it.live("may want the variable that an organisation gave a token for", () =>
    Effect.gen(function* () {
      const path = fresh()
      const given = { "https://corp.example": { type: "wellknown", key: "CORP_KEY", token: "t" } }
      writeFileSync(path, JSON.stringify(given), { mode: 0o600 })
      const all = yield* withSettings(path, {})
      equal([yield* key(all, "a", "CORP_KEY"), yield* key(all, "a", "OTHER")], ["t", undefined])
    })
  )
})

describe("several processes", () => {
  let script = ""
  beforeAll(async () => {
    script = await bundleForNode(new URL("./credentials.child.ts", import.meta.url))
  })
  afterAll(() => rmSync(script, { force: true }))

  it("that store twenty keys each at once lose none", async () => {
    const path = fresh()
    const ends = await Promise.all(["a", "b", "c"].map((name) => start(process.execPath, [script, path, name]).ended))
    equal(
      ends.map((end) => [end.code, end.stderr]),
      ends.map(() => [0, ""])
    )
    equal(Object.keys(json(path) as object).length, 60)
    equal(beside(path), ["auth.json"])
  })
})
