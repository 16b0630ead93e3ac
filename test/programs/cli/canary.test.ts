/** Whole runs with random keys from everywhere, a provider that echoes them and commands that print them: no key shows anywhere. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { type FakeProvider, type Received, startFakeProvider } from "../../support/fakeProvider.ts"
import { type Desk, desk, type Ended } from "./cli.ts"

let it_: Desk
let provider: FakeProvider
beforeEach(() => {
  it_ = desk()
})
afterEach(async () => {
  await provider.close()
  it_.close()
})

const chunk = (delta: unknown, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** What a provider would have to be to give keys away: it says back all that it was sent. */
const echo = ({ headers }: Received): string => JSON.stringify(headers)

const inHalves = (key: string): string => `'${key.slice(0, 7)}''${key.slice(7)}'`

/** First an error, then a call of a command that prints the keys, then an answer with the keys cut in the middle. */
const replies = (keys: ReadonlyArray<string>) => (request: Received, n: number) => {
  if (n === 0) return { status: 500, pieces: [JSON.stringify({ error: { message: `bad: ${echo(request)}` } })] }
  const command = `env; printf '%s\\n' ${keys.map(inHalves).join(" ")}`
  const call = { index: 0, id: "c1", function: { name: "bash", arguments: JSON.stringify({ command }) } }
  if (n === 1)
    return { pieces: [chunk({ role: "assistant", tool_calls: [call] }), chunk({}, "tool_calls"), "data: [DONE]\n\n"] }
  if (n === 2) {
    const said = echo(request)
    const parts = said.match(/[\s\S]{1,5}/g) ?? []
    return { pieces: [...parts.map((content) => chunk({ content })), chunk({}, "stop"), "data: [DONE]\n\n"] }
  }
  return { status: 401, pieces: [JSON.stringify({ error: { message: `no: ${echo(request)}` } })] }
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

const key = fc.tuple(
  fc.constantFrom("sk-", "", "key_"),
  fc.array(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".split("")), {
    minLength: 24,
    maxLength: 48
  })
)

describe("no key", () => {
  it("is in what is printed, recorded, exported or logged, nor in a command's environment", async () => {
    const random = fc.sample(fc.uniqueArray(key, { minLength: 6, maxLength: 6 }), 1)
    const keys = (random[0] ?? []).map(([prefix, chars], index) => `${prefix}${index}${chars.join("")}`)
    const [fromEnv = "", fromFile = "", fromHeader = "", other = "", access = "", refresh = ""] = keys
    provider = await startFakeProvider(replies(keys))
    mkdirSync(it_.home, { recursive: true })
    const settings = (name: string, more: string) =>
      `[providers.${name}]\napi = "openai"\nbaseUrl = "${provider.url}/v1"\nmodels = ["m"]\n${more}\n`
    writeFileSync(
      join(it_.home, "config.toml"),
      settings("one", 'apiKeyEnv = "FAKE_API_KEY"') +
        settings("two", `apiKeyEnv = "NOT_SET_KEY"\nheaders = { "x-team" = ${JSON.stringify(fromHeader)} }`)
    )
    await it_.run(["auth", "login", "two", "--key-stdin"], { stdin: fromFile })
    const file = join(it_.home, "auth.json")
    const signIn = { type: "oauth", access, refresh, expires: 0, tokenUrl: `${provider.url}/token`, clientId: "c" }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), "corp#work": signIn }))
    const given = { env: { FAKE_API_KEY: fromEnv, SOME_TOKEN: other } }
    const tape = join(it_.root, "..", "tape.jsonl")
    const run = ["run", "print all you know", "--yes", "--print-logs", "--log-level", "debug"]
    const ended: Array<Ended> = [
      await it_.run([...run, "-m", "two/m", "--record", tape, "--format", "stream-json"], { ...given, process: true })
    ]
    assert.strictEqual(ended[0]?.code, 0, ended[0]?.stderr)
    assert.isAtLeast(provider.requests.length, 3)
    assert.include(JSON.stringify(provider.requests[0]?.headers), fromFile)
    assert.include(ended[0]?.stdout ?? "", "[redacted: FAKE_API_KEY]")
    const sent = provider.requests.map(({ body }) => body).join("\n")
    for (const words of [
      [...run, "-c", "-m", "one/m"],
      ["session", "export"],
      ["session", "verify"],
      ["session", "show"],
      ["doctor", "--print-logs"],
      ["status", "--detailed"],
      ["config"],
      ["config", "--format", "json"],
      ["auth", "list"],
      ["auth", "status", "--format", "json"],
      ["models", "list"]
    ])
      ended.push(await it_.run(words, given))
    const mayHold = new Set(["auth.json", "config.toml"].map((name) => join(it_.home, name)))
    const files = [...filesBelow(it_.home).filter((path) => !mayHold.has(path)), tape]
    assert.isTrue(files.some((path) => path.endsWith("code-mesh.db")))
    for (const one of keys) {
      assert.notInclude(sent, one)
      for (const { stderr, stdout } of ended) assert.notInclude(stdout + stderr, one)
      for (const path of files) assert.isFalse(readFileSync(path).includes(one), `${one} is in ${path}`)
    }
  })
})
