/** Roles: those that are always there, a person's own, and that nobody has more rights than who began it. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { frontMatter } from "../../../src/adapters/shared/frontMatter.ts"
import { modeNamed, modeOf } from "../../../src/domain/context/modes.ts"
import { presetRoles } from "../../../src/domain/context/presetRoles.ts"
import { systemFragments } from "../../../src/domain/context/prompt.ts"
import { ownRoles, presets, roleNamed, roleNames } from "../../../src/domain/context/role.ts"
import { within } from "../../../src/domain/context/within.ts"
import type { Rights } from "../../../src/domain/model/Command.ts"
import type { Config } from "../../../src/domain/model/Config.ts"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import type { Rule } from "../../../src/domain/model/Rule.ts"
import { evaluate, noGrammar, type Request } from "../../../src/domain/permission/evaluate.ts"

describe("the roles that are always there", () => {
  it("are those of the Markdown files: `node scripts/roles.mjs` writes them", () => {
    const folder = fileURLToPath(new URL("../../../src/domain/context/roles/", import.meta.url))
    const files = Object.fromEntries(
      readdirSync(folder).map((name) => {
        const read = frontMatter(readFileSync(folder + name, "utf8"))
        assert(read._tag === "Right", name)
        return [name.slice(0, -".md".length), { ...read.fields, prompt: read.body }]
      })
    )
    assert.deepStrictEqual<unknown>({ ...presetRoles }, files)
  })
  it("say what they are for, and propose a plan or give tasks only where that is theirs", () => {
    assert.strictEqual(presets.size, 13)
    for (const role of presets.values()) assert.isTrue(role.use !== "" && role.prompt !== "", role.name)
    const planning = [...presets.values()].filter(({ readOnly, tools }) => readOnly && tools?.includes("plan") === true)
    assert.deepStrictEqual(
      planning.map(({ name }) => name),
      ["planner"]
    )
  })
  it("are modes of the turns of their agents, whose words stand in place of their base's", () => {
    const words = (name: string, roles?: string) => {
      const mode = Either.getOrThrow(modeNamed({ agents: { judge: { base: "plan", prompt: "Judge." } } }, name))
      const facts = { mode, platform: "p", root: "/p", window: 9000, instructions: [] }
      return systemFragments({ ...facts, ...(roles === undefined ? {} : { roles }) }).map(
        ({ label, text }) => `${label}: ${text}`
      )
    }
    assert.include(words("coder").join("\n"), "Role coder: You write code.")
    assert.match(words("reviewer")[1] ?? "", /^: You can only read/)
    assert.match(words("planner")[1] ?? "", /^: You are in plan mode/)
    assert.strictEqual(words("coder")[1], ": ")
    assert.match(words("judge")[1] ?? "", /^: You can only read/)
    assert.include(words("coder", "mason: builds walls"), "Further agents: mason: builds walls")
  })
})

describe("a role of one's own", () => {
  const config: Config = {
    agents: {
      max_count: 3,
      build: { prompt: "no role" },
      plan: { options: { temperature: 1 } },
      tuned: { options: { temperature: 1 } },
      mason: { description: "builds walls", base: "plan", deny: ["bash"], model: "a/b", restart: 0 },
      bare: { prompt: "Just do it." },
      coder: { ask: ["bash"], tools: ["read"] },
      tester: { description: "breaks things", base: "plan" }
    }
  }
  it("is what a table says that says more than how models answer, and is no mode's", () => {
    assert.deepStrictEqual(roleNames(config), [...presets.keys(), "bare", "mason"])
    assert.deepStrictEqual(
      ["build", "plan", "tuned", "max_count", "toString"].map((name) => roleNamed(config, name)),
      Array.from({ length: 5 }, () => Option.none())
    )
    assert.deepStrictEqual(
      roleNamed(config, "mason"),
      Option.some({
        name: "mason",
        use: "builds walls",
        prompt: "",
        readOnly: true,
        rules: [{ decision: "deny" as const, rule: "bash" }],
        model: "a/b",
        restart: 0
      })
    )
  })
  it("changes one that is always there in what it says, and adds to its rules", () => {
    const coder = Option.getOrThrow(Option.fromNullable(presets.get("coder")))
    assert.deepStrictEqual(
      roleNamed(config, "coder"),
      Option.some({ ...coder, tools: ["read"], rules: [{ decision: "ask" as const, rule: "bash" }] })
    )
    assert.isTrue(Option.getOrThrow(roleNamed(config, "tester")).readOnly)
  })
  it("is told to models, where one has a use that they do not know", () => {
    assert.strictEqual(ownRoles(config), "tester: breaks things\nbare\nmason: builds walls")
    assert.strictEqual(ownRoles({}), "")
  })
  it("is a mode of its own, unless a mode has its name", () => {
    const mode = Either.getOrThrow(modeNamed(config, "mason"))
    assert.deepStrictEqual(mode, modeOf(Option.getOrThrow(roleNamed(config, "mason"))))
    assert.isUndefined(Either.getOrThrow(modeNamed({ ...config, modes: { mason: {} } }, "mason")).role)
  })
})

const rule = fc.record({
  decision: fc.constantFrom("allow", "ask", "deny"),
  rule: fc.constantFrom(
    ...["*", "read", "edit", "write", "bash", "task", "webfetch", "no rule(", "mcp__x__*"],
    ...["edit(src/**)", "edit(**)", "read(.env)", "read(/etc/**)", "edit(.git/**)", "webfetch(domain:a.b)"]
  )
}) satisfies fc.Arbitrary<Rule>
const rules = fc.array(rule, { maxLength: 5 })
const base = fc.constantFrom("build", "plan", "chat") satisfies fc.Arbitrary<Rights["base"]>
const names = fc.subarray(["read", "edit", "write", "bash", "task", "webfetch", "todo"])
const paths = fc.subarray(["/p/src/a.ts", "/p/.env", "/p/.git/config", "/etc/passwd", "/p"])
const request: fc.Arbitrary<Request> = fc
  .record({ tool: names, read: paths, write: paths, net: fc.subarray(["a.b", "c.d"]), unknown: fc.subarray(["x"]) })
  .map(({ tool: [tool = "todo"], ...touched }) => ({ tool, footprint: footprint(touched), subjects: [] }))
const strictness = { allow: 0, ask: 1, deny: 2 }

describe("the rights of an agent that another one began", () => {
  it("never reach further than those above: what is denied or asked there is so here, and no tool is added (property)", () =>
    fc.assert(
      fc.property(
        fc.record({ base, tools: names, rules }),
        fc.record({ base, rules, tools: fc.option(names, { nil: undefined }) }),
        rules,
        request,
        (above, { tools, ...own }, more, asked) => {
          const mode = { name: "x", prompt: "", ...own, ...(tools === undefined ? {} : { tools }) }
          const left = within(above, { mode, rules: [...more, ...mode.rules] })
          const places = { root: "/p", home: "/home/me", grammar: noGrammar }
          const before = evaluate(asked, { ...places, mode: above.base, rules: above.rules }).decision
          const after = evaluate(asked, { ...places, mode: left.mode.base, rules: left.rules }).decision
          assert.isAtLeast(strictness[after], strictness[before])
          assert.isTrue(left.mode.tools?.every((name) => above.tools.includes(name)))
        }
      ),
      { numRuns: 500 }
    ))
  it("are smaller where the role itself says so", () => {
    const above: Rights = { base: "build", tools: ["read", "edit"], rules: [{ decision: "allow", rule: "bash" }] }
    const mode = { ...Either.getOrThrow(modeNamed({}, "reviewer")), tools: ["read", "bash"] }
    const deny: Rule = { decision: "deny", rule: "read(secret/**)" }
    const left = within(above, { mode, rules: [deny, { decision: "allow", rule: "edit" }, deny] })
    assert.deepStrictEqual([left.mode.base, left.mode.tools], ["plan", ["read"]])
    assert.deepStrictEqual(left.rules, [{ decision: "allow", rule: "bash" }, deny])
  })
})
