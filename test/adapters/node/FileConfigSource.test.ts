/** Settings in files and the environment: which are read, which are refused, and that errors name the line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { stringify } from "smol-toml"
import * as FileConfigSource from "../../../src/adapters/node/FileConfigSource.ts"
import type { Environment } from "../../../src/adapters/node/Paths.ts"
import { Settings } from "../../../src/domain/config/Settings.ts"
import { defaults } from "../../../src/domain/model/Config.ts"
import { configSourceContract, contractConfig } from "../../ports/ConfigSource.contract.ts"
import { equal, failure, ok } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const home = mkdtempSync(join(tmpdir(), "code-mesh-config-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A folder with these files: `global/…` and `project/…`. */
const world = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(home, "w-"))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}
const source = (folder: string, env: Environment = {}) =>
  FileConfigSource.layer({ folder: join(folder, "global"), env })
const load = (folder: string, env: Environment = {}, profile?: string) =>
  Effect.provide(
    Effect.flatMap(Settings, (settings) => settings.load(join(folder, "project"), { profile })),
    Layer.provide(Settings.layer, source(folder, env))
  )
const refused = (files: Readonly<Record<string, string>>, env: Environment = {}) => {
  const folder = world(files)
  return Effect.map(failure(load(folder, env)), (error) => error.message.replaceAll(`${folder}/`, ""))
}

const toml = world({
  "global/config.toml": stringify(contractConfig.global),
  "project/code-mesh.toml": stringify(contractConfig.project)
})
const json = world({
  "global/config.jsonc": `// kept\n${JSON.stringify(contractConfig.global)}`,
  "project/.code-mesh/config.json": `\uFEFF${JSON.stringify(contractConfig.project)}`
})
const env = { CODE_MESH_PROFILE: "work" }
runContract(configSourceContract(join(toml, "project")), "FileConfigSource with TOML", source(toml, env))
runContract(configSourceContract(join(json, "project")), "FileConfigSource with JSON", source(json, env))

describe("config files", () => {
  it.live("may all be missing", () => Effect.map(load(world({})), ({ config }) => equal(config.sandbox?.mode, "auto")))

  it.live("are laid over one another, under profile, environment and their order", () =>
    Effect.gen(function* () {
      const given = { CODE_MESH_PROFILE: "work", CODE_MESH_MODEL: "c/env", CODE_MESH_SANDBOX_MODE: "strict" }
      const { config, origins } = yield* load(toml, given)
      equal(
        [config.model?.default, config.model?.small, config.context?.max, config.sandbox?.mode],
        ["c/env", "a/small", 9000, "strict"]
      )
      equal(origins.get("model.default"), "environment CODE_MESH_MODEL")
      equal(origins.get("model.fallback"), `project config ${join(toml, "project/code-mesh.toml")}`)
    })
  )

  it.live("of a kind that are two are refused", () =>
    Effect.gen(function* () {
      const two = yield* refused({ "project/code-mesh.toml": "", "project/.code-mesh/config.jsonc": "{}" })
      equal(
        two,
        "project config project/.code-mesh/config.jsonc: there is project/code-mesh.toml as well; keep one of them"
      )
      const all = yield* refused({ "global/config.toml": "", "global/config.json": "{}" })
      ok(all.includes("global/config.toml as well"), all)
    })
  )

  const cases: ReadonlyArray<readonly [string, string, string, string]> = [
    [
      "bad TOML",
      "project/code-mesh.toml",
      "[model]\ndefault = \n",
      "project config project/code-mesh.toml:2: is not valid TOML"
    ],
    [
      "a TOML key",
      "project/code-mesh.toml",
      "# c\n\n[sandbox]\nnetwork = true\nmoed = 1\n",
      "code-mesh.toml:5: sandbox.moed: there is no such key; did you mean mode?"
    ],
    [
      "a TOML table",
      "global/config.toml",
      "\n[sandbocks]\nx = 1",
      "global/config.toml:2: sandbocks: there is no such key; did you mean sandbox?"
    ],
    [
      "a TOML item",
      "global/config.toml",
      "[model]\nfallback = [\n 'a/b',\n 'c',\n]",
      "global/config.toml:4: model.fallback.1: should be"
    ],
    [
      "a TOML alias",
      "global/config.toml",
      "[providers]\nx = {}\ndefault = 3",
      "global/config.toml:3: providers.default: should be a model"
    ],
    [
      "a TOML date",
      "global/config.toml",
      "[context]\nmax = 2024-01-01",
      "global/config.toml:2: context.max: should be"
    ],
    [
      "bad JSON",
      "global/config.json",
      '{\n "model": {\n}',
      "global/config.json:3: is not valid JSON: close brace expected"
    ],
    [
      "a JSON key",
      "project/.code-mesh/config.jsonc",
      '{\n // c\n "sandbox":\n  { "moed": 1 }\n}',
      "config.jsonc:4: sandbox.moed: there"
    ],
    [
      "a JSON table",
      "project/.code-mesh/config.jsonc",
      '{\n "modle":\n {}\n}',
      "config.jsonc:2: modle: there is no such key"
    ],
    [
      "a JSON item",
      "global/config.json",
      '{"permission": {"rules": [\n{"decision": "ask", "rule": "x"},\n{"decision": "no", "rule": "x"}]}}',
      "global/config.json:3: permission.rules.1.decision"
    ]
  ]
  for (const [name, file, text, part] of cases) {
    it.live(`${name} that is wrong is told with its line`, () =>
      Effect.map(refused({ [file]: text }), (message) => ok(message.includes(part), message))
    )
  }

  it.live("that are folders or cannot be read are told", () =>
    Effect.map(refused({ "project/code-mesh.toml/x": "" }), (message) =>
      ok(message.includes("cannot be read"), message)
    )
  )
})

describe("the environment", () => {
  it.live("sets tables' keys, and providers under their spelling", () =>
    Effect.gen(function* () {
      const { config } = yield* load(world({}), {
        CODE_MESH_MODEL_MAX_TOKENS: "100",
        CODE_MESH_SANDBOX_NETWORK: "true",
        CODE_MESH_PROVIDERS_LM_STUDIO_BASE_URL: "http://localhost:1234/v1",
        CODE_MESH_PROVIDERS_LM_STUDIO_API: "openai",
        CODE_MESH_PROVIDERS_DEFAULT: "x/y",
        CODE_MESH_TOOLS_PACKAGE_MANAGER: "pnpm",
        CODE_MESH_HOME: "/elsewhere",
        CODE_MESH_SANDBOX_MODE: "",
        PATH: "/bin"
      })
      equal(
        [config.model, config.sandbox, config.providers, config.tools?.package_manager],
        [
          { default: "x/y", max_tokens: 100 },
          { ...defaults.sandbox, network: true },
          { "lm-studio": { api: "openai", baseUrl: "http://localhost:1234/v1" } },
          "pnpm"
        ]
      )
    })
  )

  it.live("is refused by the variable's name", () =>
    Effect.gen(function* () {
      const typo = yield* refused({}, { CODE_MESH_SANDBOX_MODES: "off" })
      equal(typo, "environment CODE_MESH_SANDBOX_MODES: sandbox.modes: there is no such key; did you mean mode?")
      const wrong = yield* refused({}, { CODE_MESH_MODEL: "gpt" })
      ok(wrong.startsWith("environment CODE_MESH_MODEL: model.default: should be a model"), wrong)
    })
  )

  it.live("chooses a profile, which the flag overrules", () =>
    Effect.gen(function* () {
      const folder = world({
        "global/config.toml": "[profiles.a.context]\nmax = 5000\n[profiles.b.context]\nmax = 6000\n"
      })
      const chosen = { CODE_MESH_PROFILE: "a" }
      equal((yield* load(folder, chosen)).config.context?.max, 5000)
      equal((yield* load(folder, chosen, "b")).config.context?.max, 6000)
      equal((yield* load(folder, { CODE_MESH_PROFILE: "" })).config.context?.max, undefined)
    })
  )
})
