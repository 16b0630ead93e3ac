/** `models`, and routes, through the built program: a catalog is fetched, a server is asked, a route is followed or refused. */
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { desk, jsonLines } from "./cli.ts"

const pages: Readonly<Record<string, unknown>> = {
  "/api.json": {
    openai: {
      models: {
        "gpt-next": {
          limit: { context: 5000, output: 500 },
          tool_call: true,
          cost: { input: 1, output: 2 },
          new: "field"
        },
        broken: { limit: "none" }
      }
    },
    somebody: { models: { x: { limit: { context: 5, output: 5 } } } }
  },
  "/broken.json": { openai: { models: { x: "what" } } },
  "/v1/models": {
    data: [
      { id: "big", max_model_len: 9000, supported_parameters: ["tools"] },
      { id: "plain", max_model_len: 100, supported_parameters: [] }
    ]
  }
}
const server = createServer((request, response) => {
  const page = pages[request.url ?? ""]
  response.statusCode = page === undefined ? 404 : 200
  response.end(JSON.stringify(page ?? {}))
})
let url = ""
const it_ = desk()
/** The person's own settings, which need no trust. */
const settings = (text: string) => {
  mkdirSync(it_.home, { recursive: true })
  writeFileSync(join(it_.home, "config.toml"), text)
}

beforeAll(
  () =>
    new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", () => {
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        resolve()
      })
    )
)
afterAll(() => {
  server.close()
  it_.close()
})

describe("models", () => {
  it("refresh keeps what it can read, counts what it cannot, and leaves the old one where nothing can be read", async () => {
    const done = await it_.run(["models", "refresh", "--url", `${url}/api.json`])
    assert.match(done.stdout, /^The catalog of \d{4}-\d\d-\d\d: 1 model, 1 skipped\.\n$/)
    const failed = await it_.run(["models", "refresh", "--url", `${url}/broken.json`])
    assert.deepStrictEqual([failed.code, failed.stdout], [1, ""])
    assert.match(failed.stderr, /not refreshed.*\nThe one of .* stays in use/)
    const { stdout } = await it_.run(["models", "info", "openai/gpt-next"])
    assert.match(stdout, /window: +5000 tokens +\(catalog \d{4}-\d\d-\d\d\)/)
    assert.match(stdout, /input 1, output 2/)
  })

  it("list PROVIDER asks the provider, and filters what it says and what the settings say", async () => {
    settings(
      `[providers.lab]\nbaseUrl = "${url}/v1"\n[providers.lab.models.mine]\ncontext = 7000\nprice = { input = 1, output = 3 }\n`
    )
    const { stderr, stdout } = await it_.run(["models", "list", "lab", "--can", "tools", "--format", "json"])
    const models: ReadonlyArray<Record<string, unknown>> = JSON.parse(stdout === "" ? "[]" : stdout)
    assert.deepStrictEqual(
      models.map(({ context, name }) => [name, context]),
      [
        ["lab/mine", 7000],
        ["lab/big", 9000]
      ],
      stderr
    )
  })
})

describe("routes", () => {
  it("lead a run to another model by its mode, and the event names the rule", async () => {
    const [usual, planner] = [it_.script([{ text: "built" }]), it_.script([{ text: "planned" }])]
    settings(`[model]\ndefault = "${usual}"\n[model.routes]\nplan = "${planner}"\n`)
    const ended = await it_.run(["run", "--mode", "plan", "--format", "stream-json", "go"])
    const started = jsonLines(ended).find((event) => event.type === "turn.started")
    assert.deepInclude(started, { model: planner, route: "plan" })
    assert.deepInclude(jsonLines(ended).at(-1), { result: "planned" })
  })

  it("to a model that nobody declared are refused with file and line", async () => {
    settings(`[model.routes]\ntitle = "antropic/claude"\n`)
    const { code, stderr } = await it_.run(["config", "check"])
    assert.strictEqual(code, 2)
    assert.match(stderr, /config\.toml:2: model\.routes\.title: .*did you mean anthropic\?/)
  })
})
