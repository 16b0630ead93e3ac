/** Rules of other programs' settings files mean the same here or are stricter, and what has no equal is told. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { Decision } from "../../../src/domain/model/Rule.ts"
import { fromClaude } from "../../../src/domain/permission/claudeRules.ts"
import { matchCommand } from "../../../src/domain/permission/match.ts"
import { fromOpencode } from "../../../src/domain/permission/opencodeRules.ts"
import { permissionToml, type Translated } from "../../../src/domain/permission/translated.ts"

const rulesOf = ({ rules }: Translated) => rules.map(({ decision, rule }) => `${decision} ${rule}`)
const leftOf = ({ left }: Translated) => left.map(({ loosens, rule }) => `${loosens ? "looser: " : ""}${rule}`)

describe("Claude Code's settings", () => {
  const claude = (permissions: unknown, scope: "project" | "user" = "project") => fromClaude({ permissions }, scope)

  it("commands keep their patterns", () => {
    const it = claude({
      allow: ["Bash(npm run test:*)", "Bash(git log *)", "Bash(npm run build)"],
      ask: ["Bash(git push:*)"],
      deny: ["Bash(curl:*)", "Bash"]
    })
    assert.deepStrictEqual(rulesOf(it), [
      "allow bash(npm run test:*)",
      "allow bash(git log *)",
      "allow bash(npm run build)",
      "ask bash(git push:*)",
      "deny bash(curl:*)",
      "deny bash"
    ])
    assert.deepStrictEqual(it.left, [])
  })

  it("paths start where they start there", () => {
    const it = claude({
      allow: ["Read(//opt/data/**)", "Read(~/notes/*.md)", "Edit(/docs/**)", "Edit(*.md)", "Write(src/{a}.ts)"],
      deny: ["Read(./.env)", "Read(secrets/**)", "Grep(*.pem)", "MultiEdit(/dist)"]
    })
    assert.deepStrictEqual(rulesOf(it), [
      "allow read(/opt/data/**)",
      "allow read(~/notes/*.md)",
      "allow edit(docs/**)",
      "allow edit(**/*.md)",
      "allow edit(src/\\{a\\}.ts)",
      "deny read(.env)",
      "deny read(secrets/**)",
      "deny read(*.pem)",
      "deny edit(dist)"
    ])
  })

  it("a path that starts where the user's own file lies is left out, and so is what takes out of another", () => {
    const it = claude({ allow: ["Edit(/x/**)"], deny: ["Read(/y)", "Read(!.env)"] }, "user")
    assert.deepStrictEqual(rulesOf(it), [])
    assert.deepStrictEqual(leftOf(it), ["allow Edit(/x/**)", "looser: deny Read(/y)", "looser: deny Read(!.env)"])
  })

  it("all reads and edits are not allowed by a bare name, but denied", () => {
    const it = claude({ allow: ["Read", "Edit", "Glob"], ask: ["Write"], deny: ["NotebookRead"] })
    assert.deepStrictEqual(rulesOf(it), ["ask edit", "deny read"])
    assert.deepStrictEqual(leftOf(it), ["allow Read", "allow Edit", "allow Glob"])
  })

  it("a domain is allowed only where those below it are meant too", () => {
    const it = claude({
      allow: ["WebFetch(domain:example.com)", "WebSearch"],
      ask: ["WebFetch"],
      deny: ["WebFetch(domain:evil.example)", "WebFetch(path:/x)"]
    })
    assert.deepStrictEqual(rulesOf(it), ["allow websearch", "ask webfetch", "deny webfetch(domain:evil.example)"])
    assert.deepStrictEqual(leftOf(it), ["allow WebFetch(domain:example.com)", "looser: deny WebFetch(path:/x)"])
  })

  it("servers, subagents, folders and modes", () => {
    const it = claude({
      allow: ["mcp__github", "mcp__github__list_issues", "mcp__a__*", "mcp__b(x)", "Task", "Task(Explore)"],
      deny: ["Skill(x)", "((", 7],
      additionalDirectories: ["/srv/docs/", "~/shared", "../docs"],
      defaultMode: "bypassPermissions"
    })
    assert.deepStrictEqual(rulesOf(it), [
      "allow mcp__github__*",
      "allow mcp__github__list_issues",
      "allow mcp__a__*",
      "allow task",
      "allow read(/srv/docs/**)",
      "allow read(~/shared/**)"
    ])
    assert.deepStrictEqual(leftOf(it), [
      "allow mcp__b(x)",
      "allow Task(Explore)",
      "looser: deny Skill(x)",
      "looser: deny ((",
      "allow ../docs",
      "allow defaultMode"
    ])
  })

  it("what is no settings file comes to nothing", () => {
    for (const value of [undefined, null, 1, "x", [], {}, { permissions: null }, { permissions: { allow: "Bash" } }])
      assert.deepStrictEqual(fromClaude(value, "project"), { rules: [], left: [] })
  })
})

describe("opencode's settings", () => {
  const opencode = (permission: unknown) => fromOpencode({ permission })

  it("a pattern for all that asks gives way to what later ones allow", () => {
    const it = opencode({ bash: { "*": "ask", "git *": "allow", "git push *": "deny", "npm run test:*": "allow" } })
    assert.deepStrictEqual(rulesOf(it), ["allow bash(git *)", "deny bash(git push *)", "allow bash(npm run test:**)"])
    assert.deepStrictEqual(leftOf(it), [`looser: ask bash "*": ask`])
  })

  it("an exception to what is denied has no equal", () => {
    const it = opencode({
      bash: { "*": "deny", "git *": "allow" },
      edit: { "*": "ask", "src/*": "allow", "docs/*": "deny" }
    })
    assert.deepStrictEqual(rulesOf(it), ["deny bash", "ask edit", "deny edit(docs/**)"])
    assert.deepStrictEqual(leftOf(it), [`allow bash "git *": allow`, `allow edit "src/*": allow`])
  })

  it("patterns that cannot meet do not stand in each other's way", () => {
    const it = opencode({
      bash: { "rm *": "deny", "git *": "allow", "git a?c": "deny", "a\\b": "deny" },
      read: { "a*.env": "deny", "[x]/*": "ask", "*": "allow" }
    })
    assert.deepStrictEqual(rulesOf(it), [
      "deny bash(rm *)",
      "allow bash(git *)",
      "deny read(a**.env)",
      "ask read(\\[x\\]/**)"
    ])
    assert.deepStrictEqual(leftOf(it), [
      `looser: deny bash "git a?c": deny`,
      `looser: deny bash "a\\\\b": deny`,
      `allow read "*": allow`
    ])
  })

  it("folders outside may be read; what all of them get is not said by a rule here", () => {
    const it = opencode({
      external_directory: {
        "*": "ask",
        "~/projects/*": "allow",
        "$HOME/x.md": "allow",
        "/etc/*": "deny",
        "/a": "allow",
        "/*/b.c": "allow",
        "/?": "deny"
      }
    })
    assert.deepStrictEqual(rulesOf(it), [
      "allow read(~/projects/**)",
      "allow read(~/x.md)",
      "deny read(/etc/**)",
      "deny edit(/etc/**)"
    ])
    assert.deepStrictEqual(leftOf(it), [
      `allow external_directory "/a": allow`,
      `allow external_directory "/*/b.c": allow`,
      `looser: deny external_directory "/?": deny`
    ])
    assert.deepStrictEqual(leftOf(opencode({ external_directory: "deny" })), [
      `looser: deny external_directory "*": deny`
    ])
    assert.deepStrictEqual(opencode({ external_directory: "ask" }), { rules: [], left: [] })
    assert.deepStrictEqual(leftOf(opencode({ external_directory: { "~/*/x.md": "allow" } })), [
      `allow external_directory "~/*/x.md": allow`
    ])
  })

  it("the web by domain, and only to restrict", () => {
    const it = opencode({
      webfetch: { "https://a.example/*": "deny", "https://b.example": "allow", "*x*": "ask" },
      websearch: { q: "ask" }
    })
    assert.deepStrictEqual(rulesOf(it), ["deny webfetch(domain:a.example)"])
    assert.deepStrictEqual(leftOf(it), [
      `allow webfetch "https://b.example": allow`,
      `looser: ask webfetch "*x*": ask`,
      `looser: ask websearch "q": ask`
    ])
  })

  it("what is said of all tools comes before what is said of one", () => {
    assert.deepStrictEqual(rulesOf(opencode("deny")), [
      "deny read",
      "deny edit",
      "deny bash",
      "deny webfetch",
      "deny websearch",
      "deny task"
    ])
    assert.deepStrictEqual(rulesOf(opencode({ "*": "allow", bash: "ask", grep: "deny", list: "allow" })), [
      "allow bash",
      "ask bash",
      "allow webfetch",
      "allow websearch",
      "allow task"
    ])
    assert.deepStrictEqual(rulesOf(opencode({ "*": "ask", websearch: "allow", glob: "ask" })), [
      "ask read",
      "ask edit",
      "ask bash",
      "ask webfetch",
      "allow websearch",
      "ask task"
    ])
  })

  it("tools that are off are denied, and what is not read is told", () => {
    const it = fromOpencode({
      tools: { write: false, bash: true, mything: false },
      agent: { plan: { permission: { edit: "deny" } }, other: {} },
      permission: { doom_loop: "ask", bash: { a: 1 }, edit: 5 }
    })
    assert.deepStrictEqual(rulesOf(it), ["deny edit"])
    assert.deepStrictEqual(leftOf(it), [
      `looser: ask doom_loop "*": ask`,
      "looser: deny mything",
      "looser: deny agent.plan.permission"
    ])
    assert.deepStrictEqual(fromOpencode(undefined), { rules: [], left: [] })
  })

  const words = FastCheck.array(FastCheck.constantFrom("a", "b", "ab", "*"), { minLength: 1, maxLength: 3 })
  const decision = FastCheck.constantFrom<Decision>("allow", "ask", "deny")
  const lists = FastCheck.array(
    FastCheck.tuple(
      words.map((it) => it.join(" ")),
      decision
    ),
    { maxLength: 6 }
  )
  const line = FastCheck.array(FastCheck.constantFrom("a", "b", "ab", "c"), { minLength: 1, maxLength: 4 })

  it("never allows a command that it stopped there", () => {
    const order = { allow: 0, ask: 1, deny: 2 }
    FastCheck.assert(
      FastCheck.property(lists, line, (list, words) => {
        const bash = Object.fromEntries(list)
        const command = words.join(" ")
        const there =
          Object.entries(bash)
            .filter(([pattern]) => matchCommand(pattern, command))
            .at(-1)?.[1] ?? "allow"
        const here = opencode({ bash }).rules.filter(
          ({ rule }) => rule === "bash" || matchCommand(rule.slice(5, -1), command)
        )
        const strictest = here.reduce((most, it) => Math.max(most, order[it.decision]), here.length === 0 ? 1 : 0)
        assert.isAtLeast(strictest, order[there])
      })
    )
  })
})

describe("the table of rules", () => {
  it("is TOML, and empty where there are none", () => {
    assert.strictEqual(permissionToml([]), "")
    assert.strictEqual(
      permissionToml([
        { decision: "deny", rule: "read(.env)" },
        { decision: "allow", rule: `bash(echo "x\u202e":*)` }
      ]),
      `[permission]\nallow = [\n  "bash(echo \\"x\\U0000202e\\":*)",\n]\ndeny = [\n  "read(.env)",\n]\n`
    )
  })
})
