/** Settings: what wins, what is refused and with which words, and where values came from. */
import { describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as MemoryConfigSource from "../../../src/adapters/memory/MemoryConfigSource.ts"
import { describe as inWords, keysAt, keysIn, typeAt } from "../../../src/domain/config/describe.ts"
import { merge } from "../../../src/domain/config/merge.ts"
import { notYet } from "../../../src/domain/config/notYet.ts"
import { Settings, type SettingsOptions } from "../../../src/domain/config/Settings.ts"
import { editDistance, nearest } from "../../../src/domain/config/suggest.ts"
import { Config, defaults } from "../../../src/domain/model/Config.ts"
import type { Json } from "../../../src/domain/model/Json.ts"
import type { RawLayer } from "../../../src/ports/ConfigSource.ts"
import { equal, ok } from "../../support/contract.ts"

const layer = (kind: RawLayer["kind"], value: Json, origin: string = kind): RawLayer => ({
  origin,
  kind,
  value,
  line: (key) => (key.length === 0 ? Option.none() : Option.some(key.length * 10))
})
const merged = (layers: ReadonlyArray<RawLayer>, profile?: string) =>
  Either.getOrThrowWith(merge(layers, Option.fromNullable(profile)), (error) => error)
const refused = (layers: ReadonlyArray<RawLayer>, profile?: string) => {
  const result = merge(layers, Option.fromNullable(profile))
  if (Either.isRight(result)) throw new Error("should have been refused")
  return result.left
}
const wrong = (value: Json) => refused([layer("project", value, "project config /p/code-mesh.toml")]).message

describe("merge", () => {
  it("without any layer gives the defaults, and says so", () => {
    const { config, origins } = merged([])
    equal(config, defaults)
    equal(new Set(origins.values()), new Set(["default"]))
  })

  it("lets each kind of layer win over those before it", () => {
    const at = (mode: string) => ({ sandbox: { mode } })
    const profiles = { profiles: { fast: at("off") } }
    const files = [layer("global", { ...at("workspace"), ...profiles }), layer("project", at("strict"))]
    equal(merged(files).config.sandbox, { ...defaults.sandbox, mode: "strict" })
    equal(merged(files, "fast").config.sandbox?.mode, "off")
    const env = layer("environment", at("workspace"), "environment CODE_MESH_SANDBOX_MODE")
    equal(merged([...files, env], "fast").config.sandbox?.mode, "workspace")
    equal(merged([...files, env, layer("flags", at("off"))], "fast").config.sandbox?.mode, "off")
  })

  it("lays no inert layer, names what it would set, and checks it all the same", () => {
    const inert = (value: Json): RawLayer => ({ ...layer("project", value, "project config /p"), inert: true })
    const it_ = merged([layer("global", { context: { max: 5000 } }), inert({ context: { max: 9000 }, mcp: { a: {} } })])
    equal(it_.config.context, { max: 5000 })
    equal(it_.ignored, [{ key: "context.max", value: 9000, origin: "project config /p" }])
    equal(merged([]).ignored, [])
    const mine = inert({ profiles: { mine: { context: { max: 9000 } } } })
    ok(refused([mine], "mine").message.includes("which you have not trusted"), "it is not said why")
    ok(refused([mine], "yours").message.includes("there is no such profile"), "it is said to be defined")
    ok(refused([inert({ context: { max: "many" } })]).message.includes("context.max"), "it was not checked")
  })

  it("tells where each value came from", () => {
    const { origins } = merged(
      [
        layer("global", { model: { default: "a/b", small: "a/c" }, profiles: { x: { context: { max: 5000 } } } }),
        layer("project", { model: { default: "d/e" } }, "project config /p")
      ],
      "x"
    )
    equal(
      ["model.default", "model.small", "context.max", "sandbox.mode"].map((key) => origins.get(key)),
      ["project config /p", "global", "global [profiles.x]", "default"]
    )
  })

  it("replaces lists, but adds up rules", () => {
    const { config, origins } = merged([
      layer("global", { model: { fallback: ["a/b"] }, permission: { deny: ["bash"], allow: ["read"] } }),
      layer("project", { model: { fallback: ["c/d"] }, permission: { deny: ["edit"] } })
    ])
    equal(config.model?.fallback, ["c/d"])
    equal(config.permission?.deny, ["bash", "edit"])
    equal(config.permission?.allow, ["read"])
    equal(origins.get("permission.deny"), "global, project")
    equal(origins.get("permission.allow"), "global")
  })

  it("never loses a rule, whatever other layers say", () => {
    const rules = FastCheck.array(FastCheck.string({ minLength: 1 }))
    FastCheck.assert(
      FastCheck.property(rules, rules, rules, (a, b, c) => {
        const at = (deny: ReadonlyArray<string>) => ({ permission: { deny } })
        const all = [layer("global", at(a)), layer("project", at(b)), layer("flags", at(c))]
        equal(merged(all).config.permission?.deny, [...a, ...b, ...c])
      })
    )
  })

  it("takes any settings that the schema allows, and gives them back", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Config), (any) => {
        const value: Record<string, Json> = JSON.parse(JSON.stringify(any))
        const named = isRecord(value.providers) ? value.providers : {}
        const twice = ["default", "fallback", "max_tokens", "temperature"].some((key) => key in named)
        FastCheck.pre(!twice && !JSON.stringify(value).includes("__proto__"))
        const { profiles: _, ...plain } = value
        const { config } = merged([layer("project", value)])
        for (const [name, table] of Object.entries(plain)) {
          if (name === "permission" || !isRecord(table)) continue
          for (const [key, inner] of Object.entries(table)) {
            const found = (config as Record<string, Record<string, unknown>>)[name]?.[key]
            if (!isRecord(inner)) equal(found, inner, `${name}.${key}`)
          }
        }
      }),
      { numRuns: 50 }
    )
  })

  it("keeps keys with odd names as they are", () => {
    const odd: Json = { providers: { constructor: { api: "openai" }, "a.b": { models: ["x"] } } }
    const { config, origins } = merged([layer("global", odd)])
    equal(config.providers, odd.providers)
    equal(origins.get('providers."a.b".models'), "global")
  })

  it("takes [providers] default, fallback, max_tokens and temperature for keys of [model]", () => {
    const { config } = merged([
      layer("project", {
        providers: { default: "a/b", fallback: ["c/d"], max_tokens: 100, temperature: 0.5, local: { api: "openai" } }
      })
    ])
    equal(config.model, { default: "a/b", fallback: ["c/d"], max_tokens: 100, temperature: 0.5 })
    equal(config.providers, { local: { api: "openai" } })
  })

  it("lets a provider be called default", () => {
    const { config } = merged([layer("project", { providers: { default: { api: "openai" } } })])
    equal(config.providers, { default: { api: "openai" } })
  })

  it("reads the environment's texts as what their keys want", () => {
    const env = (value: Json) => layer("environment", value)
    const { config } = merged([
      env({ sandbox: { network: "true" } }),
      env({ context: { max: "8000" } }),
      env({ model: { fallback: "a/b, c/d" } }),
      env({ model: { temperature: "0.2" } }),
      env({ model: { default: "x/1" } }),
      env({ permission: { deny: "bash" } })
    ])
    equal(
      [config.sandbox?.network, config.context?.max, config.model, config.permission?.deny],
      [true, 8000, { default: "x/1", fallback: ["a/b", "c/d"], temperature: 0.2 }, ["bash"]]
    )
    equal(merged([env({ tools: { bash: "no" } })]).config.tools?.bash, false)
    equal(refused([env({ tools: { bash: "maybe" } })])._tag, "ConfigInvalid")
    const listed = merged([env({ sandbox: { network: "a.example, *.b.example:8080" } })])
    equal(listed.config.sandbox?.network, ["a.example", "*.b.example:8080"])
    const bad = refused([layer("environment", { context: { max: "many" } }, "environment CODE_MESH_CONTEXT_MAX")])
    for (const value of [{ sandbox: { network: "maybe" } }, { context: { maxx: "1" } }, { sandbox: { network: 3 } }]) {
      equal(refused([env(value)])._tag, "ConfigInvalid")
    }
    ok(bad.message.includes("CODE_MESH_CONTEXT_MAX") && bad.message.includes('"many"'), bad.message)
  })
})

const isRecord = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

describe("what is wrong is told by file, line and key", () => {
  const cases: ReadonlyArray<readonly [string, Json, string]> = [
    ["a misspelt table", { modle: {} }, "/p/code-mesh.toml:10: modle: there is no such key; did you mean model?"],
    [
      "a misspelt key",
      { sandbox: { nettwork: true } },
      "sandbox.nettwork: there is no such key; did you mean network?"
    ],
    [
      "a key in other letters",
      { providers: { x: { base_url: "u" } } },
      "providers.x.base_url: there is no such key; did you mean baseUrl?"
    ],
    ["an unknown key", { context: { zzzzzzzz: 1 } }, "there is no such key; the keys of [context] are max"],
    ["a wrong type", { sandbox: { network: "yes" } }, "sandbox.network: should be true or false or a list of hosts as"],
    [
      "a wrong word",
      { sandbox: { mode: "open" } },
      'should be "workspace" or "strict" or "off" or "auto", but is "open"'
    ],
    [
      "a model without a provider",
      { model: { default: "gpt" } },
      'model.default: should be a model as "provider/model", but is "gpt"'
    ],
    ["a table that is not one", { model: "a/b" }, 'model: should be a table, but is "a/b"'],
    [
      "a list that is not one",
      { model: { fallback: "a/b" } },
      'model.fallback: should be a list of a model as "provider/model", but is "a/b"'
    ],
    ["an item of a list", { model: { fallback: ["a/b", 3] } }, "model.fallback.1: should be"],
    [
      "a number out of range",
      { context: { max: 10 } },
      "context.max: should be a number greater than or equal to 4000, but is 10"
    ],
    ["a rule's word", { permission: { rules: [{ decision: "maybe", rule: "x" }] } }, "permission.rules.0.decision"],
    [
      "a rule without its pattern",
      { permission: { rules: [{ decision: "ask" }] } },
      "permission.rules.0.rule: this key is missing"
    ],
    [
      "a key in a profile",
      { profiles: { p: { sandbx: {} } } },
      "profiles.p.sandbx: there is no such key; did you mean sandbox?"
    ],
    [
      "an alias beside its key",
      { model: { default: "a/b" }, providers: { default: "c/d" } },
      "providers.default: is set a second time"
    ],
    ["an alias of a wrong type", { providers: { max_tokens: "many" } }, "providers.max_tokens: should be"],
    [
      "a key that is none",
      JSON.parse('{"providers":{"__proto__":{"api":"openai"}}}'),
      "providers.__proto__: no key can"
    ],
    [
      "a number that is a text",
      { model: { temperature: "hot" } },
      'model.temperature: should be a number, but is "hot"'
    ],
    ["a text that is a number", { project: { name: 3 } }, "project.name: should be a string, but is 3"],
    ["a text that is a table", { project: { name: {} } }, "project.name: should be a string, but is a table"],
    ["a table that is nothing", { model: null }, "model: should be a table, but is nothing"],
    ["no table at all", ["model"], "should be a table, but is a list"]
  ]
  for (const [name, value, part] of cases) {
    it(name, () => {
      const message = wrong(value)
      ok(message.includes(part), message)
      ok(message.startsWith("project config /p/code-mesh.toml"), message)
    })
  }

  it("a secret in a header is not shown", () => {
    const message = wrong({ providers: { x: { headers: { Authorization: ["Bearer s3cret"] } } } })
    ok(!message.includes("s3cret") && message.includes("providers.x.headers.Authorization"), message)
    ok(!wrong({ providers: { x: { headers: "s3cret" } } }).includes("s3cret"), "shown")
  })

  it("a profile that is not there is an error with a suggestion", () => {
    const file = layer("global", { profiles: { work: {}, home: {} } })
    ok(refused([file], "wrok").message.includes("did you mean work?"), refused([file], "wrok").message)
    ok(refused([file], "zzz").message.includes("there are home, work"), refused([file], "zzz").message)
    ok(refused([], "zzz").message.includes("no profile is defined"), "")
    ok(refused([file], "constructor").message.includes("no such profile"), "")
  })

  it("a wrong layer is told even where another one would win", () => {
    equal(
      refused([layer("global", { sandbox: { mode: 1 } }), layer("flags", { sandbox: { mode: "off" } })]).origin,
      "global"
    )
  })
})

describe("notYet", () => {
  it("names what was set without effect, and nothing else", () => {
    const { origins } = merged([
      layer("global", {
        agents: { max_count: 3, auto_spawn: true },
        mcp: { x: { command: "y" } },
        model: { default: "a/b", small: "a/c" },
        memory: { auto_summarize: false },
        sandbox: { mode: "off" }
      })
    ])
    equal(notYet(origins), ["agents.auto_spawn", "mcp.x.command"])
  })
})

describe("what the schema says", () => {
  it("ends where a table holds anything", () => {
    equal(
      [typeAt(["mcp", "x", "y"]), typeAt(["nothing", "at", "all"]), keysAt(["mcp", "x"]), keysAt(["nothing"])],
      [undefined, undefined, [], []]
    )
    equal([keysIn(["nothing"]), keysIn(["providers"])], [undefined, undefined])
    equal([inWords(undefined), inWords(Schema.Any.ast)], ["something else", "something else"])
  })
})

describe("Settings", () => {
  const load = (always: SettingsOptions, options?: SettingsOptions) =>
    Effect.flatMap(Settings, (settings) => settings.load("/project", options)).pipe(
      Effect.map(({ config }) => [config.context?.max, config.sandbox?.mode]),
      Effect.provide(Layer.provide(Settings.layerWith(always), MemoryConfigSource.layer(source)))
    )
  const source = {
    global: { profiles: { a: { context: { max: 5000 } }, b: { context: { max: 6000 } } } },
    profile: "a"
  }

  it.effect("take the environment's profile, the program's over it, and a call's over both", () =>
    Effect.gen(function* () {
      equal(yield* load({}), [5000, "auto"])
      equal(yield* load({ profile: "b" }), [6000, "auto"])
      equal(yield* load({ profile: "b" }, { profile: "a" }), [5000, "auto"])
    })
  )

  it.effect("put flags on top", () =>
    Effect.gen(function* () {
      const flags = { sandbox: { mode: "off" }, context: { max: 7000 } }
      equal(yield* load({ flags }), [7000, "off"])
      equal(yield* load({ flags }, { flags: { context: { max: 8000 } } }), [8000, "off"])
    })
  )
})

describe("suggestions", () => {
  it("count edits as people make them", () => {
    equal(
      [
        editDistance("", "abc"),
        editDistance("abc", "abc"),
        editDistance("abc", "acb"),
        editDistance("kitten", "sitting")
      ],
      [3, 0, 1, 3]
    )
  })

  it("are symmetric", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string(), FastCheck.string(), (a, b) => editDistance(a, b) === editDistance(b, a))
    )
  })

  it("name only words that are near", () => {
    equal(
      [nearest("temprature", ["temperature", "routes"]), nearest("xyz", ["temperature", "routes"])],
      ["temperature", undefined]
    )
  })
})
