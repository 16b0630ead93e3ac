/** Keys and sign-ins by the whole program, at a terminal and from scripts, against fakes on loopback. Needs `script` for a terminal. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { startFakeOAuth } from "../../support/fakeOAuth.ts"
import { type Desk, desk } from "./cli.ts"
import { noTerminal, atTerminal as runAtTerminal, type Typed } from "./terminal.ts"

let it_: Desk
beforeEach(() => {
  it_ = desk()
})
afterEach(() => it_.close())

const stored = () => JSON.parse(readFileSync(join(it_.home, "auth.json"), "utf8"))
const settings = (text: string) => {
  mkdirSync(it_.home, { recursive: true })
  writeFileSync(join(it_.home, "config.toml"), text)
}

/** At a terminal, of which `stty` says in the end how it is set. */
const atTerminal = (args: ReadonlyArray<string>, typed: ReadonlyArray<Typed>, term = "xterm") =>
  runAtTerminal(it_, args, typed, { term, after: "stty -a" })

const down = "\x1b[B"

describe.skipIf(noTerminal)("auth login at a terminal (script)", () => {
  it("picks a provider by typing and arrows, and leaves the terminal as it was", async () => {
    const { code, screen } = await atTerminal(
      ["auth", "login"],
      [
        ["Esc gives up.", "ope"],
        ["Which provider? ope", down],
        ["> openrouter", "\x7f\x7f\x7fanth"],
        ["> anthropic", "\r"],
        ["Anthropic forbids it", ""],
        ["(not shown): ", "sk-unseen\r"]
      ]
    )
    assert.strictEqual(code, 0, screen)
    assert.strictEqual(stored().anthropic.key, "sk-unseen")
    assert.notInclude(screen, "sk-unseen")
    assert.include(screen, "not by subscription")
    assert.match(screen, / icanon[\s\S]* echo /)
  })

  it("gives up with Esc, and ends with Ctrl-C, with the terminal as it was", async () => {
    for (const [key, expected] of [
      ["\x1b", 2],
      ["\x03", 130]
    ] as const) {
      const { code, screen } = await atTerminal(["auth", "login"], [["Esc gives up.", key]])
      assert.strictEqual(code, expected, screen)
      assert.match(screen, /\x1b\[\?25h[\s\S]* icanon[\s\S]* echo /)
    }
    assert.isFalse(existsSync(join(it_.home, "auth.json")))
  })

  it("asks by number where the terminal can do no more", async () => {
    const { code, screen } = await atTerminal(
      ["auth", "login", "--account", "work"],
      [
        ["Which provider? ", "2\n"],
        ["(not shown): ", "sk-two\r"]
      ],
      "dumb"
    )
    assert.strictEqual(code, 0, screen)
    const [name = ""] = Object.keys(stored())
    assert.match(screen, new RegExp(`2\\. ${name.replace("#work", "")}`))
    assert.match(name, /#work$/)
    assert.notInclude(screen, "\x1b[?25l")
  })

  it("signs in to OpenRouter by a browser", async () => {
    const fake = await startFakeOAuth()
    settings(`[providers.openrouter]\nbaseUrl = "${fake.url}/api/v1"\n`)
    const browse = (screen: string) => fetch(/http:\S+\/auth\?\S+/.exec(screen)?.[0] ?? "")
    const { code, screen } = await atTerminal(
      ["auth", "login", "openrouter"],
      [
        ["Esc gives up.", "\r"],
        ["for an address (not shown): ", browse]
      ]
    )
    await fake.close()
    assert.strictEqual(code, 0, screen)
    assert.deepStrictEqual(stored(), { openrouter: { type: "api", key: "sk-or-v1-4711471147114711" } })
    assert.notInclude(screen, "sk-or-v1")
    assert.match(screen, / icanon[\s\S]* echo /)
  })
})

describe("auth from a script", () => {
  it("takes over opencode's keys, says what it does not take, and prints none", async () => {
    const file = join(it_.root, "theirs.json")
    const theirs = {
      mistral: { type: "api", key: "sk-theirs-1" },
      anthropic: { type: "oauth", access: "sk-theirs-2", refresh: "sk-theirs-3", expires: 0 }
    }
    writeFileSync(file, JSON.stringify(theirs))
    const asked = await it_.run(["auth", "import", "--from", file])
    assert.strictEqual(asked.code, 2)
    assert.isFalse(existsSync(join(it_.home, "auth.json")))
    const { code, stderr, stdout } = await it_.run(["auth", "import", "--from", file, "--yes"])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^anthropic +no: .*Anthropic forbids it.*\nmistral +yes$/m)
    assert.notInclude(stdout + stderr + asked.stdout + asked.stderr, "sk-theirs")
    assert.deepStrictEqual(stored(), { mistral: theirs.mistral })
    assert.deepStrictEqual(JSON.parse(readFileSync(file, "utf8")), theirs)
  })

  it("learns which keys are taken, refused, or cannot be asked about, and pays for nothing", async () => {
    const asked: Array<string> = []
    const server = createServer(({ headers, method, url = "" }, response) => {
      asked.push(`${method} ${url}`)
      const isGood = headers.authorization === "Bearer sk-good-1" || headers["x-api-key"] === "sk-good-1"
      response.writeHead(isGood ? 200 : 401).end('{"error":"wrong key sk-bad-1"}')
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`
    const table = (name: string, api: string, at: string) =>
      `[providers.${name}]\napi = "${api}"\nbaseUrl = "${at}"\napiKeyEnv = "${name.toUpperCase()}_KEY"\n`
    settings(
      table("good", "openai", url) +
        table("other", "anthropic", url) +
        table("bad", "openai", url) +
        table("gone", "openai", "http://127.0.0.1:9/v1")
    )
    const env = { GOOD_KEY: "sk-good-1", OTHER_KEY: "sk-good-1", BAD_KEY: "sk-bad-1", GONE_KEY: "sk-good-1" }
    const { code, stderr, stdout } = await it_.run(["auth", "status", "--check", "--format", "json"], { env })
    server.close()
    assert.strictEqual(code, 3, stderr)
    const rows: ReadonlyArray<{ provider: string; check?: string }> = JSON.parse(stdout)
    assert.deepStrictEqual(
      rows.flatMap(({ check, provider }) => (check === undefined ? [] : [`${provider} ${check}`])),
      ["good valid", "other valid", "bad refused", "gone unreachable"]
    )
    assert.sameMembers(asked, ["GET /v1/models", "GET /v1/models?limit=1", "GET /v1/models"])
    assert.notMatch(stdout + stderr, /sk-(good|bad)/)
  })
})
