/** Keys and sessions at rest, by the whole program: where they are said to be, and nowhere else. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { type Desk, desk } from "./cli.ts"

let it_: Desk
beforeEach(() => {
  it_ = desk()
})
afterEach(() => it_.close())

const env = { CODE_MESH_PASSPHRASE: "open sesame" }
const key = "sk-canary-4711-4711"
const choose = (name: string, value: string) => it_.run(["config", "set", "--global", name, value])
const held = () =>
  readdirSync(it_.home, { recursive: true, encoding: "utf8" })
    .map((name) => join(it_.home, name))
    .filter((path) => !/\.toml$/.test(path) && existsSync(path))
    .flatMap((path) => {
      try {
        return [readFileSync(path, "latin1")]
      } catch {
        return []
      }
    })
    .join("\n")

describe("auth.store", () => {
  it("encrypted keeps keys under a passphrase; without it a run is exit 3, and nothing is asked of nobody", async () => {
    await choose("auth.store", "encrypted")
    const nobody = await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: key })
    assert.strictEqual(nobody.code, 3)
    assert.include(nobody.stderr, "CODE_MESH_PASSPHRASE")
    const stored = await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: key, env })
    assert.strictEqual(stored.code, 0, stored.stderr)
    assert.include(stored.stderr, "auth.sealed.json (encrypted)")
    assert.isFalse(existsSync(join(it_.home, "auth.json")))
    assert.notInclude(held(), key)
    const status = await it_.run(["auth", "status"], { env })
    assert.match(status.stdout, /^openai +\S+auth\.sealed\.json \(encrypted\) +OPENAI_API_KEY$/m)
    const closed = await it_.run(["run", "-m", "openai/gpt-5.6", "x"])
    assert.strictEqual(closed.code, 3)
    assert.include(closed.stderr, "CODE_MESH_PASSPHRASE")
    assert.strictEqual((await it_.run(["auth", "status", "openai"])).code, 3)
  })

  it("keyring without one is a clear error, and no key is kept in the open instead", async () => {
    await choose("auth.store", "keyring")
    // The system's own library reads it from the process.
    const given = { stdin: key, env: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" }, process: true } as const
    const { code, stderr } = await it_.run(["auth", "login", "openai", "--key-stdin"], given)
    assert.strictEqual(code, 3)
    assert.include(stderr, "the system's keyring cannot be used")
    assert.isFalse(existsSync(join(it_.home, "auth.json")))
    assert.notInclude(held(), key)
  })

  it("says what is left of an earlier choice", async () => {
    await it_.run(["auth", "login", "openai", "--key-stdin"], { stdin: key })
    await choose("auth.store", "encrypted")
    assert.match((await it_.run(["auth", "status"], { env })).stderr, /auth\.json still holds keys in the open.*openai/)
  })
})

describe("memory.encrypt", () => {
  const words = "a rather unusual prompt"

  it("keeps what sessions record encrypted: readable, exportable and verifiable with the key alone", async () => {
    await choose("auth.store", "encrypted")
    await choose("memory.encrypt", "true")
    const none = await it_.play([{ text: "an unusual answer" }], [words])
    assert.strictEqual(none.code, 3, none.stderr)
    const ran = await it_.play([{ text: "an unusual answer" }], [words], { env })
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.notInclude(held(), "unusual")
    assert.match((await it_.run(["status"], { env })).stdout, /at rest: +what sessions record and change is encrypted/)
    assert.include((await it_.run(["session", "show"], { env })).stdout, "an unusual answer")
    assert.include((await it_.run(["session", "list"], { env })).stdout, words)
    assert.include((await it_.run(["session", "list"])).stdout, "(encrypted)")
    assert.include((await it_.run(["session", "export"], { env })).stdout, "an unusual answer")
    assert.strictEqual((await it_.run(["session", "verify"], { env })).code, 0)
    const closed = await it_.run(["session", "show"])
    assert.strictEqual(closed.code, 3)
    assert.include(closed.stderr, "the sessions are encrypted")
  })

  it("keeps contents of changes encrypted: staged, applied, taken back, and after it was switched off", async () => {
    await choose("memory.encrypt", "true")
    writeFileSync(join(it_.root, "old.txt"), "canary before\n")
    const write = (name: string, content: string) => ({
      name: "write",
      input: { file_path: join(it_.root, name), content }
    })
    const read = { name: "read", input: { file_path: join(it_.root, "old.txt") } }
    const turns = [
      { calls: [read] },
      { calls: [write("old.txt", "canary after\n"), write("new.txt", "canary too\n")] },
      { text: "done" }
    ]
    const ran = await it_.play(turns, ["go on"])
    assert.strictEqual(ran.code, 0, ran.stderr)
    assert.include((await it_.run(["diff"])).stdout, "+canary after")
    for (const step of ["apply", "undo"]) {
      assert.strictEqual((await it_.run([step])).code, 0)
      assert.notInclude(held(), "canary")
    }
    assert.strictEqual(readFileSync(join(it_.root, "old.txt"), "utf8"), "canary before\n")
    const status = (await it_.run(["status"])).stdout
    assert.match(status, /at rest: +what sessions record and change is encrypted, its key with the API keys in \S+$/m)
    await choose("memory.encrypt", "false")
    assert.match((await it_.run(["doctor"])).stdout, /contents of changes, all here/)
  })
})
